"""Arithmetic: bare sums answered at once, and word problems answered in steps."""

import random
from typing import NamedTuple

from assay.datasets.generators.families import Count, Draft, Family, Item, Language, Noun, Person, Wording, final, joined, pick
from assay.datasets.generators.words import NOUNS, PEOPLE

LARGEST = {1: 50, 2: 200, 3: 2000}
"""Largest number of a bare sum, by level."""
LARGEST_FACTOR = {1: 9, 2: 20, 3: 60}
SIGNS = {"add": "+", "take": "-", "times": "×", "share": "÷"}


class Sum(NamedTuple):
    """A sum of two numbers and its result."""

    a: int
    sign: str
    b: int
    result: int

    @property
    def key(self) -> str:
        """3 + 5 and 5 + 3 are the same content."""
        low, high = (self.a, self.b) if self.sign in "-÷" else sorted((self.a, self.b))
        return f"sum {low}{self.sign}{high}"

    def __str__(self) -> str:
        return f"{self.a} {self.sign} {self.b}"


def draw_sum(rng: random.Random, level: int) -> Sum:
    """A sum, a difference that is not negative, a product or an exact quotient."""
    sign = pick(rng, "+++---×÷")
    top = LARGEST[level] if sign in "+-" else LARGEST_FACTOR[level]
    a, b = rng.randint(1, top), rng.randint(1, top)
    if sign == "+":
        return Sum(a, sign, b, a + b)
    if sign == "-":
        return Sum(max(a, b), sign, min(a, b), abs(a - b))
    return Sum(a, sign, b, a * b) if sign == "×" else Sum(a * b, sign, b, a)


DIRECT = (
    Wording("{sum} = ?\nAnswer with the number only.", "{sum} = ？\n只回答数字。"),
    Wording("What is {sum}? Answer with the number only.", "{sum}等于多少？只回答数字。"),
    Wording("Calculate {sum}. Answer with the number only.", "计算{sum}。只回答数字。"),
)


def draw_arithmetic(rng: random.Random, level: int) -> Draft:
    """A bare sum in one of three wordings; the wording is no part of its identity."""
    asked, which = draw_sum(rng, level), rng.randrange(len(DIRECT))

    def write(language: Language) -> tuple[Item, ...]:
        return (
            Item(
                input=DIRECT[which].fill(language, sum=asked),
                target=str(asked.result),
                solution=f"{asked} = {asked.result}\n{final(language, asked.result)}",
                wrong=str(asked.result + 1),
                template=f"sum {asked.sign}",
                skills=("calculation/arithmetic",),
            ),
        )

    return Draft(asked.key, write)


class Step(NamedTuple):
    """One sentence of a story: what it does to the number, and how it says so."""

    name: str
    does: str
    wording: Wording


STEPS = (
    Step("buy", "add", Wording("Then {who:they} buys {b:more}.", "后来{who:they}又买了{b}。")),
    Step("find", "add", Wording("Then {who:they} finds {b:more}.", "然后{who:they}又找到了{b}。")),
    Step("get", "add", Wording("{friend} gives {who:them} {b:more}.", "{friend}又给了{who:they}{b}。")),
    Step("give", "take", Wording("{who:They} gives {b} to {friend}.", "{who:they}送给{friend}{b}。")),
    Step("lose", "take", Wording("Then {who:they} loses {b}.", "后来{who:they}弄丢了{b}。")),
    Step("sell", "take", Wording("{who:They} sells {b}.", "{who:they}卖掉了{b}。")),
    Step(
        "grow", "times", Wording("Then the number of {b:things} becomes {b:n} times as large.", "后来{b:things}的数量变成了原来的{b:n}倍。")
    ),
)
SHARE = Step(
    "share",
    "share",
    Wording("{who:They} puts them into {b:n} bags, the same number in each bag.", "{who:they}把{b:things}平均装进{b:n}个袋子。"),
)
PLAIN_START = Wording("{who} has {a}.", "{who}有{a}。")
BOX_START = Wording("{who} has {n} boxes with {a} in each box.", "{who}有{n}个盒子，每个盒子里有{a}。")
ASK = Wording("{a:howmany} does {who} have now?", "{who}现在有{a:howmany}？")
ASK_BAG = Wording("{a:howmany} are in each bag?", "每个袋子里有{a:howmany}？")
SHOW = Wording("Work step by step. Write the result on the last line after 'ANSWER:'.", "请一步一步计算，最后一行在“答案：”后面写出结果。")


