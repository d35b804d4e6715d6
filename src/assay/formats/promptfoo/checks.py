"""promptfoo's assertions: each a question to one answer that gives a score from 0 to 1, and whether it holds."""

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any, ClassVar

import msgspec

from assay.core.answer import Answer
from assay.core.content import message
from assay.core.errors import JudgeError, ScorerError, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Context, Request
from assay.core.registry import suggest
from assay.core.sample import Sample
from assay.core.score import Score
from assay.formats.promptfoo.assertion import Check, Verdict


def said(passed: bool, what: str) -> Verdict:
    """A verdict of a rule: all or nothing."""
    return Verdict(passed=passed, score=float(passed), reason="holds" if passed else what)


def listed(value: Any) -> list[str]:
    """The texts an assertion names: a list, or one text with commas, quoted where a comma belongs to it."""
    if isinstance(value, list):
        return [str(each) for each in value]
    import csv

    return [each.strip() for each in next(csv.reader([str(value)], skipinitialspace=True), [])]


def json_in(text: str) -> Iterator[Any]:
    """The JSON objects and lists that stand anywhere in a text."""
    decoder, at = json.JSONDecoder(), 0
    while (at := next((place for place in range(at, len(text)) if text[place] in "{["), -1)) >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except ValueError:
            at += 1
            continue
        yield found
        at = end


def fits(value: Any, schema: Any) -> str | None:
    """What of a JSON value a schema does not accept, None where it accepts it or none was given."""
    if not schema:
        return None
    import jsonschema

    schema = json.loads(schema) if isinstance(schema, str) else schema
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    wrong = jsonschema.exceptions.best_match(kind(schema).iter_errors(value))
    return None if wrong is None else wrong.message


def is_json(check: Check, answer: Answer) -> Verdict:
    """Whether the whole answer is JSON, of the schema if there is one."""
    try:
        value = json.loads(answer.text)
    except ValueError as error:
        return said(False, f"no JSON: {error}")
    wrong = fits(value, check.value)
    return said(wrong is None, f"JSON, but {wrong}")


def contains_json(check: Check, answer: Answer) -> Verdict:
    """Whether JSON of the schema stands anywhere in the answer."""
    found = list(json_in(answer.text))
    if not found:
        return said(False, "holds no JSON")
    return said(any(fits(each, check.value) is None for each in found), "holds JSON, but none that the schema accepts")


def equals(check: Check, answer: Answer) -> Verdict:
    """Whether the answer is the value; of an object or list, whether it is that JSON."""
    if isinstance(check.value, dict | list):
        try:
            return said(json.loads(answer.text) == check.value, "is other JSON")
        except ValueError as error:
            return said(False, f"no JSON: {error}")
    return said(answer.text == str(check.value), f"is not {str(check.value)!r:.80}")


def regex(check: Check, answer: Answer) -> Verdict:
    """Whether the expression is found anywhere."""
    try:
        return said(re.search(str(check.value), answer.text) is not None, f"/{check.value}/ is not found")
    except re.error as error:
        raise ScorerError(f"The expression /{check.value}/ cannot be read: {error}.", kind="regex") from error


def contains(check: Check, answer: Answer, *, fold: bool = False, every: bool = True, many: bool = False) -> Verdict:
    """Whether the texts stand in the answer: all of them, or any."""
    wanted = listed(check.value) if many else [str(check.value)]
    text = answer.text.lower() if fold else answer.text
    missing = [each for each in wanted if (each.lower() if fold else each) not in text]
    passed = not missing if every else len(missing) < len(wanted)
    return said(passed, f"lacks {', '.join(missing)}")


def starts_with(check: Check, answer: Answer) -> Verdict:
    """Whether the answer begins so."""
    return said(answer.text.startswith(str(check.value)), f"does not begin with {str(check.value)!r:.80}")


def cost(check: Check, answer: Answer) -> Verdict:
    """Whether the answer cost at most the threshold, in US dollars."""
    spent = answer.usage.cost
    if spent is None:
        raise ScorerError("The cost of the answer is not known.", kind="no_cost", remedy="Tell the model's price: see docs/models.md.")
    return said(check.threshold is None or spent <= check.threshold, f"cost ${spent:g}, more than ${check.threshold}")


