"""Writes the data of the thirty tasks in `suite/`: small, invented, from seeds. Run it again and nothing changes: python -m tests.formats.lm_eval.make_suite."""

import csv
import json
from pathlib import Path
from random import Random
from typing import Any

SUITE = Path(__file__).parent / "suite"
THINGS = ["kettle", "ladder", "compass", "blanket", "anvil", "lantern", "sieve", "pulley", "mirror", "bellows"]
PLACES = ["Varn", "Ostra", "Miel", "Kolb", "Tesh", "Ruun", "Pell", "Dorne", "Ibex Bay", "Lume"]
WORDS = ["stone", "river", "quiet", "amber", "north", "paper", "winter", "copper", "slow", "garden", "smoke", "thread", "bright", "hollow"]
HAN = ["水", "火", "山", "石", "木", "云", "风", "雨", "月", "星"]


def rows_of(name: str, count: int, make: Any) -> list[dict[str, Any]]:
    """Rows from a seed of their own."""
    chance = Random(f"suite {name}")
    return [make(place, chance) for place in range(count)]


def quiz(mark: str, *, choices: int = 4) -> Any:
    """A question with labelled choices, as ARC has it."""

    def make(place: int, chance: Random) -> dict[str, Any]:
        texts = chance.sample(THINGS, choices)
        labels = list("ABCDE"[:choices]) if place % 3 else list("12345"[:choices])
        key = chance.randrange(choices)
        question = f"[{mark}{place}] Which tool would a {chance.choice(WORDS)} worker in {chance.choice(PLACES)} need?"
        return {
            "question": question,
            "choices": {"text": texts, "label": labels},
            "answerKey": labels[key],
            "subject": chance.choice(["craft", "trade"]),
        }

    return make


def listed(mark: str, *, choices: int = 4) -> Any:
    """A question with a plain list of choices and the number of the right one."""

    def make(place: int, chance: Random) -> dict[str, Any]:
        texts = [f"{chance.choice(WORDS)} {thing}" for thing in chance.sample(THINGS, choices)]
        return {
            "question": f"  [{mark}{place}] What lies beside the {chance.choice(THINGS)}?",
            "choices": texts,
            "answer": chance.randrange(choices),
        }

    return make


def hella(place: int, chance: Random) -> dict[str, Any]:
    endings = [f"{chance.choice(WORDS)} and {chance.choice(WORDS)} [step {number}] the {chance.choice(THINGS)}." for number in range(4)]
    return {"activity_label": f"Making a {chance.choice(THINGS)}", "ctx": f"[hel{place}] Someone lifts the {chance.choice(THINGS)}. They",
            "endings": endings, "label": str(chance.randrange(4))}  # fmt: skip


def sums(place: int, chance: Random) -> dict[str, Any]:
    one, other = chance.randrange(100, 900), chance.randrange(100, 900)
    question = f"[gsm{place}] {chance.choice(PLACES)} has {one} {chance.choice(THINGS)}s and gets {other} more. How many are there?"
    return {"question": question, "answer": f"There are {one} + {other} = {one + other}.\n#### {one + other:,}"}


def boolean(place: int, chance: Random) -> dict[str, Any]:
    return {"passage": f"In {chance.choice(PLACES)} every {chance.choice(THINGS)} is {chance.choice(WORDS)}.",
            "question": f"[boo{place}] is the {chance.choice(THINGS)} {chance.choice(WORDS)}", "label": chance.randrange(2)}  # fmt: skip


def wino(place: int, chance: Random) -> dict[str, Any]:
    one, other = chance.sample(THINGS, 2)
    sentence = f"[win{place}] The {one} did not fit beside the {other} because the _ was too {chance.choice(WORDS)}."
    return {"sentence": sentence, "option1": one, "option2": other, "answer": str(1 + chance.randrange(2))}


def lamb(place: int, chance: Random) -> dict[str, Any]:
    return {"text": f"[lam{place}] " + " ".join(chance.choice(WORDS) for _ in range(14)) + f" {chance.choice(THINGS)}"}


def wiki(place: int, chance: Random) -> dict[str, Any]:
    page = "\n".join(" ".join(chance.choice(WORDS) for _ in range(9)) + ("。渡轮每天过河" if line % 3 == 1 else " .") for line in range(3))
    return {"page": f" = {chance.choice(PLACES)} = \n{page}", "id": place}


def trivia(place: int, chance: Random) -> dict[str, Any]:
    right = chance.choice(PLACES)
    return {"question": f"[tri{place}] Where is the {chance.choice(WORDS)} {chance.choice(THINGS)} kept?",
            "answer": {"value": right, "aliases": [right, f"the town of {right}", right.upper()]}}  # fmt: skip


def bbh(place: int, chance: Random) -> dict[str, Any]:
    texts = chance.sample(THINGS, 3)
    options = "\n".join(f"({letter}) {text}" for letter, text in zip("ABC", texts, strict=True))
    return {"input": f"[bbh{place}] Which comes last?\nOptions:\n{options}", "target": f"({'ABC'[chance.randrange(3)]})", "choices": texts}


