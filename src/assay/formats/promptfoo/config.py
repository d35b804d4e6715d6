"""promptfoo configurations as tasks: `assay run promptfoo:promptfooconfig.yaml --model ...`. A task for each prompt, a sample for each test."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from assay.core.card import Card
from assay.core.content import Message, message
from assay.core.errors import DatasetError, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.registry import suggest
from assay.core.sample import Sample
from assay.core.task import Task
from assay.datasets.transforms import from_samples
from assay.dialogue import ask_once
from assay.engine.build import call
from assay.formats.promptfoo.assertion import Check
from assay.formats.promptfoo.checks import Assertions, check_of, identity

KNOWN = (
    "description",
    "prompts",
    "providers",
    "targets",
    "tests",
    "defaultTest",
    "tags",
    "metadata",
    "sharing",
    "outputPath",
    "commandLineOptions",
    "evaluateOptions",
    "$schema",
)
OF_A_TEST = ("description", "vars", "assert", "threshold", "metadata", "options")
NAMES = ("promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json")


def load_tasks(name: str, options: Mapping[str, Any]) -> tuple[Task, ...]:
    """The tasks of a configuration, a file or the folder it lies in. Raises UsageError for what cannot be asked or decided here, naming it."""
    found: tuple[Task, ...] = call(tasks_of, f"promptfoo:{name}", options, name)
    return found


def tasks_of(name: str, *, trust: bool = False, similar: str | None = None) -> tuple[Task, ...]:
    """A task for each prompt. `trust` allows python assertions, `similar` names the embedding model of `similar`."""
    path = file_of(Path(name))
    config = document(path)
    if not isinstance(config, dict):
        raise UsageError(f"{path} holds no configuration.", remedy="Expected prompts and tests.")
    for key in config:
        if key not in KNOWN:
            raise UsageError(f"{path}: '{key}' is not read here.", remedy=suggest(key, KNOWN))
    prompts = prompts_of(config.get("prompts") or [], path)
    tests = list(tests_of(config, path, trust=trust))
    if not any(test["checks"] for test in tests):
        raise UsageError(
            f"{path}: no test has an assertion, so every answer would pass.", remedy="Add one: assert: [{type: contains, value: ...}]"
        )
    title = str(config.get("description") or path.parent.absolute().name)
    scorer = Assertions(
        trust=trust, similar=similar, folder=str(path.parent), fingerprint=identity([(trust, similar), [test["checks"] for test in tests]])
    )
    card = Card(source=str(path), revision=fingerprint(config)[:12], licence="unknown", languages=(), version="1")
    return tuple(
        Task(
            name=title if len(prompts) == 1 else f"{title}/{label}",
            dataset=from_samples(samples_of(prompt, tests, path)),
            solver=ask_once,
            scorers=(scorer,),
            card=card,
        )
        for label, prompt in prompts
    )


def file_of(path: Path) -> Path:
    """The configuration a path means."""
    found = next((path / each for each in NAMES if (path / each).is_file()), path) if path.is_dir() else path
    if not found.is_file():
        raise UsageError(
            f"There is no promptfoo configuration {found}.", remedy=f"Name the file, or a folder with one of {', '.join(NAMES)}."
        )
    return found


def document(path: Path) -> Any:
    """A YAML or JSON file. Raises DatasetError for one that is damaged."""
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} is no YAML: {' '.join(str(error).split())[:300]}.", remedy="Correct the file.") from error


def prompts_of(given: Any, path: Path) -> list[tuple[str, str]]:
    """(label, template) of every prompt; a text file may hold several, with --- between them."""
    found: list[tuple[str, str]] = []
    for each in given if isinstance(given, list) else [given]:
        raw = each.get("raw") or each.get("id") if isinstance(each, dict) else each
        label = str(each.get("label") or "") if isinstance(each, dict) else ""
        if not isinstance(raw, str):
            raise UsageError(
                f"{path}: the prompt {each!r:.80} is no text.", remedy="Write a text, file://prompt.txt, or {raw: ..., label: ...}."
            )
        texts = from_file(raw.removeprefix("file://"), path) if raw.startswith("file://") else [raw]
        found += [(label or f"prompt {len(found) + place}", text) for place, text in enumerate(texts, 1)]
    if not found:
        raise UsageError(f"{path} has no prompts.", remedy="Write prompts: ['...{{variable}}...'].")
    labels = [label for label, _ in found]
    return [(label if labels.count(label) == 1 else f"{label} ({place})", text) for place, (label, text) in enumerate(found, 1)]


def from_file(place: str, path: Path) -> list[str]:
    """The prompts in a text or JSON file."""
    where = path.parent / place
    if where.suffix not in (".txt", ".md", ".json", ".j2"):
        raise UsageError(f"{path}: prompts from {place} are not read here.", remedy="Use .txt, .md, .j2 or .json.")
    if not where.is_file():
        raise UsageError(f"{path}: the prompt file {where} is not there.")
    text = where.read_text(encoding="utf-8")
    return [text] if where.suffix == ".json" else [each.strip() for each in text.split("\n---\n") if each.strip()]


def tests_of(config: Mapping[str, Any], path: Path, *, trust: bool) -> Iterator[dict[str, Any]]:
    """Every test with its variables, checks and threshold; a variable with a list of values makes a test of each."""
    default = config.get("defaultTest") or {}
    if not isinstance(default, dict):
        raise UsageError(f"{path}: defaultTest is no mapping.", remedy="Write it into the file.")
    rows = list(rows_of(config.get("tests") or [{}], path))
    for place, row in enumerate(rows, 1):
        where = f"{path}, test {place}"
        unknown = next((key for test in (default, row) for key in test if key not in OF_A_TEST), None)
        if unknown:
            raise UsageError(f"{where}: '{unknown}' is not read here.", remedy=suggest(unknown, OF_A_TEST))
        refused = next(
            (
                key
                for key in {**(default.get("options") or {}), **(row.get("options") or {})}
                if key not in ("provider", "prefix", "suffix")
            ),
            None,
        )
        if refused:
            raise UsageError(f"{where}: the option '{refused}' is not read here.", remedy="Leave it out, or write the test otherwise.")
        options = {**(default.get("options") or {}), **(row.get("options") or {})}
        variables = {**(default.get("vars") or {}), **(row.get("vars") or {})}
        given = [*(default.get("assert") or []), *(row.get("assert") or [])]
        for values in combinations(variables, path):
            yield {
                "description": str(row.get("description") or ""),
                "vars": values,
                "checks": [check_of(filled(each, values), where, trust=trust) for each in given],
                "threshold": row.get("threshold", default.get("threshold")),
                "metadata": {**(default.get("metadata") or {}), **(row.get("metadata") or {})},
                "around": (str(options.get("prefix") or ""), str(options.get("suffix") or "")),
            }


def rows_of(given: Any, path: Path) -> Iterator[dict[str, Any]]:
    """The tests as mappings: written out, or in YAML, JSON, JSONL or CSV files."""
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, str):
            where = path.parent / each.removeprefix("file://")
            if not where.is_file():
                raise UsageError(f"{path}: the tests {where} are not there.")
            if where.suffix == ".csv":
                yield from csv_tests(where)
            elif where.suffix == ".jsonl":
                yield from (json.loads(line) for line in where.read_text(encoding="utf-8").splitlines() if line.strip())
            else:
                yield from rows_of(document(where), where)
        elif isinstance(each, dict):
            yield each
        else:
            raise UsageError(f"{path}: a test is a mapping, not a {type(each).__name__}.", remedy="Write {vars: ..., assert: ...}.")


def csv_tests(path: Path) -> Iterator[dict[str, Any]]:
    """A test for each row: columns are variables, `__expected` (and `__expected1`, ...) assertions in promptfoo's short form."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            special = {name: value for name, value in row.items() if name.startswith("__")}
            known = ("__expected", "__description", "__metric", "__threshold")
            if odd := next((name for name in special if not name.startswith(known)), None):
                raise UsageError(f"{path}: the column '{odd}' is not read here.", remedy=f"There are: {', '.join(known)}.")
            test: dict[str, Any] = {
                "vars": {name: value for name, value in row.items() if not name.startswith("__")},
                "assert": [short(value, path) for name, value in special.items() if name.startswith("__expected") and value],
                "description": row.get("__description") or "",
            }
            if row.get("__threshold"):
                test["threshold"] = float(row["__threshold"])
            yield test


