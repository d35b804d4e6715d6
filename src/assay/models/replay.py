"""Replay: recorded answers as a model. JSONL, JSON, CSV or Parquet (gz too), joined by sample id, by prompt or by row; several rows of one sample are its trials."""

import csv
import gzip
import io
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import msgspec

from assay.core.answer import Answer, Usage, split_reasoning
from assay.core.errors import DatasetError, ModelError, UsageError, quoted
from assay.core.protocols import Request
from assay.core.registry import meant, suggest
from assay.models.containment import ContainedInputs
from assay.models.recordings import as_lines, flat, is_repeat

IDS = ("id", "sample_id", "task_id", "item_id", "question_id", "doc_id", "idx", "index", "key")
INPUTS = ("input", "prompt", "question", "query", "instruction")
OUTPUTS = (
    "output", "response", "completion", "prediction", "generation", "generations", "outputs", "responses", "completions", "predictions",
    "generated_text", "model_output", "text", "answer", "answers",
)  # fmt: skip
TRIALS = ("trial", "number", "epoch", "sample_index")
STOPS = {"stop": "stop", "length": "length", "max_tokens": "length", "content_filter": "content_filter", "tool_calls": "tool_calls"}
READ = (".jsonl", ".ndjson", ".jl", ".json", ".csv", ".tsv", ".parquet", ".pq", ".eval", "")
Row = dict[str, Any]


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns hold what; empty where there is none."""

    output: str
    id: str = ""
    input: str = ""
    trial: str = ""
    by_row: bool = False

    @property
    def joined_by(self) -> str:
        """How a sample finds its rows, in words."""
        ways = [f"by id (column '{self.id}')"] if self.id else []
        ways += [f"by input (column '{self.input}')"] if self.input else []
        return "by row number" if self.by_row else ", then ".join(ways)


class ReplayModel:
    """Answers read from a file. Only places in the file are kept in memory, an answer is read when it is asked for."""

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        self.name = f"replay/{path}"
        self.endpoint = self.name
        self.path = path
        self.rows = 0
        suffix = suffix_of(path)
        tabular = suffix in (".csv", ".tsv")
        self._file = opened(path) if tabular else as_lines(opened(path), path, suffix)
        self._digest = blake2b(digest_size=16)
        self._read = CsvRows(self._file, path) if tabular else JsonRows(self._file, path)
        self._places: dict[int, int | list[int]] = {}
        self._repeated = self._several = self._contained = 0
        self._inputs: ContainedInputs | None = None
        try:
            self.columns = self._index(options)
        except (DatasetError, UsageError):
            self._file.close()
            raise

    def __repr__(self) -> str:
        return f"ReplayModel({str(self.path)!r}, {self.rows} rows)"

    @property
    def identity(self) -> Mapping[str, Any]:
        """The content of the file and the columns that are read, not where it lies."""
        return {"name": "replay", "content": self._digest.hexdigest(), "columns": self._named_columns()}

    def _named_columns(self) -> dict[str, Any]:
        named: dict[str, Any] = msgspec.to_builtins(self.columns)
        return named if self.columns.by_row else {key: value for key, value in named.items() if key != "by_row"}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about the recording."""
        found = [f"{self.path.name}: {self.rows} rows, answers from the column '{self.columns.output}'"]
        if self._repeated:
            rows = "1 row repeats" if self._repeated == 1 else f"{self._repeated} rows repeat"
            found.append(f"{self.path.name}: {rows} a sample and trial recorded before; the first counts")
        if self._several:
            samples = "1 sample has" if self._several == 1 else f"{self._several} samples have"
            found.append(f"{self.path.name}: {samples} several rows, taken as trials 0, 1, ... in the order of the file")
        if self._contained:
            prompts = "1 prompt was" if self._contained == 1 else f"{self._contained} prompts were"
            found.append(f"{self.path.name}: {prompts} joined by the one recorded input that stands in the prompt")
        return tuple(found)

    def _index(self, options: Mapping[str, str]) -> Columns:
        """Reads the file once: where each row stands."""
        columns: Columns | None = None
        for place, row in self._read.all():
            columns = columns or found_columns(row, options, self.path)
            self.rows += 1
            self._digest.update(msgspec.json.encode(row, order="sorted"))
            if columns.by_row:
                self._remember(key_of(True, str(self.rows), ""), place, counted=False, once=True)
                continue
            trial = row.get(columns.trial, "") if columns.trial else ""
            joined_by = columns.id or columns.input
            for column in dict.fromkeys((columns.id, columns.input)):
                if column and row.get(column) is not None:
                    self._remember(
                        key_of(column == columns.id, row[column], trial), place, counted=column == joined_by, once=bool(columns.trial)
                    )
        if columns is None:
            raise DatasetError(f"'{self.path}' holds no recorded answer.")
        return columns

    def _remember(self, key: int, place: int, *, counted: bool, once: bool) -> None:
        known = self._places.get(key)
        if known is None:
            self._places[key] = place
            return
        if once:
            self._repeated += counted
        elif isinstance(known, list):
            known.append(place)
        else:
            self._places[key] = [known, place]
            self._several += counted

    async def generate(self, request: Request) -> Answer:
        """The recorded answer of this sample and trial. Raises ModelError (kind "not_recorded") where there is none."""
        places = self._find(request)
        left = 0 if self.columns.trial else request.number
        for place in places:
            row = self._read.at(place)
            recorded = outputs_of(row[self.columns.output]) if self.columns.output in row else []
            if left < len(recorded):
                return recorded_answer(recorded[left], row, self.name, request)
            left -= len(recorded)
        if places:
            raise self._not_recorded(request, f"{len(places)} of its rows found", remedy="Record more trials or ask for fewer.")
        raise self._not_recorded(request)

    def _not_recorded(self, request: Request, why: str = "", *, remedy: str = "") -> ModelError:
        told = f"{self.path.name} holds no answer for sample '{quoted(request.sample_id, 80)}', trial {request.number}"
        joining = "Join by row number with -M by=row, or name the ids: --id COLUMN, -M id=COLUMN."
        if self.columns.by_row:
            joining = "Samples are joined by the number of their row (--id row), counted from 1."
        return ModelError(
            f"{told}; joined {self.columns.joined_by}{': ' + why if why else ''}.", kind="not_recorded", remedy=remedy or joining
        )

    def _find(self, request: Request) -> list[int]:
        trial = str(request.number) if self.columns.trial else ""
        if self.columns.by_row:
            keys = [key_of(True, row_of(request.sample_id), "")]
        else:
            keys = [key_of(True, request.sample_id, trial)] if self.columns.id and request.sample_id else []
        if self.columns.input:
            texts = dict.fromkeys((request.text, request.messages[-1].text if request.messages else ""))
            keys += [key_of(False, text, trial) for text in texts]
        for key in keys:
            found = self._places.get(key)
            if found is not None:
                return found if isinstance(found, list) else [found]
        return self._find_contained(request, trial) if self.columns.input and request.messages else []

    def _find_contained(self, request: Request, trial: str) -> list[int]:
        """The rows of the one recorded input that stands whole in the prompt. Raises ModelError where several do."""
        if self._inputs is None:
            self._file.seek(0)
            self._inputs = ContainedInputs(
                (place, given, str(row.get(self.columns.trial, "")) if self.columns.trial else "")
                for place, row in self._read.all()
                if isinstance(given := row.get(self.columns.input), str)
            )
        found = self._inputs.find(request.messages[-1].text, trial)
        if len(found) > 1:
            raise self._not_recorded(request, f"{len(found)} recorded inputs stand in its prompt, which is ambiguous")
        self._contained += len(found)
        return found[0] if found else []

    async def close(self) -> None:
        """Closes the file."""
        self._file.close()