def truth(place: int, chance: Random) -> dict[str, Any]:
    texts = [f"Nothing {chance.choice(WORDS)} happens to the {thing}" for thing in chance.sample(THINGS, 3 + place % 3)]
    labels = [1] + [0] * (len(texts) - 1)
    return {
        "question": f"[tru{place}] What happens if you drop a {chance.choice(THINGS)}?",
        "mc1_targets": {"choices": texts, "labels": labels},
    }


def ceval(place: int, chance: Random) -> dict[str, Any]:
    options = chance.sample(HAN, 4)
    return {
        "question": f"[cev{place}] 下列哪一个与{chance.choice(HAN)}有关？",
        **dict(zip("ABCD", options, strict=True)),
        "answer": "ABCD"[chance.randrange(4)],
    }


def translation(place: int, chance: Random) -> dict[str, Any]:
    wanted = " ".join(chance.choice(WORDS) for _ in range(8)).capitalize() + "."
    return {"source": f"[mtr{place}] " + "".join(chance.choice(HAN) for _ in range(8)), "target": wanted}


def nli(place: int, chance: Random) -> dict[str, Any]:
    return {
        "premise": f"[nli{place}] A {chance.choice(THINGS)} is {chance.choice(WORDS)}.",
        "hypothesis": f"It is {chance.choice(WORDS)}.",
        "label": chance.randrange(3),
    }


def several(place: int, chance: Random) -> dict[str, Any]:
    return {
        "question": f"[sev{place}] Which of these are {chance.choice(WORDS)}?",
        "choices": chance.sample(THINGS, 4),
        "right": sorted(chance.sample(range(4), 2)),
    }


def cells(place: int, chance: Random) -> dict[str, Any]:
    right = chance.randrange(2)
    return {
        "item": f"[csv{place}] {chance.choice(THINGS)}",
        "price": chance.randrange(5, 90),
        "weight": round(chance.random() * 5, 1),
        "cheap": right,
    }


def answers_for(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """What the server may say to each item: right, wrong, and right in a form that only some filters find."""
    said: dict[str, list[str]] = {}
    for place, row in enumerate(rows["sums"]):
        value = row["answer"].split("#### ")[1]
        plain = value.replace(",", "")
        said[f"gsm{place}"] = [
            f"They are {plain}.\n#### {value}",
            f"#### {int(plain) + 1}",
            f"The answer is ${value}.",
            "I cannot tell.",
            f" The answer is {plain}. Or {plain}",
        ]
    for place, row in enumerate(rows["trivia"]):
        right = row["answer"]["value"]
        said[f"tri{place}"] = [right, f" {right}. ", f"The town of {right}", "Nowhere", right.lower()]
    for place, row in enumerate(rows["bbh"]):
        letter = row["target"]
        text = row["choices"]["ABC".index(letter[1])]
        said[f"bbh{place}"] = [
            f"Let's think. So the answer is {letter}.",
            f"It must be the {text}",
            f"Answer: {letter[1]}",
            "the answer is (A).",
            "No idea",
        ]
    for place, row in enumerate(rows["translation"]):
        wanted = row["target"].split(" ")
        said[f"mtr{place}"] = [
            row["target"],
            " ".join(wanted[1:]),
            " ".join([*wanted[:4], "very", *wanted[4:]]),
            " ".join(reversed(wanted)),
            "石",
        ]
    for place, row in enumerate(rows["ceval"]):
        said[f"cev{place}"] = [row["answer"], f"答案是{row['answer']}。", "B", " (C) "]
    for place, row in enumerate(rows["boolean"]):
        said[f"boo{place}"] = [("no", "yes")[row["label"]], " Yes.", "NO", "maybe"]
    return said


MAKERS = {
    "arc": quiz("arc"), "arc_train": quiz("trn"), "mmlu": listed("mml"), "mmlu_dev": listed("dev"), "stem": listed("stm"), "hella": hella, "sums": sums,
    "sums_train": sums, "boolean": boolean, "wino": wino, "lamb": lamb, "wiki": wiki, "trivia": trivia, "bbh": bbh, "truth": truth, "ceval": ceval,
    "ceval_dev": ceval, "translation": translation, "nli": nli, "several": several,
}  # fmt: skip
COUNTS = {"wiki": 6, "mmlu_dev": 5, "ceval_dev": 5, "arc_train": 9, "sums_train": 9, "stem": 5}


def main() -> None:
    """Write data and answers."""
    data = SUITE / "data"
    data.mkdir(parents=True, exist_ok=True)
    rows = {name: rows_of(name, COUNTS.get(name, 10), make) for name, make in MAKERS.items()}
    for name, made in rows.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
        (data / f"{name}.jsonl").write_text(text, encoding="utf-8")
    with (data / "prices.csv").open("w", newline="", encoding="utf-8") as file:
        table = rows_of("prices", 10, cells)
        table[3]["weight"] = ""
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    (SUITE / "answers.json").write_text(
        json.dumps(answers_for(rows), ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