def short(text: str, path: Path) -> dict[str, Any]:
    """`contains: Paris`, `similar(0.8): Paris`, `grade: is polite`, or the expected text itself."""
    head, colon, rest = text.partition(":")
    kind, _, bound = head.strip().partition("(")
    names = {"grade": "llm-rubric", "llm-rubric": "llm-rubric", "is-json": "is-json", "python": "python"}
    if head.strip() in ("is-json", "contains-json"):
        return {"type": head.strip(), **({"value": rest.strip()} if rest.strip() else {})}
    if not colon or kind.removeprefix("not-") not in {
        *names,
        "contains",
        "icontains",
        "contains-all",
        "contains-any",
        "icontains-all",
        "icontains-any",
        "equals",
        "regex",
        "starts-with",
        "similar",
        "cost",
        "latency",
    }:
        if kind in ("fn", "javascript", "eval"):
            raise UsageError(f"{path}: '{text[:40]}' runs JavaScript, which is not done here.", remedy="Write it as another assertion.")
        return {"type": "equals", "value": text}
    found: dict[str, Any] = {"type": names.get(kind, kind), "value": rest.strip()}
    if bound:
        found["threshold"] = float(bound.rstrip(")"))
    return found


def combinations(variables: Mapping[str, Any], path: Path) -> Iterator[dict[str, Any]]:
    """Every way to fill the variables: one whose value is a list takes each of its values; one that names others is filled with theirs."""
    for name, value in variables.items():
        if isinstance(value, str) and value.startswith("file://"):
            raise UsageError(
                f"{path}: the variable '{name}' comes from a file, which is not read here.",
                remedy="Write its value into the configuration.",
            )
    lists = [[(name, each) for each in value] if isinstance(value, list) else [(name, value)] for name, value in variables.items()]
    for each in product(*lists):
        values = dict(each)
        yield {name: filled(value, values) for name, value in values.items()}


