"""Facts from memory: a small true world (capitals, opposites, legs, young animals), and questions about places that do not exist.

A true fact is held out by its wording (the fact itself is met in training under other wordings); an invented place is held out as a
whole, so that a model meets it for the first time in the test.
"""

import random
from typing import NamedTuple

from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, pick
from assay.datasets.generators.reading import unanswerable
from assay.datasets.generators.words import SYLLABLES


class Fact(NamedTuple):
    """`subject` has `value`, as its kind asks."""

    kind: str
    subject: Word
    value: Word


def facts_of(kind: str, rows: tuple[tuple[str, str, str, str], ...]) -> tuple[Fact, ...]:
    """Facts from rows of (English subject, English value, Chinese subject, Chinese value)."""
    return tuple(Fact(kind, Word(en, zh), Word(en_value, zh_value)) for en, en_value, zh, zh_value in rows)


CAPITALS = facts_of("capital", (
    ("France", "Paris", "法国", "巴黎"), ("Italy", "Rome", "意大利", "罗马"), ("Egypt", "Cairo", "埃及", "开罗"), ("Peru", "Lima", "秘鲁", "利马"),
    ("Norway", "Oslo", "挪威", "奥斯陆"), ("Japan", "Tokyo", "日本", "东京"), ("Germany", "Berlin", "德国", "柏林"), ("Spain", "Madrid", "西班牙", "马德里"),
    ("China", "Beijing", "中国", "北京"), ("Cuba", "Havana", "古巴", "哈瓦那"), ("Kenya", "Nairobi", "肯尼亚", "内罗毕"), ("Greece", "Athens", "希腊", "雅典"),
    ("Poland", "Warsaw", "波兰", "华沙"), ("Austria", "Vienna", "奥地利", "维也纳"), ("Ireland", "Dublin", "爱尔兰", "都柏林"),
    ("Finland", "Helsinki", "芬兰", "赫尔辛基"), ("Iran", "Tehran", "伊朗", "德黑兰"), ("Iraq", "Baghdad", "伊拉克", "巴格达"),
    ("Thailand", "Bangkok", "泰国", "曼谷"), ("Vietnam", "Hanoi", "越南", "河内"), ("Canada", "Ottawa", "加拿大", "渥太华"),
    ("Portugal", "Lisbon", "葡萄牙", "里斯本"), ("Hungary", "Budapest", "匈牙利", "布达佩斯"), ("Denmark", "Copenhagen", "丹麦", "哥本哈根"),
    ("Sweden", "Stockholm", "瑞典", "斯德哥尔摩"), ("Nepal", "Kathmandu", "尼泊尔", "加德满都"),
))  # fmt: skip
OPPOSITES = facts_of("opposite", (
    ("big", "small", "大", "小"), ("hot", "cold", "热", "冷"), ("long", "short", "长", "短"), ("old", "new", "旧", "新"), ("fast", "slow", "快", "慢"),
    ("full", "empty", "满", "空"), ("open", "closed", "开", "关"), ("rich", "poor", "富", "穷"), ("wet", "dry", "湿", "干"), ("left", "right", "左", "右"),
    ("early", "late", "早", "晚"), ("heavy", "light", "重", "轻"), ("happy", "sad", "快乐", "悲伤"), ("easy", "hard", "容易", "困难"),
    ("up", "down", "上", "下"), ("black", "white", "黑", "白"),
))  # fmt: skip
LEGS = facts_of("legs", (
    ("cat", "4", "猫", "4"), ("dog", "4", "狗", "4"), ("horse", "4", "马", "4"), ("rabbit", "4", "兔子", "4"), ("cow", "4", "牛", "4"), ("duck", "2", "鸭子", "2"),
    ("hen", "2", "母鸡", "2"), ("ant", "6", "蚂蚁", "6"), ("bee", "6", "蜜蜂", "6"), ("spider", "8", "蜘蛛", "8"), ("snake", "0", "蛇", "0"), ("mouse", "4", "老鼠", "4"),
))  # fmt: skip
MADE_OF = facts_of("made-of", (
    ("ice", "water", "冰", "水"), ("cheese", "milk", "奶酪", "牛奶"), ("paper", "wood", "纸", "木头"), ("bread", "flour", "面包", "面粉"),
    ("wine", "grapes", "葡萄酒", "葡萄"), ("glass", "sand", "玻璃", "沙子"), ("butter", "milk", "黄油", "牛奶"), ("tofu", "beans", "豆腐", "豆子"),
))  # fmt: skip
FACTS = CAPITALS + OPPOSITES + LEGS + MADE_OF
ASKED: dict[str, tuple[Wording, ...]] = {
    "capital": (
        Wording("What is the capital of {s}?", "{s}的首都是哪里？"),
        Wording("Which city is the capital of {s}?", "哪座城市是{s}的首都？"),
        Wording("Name the capital of {s}.", "请说出{s}的首都。"),
        Wording("{s} has a capital. What is it called?", "{s}的首都叫什么名字？"),
        Wording("The capital of {s} is which city?", "{s}的首都是哪座城市？"),
    ),
    "opposite": (
        Wording('What is the opposite of "{s}"?', "“{s}”的反义词是什么？"),
        Wording('Which word means the opposite of "{s}"?', "哪个词和“{s}”意思相反？"),
        Wording('Name the opposite of "{s}".', "请说出“{s}”的反义词。"),
        Wording('The opposite of "{s}" is which word?', "与“{s}”相反的是哪个词？"),
        Wording('Give a word that says the opposite of "{s}".', "请给出与“{s}”意思相反的词。"),
    ),
    "legs": (
        Wording("How many legs does a healthy {s} have? Use a digit.", "一只健康的{s}有几条腿？请用数字回答。"),
        Wording("Tell me the number of legs of a {s}, as a digit.", "{s}有几条腿？请用数字回答。"),
        Wording("A {s} walks by. How many legs do you count? Use a digit.", "走过来一只{s}，你能数到几条腿？请用数字回答。"),
        Wording("Count the legs of one {s}. Use a digit.", "数一数一只{s}的腿，请用数字回答。"),
    ),
    "made-of": (
        Wording("What is {s} made of?", "{s}是用什么做的？"),
        Wording("From what do people or nature make {s}?", "{s}是由什么变来的？"),
        Wording("Name what {s} is mainly made from.", "请说出{s}主要由什么制成。"),
        Wording("What do you mainly need to get {s}?", "要得到{s}主要需要什么？"),
    ),
}
ALSO: dict[str, tuple[str, ...]] = {
    "small": ("little",), "hard": ("difficult",), "sad": ("unhappy",), "closed": ("shut", "close"), "wood": ("trees", "wood pulp"), "flour": ("wheat", "dough"),
    "beans": ("soybeans", "soy", "soya", "soy milk"), "new": ("young",), "困难": ("难",), "悲伤": ("难过", "伤心"), "关": ("合", "闭"), "木头": ("木材", "树", "木浆"),
    "面粉": ("小麦",), "豆子": ("大豆", "黄豆"), "穷": ("贫",),
}  # fmt: skip
"""Other answers that are as right."""
TELL = Wording('Answer with one word, or "I don\'t know" if you do not know.', "只回答一个词；如果不知道，就回答“不知道”。")
NOBODY = Wording("There is no country called {s}.", "没有叫{s}的国家。")
ENDINGS = (Word("stan", "斯坦"), Word("nia", "尼亚"), Word("land", "兰德"), Word("ria", "里亚"))
INVENTED = 0.35


