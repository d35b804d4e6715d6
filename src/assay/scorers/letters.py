"""The letters that an answer picks: by statement, alone, in lists, by the verdict on a labelled line; and letters that it denies."""

import re

from assay.scorers import extract

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FULL_WIDTH = {code: code - 0xFEE0 for first in (0xFF21, 0xFF41) for code in range(first, first + 26)}

# What may not stand behind a letter that is one by itself: "Bob", "I'm", "A-level", "U.S."
ALONE = r"(?![A-Za-z0-9]|['’][A-Za-z]|-[A-Za-z]|\.[A-Za-z]\.)"
DECORATION = r"[\s*_`\"'“”‘’「」$\\#>:：]*"
LETTER = re.compile(rf"[(（\[【{{]\s?(?P<closed>[A-Za-z])\s?[)）\]】}}]|(?<![A-Za-z0-9'’\\])(?P<open>[A-Z]){ALONE}")
RUN = re.compile(r"(?<![A-Za-z])([A-Z]{2,10})(?![A-Za-z0-9'’])")
FILLER = r"(?:(?i:therefore|thus|hence|then|clearly|obviously|indeed|definitely|certainly|simply|probably|likely|actually)\b,?"
LEADING = re.compile(
    rf"{DECORATION}(?:[,，=–—-]{DECORATION})?{FILLER}{DECORATION}){{0,2}}"
    rf"(?:[(（\[]?(?i:(?:the\s)?(?:option|choice|letter|answer|ans)|选项?|选择|第){DECORATION}){{0,2}}"
    rf"(?:[(（\[【{{]{{1,2}}\s?(?P<closed>[A-Za-z])\s?(?:[)）\]】}}]|$)|(?P<open>[A-Z]){ALONE}|(?P<small>[a-z])(?=[).:：、，]|\s*$)(?!\.[a-z]))"
)
# A letter in brackets behind the option's text, at the end: "Paris (B)".
TRAILING = re.compile(r"[^\n()（）\[\]]{1,80}[(（\[]([A-Z])[)）\]][\s*_.。!$]*")
CLOSE = r"[)）\]】}*_`\"'”’]{0,4}"
OPEN = r"[*_`\"'“‘(（\[【{$ \t]{0,6}(?:(?:option|choice|letter|answer)[ \t]{0,2})?[(（\[*]{0,3}"
# A letter that ends its line (or its tag), marks aside; and one that ends its clause.
LETTER_AHEAD = rf"(?={OPEN}(?-i:[A-Z])[)）\]】}}*_`\"'”’.。!,，;；$]{{0,6}}[ \t]*(?:$|</))"
CLAUSE_AHEAD = (
    rf"(?={OPEN}(?-i:[A-Z]){CLOSE}[ \t]*(?:[.。!！;；][)*_\"'”’]{{0,2}}(?:\s|$)|,?[ \t]?(?:because|since|as|due)\b|[,，]?[ \t]*$|</))"
)
HAN_AHEAD = r"(?=[(（【]?(?-i:[A-Z])(?![A-Za-z])[)）】]?(?:选?项)?(?:符合|是?正确|为正确|是?对|[。.！!\s]|$))"
NAMED = r"(?-i:[A-Z])[)*]{0,3}[ \t]?[,;.–—-]?[ \t]?"
RELATIVE = r"(?:[ \t](?:here\b|(?:that|which|for|to|in|among|of)\b[^\n.:]{0,60}?))?"
# What stands before a letter only: "Answer D" says less than "Answer: D", so the letter must end the line or its clause.
STATEMENT = re.compile(
    rf"(?:answer|option|choice)\b[^\n.]{{0,20}}?(?:\bnot|n['’]t)[ \t](?:option[ \t])?[(*]{{0,3}}{NAMED}"
    rf"(?:but(?: rather)?|it(?: is|['’]s| must be| should be)|rather)[ \t]{LETTER_AHEAD}"
    rf"|(?:(?<=[.!?。:;,，(=>])[ \t]{{0,3}}|(?<![A-Za-z])(?:correct|final|right|best|so|hence|thus|therefore)[ \t,]{{1,2}}(?:the[ \t])?)"
    rf"(?:ans|answer)[ \t*_]{{1,4}}{LETTER_AHEAD}"
    rf"|(?<![A-Za-z])ans(?:wer)?[ \t*_]{{0,4}}[-–—=.>]{{1,2}}{LETTER_AHEAD}"
    rf"|(?:答案|选项)[ \t]{{1,3}}{LETTER_AHEAD}"
    r"|<(?:final_?)?(?:answer|choice)>|[\"'](?:final_?)?(?:answer|choice|option)s?[\"'][ \t]?:"
    rf"|(?<![^\W_])(?<!not )(?<!n['’]t )(?<!never )(?<!to )(?:(?:it|that)(?:['’]s|[ ](?:is|must be|should be|has to be|would be))|(?:that |this |which )?leav(?:es|ing)(?: only| us with)?"
    rf"|select|choose|pick|so|thus|therefore|hence)[ \t]{{0,2}}[:：,]?{CLAUSE_AHEAD}"
    rf"|(?<![^\W_])(?:final|response|output|prediction|predicted|label|verdict|decision|selection|choice|option|letter|guess)(?: answer| label| choice)?"
    rf"[ \t*_]{{0,3}}[:：=–—-]{CLAUSE_AHEAD}"
    rf"|\b(?:the|my|our)[ ](?!wrong|incorrect|other|worst|false|second)(?:[a-z]{{1,12}} )?(?:choice|option|selection|pick|letter|one|statement){RELATIVE}"
    rf"[ \t](?:is|would be|must be|should be)[ \t]{{0,3}}[:：]?{CLAUSE_AHEAD}"
    rf"|(?<!不)(?:所以|因此|故|综上(?:所述)?|可知|应该?是|应当是|应为|正确的是|正确)[，,:：、 ]{{0,2}}{HAN_AHEAD}"
    r"|(?<![不排])(?<!不应)选(?:择|项)?[是为：:]?[ ]?(?=[(（]?[A-Z]{2,10}(?![A-Za-z]))"
    rf"|{extract.STATEMENT.pattern}",
    re.IGNORECASE | re.MULTILINE,
)
BARE = re.compile(
    r"^[ \t#>*_(（\[]{0,6}(?i:option|choice|answer|ans)[ \t*_]{0,3}[:：]?[ \t*_(（\[]{1,4}([A-Z])[)）\]*_.。!]{0,5}[ \t]*$", re.MULTILINE
)
ONE_LETTER = re.compile(r"[\W_]{0,6}(?:(?i:option|choice|letter|answer|ans)[\W_]{1,3})?([A-Z])[\W_]{0,6}")
ANSWERED = re.compile(r"A ?[:：] ?[(*]{0,3}([A-Z])[)*.]{0,4}")
LONE_RUN = re.compile(r"\[\[\s?([A-Z])\s?\]\]")
# "Plan B is the best" picks no option.
LETTERED = [
    "plan",
    "vitamin",
    "type",
    "class",
    "grade",
    "group",
    "team",
    "point",
    "hepatitis",
    "section",
    "part",
    "person",
    "company",
    "city",
]
NAMES = "".join(f"(?<!(?i:{word}) )" for word in LETTERED)
# "A" and "I" are words, too: they are letters before these.
AFTER_WORD = re.compile(
    r"\s+(?:(?:is|are|was|or|and|as|because|since|for|which|with|but|would|seems|should|best|correct|matches|does|has|in|by|given|due|answers)\b|[^a-z])|\s*$"
)
BETWEEN = re.compile(
    r"[\s*_`()（）\[\]【】{}$,，、;；/&+|]*(?:(?:and|or|及|和|与|或者?|以及)[\s*_`()（）\[\]【】{}$]*(?:option|选项)?[\s(（]*)?",
    re.IGNORECASE,
)
# An answer that is a list of letters and nothing else: "(A), (C) and (D)", ["A", "C"], letters on lines of their own, "A, C are correct".
ONLY_LETTERS = re.compile(
    r"[\W_]*(?:(?:(?i:and|or|the|are|is|correct|true|right|options?|answers?|all)|和|与|及|以及|都|是|选项?|正确的?|[1-9]\d?(?=[.):、）]))?[\W_]*"
    r"(?<![A-Za-z])[A-Z]{1,10}(?![A-Za-z0-9'’])[\W_]*)+"
    r"(?:(?i:are|is|all|the|both|correct|true|right|options?|answers?)[\W_]*|均|都|是|为|正确的?|选?项|对的?|[\W_])*"
)
LABELLED = re.compile(r"^[ \t]{0,4}[*_(（\[]{0,3}([A-Z])[)）\].:：、][*_]{0,2}(?=\s|$|[\u4e00-\u9fff])", re.MULTILINE)
LISTED = re.compile(r"(?:^|[\s(（])([A-Z])[.．:：、)）](?=\s|[^\sA-Za-z])")
RIGHT = r"(?:correct|right|true|yes|正确|对|√|✓|✅)"
WRONG = r"(?:incorrect|wrong|false|no|not|错误|错|不|有误|×|✗|❌)"
JUDGED = re.compile(
    rf"(?:^|[\n。；;])[ \t]{{0,4}}(?:[-*][ \t])?[*_(（\[]{{0,3}}([A-Z])[)）\].:：、]{{1,2}}[*_ \t]{{0,4}}(?:(?:this |it )?is )?(?:(?P<right>{RIGHT})|{WRONG})(?![a-z])",
    re.IGNORECASE,
)
CHOSEN = re.compile(
    r"(?:\b(?:choose|pick|select|chose|picked|go with|going with|opt for|option|choice)[\s*_`:：(（]{1,6}([A-Z])(?![A-Za-z'’])"
    rf"|(?<![A-Za-z]){NAMES}(?:[(（]([A-Za-z])[)）]|([A-Z]))[*_]{{0,2}}\s?(?:is|would be|must be)(?: (?:clearly|definitely|therefore|much|slightly|overall))?"
    r"(?: the)?[ *_]{1,4}(?:correct|right|best|true|answer|better|superior|preferable|preferred|winner|more \w+)\b"
    r"|(?:选|选择|选项)[\s*_:：(（]{0,4}([A-Z])(?![A-Za-z])"
    r"|(?<![A-Za-z])([A-Z])(?:选?项)?(?:是|为)?(?:正确|对的|符合题意))"
)
CONCLUDING = re.compile(r"(?:^|[.!?\n]\s*)(?:therefore|overall|in conclusion|in summary|thus|hence|so|to sum up)\b[^\n.!?]*", re.IGNORECASE)
DENIED_BEFORE = re.compile(
    r"(?:\b(?:not|never|neither|nor|cannot|rather than|instead of|than)|n['’]t|不(?:应该?|能|可|会|要)?|并非|排除)[\s*_`\"'“(（:]{0,4}"
    r"(?:(?:choose|pick|select|go with|be|is|option|choice|answer|the|an?|选择|选项?|是)[\s*_`\"'“(（:]{0,3}){0,4}$",
    re.IGNORECASE,
)
DENIED_BEHIND = re.compile(
    r"[)\]）】.:：、，,*_`\"'”’ ]{0,4}(?:选?项|option\b|choice\b)?[ ]?(?:"
    r"(?:is|are|was|were|would be|can|could|should|must be|looks|seems|does|do)[ ](?:(?:also|clearly|definitely|therefore|thus|simply|obviously|both|all|just|then)[ ]){0,2}(?:be[ ])?"
    r"(?:not|never|incorrect|invalid|inaccurate|wrong|false|untrue|worse|out|eliminated|ruled|excluded|impossible)\b"
    r"|(?:is|are|was|does|do|can|could|would|should)n['’]t\b|cannot\b|can['’]t\b"
    r"|(?:是|为|均|都|也)?(?:错|不(?:对|正确|符合|成立|选|是(?:答案|正确|对))|有误|被?排除))",
    re.IGNORECASE,
)


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether what stands in text[start:end] is said not to be the answer: "not A", "A is wrong", "不选A", "A不正确"."""
    return DENIED_BEFORE.search(text, max(0, start - 40), start) is not None or DENIED_BEHIND.match(text, end) is not None


def position(letter: str) -> int:
    """A -> 0."""
    return LETTERS.index(letter.upper())


def alone(text: str, count: int) -> int | None:
    """The letter, where the answer is nothing else."""
    match = re.fullmatch(r"[\W_]{0,6}([A-Za-z])[\W_]{0,6}", text)
    found = LETTERS.find(match.group(1).upper()) if match else -1
    return found if 0 <= found < count else None


def only(text: str, count: int) -> list[int]:
    """The letters of a text that is a list of letters and nothing else."""
    if len(text) > 200 or not ONLY_LETTERS.fullmatch(text):
        return []
    found = [position(letter) for run in re.findall(r"(?<![A-Za-z])[A-Z]{1,10}(?![A-Za-z])", text) for letter in run]
    return found if all(each < count for each in found) else []


def leading(segment: str, count: int, multiple: bool) -> list[int]:
    """The letters at the beginning of a statement, with those joined to the first by "and", commas and the like."""
    run = re.match(DECORATION + RUN.pattern + ("" if multiple else r"[\W_]*$"), segment)
    if run and all(each in LETTERS[:count] for each in run.group(1)):
        return [position(each) for each in run.group(1)]
    match = LEADING.match(segment)
    if not match or DENIED_BEHIND.match(segment, match.end()):
        return []
    letter = next(each for each in match.group("closed", "open", "small") if each)
    is_word = match.group("open") and segment[match.end() : match.end() + 1] == " " and not AFTER_WORD.match(segment, match.end())
    if letter in "AI" and is_word:
        return []
    found = [position(letter)]
    end = match.end()
    while following := LETTER.match(segment, joint.end()) if (joint := BETWEEN.match(segment, end)) else None:
        if following.start() == end and following.group("open"):
            break
        found.append(position(following.group("closed") or following.group("open")))
        end = following.end()
    return found if all(each < count for each in found) else []


def opening(text: str) -> int | None:
    """The letter on the first line, where an explanation follows that does not end in a letter of its own ("B\n\nA is too cold.")."""
    first, _, rest = text.partition("\n")
    match = ANSWERED.fullmatch(first.strip()) or (ONE_LETTER.fullmatch(first.strip()) if rest.strip() else None)
    last = rest.rstrip().rpartition("\n")[2].strip()
    return None if match is None or ONE_LETTER.fullmatch(last) else position(match[1])


def judged(text: str) -> list[int]:
    """The letters whose lines are called right, where several lines are called right or wrong."""
    verdicts = [(position(each[1]), bool(each["right"])) for each in JUDGED.finditer(text)]
    return [letter for letter, is_right in verdicts if is_right] if len({letter for letter, _ in verdicts}) > 1 else []


def chosen(text: str) -> list[int]:
    """The letters of phrases that pick and are not denied; where they differ, those of a sentence that concludes."""
    found = []
    for match in CHOSEN.finditer(text):
        group = next(number for number, each in enumerate(match.groups(), 1) if each)
        if not is_denied(text, match.start(group), match.end(group)) and not DENIED_BEFORE.search(
            text, max(0, match.start() - 40), match.start()
        ):
            found.append((match.start(), position(match[group])))
    if len({letter for _, letter in found}) > 1 and (last := list(CONCLUDING.finditer(text))):
        found = [each for each in found if last[-1].start() <= each[0] < last[-1].end()] or found
    return [letter for _, letter in found]


NUMBERED = re.compile(
    r"(?:^|(?<=[\s,，;；.。、]))[(（]?(?:第|Q|Question )?([1-9]\d?)(?:[)）.:：、-]|题)[)）.:：、\s]{0,3}(?:答案|answer)?[:：\s]{0,3}"
    r"[*_(（\[]{0,3}([A-Z])(?![A-Za-z])",
    re.IGNORECASE,
)
MARKED = re.compile(r"[【\[](?:最终|正确)?(?:答案|解答)[】\]]\s{0,3}[:：]?\s{0,3}[(（]?([A-Z])(?![A-Za-z])")
ITEM = re.compile(r"^[ \t*]{0,4}[(（]?(?:第|Q|Question )?([1-9]\d?)(?:[)）.:：、．]|题)", re.MULTILINE | re.IGNORECASE)


def ordered(text: str, wanted: int, count: int) -> tuple[list[int | None], str]:
    """(the letters of `wanted` answers in their order, how they were found): numbered, behind 【答案】 each, in a list, or stated one by one.

    Numbered answers may leave one out (None). Otherwise as many letters must stand there as there are questions, else there are none:
    which answer belongs to which question would be a guess.
    """
    parts = items(text)
    if len(parts) == wanted and (given := [answer_of(part, count) for part in parts]) and any(each is not None for each in given):
        return list(given), "numbered"
    said = [each.text for each in extract.statements(text, STATEMENT)]
    numbered = NUMBERED.findall(text)
    ways: list[tuple[list[int], str]] = [
        ([position(letter) for letter in MARKED.findall(text)], "each behind 【答案】"),
        ([position(letter) for _, letter in numbered] if follows([int(number) for number, _ in numbered]) else [], "numbered"),
        *((only(each, count), "a list of letters") for each in (text, *reversed(said), text.rstrip().rpartition("\n")[2])),
        ([found[0] for each in said if (found := leading(each, count, False))], "statements in order"),
    ]
    for letters, how in ways:
        if len(letters) == wanted and all(letter < count for letter in letters):
            return list(letters), how
    return [], f"not {wanted} answers in order"


def items(text: str) -> list[str]:
    """The parts of a text that is numbered line by line without a gap."""
    found = list(ITEM.finditer(text))
    ends = [*(each.start() for each in found[1:]), len(text)]
    return [text[each.end() : end] for each, end in zip(found, ends, strict=True)] if follows([int(each[1]) for each in found]) else []


def follows(numbers: list[int]) -> bool:
    """Whether numbers count on by one."""
    return bool(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def answer_of(part: str, count: int) -> int | None:
    """The one letter that a numbered part gives."""
    marked = MARKED.findall(part)
    if marked:
        return position(marked[-1])
    for segment in (*(each.text for each in reversed(extract.statements(part, STATEMENT))), part.strip()):
        if len(set(found := leading(segment, count, False))) == 1:
            return found[0]
    return None
