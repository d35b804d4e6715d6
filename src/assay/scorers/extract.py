"""Where the answer stands in what a model wrote: shared extraction strategies, each linear in the length of the text.

Every strategy gives a `Found` (the text, and the method that found it) or None. Only the last `WINDOW` characters are searched:
an answer stands at the end, and a model caught in a loop can write megabytes.
"""

import re
from collections import deque
from functools import lru_cache
from typing import NamedTuple

WINDOW = 100_000

STATEMENTS = 50
"""How many statements of an answer are looked at, counted from the end."""

EMPHASIS = "*_`"

# What a model writes before its answer, English and Chinese first. Bounded repeats only: no pattern here may backtrack over the text.
STATEMENT = re.compile(
    r"(?:^|(?<=\s))####"
    r"|(?<![A-Za-z])(?<!wrong )(?<!incorrect )(?:answers?|ans|result|solution|(?:correct|right|best) (?:option|choice|letter)s?)(?:[ \t](?:choice|option|letter|number|value))?"
    r"(?:[ \t](?:here\b|(?:to|for|of|in|that|which|among|from)\b[^\n.:]{0,60}?))?"
    r"[*_`]{0,3}[ \t]{0,3}(?:\([^()\n]{0,40}\)[ \t]?)?"
    r"(?:[:：=]|(?<![A-Za-z])(?:is|are|was|would be|should be|must be|will be|becomes|equals)\b[ \t]{0,3}[:：=]?)"
    r"|(?:最终|最后的?|正确的?|标准|参考)?(?:答案|选项|结果)[】\]]?[*_`]{0,3}[ \t]{0,3}(?:应该是|应当是|应该为|应为|应是|[就便]?是|为|有|包括|等于|应?选|[:：])[ \t]{0,3}[:：]?"
    r"|[【\[](?:最终|正确)?(?:答案|解答)[】\]][ \t]{0,3}[:：]?"
    r"|(?:^|(?<=[\s。；，,;]))(?:回)?答[:：]"
    r"|(?<!不)(?:故|因此|所以|应该?|应当|正确的?|我)(?:选择|选项|选)(?:的是|是|为)?[ \t]{0,3}[:：]?"
    r"|(?<![^\W\d_])(?:(?:ma |la )?(?:bonne )?réponse(?: (?:correcte|finale))?|(?:die )?(?:richtige )?antwort|respuesta(?: (?:correcta|final))?"
    r"|risposta(?: corretta)?|resposta(?: correta)?|(?:правильный )?ответ)[ \t]{0,2}(?:[:：—–]|(?:est|ist|lautet|es|è|é)\b[ \t]{0,3}:?)"
    r"|(?:答え|正解|解答|回答)(?:は|[:：])[ \t]{0,3}",
    re.IGNORECASE | re.MULTILINE,
)
# What takes back an answer that was given before; in front of any answer it is thinking aloud and says nothing.
CORRECTION = re.compile(
    r"\b(?:actually|wait|hmm|sorry|oops|correction|no)\b[^\n.!?]{0,30}?[,.!?:…—–]{0,3}\s{1,2}(?:actually,? )?"
    r"(?:it|the (?:[a-z]{1,12} )?(?:answer|total|sum|number|result))(?:['’]s|[ \t](?:is|was|should be|must be))(?:[ \t](?:actually|really|then))?\b",
    re.IGNORECASE,
)
FINAL = re.compile(r"\b(?:final(?:ly)?|so|thus|therefore|hence|correct|actually|correction|wait)\b|最终|正确|因此|所以", re.IGNORECASE)
VALUE = re.compile(r"\d|(?<![A-Za-z\\])[A-Z](?![A-Za-z])|[零一二三四五六七八九十半√π]")
SUPPOSED = re.compile(r"(?:\b(?:if|had|were|suppose|assuming)\b|如果|假如|若)[^.!?。！？\n]{0,200}$", re.IGNORECASE)
# A base model that goes on writes the next question itself.
QUESTION = re.compile(
    r"\n[ \t]*(?:#{1,4}[ \t]*|\*{2})?(?:Q|Question|Problem|Input|Human|User|问|问题|题目)(?:[ \t]?\d{1,3})?[ \t]?[:：]", re.IGNORECASE
)

