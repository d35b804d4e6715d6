"""Table: rows and a mapping, read as samples. The dataset most benchmarks are made of."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import msgspec

from assay.core.card import Card
from assay.core.content import Message
from assay.core.errors import DatasetError
from assay.core.sample import Sample
from assay.datasets.choices import AnswerAs, choices_of, letter_of, lettered, meaning, reading_of
from assay.datasets.conversation import conversation
from assay.datasets.mapping import Getter, Wanted, getter, getters, is_jinja, is_template
from assay.datasets.rows import Held, Row, Rows, columns_of
from assay.datasets.sources import names_of, open_rows
from assay.datasets.values import Unmappable, text_of

BATCH = 1 << 16
SHOWN = 5
RAISED_BY_FUNCTIONS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError, RuntimeError)
"""What a function of a row raises when the row is not as it expects."""


class Options(TypedDict, total=False):
    """The rarer settings of a table."""

    metadata: Mapping[str, Wanted] | tuple[str, ...]
    """Columns to keep with each sample (for slices and scorers), or field -> what to take. `skills` are the card's unless given."""
    allow_missing_target: bool
    """Take rows without a target, as samples whose target is None."""
    answer_as: AnswerAs
    """Of multiple choice: how the target says which choice is right."""
    data: str | Path | None
    """A local file or folder to read instead of the source, with the same columns."""
    revision: str | None
    """Of a hub source that is no card: the commit or branch."""
    loader: Literal["datasets", "modelscope"] | None
    """Of a hub source: the package to read it with, instead of plain HTTPS."""
    name: str | None
    """What messages and numbered ids call the table."""


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken of a row for each field of a sample."""

    input: Wanted
    target: Wanted | None = None
    choices: Wanted | tuple[str, ...] | None = None
    id: Wanted | None = None
    cluster: Wanted | None = None
    metadata: Mapping[str, Wanted] | tuple[str, ...] = ()
    allow_missing_target: bool = False
    answer_as: AnswerAs = "auto"


class Table:
    """A Dataset over rows. Nothing is read before it is needed.

    The first use (`len`, `fingerprint`, `samples`, `columns`) reads every row once: it maps all of them, so that whatever is wrong is
    known before a model is asked, fingerprints the samples, and keeps 8 bytes a row. Afterwards rows are read by position.
    The fingerprint is of the samples, not of the file: the same content as CSV, JSONL or Parquet, packed or not, is the same dataset.
    """

    def __init__(self, source: Callable[[], Rows], fields: Fields, *, stem: str) -> None:
        self.fields = fields
        self.stem = stem
        self._source = source
        self._opened: tuple[Rows, Reader, int, str] | None = None

    @property
    def fingerprint(self) -> str:
        """32 hex digits of all samples in order; ids count where the data gives them."""
        return self._open()[3]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the rows."""
        return self._open()[1].columns

    def __len__(self) -> int:
        return self._open()[2]

    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        """The samples at the positions `order` (all, when None), read one at a time."""
        rows, reader, count, _ = self._open()
        positions = range(count) if order is None else order
        return (reader.sample(row, position + 1, position + 1) for position, row in rows.read(positions))

    def rows(self) -> Iterator[tuple[int, Row]]:
        """(position from 0, row) of every sample, as the source gives it."""
        rows, _, count, _ = self._open()
        return rows.read(range(count))

    def _open(self) -> "tuple[Rows, Reader, int, str]":
        if self._opened is None:
            rows = self._source()
            self._opened = (rows, *read_through(rows, self.fields, self.stem))
        return self._opened


