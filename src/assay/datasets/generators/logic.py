"""Logic: orderings, syllogisms over invented words, and people who always lie or never do."""

import random

from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, joined, listed, pick
from assay.datasets.generators.words import PEOPLE

ORDERS = (
    ("tall", Wording("{a} is taller than {b}.", "{a}比{b}高。"), Wording("{a} is shorter than {b}.", "{a}比{b}矮。"), Word("tallest", "最高"), Word("shortest", "最矮")),
    ("old", Wording("{a} is older than {b}.", "{a}比{b}年纪大。"), Wording("{a} is younger than {b}.", "{a}比{b}年纪小。"), Word("oldest", "年纪最大"), Word("youngest", "年纪最小")),
    ("fast", Wording("{a} is faster than {b}.", "{a}比{b}跑得快。"), Wording("{a} is slower than {b}.", "{a}比{b}跑得慢。"), Word("fastest", "跑得最快"), Word("slowest", "跑得最慢")),
    ("rich", Wording("{a} is richer than {b}.", "{a}比{b}有钱。"), Wording("{a} is poorer than {b}.", "{a}比{b}穷。"), Word("richest", "最有钱"), Word("poorest", "最穷")),
)  # fmt: skip
ASK_ORDER = Wording("Who is the {most}? Answer with the name only.", "谁{most}？只回答名字。")
FROM_TO = Wording("From the {most} to the {least}: {names}.", "从{most}的到{least}的依次是：{names}。")


def draw_ordering(rng: random.Random, level: int) -> Draft:
    """People in an order given by neighbours, told in any order and direction; asked for one end of it."""
    which = rng.randrange(len(ORDERS))
    name, above, below, most, least = ORDERS[which]
    people = rng.sample(PEOPLE, level + 2)
    clues = [(place, rng.random() < 0.5) for place in range(len(people) - 1)]
    rng.shuffle(clues)
    top = rng.random() < 0.5
    gold, wrong = (people[0], people[-1]) if top else (people[-1], people[0])

    def write(language: Language) -> tuple[Item, ...]:
        said = [
            below.fill(language, a=people[place + 1], b=people[place])
            if turned
            else above.fill(language, a=people[place], b=people[place + 1])
            for place, turned in clues
        ]
        asked = ASK_ORDER.fill(language, most=most if top else least)
        names = listed([each.in_(language) for each in people], language)
        worked = FROM_TO.fill(language, most=most, least=least, names=names)
        return (
            Item(
                input=joined([*said, asked], language),
                target=gold.in_(language),
                solution=f"{worked}\n{gold.in_(language)}",
                wrong=wrong.in_(language),
                template=f"ordering {name}",
                skills=("reasoning/logic", "planning/ordering"),
            ),
        )

    key = f"ordering {name} {','.join(each.en for each in people)} {clues} {top}"
    return Draft(key, write)


KINDS = tuple(
    Word(en, zh)
    for en, zh in (
        ("bips", "比普"), ("dax", "达克"), ("fents", "芬特"), ("gorps", "戈普"), ("jivs", "吉夫"), ("kemps", "肯普"), ("lums", "卢姆"), ("mogs", "莫格"),
        ("nubs", "努布"), ("pofs", "波夫"), ("rops", "罗普"), ("tivs", "蒂夫"), ("wugs", "乌格"), ("zibs", "齐布"),
    )
)  # fmt: skip
ALL = Wording("All {a} are {b}.", "所有的{a}都是{b}。")
NONE = Wording("No {a} are {b}.", "没有一个{a}是{b}。")
ASK_ALL = Wording(
    'Are all {a} {b}? Answer "yes", "no" or "unknown".',
    "所有的{a}都是{b}吗？回答“是”、“不是”或“无法确定”。",
)
YES, NO, OPEN = Word("yes", "是"), Word("no", "不是"), Word("unknown", "无法确定")
WHY = {
    "chain": Wording("All {a} are {m}, and all {m} are {b}.", "{a}都是{m}，而{m}都是{b}。"),
    "none": Wording("All {a} are {m}, and no {m} are {b}.", "{a}都是{m}，而没有一个{m}是{b}。"),
    "turned": Wording("All {b} are {a}, but other things may be {a} too.", "{b}都是{a}，但别的东西也可能是{a}。"),
}