NEGATION = re.compile(r"[\s*_`]*(?:not\b|n't\b|isn't\b|never\b|neither\b|不是|并非|不为|不对|不选)", re.IGNORECASE)

FENCE = "```"


class Found(NamedTuple):
    """A part of an answer, and how it was found."""

    text: str
    method: str


def window(text: str) -> str:
    """The part of an answer that is searched."""
    return text if len(text) <= WINDOW else text[-WINDOW:]


def trimmed(text: str) -> str:
    """Without blanks and without emphasis marks that hang over from outside (`5**`)."""
    text = text.strip()
    for mark in ("**", "__", "`"):
        if text.count(mark) % 2:
            text = text.removesuffix(mark) if text.endswith(mark) else text.removeprefix(mark)
        elif len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark) and text.count(mark) == 2:
            text = text[len(mark) : -len(mark)]
        text = text.strip()
    return text


DELIMITER = re.compile(r"(?:\\\[|\$\$|\\\(|```\w*|<answer>|\\begin\{(?:equation|align)\*?\})?[*_`:：\s]*", re.IGNORECASE)
BULLET = re.compile(r"[-*•][ \t]+")


def line_from(text: str, start: int) -> str:
    """From `start` to the end of its line; where nothing but the opening of a display stands there, the next line with something in it."""
    begin = start
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = trimmed(text[start:end])
        if not DELIMITER.fullmatch(line):
            bullet = BULLET.match(line) if start > begin else None
            return line[bullet.end() :] if bullet else line
        start = end + 1
    return ""


@lru_cache(maxsize=64)
def marker_pattern(marker: str) -> re.Pattern[str]:
    """A marker as a pattern: any case, either width of colon, any blanks, emphasis around its words, whole words only."""
    marker = marker.strip()
    words = [re.escape(word).replace("：", ":").replace(":", r"[*_`]{0,3}\s?[:：]") for word in marker.split()]
    body = r"[*_`]{0,3}\s{1,3}[*_`]{0,3}".join(words)
    before = r"(?<![A-Za-z0-9])" if re.match(r"[A-Za-z0-9]", marker) else ""
    after = r"(?![A-Za-z0-9])" if re.search(r"[A-Za-z0-9]$", marker) else ""
    return re.compile(f"{before}{body}{after}", re.IGNORECASE)


def after(text: str, marker: str, *, until: str = "line") -> Found | None:
    """What follows the last occurrence of `marker`, to the end of its line or (`until="end"`) of the text."""
    text = window(text)
    last = deque(marker_pattern(marker).finditer(text), maxlen=1)
    if not last:
        return None
    start = last[0].end()
    start += len(text[start : start + 8]) - len(text[start : start + 8].lstrip(" \t" + EMPHASIS[:2]))
    if text[start : start + 1] in (":", "："):
        start += 1
    rest = line_from(text, start) if until == "line" else trimmed(text[start:])
    return Found(rest, f"after '{marker.strip()}'") if rest else None


def own(text: str, marker: str | None = None) -> str:
    """An answer without the further questions that a base model writes behind it and answers itself.

    A question ("Q:", "Question:") ends the answer where one was given before it: behind `marker`, in a statement, a box, or a few words alone.
    """
    text = window(text)
    question = QUESTION.search(text)
    if question is None:
        return text
    places = [pattern.search(text) for pattern in (marker_pattern(marker) if marker else STATEMENT, BOX)]
    given = [place.end() for place in places if place]
    first = text[: question.start()].strip()
    if "\n" not in first and 0 < len(first.split()) <= 3:
        given.append(0)
    question = QUESTION.search(text, min(given)) if given else None
    return text[: question.start()] if question else text


def statements(text: str, pattern: re.Pattern[str] = STATEMENT) -> list[Found]:
    """What follows each statement of an answer ("the answer is", "####", "答案："), in order; denials ("is not") are left out.

    `pattern` is what counts as a statement. A correction ("Wait, it should be 5") of what was stated before it is a statement, too;
    what would be the answer under a condition counts only where nothing else is stated.
    """
    return [found for _, found in placed(window(text), pattern)]


