"""A scene to draw: four checkpoints on five tasks, with journals of their own, Chinese text, a metric nobody could measure and a run half lost."""

import math
import random

import msgspec
import pytest

from assay.core.answer import Answer, Usage
from assay.core.estimate import Estimate, not_measurable
from assay.core.journal import Call, Closed, Seen
from assay.core.run import Leniency, Manifest, Result
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.report import Comparison
from assay.store import RunFolder, failures, flips

MODELS = ("tiny/step-0400", "tiny/step-1200", "tiny/step-1800", "tiny/step-2400")
STRENGTH = {
    "arithmetic": (0.31, 0.59, 0.704, 0.741),
    "facts": (0.18, 0.62, 0.88, 0.885),
    "robustness": (0.22, 0.48, 0.61, 0.606),
    "chinese": (0.05, 0.21, 0.40, 0.52),
    "honesty": (0.61, 0.37, 0.225, 0.18),
}
METRIC = {"arithmetic": "number", "facts": "exact", "robustness": "number", "chinese": "includes", "honesty": "hallucination"}


def lower_of(task):
    return ("hallucination",) if task == "honesty" else ()


def wilson(right, n, *, planned=None):
    """The textbook formula, so that the pictures look as real ones do."""
    if n == 0:
        return not_measurable("none of the trials was scored: the judge was never reached")
    z, share = 1.96, right / n
    middle, spread = (share + z * z / 2 / n), z * math.sqrt(share * (1 - share) / n + z * z / 4 / n / n)
    low, high = (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)
    return Estimate(value=share, low=max(0.0, low), high=min(1.0, high), n=n, clusters=n, method="wilson", coverage=n / (planned or n))


def sample_of(task, number, dice):
    a, b = dice.randrange(100, 999), dice.randrange(100, 999)
    skill = ("calculation/arithmetic", "knowledge/facts", "language/comprehension")[number % 3]
    metadata = {"skills": [skill], "steps": number % 5 + 1}
    if task == "chinese":
        text = f"小明有 {a} 个苹果,又买了 {b} 个。他一共有多少个苹果?请一步一步地想,最后一行写“答案:”加数字。"
    else:
        text = f"A depot holds {a} crates. {b} more arrive by rail on Tuesday. How many crates are there then?\n\nPut the number on the last line after 'ANSWER:'."
    return Sample(id=f"{task}-{number:04}", input=text, target=str(a + b), metadata=metadata)


def answer_of(sample, right, dice, step):
    total = int(sample.target) + (0 if right else dice.choice((-10, 1, 100)))
    zh = sample.id.startswith("chinese")
    text = f"先算个位,再进位。\n答案:{total}" if zh else f"The tens carry over once.\nANSWER: {total}"
    reasoning = f"I add the two numbers digit by digit. Step {step} of training taught me to carry. " * 6 if dice.random() < 0.3 else None
    return Answer(text=text, reasoning=reasoning, usage=Usage(input_tokens=58, output_tokens=24), model="tiny")


def play(root, task, model, *, samples, lose=0.0, hostile=False):
    """One run: a journal, a manifest, a result."""
    index, metric = MODELS.index(model), METRIC[task]
    step = int(model.rsplit("-", 1)[1])
    manifest = Manifest(
        id=f"{task}-{step}", task=task, model=model, identity=f"{task}{step}".ljust(32, "0"), created="2026-11-23T10:00:00+00:00", assay="0.1.0",
        seed=7, trials=1, samples=samples, planned=samples,
        lower_is_better=lower_of(task), fingerprints={"dataset": task, "solver": "s", "scorers": "x", "decoding": f"d{step == 400}", "model": model},
        settings={"task": task, "model": model, "limit": samples, "seed": 7, "scorers": metric, "decoding.temperature": 0.7 if step == 400 else 0.0},
    )  # fmt: skip
    folder = RunFolder.create(root / f"{task}__{model.replace('/', '-')}", manifest)
    lines, tally, skills = [], [0, 0, 0], {}
    for number in range(samples):
        dice = random.Random(f"{task}{number}")
        sample = sample_of(task, number, dice)
        hard, luck = dice.random(), random.Random(f"{task}{number}{model}").random()
        broken = luck < lose
        right = 0.75 * hard + 0.25 * luck < STRENGTH[task][index] * (1.15 if number % 3 else 0.7)
        lines.append(Seen(sample=sample))
        if broken:
            failure = Failure(
                blame="endpoint", kind="http_503", message="HTTP 503 from http://127.0.0.1:8000/v1: <html>down</html>", attempts=7
            )
            lines.append(Closed(trial=Trial(sample_id=sample.id, number=0, failure=failure)))
            tally[2] += 1
            continue
        answer = answer_of(sample, right, dice, step)
        flags = ()
        if not right and number % 17 == 0:
            answer, flags = msgspec.structs.replace(answer, text="", stop_reason="length"), ("empty", "truncated")
        if hostile and not right and number % 5 == 0:
            evil = "<script>alert(1)</script></script><img src=x onerror=alert(2)> [x](javascript:alert(3)) \u202eevil\u202c \x1b[31m {{ 7*7 }}"
            answer = msgspec.structs.replace(answer, text=evil + answer.text)
        score = Score(scorer=metric, value=float(right), extracted=answer.text.split(":")[-1].strip()[-6:], method="after 'ANSWER:'")
        lines.append(Call(key=sample.id, answer=answer))
        lines.append(Closed(trial=Trial(sample_id=sample.id, number=0, scores=(score,), seconds=0.4, flags=flags), call=sample.id))
        tally[0] += right
        tally[1] += 1
        counts = skills.setdefault(sample.metadata["skills"][0], [0, 0])
        counts[0] += right
        counts[1] += 1
    folder.journal().write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return folder, manifest, result_of(folder, manifest, task, model, metric, tally, skills)


