"""Memory over turns: something is said early, other turns follow, then it is asked for."""

import random

from assay.core.content import Message, message
from assay.datasets.generators.arithmetic import draw_sum
from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, pick
from assay.datasets.generators.words import CITIES, PEOPLE, PETS

SAY = {
    "name": (Wording("Hello, my name is {v}.", "你好，我叫{v}。"), Wording("Nice to meet you, {v}.", "很高兴认识你，{v}。")),
    "city": (Wording("I live in {v}.", "我住在{v}。"), Wording("I see, you live in {v}.", "好的，你住在{v}。")),
    "pet": (Wording("I have a {v}.", "我养了{v}。"), Wording("A {v}, how nice.", "养了{v}，真好。")),
}
ASK = {
    "name": Wording("What is my name? Answer with the name only.", "我叫什么名字？只回答名字。"),
    "city": Wording("Where do I live? Answer with the city only.", "我住在哪里？只回答城市。"),
    "pet": Wording("Which animal do I have? Answer with one word.", "我养了什么动物？只回答一个词。"),
}
CORRECTION = (
    Wording("Sorry, that was wrong: please call me {v}.", "抱歉，刚才说错了，请叫我{v}。"),
    Wording("All right, {v}.", "好的，{v}。"),
)
FILL = Wording("What is {sum}? Answer with the number only.", "{sum}等于多少？只回答数字。")
FILLERS = {1: (1, 2), 2: (2, 4), 3: (5, 8)}

Turn = tuple[Wording, Wording | str, dict[str, object]]


def draw_turns(rng: random.Random, level: int) -> tuple[list[Turn], dict[str, Word], str]:
    """Turns before the question, what they told, and their identity. From level 2 a name may be corrected."""
    name, later = (Word(person.en, person.zh) for person in rng.sample(PEOPLE, 2))
    told = {"name": name, "city": pick(rng, CITIES), "pet": pick(rng, PETS)}
    kinds = ["name", *rng.sample(("city", "pet"), rng.randint(0, 1) if level == 1 else rng.randint(1, 2))]
    turns: list[Turn] = [(*SAY[kind], {"v": told[kind]}) for kind in kinds]
    if level > 1 and rng.random() < 0.4:
        turns.append((*CORRECTION, {"v": later}))
        told["name"] = later
    sums = [draw_sum(rng, 1) for _ in range(rng.randint(*FILLERS[level]))]
    turns += [(FILL, str(each.result), {"sum": each}) for each in sums]
    said = {kind: told[kind] for kind in kinds}
    key = " ".join([name.en, *(f"{kind}={value.en}" for kind, value in said.items()), *(str(each) for each in sums)])
    return turns, said, key


def spoken(turns: list[Turn], language: Language) -> list[Message]:
    """The turns as messages of both sides."""
    messages = []
    for user, reply, slots in turns:
        messages.append(message("user", user.fill(language, **slots)))
        messages.append(message("assistant", reply if isinstance(reply, str) else reply.fill(language, **slots)))
    return messages


def draw_memory(rng: random.Random, level: int) -> Draft:
    """A conversation that ends with a question about what was told."""
    turns, told, key = draw_turns(rng, level)
    kind = pick(rng, tuple(told))
    pool = {"name": [Word(person.en, person.zh) for person in PEOPLE], "city": list(CITIES), "pet": list(PETS)}[kind]
    mentioned = [slots["v"] for _, _, slots in turns if "v" in slots]
    rivals = [word for word in pool if word != told[kind]]
    wrong = next((word for word in rivals if word in mentioned), rivals[0])

    def write(language: Language) -> tuple[Item, ...]:
        gold = told[kind].in_(language)
        told_turn = SAY[kind][0].fill(language, v=told[kind])
        return (
            Item(
                input=(*spoken(turns, language), message("user", ASK[kind].fill(language))),
                target=gold,
                solution=f"{told_turn}\n{gold}",
                wrong=wrong.in_(language),
                template=f"memory {kind}",
                skills=("memory/dialogue",),
                extra={"turns": len(turns) + 1},
            ),
        )

    return Draft(f"memory {kind} {key}", write)


MEMORY = Family(name="memory", draw=draw_memory)