def filled(given: Any, variables: Mapping[str, Any]) -> Any:
    """An assertion with the variables in its texts."""
    if isinstance(given, str):
        return rendered(given, variables) if "{{" in given or "{%" in given else given
    if isinstance(given, list):
        return [filled(each, variables) for each in given]
    if isinstance(given, dict):
        return {name: filled(each, variables) for name, each in given.items()}
    return given


def rendered(template: str, variables: Mapping[str, Any]) -> str:
    """A template with its variables; objects are written as JSON. Raises UsageError for one that cannot be read."""
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    written = {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value for name, value in variables.items()
    }
    try:
        return (
            SandboxedEnvironment(autoescape=False, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
            .from_string(template)
            .render(written)
        )
    except jinja2.TemplateError as error:
        raise UsageError(
            f"The template {template!r:.80} cannot be filled: {error}.", remedy="promptfoo's own filters are not known here."
        ) from error


def samples_of(prompt: str, tests: Sequence[Mapping[str, Any]], path: Path) -> list[Sample]:
    """A sample for each test, called by its description or its first variable."""
    found: dict[str, Sample] = {}
    for test in tests:
        short_ = test["description"] or next((str(each) for each in test["vars"].values() if str(each).strip()), "test")
        name = f"{' '.join(short_.split())[:60]} #{fingerprint(test['vars'])[:8]}"
        if name in found:
            name = f"{name}-{sum(each.startswith(name) for each in found) + 1}"
        told = {"checks": [plain(each) for each in test["checks"]], "threshold": test["threshold"], "vars": test["vars"]}
        shown = {key: value for key, value in test["vars"].items() if isinstance(value, str | int | float | bool)}
        before, after = test["around"]
        found[name] = Sample(
            id=name,
            input=chat(before + rendered(prompt, test["vars"]) + after, path),
            metadata={**shown, **test["metadata"], "promptfoo": told},
        )
    return list(found.values())


def plain(check: Check) -> Any:
    """A check as data."""
    import msgspec

    return msgspec.to_builtins(check)


def chat(text: str, path: Path) -> str | tuple[Message, ...]:
    """A prompt that is a JSON list of messages as messages; any other as it is."""
    if not text.lstrip().startswith("["):
        return text
    try:
        turns = json.loads(text)
        return tuple(message(each["role"], str(each["content"])) for each in turns)
    except (ValueError, TypeError, KeyError):
        return text
