"""Explanation: an answer must carry its true reason. Either the number of the sentence that decides (it was planted), or every
calculation of a word problem."""

import random
from typing import Any, NamedTuple

from assay.datasets.generators.arithmetic import draw_problem, problem_item
from assay.datasets.generators.families import Draft, Family, Item, Language, Wording, final, joined, pick
from assay.datasets.generators.reading import RELATIONS
from assay.datasets.generators.words import PEOPLE


class Plan(NamedTuple):
    """Something a person wants to do, what makes it possible and what stops it."""

    name: str
    wants: Wording
    helps: Wording
    stops: Wording
    asks: Wording


PLANS = (
    Plan("swim", Wording("{who} wants to swim.", "{who}想去游泳。"), Wording("The pool is open today.", "游泳池今天开门。"), Wording("The pool is closed today.", "游泳池今天不开门。"), Wording("Can {who} swim today?", "{who}今天能去游泳吗？")),
    Plan("cycle", Wording("{who} wants to ride the bike.", "{who}想骑自行车。"), Wording("The bike was repaired.", "自行车已经修好了。"), Wording("The bike is broken.", "自行车坏了。"), Wording("Can {who} ride the bike today?", "{who}今天能骑自行车吗？")),
    Plan("call", Wording("{who} wants to call a friend.", "{who}想给朋友打电话。"), Wording("The phone is fully charged.", "手机充满了电。"), Wording("The phone has no power and cannot be charged.", "手机没电了，也没法充电。"), Wording("Can {who} call today?", "{who}今天能打电话吗？")),
    Plan("bake", Wording("{who} wants to bake bread.", "{who}想烤面包。"), Wording("There is enough flour at home.", "家里有足够的面粉。"), Wording("There is no flour and no shop is open.", "家里没有面粉，商店也都关门了。"), Wording("Can {who} bake bread today?", "{who}今天能烤面包吗？")),
    Plan("travel", Wording("{who} wants to take the train.", "{who}想坐火车。"), Wording("All trains run today.", "今天所有的火车都正常运行。"), Wording("No trains run today.", "今天所有的火车都停运。"), Wording("Can {who} take the train today?", "{who}今天能坐火车吗？")),
    Plan("enter", Wording("{who} wants to enter the house.", "{who}想进屋。"), Wording("The door of the house is open.", "屋子的门开着。"), Wording("The door is locked and the key is lost.", "门锁着，钥匙也丢了。"), Wording("Can {who} enter the house now?", "{who}现在能进屋吗？")),
    Plan("read", Wording("{who} wants to read in the library.", "{who}想在图书馆看书。"), Wording("The library is open all day.", "图书馆全天开放。"), Wording("The library is closed all day.", "图书馆全天闭馆。"), Wording("Can {who} read in the library today?", "{who}今天能在图书馆看书吗？")),
)  # fmt: skip
TELL = Wording(
    "Which sentence decides it? Write your answer and the number of that sentence on the last line, like: ANSWER: yes (7)",
    "是哪一句决定的？请在最后一行写出答案和那句话的编号，例如：答案：能（7）",
)
CAN: dict[Language, dict[bool, str]] = {"en": {True: "yes", False: "no"}, "zh": {True: "能", False: "不能"}}
IDLE = {1: (1, 2), 2: (3, 4), 3: (5, 8)}


def justified(verdict: str, place: int, language: Language) -> tuple[str, ...]:
    """The accepted answers: a verdict with the number of the sentence that decides, in either kind of brackets."""
    return (f"{verdict} ({place})",) if language == "en" else (f"{verdict}（{place}）", f"{verdict}({place})", f"{verdict} ({place})")


def draw_explanation(rng: random.Random, level: int) -> Draft:
    """Numbered sentences, one of which decides: its number is the planted reason."""
    plan, possible = pick(rng, PLANS), rng.random() < 0.5
    who, *others = rng.sample(PEOPLE, 3)
    idle = [(pick(rng, (who, *others)), relation) for relation in (rng.sample(RELATIONS, 5) * 2)[: rng.randint(*IDLE[level])]]
    told = [(relation.told, {"who": person, "value": pick(rng, relation.values)}) for person, relation in dict.fromkeys(idle)]
    lines: list[tuple[Wording, dict[str, Any]]] = [(plan.wants, {"who": who}), (plan.helps if possible else plan.stops, {}), *told]
    rng.shuffle(lines)
    place = next(number for number, (wording, _) in enumerate(lines, 1) if wording in (plan.helps, plan.stops))
    key = "explanation " + " ".join(wording.fill("en", **slots) for wording, slots in lines)

    def write(language: Language) -> tuple[Item, ...]:
        said = [f"{number}. {wording.fill(language, **slots)}" for number, (wording, slots) in enumerate(lines, 1)]
        accepted = justified(CAN[language][possible], place, language)
        return (
            Item(
                input="\n".join([*said, plan.asks.fill(language, who=who), TELL.fill(language)]),
                target=accepted if len(accepted) > 1 else accepted[0],
                answer=final(language, accepted[0]),
                solution=f"{said[place - 1]}\n{final(language, accepted[0])}",
                wrong=final(language, justified(CAN[language][possible], place % len(lines) + 1, language)[0]),
                template=f"explanation {plan.name}",
                skills=("explanation/justification", "reasoning/causal"),
                respect="explainability",
                extra={"reason": place, "verdict": CAN[language][possible]},
            ),
        )

    return Draft(key, write)


TELL_ALL = Wording(
    "Show every calculation on a line of its own, like 3 + 4 = 7. Write the result on the last line after 'ANSWER:'.",
    "请把每一步计算单独写一行，例如3 + 4 = 7，最后一行在“答案：”后面写出结果。",
)


def draw_derivation(rng: random.Random, level: int) -> Draft:
    """A word problem of at least two calculations, each of which must be shown; held out with the problem."""
    problem = draw_problem(rng, level)
    while len(problem.sums) < 2:
        problem = draw_problem(rng, level)

    def write(language: Language) -> tuple[Item, ...]:
        text = joined([*problem.sentences(language), problem.question(language)], language)
        changes = {
            "input": f"{text}\n{TELL_ALL.fill(language)}",
            "skills": ("explanation/steps", "reasoning/multi-step"),
            "respect": "explainability",
            "wrong": final(language, problem.result),
            "extra": {"steps": len(problem.sums), "patterns": [rf"=\s*{each.result}(?!\d)" for each in problem.sums]},
        }
        return (problem_item(problem, language, **changes),)

    return Draft(f"derivation {problem.key}", write, origin=problem.key)


EXPLANATION = Family(name="explanation", draw=draw_explanation)
"""A planted sentence decides, and the answer must give its number: its true reason."""
DERIVATIONS = Family(name="derivations", draw=draw_derivation)
"""Word problems whose answer must show every calculation."""