def placed(text: str, pattern: re.Pattern[str] = STATEMENT) -> list[tuple[int, Found]]:
    """`statements` with the places where they begin."""
    matches = sorted(deque(pattern.finditer(text), maxlen=STATEMENTS), key=re.Match.start)
    begun = matches[0].start() if matches else text.find("\\boxed")
    if begun >= 0:
        matches = sorted([*matches, *CORRECTION.finditer(text, begun)], key=re.Match.end)[-STATEMENTS:]
    sure: list[tuple[int, Found]] = []
    supposed: list[tuple[int, Found]] = []
    for match in matches:
        segment = line_from(text, match.end())
        if segment and not NEGATION.match(segment):
            would = "would" in match.group() and SUPPOSED.search(text, max(0, match.start() - 200), match.start())
            (supposed if would else sure).append((match.start(), Found(segment, f"after '{' '.join(match.group().split())[:40]}'")))
    return sure or supposed


def conclusions(text: str, pattern: re.Pattern[str] = STATEMENT) -> list[Found]:
    """Where an answer is given, best first: the last box, then statements from the end; a final statement behind the box takes its place."""
    text = window(text)
    said, box = placed(text, pattern), boxed(text)
    if box is None:
        return [found for _, found in reversed(said)]
    end = max(each.end() for each in BOX.finditer(text))
    later = [
        found
        for start, found in said
        if start > end and FINAL.search(text, max(end, start - 30), start + 40) and VALUE.search(found.text[:20])
    ]
    return [*reversed(later), box, *(found for _, found in reversed(said) if found not in later)]


BOX = re.compile(r"\\f?box(?:ed)?(?![a-z])")


def boxed(text: str) -> Found | None:
    r"""The content of the last complete \boxed{...} (or \fbox), braces matched."""
    text = window(text)
    end = len(text)
    for _ in range(50):
        place = max(text.rfind("\\boxed", 0, end), text.rfind("\\fbox", 0, end))
        if place < 0:
            return None
        content = braced(text, place + len("\\boxed" if text.startswith("\\boxed", place) else "\\fbox"))
        if content is not None and content.strip():
            return Found(content.strip(), "boxed")
        end = place
    return None


def braced(text: str, start: int) -> str | None:
    """What stands between matching braces from `start` on; a lone token (\\boxed 5) where there are none."""
    while start < len(text) and text[start] in " \t\n":
        start += 1
    if start >= len(text) or text[start] != "{":
        lone = re.match(r"[^\s${}\\.,;]{1,40}", text[start : start + 41])
        return lone.group() if lone else None
    depth = 0
    for match in re.compile(r"(?<!\\)[{}]").finditer(text, start):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return text[start + 1 : match.start()]
    return None


CLOSER = re.compile(r"\s*(?:\\\]|\$\$|\\\)|```|</?answer>|\\end\{(?:equation|align)\*?\})?[*_\s]*", re.IGNORECASE)


def last_line(text: str) -> Found | None:
    """The last line with something in it; what closes a display is nothing."""
    text = window(text).rstrip()
    for _ in range(5):
        head, _, line = text.rpartition("\n")
        if not CLOSER.fullmatch(line):
            line = trimmed(line)
            return Found(line, "last line") if line else None
        text = head.rstrip()
    return None


def first_line(text: str) -> Found | None:
    """The first line with something in it."""
    line = trimmed(text[:WINDOW].lstrip().partition("\n")[0])
    return Found(line, "first line") if line else None


def fenced(text: str) -> Found | None:
    """The last fenced code block, without its language tag; an unclosed fence runs to the end (the answer was cut)."""
    close = text.rfind(FENCE)
    if close < 0:
        return None
    # A fence that opens a block is one that an even number of fences precede.
    if text.count(FENCE) % 2:
        start, end = close + len(FENCE), len(text)
    else:
        start = text.rfind(FENCE, 0, close) + len(FENCE)
        end = close
    tag = re.compile(r"[^\n`]{0,40}\n").match(text, start, end)
    content = text[tag.end() if tag else start : end].strip()
    return Found(content, "fenced block") if content else None