def draw_syllogism(rng: random.Random, level: int) -> Draft:
    """A chain of `level + 1` statements: followed (yes), ended by a "no" (no), or asked backwards (unknown)."""
    chain = rng.sample(KINDS, level + 2)
    form = pick(rng, ("chain", "none", "turned"))
    order = list(range(len(chain) - 1))
    rng.shuffle(order)
    verdict = {"chain": YES, "none": NO, "turned": OPEN}[form]
    wrong = {"chain": NO, "none": YES, "turned": YES}[form]
    ends = (chain[-1], chain[0]) if form == "turned" else (chain[0], chain[-1])

    def write(language: Language) -> tuple[Item, ...]:
        said = []
        for place in order:
            denied = form == "none" and place == len(chain) - 2
            said.append((NONE if denied else ALL).fill(language, a=chain[place], b=chain[place + 1]))
        asked = ASK_ALL.fill(language, a=ends[0], b=ends[1])
        gold = verdict.in_(language)
        why = WHY[form].fill(language, a=ends[0], m=chain[-2], b=ends[1])
        return (
            Item(
                input=joined([*said, asked], language),
                target=gold,
                solution=f"{why}\n{gold}",
                wrong=wrong.in_(language),
                template=f"syllogism {form}",
                skills=("reasoning/logic",),
            ),
        )

    return Draft(f"syllogism {form} {','.join(each.en for each in chain)} {order}", write)


TELLS = (Wording("{a} always tells the truth.", "{a}总是说真话。"), Wording("{a} always lies.", "{a}总是说假话。"))
SAYS = (
    Wording("{a} says that {b} tells the truth.", "{a}说，{b}总是说真话。"),
    Wording("{a} says that {b} lies.", "{a}说，{b}总是说假话。"),
)
ASK_LIAR = Wording('Does {a} lie? Answer "yes" or "no".', "{a}说假话吗？回答“是”或“不是”。")
RULE = Wording("Everybody here either always tells the truth or always lies.", "这里的每个人要么总是说真话，要么总是说假话。")


def draw_liars(rng: random.Random, level: int) -> Draft:
    """The first one's nature is told; each speaks of the next; is the last one a liar?"""
    people = rng.sample(PEOPLE, level + 1)
    lies = [rng.random() < 0.5 for _ in people]

    def write(language: Language) -> tuple[Item, ...]:
        said = [RULE.fill(language), TELLS[lies[0]].fill(language, a=people[0])]
        worked = [TELLS[lies[0]].fill(language, a=people[0])]
        for place in range(len(people) - 1):
            claims_lie = lies[place + 1] != lies[place]
            said.append(SAYS[claims_lie].fill(language, a=people[place], b=people[place + 1]))
            worked.append(TELLS[lies[place + 1]].fill(language, a=people[place + 1]))
        gold = (YES if lies[-1] else NO).in_(language)
        return (
            Item(
                input=joined([*said, ASK_LIAR.fill(language, a=people[-1])], language),
                target=gold,
                solution=f"{joined(worked, language)}\n{gold}",
                wrong=(NO if lies[-1] else YES).in_(language),
                template="liars",
                skills=("reasoning/logic", "reasoning/multi-step"),
            ),
        )

    return Draft(f"liars {','.join(each.en for each in people)} {lies}", write)


def draw_logic(rng: random.Random, level: int) -> Draft:
    """One of the three kinds."""
    return pick(rng, (draw_ordering, draw_ordering, draw_syllogism, draw_liars))(rng, level)


LOGIC = Family(name="logic", draw=draw_logic)