NUMBERED = re.compile(r"(?:row|train|test|validation|valid|val|dev)-([0-9]+)")
"""The ids that Assay gives to samples whose data have none: the number of the row, from 1."""


def row_of(sample_id: str) -> str:
    """The row a sample was made from. Raises UsageError for an id that does not tell: a number in it may be anything."""
    found = NUMBERED.fullmatch(sample_id)
    if found is None:
        raise UsageError(
            f"by=row joins samples that are numbered by their rows, and '{quoted(sample_id, 80)}' is an id of the data's own.",
            remedy="Number the rows with --id row, or join by id: -M id=COLUMN.",
        )
    return str(int(found[1]))


def key_of(by_id: bool, value: Any, trial: Any) -> int:
    """A short key for a sample id or a prompt, with its trial."""
    text = value.strip() if isinstance(value, str) else msgspec.json.encode(value).decode()
    return int.from_bytes(blake2b(f"{by_id}\0{text}\0{trial}".encode(), digest_size=8).digest(), "big")


def found_columns(row: Row, options: Mapping[str, str], path: Path) -> Columns:
    """The columns by the names a person gave, else by the usual ones. Raises UsageError naming the columns there are."""
    names = list(row)
    by_row = options.get("by") == "row"
    options = {option: name for option, name in options.items() if option != "by"}
    for option, name in options.items():
        if name not in row:
            raise UsageError(f"'{path}' has no column '{name}' ({option}).", remedy=suggest(name, names))
    chosen = {kind: options.get(kind) or next((each for each in usual if each in row), "") for kind, usual in _usual().items()}
    if not chosen["output"]:
        raise UsageError(
            f"'{path}' has no column that looks like an answer; it has: {', '.join(names)}.", remedy="Name it with -M output=COLUMN."
        )
    if by_row:
        return Columns(output=chosen["output"], by_row=True)
    if not chosen["id"] and not chosen["input"]:
        raise UsageError(
            f"'{path}' has neither an id nor a prompt to join by; it has: {', '.join(names)}.",
            remedy="Name one with -M id=COLUMN, or join by row number: -M by=row.",
        )
    return Columns(output=chosen["output"], id=chosen["id"], input=chosen["input"], trial=chosen["trial"])


