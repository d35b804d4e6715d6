"""Tables of labels, judge scores and leaderboards that other tools are asked about, made from seeds, with the awkward ones among them."""

import random
from typing import Any


def tables() -> list[dict[str, Any]]:
    """Labels 1..5 (2 to 5 annotators, whole and with gaps), with one label rare, and Krippendorff's own example."""
    chance, found = random.Random(21), []
    for annotators, missing, right in ((2, 0.0, 0.7), (2, 0.3, 0.5), (3, 0.0, 0.5), (5, 0.4, 0.8), (4, 0.2, 0.0)):
        for scale in ((1, 2, 3, 4, 5), (1, 2)):
            truth = [chance.choice(scale) if scale[-1] == 5 else 1 + (chance.random() < 0.1) for _ in range(60)]
            rows = [[each if chance.random() < right else chance.choice(scale) for _ in range(annotators)] for each in truth]
            kept = [[None if chance.random() < missing else each for each in row] for row in rows]
            kept[0] = list(scale[:annotators]) + [None if missing else scale[0]] * max(0, annotators - len(scale))
            found.append({"name": f"{annotators} annotators, {len(scale)} labels, {missing:.0%} missing", "ratings": kept})
    example = ("1233214120000", "1233224125030"[:12], "0333234225100"[:12], "1233244125100"[:12])
    columns = [[int(each) or None for each in row[:12]] for row in example]
    return [*found, {"name": "Krippendorff 2011", "ratings": [list(row) for row in zip(*columns, strict=True)]}]


def judged() -> list[dict[str, Any]]:
    """Labels and a judge's scores of them and of others: rates and scores, a good judge, a useless one, one that is wrong more often than right."""
    chance, found = random.Random(22), []
    for kind in ("rate", "score"):
        for quality in (0.9, 0.5, 0.0, -0.6):
            truth = [float(chance.random() < 0.3) if kind == "rate" else round(chance.gammavariate(2, 1), 4) for _ in range(460)]
            seen = [round(quality * each + chance.gauss(0.0, 0.5), 4) for each in truth]
            found.append({"name": f"{kind}, {quality}", "labels": truth[:60], "judged": seen[:60], "rest": seen[60:]})
    return found


def boards() -> dict[str, Any]:
    """Tables of models by scenarios with ties, empty cells and lower-is-better; perturbed scores with gaps; confidences with ties."""
    chance = random.Random(23)
    wins: list[dict[str, Any]] = []
    for models, scenarios, empty in ((5, 1, 0.0), (6, 4, 0.0), (12, 8, 0.3), (3, 5, 0.6)):
        table = [[None if chance.random() < empty else round(chance.random(), 1) for _ in range(scenarios)] for _ in range(models)]
        wins.append({"table": table, "lower": [chance.random() < 0.3 for _ in range(scenarios)]})
    worst: list[dict[str, Any]] = []
    for versions, missing in ((1, 0.0), (3, 0.0), (4, 0.4)):
        first = [round(chance.random(), 2) for _ in range(40)]
        rows = [[None if chance.random() < missing else round(chance.random(), 2) for _ in first] for _ in range(versions)]
        worst.append({"original": first, "perturbed": rows})
    sure: list[dict[str, Any]] = []
    for items, digits in ((300, 6), (307, 6), (500, 1), (1009, 2)):
        stated = [round(chance.betavariate(4, 2), digits) for _ in range(items)]
        sure.append({"confidence": stated, "correct": [int(chance.random() < each**1.5) for each in stated]})
    return {"win_rates": wins, "worst": worst, "calibration": sure}