def draw_fact(rng: random.Random) -> tuple[Fact, int]:
    """A true fact and which wording asks for it; capitals as often as all the rest."""
    fact = pick(rng, CAPITALS) if rng.random() < 0.5 else pick(rng, FACTS[len(CAPITALS) :])
    return fact, rng.randrange(len(ASKED[fact.kind]))


def fact_key(fact: Fact, which: int) -> str:
    """A fact under one wording."""
    return f"fact {fact.kind} {fact.subject.en} {which}"


def draw_true(rng: random.Random, level: int) -> Draft:
    """A question with an answer."""
    fact, which = draw_fact(rng)
    wrong = next(each.value for each in FACTS if each.kind == fact.kind and each.value != fact.value)

    def write(language: Language) -> tuple[Item, ...]:
        gold = fact.value.in_(language)
        return (
            Item(
                input=f"{ASKED[fact.kind][which].fill(language, s=fact.subject)}\n{TELL.fill(language)}",
                target=(gold, *ALSO[gold]) if gold in ALSO else gold,
                solution=f"{ASKED[fact.kind][0].fill(language, s=fact.subject)}\n{gold}",
                wrong=wrong.in_(language),
                template=f"fact {fact.kind}",
                skills=("knowledge/facts",),
                cluster=f"{fact.kind} {fact.subject.en}",
                extra={"answerable": True},
            ),
        )

    return Draft(fact_key(fact, which), write)


def draw_invented(rng: random.Random, level: int) -> Draft:
    """The capital of a country that does not exist."""
    parts = rng.sample(SYLLABLES, rng.randint(2, 3))
    ending, which = pick(rng, ENDINGS), rng.randrange(len(ASKED["capital"]))
    name = Word("".join([*(part.en for part in parts), ending.en]).capitalize(), "".join([*(part.zh for part in parts), ending.zh]))

    def write(language: Language) -> tuple[Item, ...]:
        asked = f"{ASKED['capital'][which].fill(language, s=name)}\n{TELL.fill(language)}"
        return (unanswerable(asked, CAPITALS[0].value.in_(language), NOBODY.fill(language, s=name), "fact capital", language),)

    return Draft(f"invented {name.en} {which}", write, origin=f"invented {name.en}")


def draw_facts(rng: random.Random, level: int) -> Draft:
    """A true fact, or an invented country."""
    return (draw_invented if rng.random() < INVENTED else draw_true)(rng, level)


FACTS_FROM_MEMORY = Family(name="facts", draw=draw_facts)