def latency(check: Check, answer: Answer) -> Verdict:
    """Whether the answer came within the threshold, in milliseconds."""
    took = answer.timing.seconds * 1000.0
    return said(check.threshold is None or took <= check.threshold, f"took {took:.0f} ms, more than {check.threshold}")


RULES: dict[str, Callable[[Check, Answer], Verdict]] = {
    "equals": equals,
    "contains": contains,
    "icontains": lambda check, answer: contains(check, answer, fold=True),
    "contains-all": lambda check, answer: contains(check, answer, many=True),
    "contains-any": lambda check, answer: contains(check, answer, many=True, every=False),
    "icontains-all": lambda check, answer: contains(check, answer, fold=True, many=True),
    "icontains-any": lambda check, answer: contains(check, answer, fold=True, many=True, every=False),
    "starts-with": starts_with,
    "regex": regex,
    "is-json": is_json,
    "contains-json": contains_json,
    "cost": cost,
    "latency": latency,
}
JUDGED = ("llm-rubric", "model-graded-closedqa")
OTHERS = ("similar", "python", "assert-set")
KINDS = (*RULES, *JUDGED, *OTHERS)


def check_of(given: Any, where: str, *, trust: bool) -> Check:
    """An assertion of a configuration. Raises UsageError for one that cannot be decided here, naming it and where it stands."""
    if not isinstance(given, dict) or "type" not in given:
        raise UsageError(f"{where}: an assertion has a type.", remedy="Write {type: contains, value: ...}.")
    kind, negated = str(given["type"]), str(given["type"]).startswith("not-")
    kind = kind.removeprefix("not-")
    if kind not in KINDS:
        raise UsageError(f"{where}: the assertion type '{given['type']}' is not known here.", remedy=suggest(kind, KINDS))
    unknown = set(given) - {"type", "value", "threshold", "weight", "metric", "assert", "provider", "description"}
    if unknown:
        raise UsageError(
            f"{where}: '{sorted(unknown)[0]}' of the assertion '{kind}' is not known here.",
            remedy="Leave it out, or write the test otherwise.",
        )
    if kind == "python" and not trust:
        raise UsageError(f"{where}: a python assertion runs code of the configuration.", remedy="Read it, then allow it: -T trust=true")
    if isinstance(given.get("value"), str) and given["value"].startswith("file://") and kind != "python":
        raise UsageError(f"{where}: a value from a file is not read here.", remedy="Write the value into the configuration.")
    if kind == "regex":
        try:
            re.compile(str(given.get("value")))
        except re.error as error:
            raise UsageError(f"{where}: the expression /{given.get('value')}/ cannot be read: {error}.", remedy="Correct it.") from error
    nested = tuple(check_of(each, where, trust=trust) for each in given.get("assert") or ())
    return Check(
        kind=kind,
        value=given.get("value"),
        threshold=given.get("threshold"),
        weight=float(given.get("weight", 1.0)),
        negated=negated,
        metric=given.get("metric"),
        checks=nested,
    )


