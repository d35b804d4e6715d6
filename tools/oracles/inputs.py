"""The inputs other tools are asked about: numbers and invented texts, made from seeds, with the awkward ones among them."""

import random
from typing import Any

SENTENCES = {
    "en": (
        "the old ferry crosses the river twice a day except on sundays",
        "she keeps three spare keys under the blue flower pot by the door",
        "a good summary says what changed and leaves out what did not",
        "bread needs flour water salt yeast and a night of patience",
        "the committee moved the vote to friday because the hall was closed",
    ),
    "zh": (
        "渡轮每天两次过河但是星期天不开",
        "她把三把备用钥匙放在门边的蓝色花盆下面",
        "好的摘要只说变化的地方不说没有变化的地方",
        "做面包需要面粉水盐酵母和一夜的耐心",
        "因为礼堂关门委员会把投票改到星期五",
    ),
}
BY_HAND = (
    ("en", "The cat sat on the mat.", "the cat sat on the mat"),
    ("en", "no", "yes"),
    ("en", "yes yes yes yes yes", "yes"),
    ("en", "It costs 12,500 dollars - or so!", "It costs 12,500 dollars, or so."),
    ("en", "don't stop", "do not stop"),
    ("zh", "好", "好"),
    ("zh", "今天天气很好。", "今天天气很好"),
    ("zh", "模型的准确率是百分之九十", "模型准确率为百分之九十"),
)


def edited(units: list[str], spare: list[str], edit: int, chance: random.Random) -> list[str]:
    """One kind of damage: a unit dropped, two swapped, one repeated, two replaced, the end cut off."""
    place = chance.randrange(1, len(units) - 1)
    if edit == 0:
        return units[:place] + units[place + 1 :]
    if edit == 1:
        return [*units[: place - 1], units[place], units[place - 1], *units[place + 1 :]]
    if edit == 2:
        return [*units[:place], units[place], *units[place:]]
    if edit == 3:
        return [chance.choice(spare) if at in (place, place - 1) else unit for at, unit in enumerate(units)]
    return units[: max(2, len(units) // 2)]


def pairs() -> list[dict[str, Any]]:
    """Pairs of (answer, target), about fifty, with their language."""
    chance, rows = random.Random(11), [{"language": language, "answer": said, "target": wanted} for language, said, wanted in BY_HAND]
    for language, sentences in SENTENCES.items():
        joint = " " if language == "en" else ""
        split = [each.split() if language == "en" else list(each) for each in sentences]
        for number, units in enumerate(split):
            spare = split[(number + 1) % len(split)]
            rows += [
                {"language": language, "answer": joint.join(edited(units, spare, edit, chance)), "target": sentences[number]}
                for edit in range(5)
            ]
    return rows


def numbers(resamples: int) -> dict[str, Any]:
    """Distributions, counts and samples to compute on."""
    chance = random.Random(12)
    ease = [chance.random() for _ in range(60)]
    return {
        "resamples": resamples,
        "normal": [1e-9, 1e-4, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9995],
        "t": [[p, df] for df in (1, 1.7, 2, 4.5, 11, 29, 99.5, 2500) for p in (1e-6, 0.025, 0.3, 0.8, 0.975, 0.9995)],
        "beta": [
            [p, a, b] for a, b in ((0.5, 0.5), (1, 30), (5, 96), (30, 1), (48.3, 51.7), (1000, 9001)) for p in (1e-4, 0.025, 0.5, 0.975)
        ],
        "counts": [[k, n] for n in (1, 10, 30, 100, 2000) for k in sorted({0, 1, n // 20, n // 2, n})],
        "discordant": [[0, 0], [0, 6], [5, 15], [40, 61], [600, 700]],
        "paired": [[round(each + chance.gauss(0.05, 0.2), 4) for each in ease], [round(each, 4) for each in ease]],
        "few": [round(chance.gauss(0.4, 1.0), 4) for _ in range(11)],
        "skewed": [round(chance.gammavariate(1.5, 1.0), 4) for _ in range(80)],
        "clustered": {
            "values": [round((number // 5 % 7) / 7 + chance.gauss(0.0, 0.3), 4) for number in range(120)],
            "clusters": [number // 5 if number < 90 else 18 + number % 2 for number in range(120)],
        },
    }


def invented_battles(count: int, competitors: int) -> dict[str, list[int]]:
    """Battles of competitors of planted strength, 20 % ties and 5 % both bad: a, b, outcome as 0 a, 1 b, 2 tie, 3 both bad."""
    import numpy as np

    random = np.random.default_rng(31)
    strength = random.normal(0.0, 1.0, competitors)
    a = random.integers(0, competitors, count)
    b = (a + random.integers(1, competitors, count)) % competitors
    won = random.random(count) < 1.0 / (1.0 + np.exp(strength[b] - strength[a]))
    kind = random.random(count)
    outcome = np.where(kind < 0.2, 2, np.where(kind < 0.25, 3, np.where(won, 0, 1)))
    return {"a": a.tolist(), "b": b.tolist(), "outcome": outcome.tolist()}