def _usual() -> dict[str, tuple[str, ...]]:
    return {"id": IDS, "input": INPUTS, "output": OUTPUTS, "trial": TRIALS}


def outputs_of(value: Any) -> list[Any]:
    """The answers in one cell: a list holds one per trial. What is null was asked and gave nothing: an empty answer."""
    if isinstance(value, list) and not (value and isinstance(value[0], dict) and "role" in value[0]):
        return value
    return [value]


def text_of_output(value: Any) -> str:
    """One recorded answer as text: null is empty, a conversation gives its last message, an object its text or its JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        value = value[-1].get("content", "")
        return value if isinstance(value, str) else "".join(str(each.get("text", "")) for each in value or ())
    if isinstance(value, dict):
        for key in ("text", "content", "output", "completion"):
            if isinstance(value.get(key), str):
                return str(value[key])
    return msgspec.json.encode(value).decode()


def recorded_answer(value: Any, row: Row, name: str, request: Request) -> Answer:
    """A recorded answer as if it had just come."""
    text, reasoning, closed = split_reasoning(text_of_output(value))
    told = row.get("reasoning") or row.get("reasoning_content")
    stop = STOPS.get(str(row.get("stop_reason") or row.get("finish_reason") or "stop"), "unknown")
    scores = row.get("choice_logprobs")
    likelihoods = None
    if request.continuations is not None and isinstance(scores, list):
        likelihoods = tuple((float(score), 0, len(each.encode())) for score, each in zip(scores, request.continuations, strict=False))
    return Answer(
        text=text,
        reasoning=reasoning or (told if isinstance(told, str) else None),
        model=str(row.get("model") or name),
        usage=Usage(),
        choice_logprobs=likelihoods,
        stop_reason="length" if not closed else stop,  # type: ignore[arg-type]
    )


def opened(path: Path) -> IO[bytes]:
    """The file, seekable: a gz is unpacked beside memory, into a nameless temporary file."""
    if not path.is_file():
        there = sorted(each.name for each in path.parent.glob("*.*") if each.is_file()) if path.parent.is_dir() else []
        raise UsageError(f"There is no file '{path}' with recorded answers.", remedy=meant(path.name, there))
    if path.suffix != ".gz":
        return path.open("rb")
    unpacked: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with gzip.open(path, "rb") as packed:
            while piece := packed.read(2**20):
                unpacked.write(piece)
    except (EOFError, OSError, zlib.error) as error:
        unpacked.close()
        raise DatasetError(f"'{path}' is a damaged or truncated gz file: {error}.", remedy="Copy or download it again.") from error
    unpacked.seek(0)
    return unpacked


def suffix_of(path: Path) -> str:
    """The ending that says how the file is written. Raises UsageError for one that is not read."""
    suffixes = [each.lower() for each in path.suffixes if each.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in READ:
        raise UsageError(
            f"Recorded answers come as {', '.join(each for each in READ if each)} (gz too), not as '{suffix}'.",
            remedy=f"Convert '{path.name}' to JSONL.",
        )
    return suffix


class JsonRows:
    """Rows of a JSONL file by their place in bytes."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path = file, path
        self._decode = msgspec.json.Decoder(dict[str, Any]).decode

    def all(self) -> Iterator[tuple[int, Row]]:
        """(place, row) of every line that is not empty. Raises DatasetError with the number of a line that is no JSON object."""
        place = 0
        first: Row | None = None
        for number, line in enumerate(self._file, 1):
            content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if content.strip():
                try:
                    row = self._decode(content)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise DatasetError(
                        f"'{self._path}', line {number}: no JSON object ({error}).", remedy="Each line holds one object."
                    ) from error
                first = first or row
                if not is_repeat(row, first):
                    yield place, flat(row)
            place += len(line)

    def at(self, place: int) -> Row:
        """The row at a place."""
        self._file.seek(place)
        return flat(self._decode(self._file.readline().removeprefix(b"\xef\xbb\xbf")))