class Assertions(msgspec.Struct, frozen=True, kw_only=True, tag="promptfoo-1"):
    """promptfoo's verdict on an answer: `passed` (all assertions of its test hold, or with a threshold the score reaches it) and `score`, the mean of the
    assertions weighted by their weights. The assertions stand in the sample's metadata."""

    criteria: ClassVar[tuple[str, ...]] = ("passed", "score")
    name: str = "promptfoo"
    similar: str | None = None
    trust: bool = False
    folder: str = "."
    fingerprint: str = ""

    async def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
        """Decide every assertion of the sample's test."""
        test = sample.metadata.get("promptfoo") or {}
        checks = msgspec.convert(test.get("checks") or [], tuple[Check, ...])
        verdicts = [await self.decided(check, sample, answer, context) for check in checks]
        total = together(checks, verdicts, test.get("threshold"))
        told = [
            {"type": check.kind, "passed": each.passed, "score": each.score, "reason": each.reason}
            for check, each in zip(checks, verdicts, strict=True)
        ]
        detail = {"assertions": told} if told else {}
        return (
            Score(scorer=self.name, criterion="passed", value=float(total.passed), reason=total.reason, detail=detail),
            Score(scorer=self.name, criterion="score", value=total.score),
        )

    async def decided(self, check: Check, sample: Sample, answer: Answer, context: Context) -> Verdict:
        """One assertion, turned round where it is negated."""
        if check.kind == "assert-set":
            verdicts = [await self.decided(each, sample, answer, context) for each in check.checks]
            found = together(check.checks, verdicts, check.threshold)
        elif check.kind in JUDGED:
            found = await judged(check, answer, context)
        elif check.kind == "similar":
            found = self.alike(check, sample, answer)
        elif check.kind == "python":
            from assay.formats.promptfoo.code import run_python

            found = run_python(check, sample, answer, self.folder)
        else:
            found = RULES[check.kind](check, answer)
        return Verdict(passed=not found.passed, score=1.0 - found.score, reason=f"not: {found.reason}") if check.negated else found

    def alike(self, check: Check, sample: Sample, answer: Answer) -> Verdict:
        """Whether the answer's meaning is near the value's, by the embedding model that was named."""
        from assay.scorers.semantic import Similarity

        if self.similar is None:
            raise ScorerError(
                "`similar` needs an embedding model.", kind="no_model", remedy="Name one for sentence-transformers: -T similar=MODEL"
            )
        wanted = msgspec.structs.replace(sample, target=tuple(listed(check.value)) if isinstance(check.value, list) else str(check.value))
        (score,) = Similarity(model=self.similar)(wanted, answer)
        value, floor = score.value or 0.0, 0.75 if check.threshold is None else check.threshold
        return Verdict(passed=value >= floor, score=value, reason=f"similarity {value:.2f}, {floor} wanted")


def together(checks: tuple[Check, ...], verdicts: list[Verdict], threshold: float | None) -> Verdict:
    """What several assertions come to, as promptfoo reckons it: the weighted mean; without weight in it 0; without assertions 1."""
    if not checks:
        return Verdict(passed=True, score=1.0, reason="no assertion")
    weight = sum(check.weight for check in checks)
    score = sum(check.weight * each.score for check, each in zip(checks, verdicts, strict=True)) / weight if weight > 0 else 0.0
    failed = [each for check, each in zip(checks, verdicts, strict=True) if not each.passed and check.weight > 0]
    passed = score >= threshold if threshold is not None else not failed
    return Verdict(passed=passed, score=score, reason=failed[0].reason if failed and not passed else f"score {score:.2f}")


async def judged(check: Check, answer: Answer, context: Context) -> Verdict:
    """What the judge says of the criterion. Raises JudgeError for a reply that is no verdict."""
    text = files("assay.formats.promptfoo").joinpath("rubric.txt").read_text(encoding="utf-8")
    asked = text.format(
        criterion=check.value if isinstance(check.value, str) else json.dumps(check.value, ensure_ascii=False), output=answer.text
    )
    reply = await context.model("judge").generate(Request(messages=(message("user", asked),), decoding=context.decoding))
    for found in json_in(reply.text):
        if isinstance(found, dict) and ("pass" in found or "score" in found):
            score = found.get("score", float(bool(found.get("pass"))))
            if isinstance(score, int | float) and 0.0 <= score <= 1.0:
                passed = bool(found.get("pass", True)) and (check.threshold is None or score >= check.threshold)
                return Verdict(passed=passed, score=float(score), reason=str(found.get("reason") or ""))
    raise JudgeError(f"The judge's reply holds no verdict: {reply.text!r:.200}.", kind="no_verdict")


def identity(tests: Any) -> str:
    """What the assertions of a configuration are, for the identity of its scores."""
    return fingerprint("promptfoo", tests, files("assay.formats.promptfoo").joinpath("rubric.txt").read_text(encoding="utf-8"))