class Reader:
    """Rows in, samples out, for one table whose columns are known."""

    def __init__(self, rows: Rows, fields: Fields, stem: str, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.fields, self.stem, self.place = fields, stem, rows.place
        self._metadata = getters(fields.metadata, self.columns, rows.name)
        self._choices = self._of_choices(rows.name)
        shows = isinstance(fields.input, str) and "{choices}" in fields.input and not is_jinja(fields.input)
        self._shows_choices = shows and self._choices is not None
        self._input = getter("input", fields.input, (*columns, "choices") if self._shows_choices else columns, rows.name)
        self._target = self._optional("target", fields.target, rows.name)
        self._cluster = self._optional("cluster", fields.cluster, rows.name)
        wanted = fields.id if fields.id is not None else ("id" if "id" in self.columns else "row")
        self.numbered = wanted == "row" and "row" not in self.columns
        self._id = None if self.numbered else getter("id", wanted, self.columns, rows.name)
        self._answer_as = reading_of(self._answers(rows)) if fields.answer_as == "auto" and self._choices else fields.answer_as

    def _optional(self, field: str, wanted: Wanted | None, name: str) -> Getter | None:
        return None if wanted is None else getter(field, wanted, self.columns, name)

    def _of_choices(self, name: str) -> Getter | None:
        wanted = self.fields.choices
        if not isinstance(wanted, (tuple, list)):
            return self._optional("choices", wanted, name)
        each = [getter("choices", column, self.columns, name) for column in wanted]
        return lambda row: [value for get in each if (value := get(row)) is not None]

    def _answers(self, rows: Rows) -> Iterator[tuple[Any, Sequence[str], Sequence[Any]]]:
        """(target, choices as texts, choices) of the rows that have them; what is wrong with others is said when they are mapped."""
        for _, row in rows.scan():
            with suppress(Unmappable, *RAISED_BY_FUNCTIONS):
                texts, raw = choices_of(self._choices(row) if self._choices else None)
                target = self._target(row) if self._target else None
                for each in target if isinstance(target, (list, tuple)) else (target,):
                    yield each, texts, raw

    def sample(self, row: Row, number: int, line: int) -> Sample:
        """The sample of a row; `number` counts rows from 1, `line` is what messages name. Raises DatasetError saying what the row lacks."""
        field = "choices"
        try:
            texts, raw = choices_of(self._choices(row)) if self._choices else (None, ())
            field = "target"
            target = self._target_of(row, texts, raw)
            field = "input"
            given = self._input_of(row, texts)
            field = "id, cluster or metadata"
            return Sample(
                id=f"{self.stem}-{number}" if self._id is None else self._id_of(row),
                input=given,
                target=target,
                choices=texts,
                cluster=text_of(self._cluster(row)) if self._cluster else None,
                metadata={name: value for name, get in self._metadata.items() if (value := get(row)) is not None}
                | (meaning(texts) if texts and self._answer_as != "as is" else {}),
            )
        except Unmappable as error:
            raise DatasetError(f"{self.place(line)}: {str(error).rstrip('.')}.", remedy=error.remedy) from error
        except RAISED_BY_FUNCTIONS as error:
            said = f"{type(error).__name__}: {error}"
            message = f"{self.place(line)}: the function that takes the {field} failed with {said}."
            raise DatasetError(message, remedy=f"The row's columns are {', '.join(row)}.") from error

    def _input_of(self, row: Row, texts: tuple[str, ...] | None) -> str | tuple[Message, ...]:
        value: Any = self._input(row | {"choices": lettered(texts or ())} if self._shows_choices else row)
        if type(value) is not str:
            if isinstance(value, (list, tuple)):
                return conversation(value)
            value = text_of(value)
        if value is None or not value.strip():
            raise Unmappable(f"the input{_from(self.fields.input)} is empty", "Fill it or leave the row out.")
        return str(value)

    def _target_of(self, row: Row, texts: tuple[str, ...] | None, raw: Sequence[Any]) -> str | tuple[str, ...] | None:
        if self._target is None:
            return None
        value = self._target(row)
        if type(value) is str and texts is None and not value.isspace() and value:
            return value
        several = isinstance(value, (list, tuple))
        values = value if several else (value,)
        if texts is not None:
            found = [letter_of(each, texts, raw, self._answer_as) for each in values]
        else:
            found = [text_of(each) for each in values]
        kept = tuple(text for text in found if text is not None and text.strip())
        if kept:
            return kept if several else kept[0]
        if self.fields.allow_missing_target:
            return None
        raise Unmappable(
            f"the target{_from(self.fields.target)} is missing",
            "Fill it, leave the row out, or allow it: -T allow_missing_target=true (in Python allow_missing_target=True).",
        )

    def _id_of(self, row: Row) -> str:
        found = text_of(self._id(row)) if self._id else None
        if not found:
            raise Unmappable(f"the id{_from(self.fields.id)} is missing", "Fill it, or number the rows: --id row (in Python id='row').")
        return found


def _from(wanted: Any) -> str:
    """Which column a message should point to."""
    return f" (column '{wanted}')" if isinstance(wanted, str) and not is_template(wanted) else ""


def read_through(rows: Rows, fields: Fields, stem: str) -> tuple[Reader, int, str]:
    """(reader, number of samples, fingerprint) of all rows. Raises DatasetError for what is wrong with them.

    The columns are those of the first rows; where one comes later, all rows are read again with it, since a name or a template may mean it.
    """
    columns = columns_of(rows)
    try:
        reader = Reader(rows, fields, stem, columns)
        count, fingerprint, met = checked(rows, reader)
        if met == set(columns):
            return reader, count, fingerprint
        columns = columns_of(rows, everywhere=True)
    except DatasetError:
        everywhere = columns_of(rows, everywhere=True)
        if everywhere == columns:
            raise
        columns = everywhere
    reader = Reader(rows, fields, stem, columns)
    count, fingerprint, _ = checked(rows, reader)
    return reader, count, fingerprint


def checked(rows: Rows, reader: Reader) -> tuple[int, str, set[str]]:
    """(number of samples, fingerprint, columns met) of all rows, each mapped once. Raises DatasetError for the first bad row and for repeated ids."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    digest, buffer = blake2b(digest_size=16), bytearray()
    seen: set[int] = set()
    suspects: set[str] = set()
    columns = set(reader.columns)
    count = 0
    for line, row in rows.scan():
        count += 1
        if not row.keys() <= columns:
            columns.update(row)
        sample = reader.sample(row, count, line)
        if not reader.numbered:
            key = hash(sample.id)
            if key in seen:
                suspects.add(sample.id)
            seen.add(key)
        identity = None if reader.numbered else sample.id
        buffer += encode((identity, sample.input, sample.target, sample.choices, sample.cluster, sample.metadata))
        if len(buffer) >= BATCH:
            digest.update(buffer)
            buffer.clear()
    digest.update(buffer)
    if suspects:
        _raise_repeated(rows, reader, suspects)
    return count, digest.hexdigest(), columns


def _raise_repeated(rows: Rows, reader: Reader, suspects: set[str]) -> None:
    """Ids are compared by hash while reading, to hold little; only those that met are compared in full."""
    lines: dict[str, array[int]] = {}
    for number, (line, row) in enumerate(rows.scan(), 1):
        name = reader.sample(row, number, line).id
        if name in suspects:
            lines.setdefault(name, array("Q")).append(line)
    repeated = {name: places for name, places in lines.items() if len(places) > 1}
    if not repeated:
        return
    shown = "; ".join(f"'{name}' in {', '.join(map(str, places[:SHOWN]))}" for name, places in list(repeated.items())[:SHOWN])
    more = f"; and {len(repeated) - SHOWN} more" if len(repeated) > SHOWN else ""
    raise DatasetError(
        f"{rows.name}: {'1 id stands' if len(repeated) == 1 else f'{len(repeated)} ids stand'} in more than one row: {shown}{more}.",
        remedy="Give each sample its own id, or number the rows: --id row (in Python id='row').",
    )


def table(
    source: str | Path | Card,
    split: str = "test",
    *,
    input: Wanted,
    target: Wanted | None = None,
    choices: Wanted | tuple[str, ...] | None = None,
    id: Wanted | None = None,
    cluster: Wanted | None = None,
    **options: Unpack[Options],
) -> Table:
    """A dataset from a file, a folder, a hub name (`hf/org/name`) or a benchmark's card.

    Each field is a column's name ("question", "answers.text"), a template ("Q: {question}" puts in columns and leaves other braces
    alone; `{{ ... }}` or `{% ... %}` make it Jinja) or a function of the row. With `choices` the target becomes the letter of the right one, and
    `{choices}` in the input stands for the lettered list. `id` defaults to the column "id", else rows are numbered ("row" numbers them),
    whatever the file is called: the same rows under another name are the same samples.
    Errors are DatasetErrors, raised at the first use of the table.
    """
    fields = Fields(
        input=input,
        target=target,
        choices=choices,
        id=id,
        cluster=cluster,
        metadata=with_skills(options.get("metadata", ()), source),
        allow_missing_target=options.get("allow_missing_target", False),
        answer_as=options.get("answer_as", "auto"),
    )
    data, revision, loader = options.get("data"), options.get("revision"), options.get("loader")
    stem = options.get("name") or (split if names_of(source) else "row")
    return Table(lambda: open_rows(source, split, data=data, revision=revision, loader=loader), fields, stem=stem)


def with_skills(metadata: Mapping[str, Wanted] | tuple[str, ...], source: str | Path | Card) -> Mapping[str, Wanted] | tuple[str, ...]:
    """The metadata, with the skills of the card where the source is one and they are not given row by row."""
    if not isinstance(source, Card) or not source.skills or "skills" in metadata:
        return metadata
    named = metadata if isinstance(metadata, Mapping) else {each: each for each in metadata}
    return {**named, "skills": lambda row: list(source.skills)}


def hub(repo: str, split: str = "test", *, input: Wanted, revision: str | None = None, **fields: Any) -> Table:
    """The table `org/name` or `org/name/config` of the Hugging Face hub, at a commit or branch. `fields` are those of `table`."""
    return table(f"hf/{repo.removeprefix('hf/')}", split, input=input, revision=revision, **fields)


def from_rows(rows: Iterable[Mapping[str, Any]], *, input: Wanted, target: Wanted | None = None, **fields: Any) -> Table:
    """A dataset from rows given in Python, held in memory. `fields` are those of `table` (choices, id, cluster, metadata, ...)."""
    held = Held(rows)
    return Table(lambda: held, Fields(input=input, target=target, **fields), stem="row")