class Problem(NamedTuple):
    """A story: `boxes` of `first` things each (0: no boxes), then steps with their numbers."""

    who: Person
    friend: Person
    noun: Noun
    boxes: int
    first: int
    steps: tuple[tuple[Step, int], ...]

    @property
    def key(self) -> str:
        """The numbers and what is done with them, whoever does it with whatever."""
        return f"problem {self.boxes}*{self.first} " + " ".join(f"{step.name}{number}" for step, number in self.steps)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The calculations, in the order of the story."""
        have, done = self.first, []
        if self.boxes:
            have = self.boxes * self.first
            done.append(Sum(self.boxes, "×", self.first, have))
        for step, number in self.steps:
            after = applied(step.does, have, number)
            done.append(Sum(have, SIGNS[step.does], number, after))
            have = after
        return tuple(done)

    @property
    def result(self) -> int:
        """The gold answer."""
        return self.sums[-1].result

    def sentences(self, language: Language) -> list[str]:
        """The story without its question."""
        start = Count(self.first, self.noun, language)
        wording = BOX_START if self.boxes else PLAIN_START
        said = [wording.fill(language, who=self.who, a=start, n=self.boxes)]
        for step, number in self.steps:
            said.append(step.wording.fill(language, who=self.who, friend=self.friend, b=Count(number, self.noun, language)))
        return said

    def question(self, language: Language) -> str:
        """What is asked at the end."""
        wording = ASK_BAG if self.steps and self.steps[-1][0] is SHARE else ASK
        return wording.fill(language, who=self.who, a=Count(2, self.noun, language))

    def worked(self, language: Language) -> str:
        """The calculations, one a line, then the result."""
        return "\n".join([f"{each} = {each.result}" for each in self.sums] + [final(language, self.result)])

    @property
    def template(self) -> str:
        """The shape of the story without its numbers."""
        return ("boxes " if self.boxes else "plain ") + " ".join(step.name for step, _ in self.steps)


def applied(does: str, have: int, number: int) -> int:
    """The number after a step."""
    if does == "add":
        return have + number
    if does == "take":
        return have - number
    return have * number if does == "times" else have // number


LENGTHS = {1: (1, 1, 2, 2), 2: (2, 3, 3), 3: (3, 4, 4)}
TOPS = {1: 20, 2: 60, 3: 300}
CEILING = {1: 60, 2: 400, 3: 5000}
"""No number on the way is larger than this."""


def draw_problem(rng: random.Random, level: int) -> Problem:
    """A story of 1 to 4 calculations in which every number is positive and every quotient exact."""
    length, top = pick(rng, LENGTHS[level]), TOPS[level]
    boxes = rng.randint(2, 6 if level == 1 else 12) if rng.random() < 0.25 else 0
    first = rng.randint(2, min(top, 9) if boxes else top)
    have = first * (boxes or 1)
    steps: list[tuple[Step, int]] = []
    while len(steps) + bool(boxes) < length:
        last = len(steps) + bool(boxes) == length - 1
        step, number = draw_step(rng, have, top, CEILING[level], last)
        have = applied(step.does, have, number)
        steps.append((step, number))
    who, friend = rng.sample(PEOPLE, 2)
    return Problem(who, friend, pick(rng, NOUNS), boxes, first, tuple(steps))


def draw_step(rng: random.Random, have: int, top: int, ceiling: int, last: bool) -> tuple[Step, int]:
    """A step that can follow when there are `have` things."""
    divisors = [each for each in range(2, 11) if have % each == 0 and have > each] if last else []
    if divisors and rng.random() < 0.3:
        return SHARE, pick(rng, divisors)
    while True:
        step = pick(rng, STEPS)
        number = rng.randint(2, 4) if step.does == "times" else rng.randint(1, top)
        if (step.does == "take" and number >= have) or applied(step.does, have, number) > ceiling:
            continue
        return step, number


def problem_item(problem: Problem, language: Language, **changes: object) -> Item:
    """A word problem that asks for its steps; `changes` replace fields of the item."""
    text = joined([*problem.sentences(language), problem.question(language)], language)
    fields: dict[str, object] = {
        "input": f"{text}\n{SHOW.fill(language)}",
        "target": str(problem.result),
        "answer": problem.worked(language),
        "solution": problem.worked(language),
        "wrong": final(language, problem.result + 1),
        "template": problem.template,
        "skills": ("calculation/arithmetic", "reasoning/multi-step"),
        "extra": {"steps": len(problem.sums)},
    }
    return Item(**(fields | changes))  # type: ignore[arg-type]


def draw_problems(rng: random.Random, level: int) -> Draft:
    """A word problem; names and things are no part of its identity."""
    problem = draw_problem(rng, level)
    return Draft(problem.key, lambda language: (problem_item(problem, language),))


ARITHMETIC = Family(name="arithmetic", draw=draw_arithmetic)
"""Bare sums, answered at once."""
PROBLEMS = Family(name="problems", draw=draw_problems)
"""Word problems, answered in steps with the result on the last line."""
