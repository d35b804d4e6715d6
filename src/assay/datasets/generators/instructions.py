"""Instructions whose keeping a rule can check: repeat, join, wrap, capitals, lines, numbers, an ending, so many words.

`extra["patterns"]` holds the regular expression that an answer must match from its first character to its last; where only one answer is
right, that is the target itself.
"""

import random
import re

from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, listed, pick
from assay.datasets.generators.words import PLAIN

ASK = {
    "repeat": Wording('Write the word "{w}" exactly {n} times, with spaces between.', "把“{w}”写{n}遍，用空格隔开。"),
    "dashes": Wording("Write the words {ws} with dashes between them and no spaces.", "写出{ws}，中间用短横线“-”连接，不加空格。"),
    "wrap": Wording(
        "Write the words {ws}, each in square brackets, with spaces between.", "写出{ws}，每个词都放在方括号[]里，用空格隔开。"
    ),
    "lines": Wording("Write the words {ws}, each on a line of its own.", "写出{ws}，每个词单独占一行。"),
    "numbered": Wording("Write the words {ws} as a numbered list, like: 1. word", "把{ws}写成编号列表，格式如：1. 词语"),
    "capitals": Wording("Write the words {ws} in capital letters, with spaces between.", "把{ws}按相反的顺序写出来，用空格隔开。"),
    "ending": Wording('Write a short sentence with the word "{w}". End it with the words "{e}".', "用“{w}”写一个短句，并以“{e}”结尾。"),
    "exactly": Wording(
        'Write exactly {n} words, with spaces between. One of them must be "{w}".', "写出正好{n}个词，用空格隔开，其中一个必须是“{w}”。"
    ),
}
SKILLS = {
    "repeat": "instruction/repetition",
    "exactly": "instruction/length",
    "ending": "instruction/keywords",
}
ENDINGS = tuple(Word(en, zh) for en, zh in (("thank you", "谢谢"), ("my friend", "我的朋友"), ("right", "对吧"), ("how nice", "真好")))
SENTENCE = Wording("Here is the {w}, {e}.", "这里有{w}，{e}。")
COUNTS = {1: (2, 6), 2: (4, 12), 3: (8, 20)}
HOW_MANY = {1: (2, 3), 2: (3, 5), 3: (5, 8)}


def carried_out(kind: str, words: list[str], number: int, language: Language) -> str:
    """What a model that keeps the instruction writes (kinds with one right answer)."""
    if kind == "repeat":
        return " ".join(words[:1] * number)
    if kind == "dashes":
        return "-".join(words)
    if kind == "wrap":
        return " ".join(f"[{word}]" for word in words)
    if kind == "lines":
        return "\n".join(words)
    if kind == "numbered":
        return "\n".join(f"{place}. {word}" for place, word in enumerate(words, 1))
    if kind == "exactly":
        return " ".join([*words[1:number], words[0]])
    return " ".join(word.upper() for word in words) if language == "en" else " ".join(words[::-1])


def broken(kind: str, words: list[str], gold: str) -> str:
    """An answer that does not keep the instruction."""
    return f"{gold} {words[0]}" if kind in ("repeat", "exactly", "ending") else " ".join(words)


def pattern_of(kind: str, gold: str, word: str, ending: str, number: int) -> str:
    """The regular expression that an answer must match, from its first character to its last."""
    if kind == "ending":
        return rf"(?i)\A(?=.*{re.escape(word)}).*{re.escape(ending)}[\s.!?。！？\"”]*\Z"
    if kind == "exactly":
        return rf"(?i)\A\s*(?=(?:.*\s)?{re.escape(word)}(?:\s|\Z))\S+(?:\s+\S+){{{number - 1}}}\s*\Z"
    return rf"\A\s*{re.escape(gold)}\s*\Z"


def draw_instructions(rng: random.Random, level: int) -> Draft:
    """One of the kinds, with its words and its number."""
    kind = pick(rng, tuple(ASK))
    number = rng.randint(*COUNTS[level])
    words = rng.sample(PLAIN, number if kind == "exactly" else 1 if kind in ("repeat", "ending") else rng.randint(*HOW_MANY[level]))
    ending = pick(rng, ENDINGS)

    def write(language: Language) -> tuple[Item, ...]:
        shown = [word.in_(language) for word in words]
        asked = ASK[kind].fill(language, w=words[0], ws=listed(shown, language), n=number, e=ending)
        gold = SENTENCE.fill(language, w=words[0], e=ending) if kind == "ending" else carried_out(kind, shown, number, language)
        return (
            Item(
                input=asked,
                target=gold,
                solution=gold,
                wrong=broken(kind, shown, gold),
                template="reversed" if kind == "capitals" and language == "zh" else kind,
                skills=(SKILLS.get(kind, "instruction/format"),),
                extra={"patterns": [pattern_of(kind, gold, shown[0], ending.in_(language), number)]},
            ),
        )

    return Draft(instruction_key(kind, number, words, ending), write)


def instruction_key(kind: str, number: int, words: list[Word], ending: Word) -> str:
    """What the instruction says: parts that a kind does not show are no part of it."""
    if kind == "ending":
        return f"ending {words[0].en} {ending.en}"
    return f"{kind} {number} {words[0].en}" if kind in ("repeat", "exactly") else f"{kind} {','.join(word.en for word in words)}"


INSTRUCTIONS = Family(name="instructions", draw=draw_instructions)