def result_of(folder, manifest, task, model, metric, tally, skills):
    right, scored, failed = tally
    planned = manifest.planned
    metrics = {metric: wilson(right, scored, planned=planned)}
    if task == "honesty":
        metrics["judged"] = not_measurable("the judge was never reached: set --judge")
    empty = max(1, scored // 60)
    return Result(
        task=task, model=model, run_dir=folder.path, planned=planned, scored=scored, unscored=0, failed=failed, coverage=scored / planned,
        metrics=metrics, usage=Usage(input_tokens=58 * scored, output_tokens=24 * scored, cost=None), seconds=3.2 + 0.01 * scored,
        identity=manifest.identity, lower_is_better=manifest.lower_is_better, slices={"skills": {name: {metric: wilson(*counts)} for name, counts in skills.items()}},
        flags={"empty": empty, "truncated": empty}, failures={"endpoint:http_503": failed} if failed else {},
        errors={"endpoint:http_503": "HTTP 503 from http://127.0.0.1:8000/v1: <html>down</html>"} if failed else {},
        leniency={metric: Leniency(checked=scored, gained=scored // 40, lost=1)} if task == "arithmetic" else {},
        notes=("sandbox none: model-written code ran unprotected",) if task == "robustness" else (),
    )  # fmt: skip


def compared(task, metric, later, earlier, gain, half, verdict, mde, won, lost, tied):
    found = Estimate(value=gain, low=gain - half, high=gain + half, n=600, clusters=600, method="t")
    return Comparison(
        task=task, metric=metric, a=later, b=earlier, difference=found, p_value=0.01, adjusted_p=0.02, mde=mde, verdict=verdict, method="mcnemar",
        won=("w",) * won, lost=("l",) * lost, tied=tied, lower_is_better=bool(lower_of(task)),
    )  # fmt: skip


class Scene:
    """Everything a report takes."""

    def __init__(self, root, *, models=MODELS, tasks=tuple(METRIC), samples=600, hostile=False):
        runs = [
            play(root, task, model, samples=samples, lose=0.5 if (task, model) == ("chinese", MODELS[1]) else 0.0, hostile=hostile)
            for model in models
            for task in tasks
        ]
        self.folders = [folder for folder, _, _ in runs]
        self.manifests = [manifest for _, manifest, _ in runs]
        self.results = [result for _, _, result in runs]

    @property
    def examples(self):
        return {folder.path: failures(folder) for folder in self.folders}

    def comparisons(self):
        a, b = MODELS[3], MODELS[2]
        return [
            compared("arithmetic", "number", a, b, 0.037, 0.021, "better", 0.03, 34, 12, 554),
            compared("robustness", "number", a, b, -0.004, 0.018, "no difference seen", 0.026, 20, 22, 558),
            compared("honesty", "hallucination", a, b, -0.045, 0.02, "better", 0.028, 36, 9, 555),
        ]

    def flips(self):
        by_name = {(folder.manifest.task, folder.manifest.model): folder for folder in self.folders}
        earlier, later = by_name["arithmetic", MODELS[2]], by_name["arithmetic", MODELS[3]]
        return {("arithmetic", "number", MODELS[2], MODELS[3]): flips(earlier, later, "number")}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return Scene(tmp_path_factory.mktemp("runs"), samples=120)


@pytest.fixture
def make_scene(tmp_path):
    return lambda **options: Scene(tmp_path, **options)


@pytest.fixture
def estimate():
    return wilson