class CsvRows:
    """Rows of a CSV (or TSV) file by their place in bytes; a cell may hold line ends."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path = file, path
        self._delimiter = "\t" if ".tsv" in path.suffixes else ","
        self._header: list[str] = []

    def _lines(self) -> Iterator[str]:
        for line in self._file:
            self._place += len(line)
            yield line.decode("utf-8-sig" if self._place == len(line) else "utf-8")

    def all(self) -> Iterator[tuple[int, Row]]:
        """(place, row) of every row below the header. Raises DatasetError with the number of a line that cannot be read."""
        self._place = 0
        csv.field_size_limit(2**31 - 1)
        reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
        try:
            self._header = next(reader, [])
            place = self._place
            for cells in reader:
                if cells:
                    yield place, self._row(cells, reader.line_num)
                place = self._place
        except (csv.Error, UnicodeDecodeError) as error:
            raise DatasetError(f"'{self._path}', line {reader.line_num + 1}: {error}.", remedy="Save it as UTF-8 CSV.") from error

    def _row(self, cells: list[str], number: int) -> Row:
        if len(cells) != len(self._header):
            raise DatasetError(f"'{self._path}', line {number}: {len(cells)} cells under {len(self._header)} headings.")
        return dict(zip(self._header, cells, strict=True))

    def at(self, place: int) -> Row:
        """The row at a place."""
        self._file.seek(place)
        lines = io.TextIOWrapper(self._file, encoding="utf-8", newline="")
        try:
            return self._row(next(csv.reader(lines, delimiter=self._delimiter)), 0)
        finally:
            lines.detach()


def open_replay(
    name: str,
    *,
    id: str | None = None,
    input: str | None = None,
    output: str | None = None,
    trial: str | None = None,
    by: str | None = None,
) -> ReplayModel:
    """Recorded answers from a JSONL or CSV file. `replay/FILE`; the options id, input, output and trial name columns, `by=row` joins by row number."""
    if by not in (None, "row"):
        raise UsageError(f"Recorded answers are not joined by '{by}'.", remedy="Write by=row, or leave it out: by id, then by input.")
    if not name:
        raise UsageError("The model 'replay' lacks its file.", remedy="Write replay/outputs.jsonl.")
    options = {"id": id, "input": input, "output": output, "trial": trial, "by": by}
    return ReplayModel(Path(name).expanduser(), {key: str(value) for key, value in options.items() if value is not None})
