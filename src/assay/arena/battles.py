"""Battles from a file, read by DuckDB into integer arrays: JSON Lines, CSV and Parquet, packed or not."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assay.arena.columns import MISSING, WORDS, Columns, columns_of, quote
from assay.core.errors import DatasetError, UsageError, quoted

if TYPE_CHECKING:
    import duckdb

JUDGE = ("judge:", "judge/")
"""What the name of a voter who is a model begins with, where no column says what voters are."""

KINDS = {"human": "human", "person": "human", "people": "human", "judge": "judge", "model": "judge", "llm": "judge"}
READERS = {
    ".parquet": "read_parquet({})",
    ".csv": "read_csv({}, header = true, all_varchar = true)",
    ".tsv": "read_csv({}, header = true, all_varchar = true, delim = '\t')",
    ".jsonl": "read_json({}, format = 'newline_delimited')",
    ".ndjson": "read_json({}, format = 'newline_delimited')",
    ".json": "read_json({}, format = 'auto')",
}


class BattleFile(msgspec.Struct, frozen=True, kw_only=True):
    """The battles of a file that can be used, in its order, as arrays of n: `a`, `b`, `outcome` (0 a, 1 b, 2 tie, 3 both bad), `sample` and `voter`
    (labels, None without such a column), `style` (name -> counts of a and of b, which may be NaN). `names` of the competitors, sorted.
    `rows` in the file; `left_out`: how many for which reason; `votes`: how many by kind of voter; `voters`: the names of judges."""

    names: tuple[str, ...]
    a: Any
    b: Any
    outcome: Any
    sample: Any
    voter: Any
    style: Mapping[str, tuple[Any, Any]]
    rows: int
    left_out: Mapping[str, int]
    votes: Mapping[str, int]
    judges: tuple[str, ...]


def read_battles(place: str | Path, *, outcome: str | None = None, voters: Sequence[str] = (), style: bool = False) -> BattleFile:
    """The battles of a file. `outcome`: the column of outcomes, where it is not `outcome` or `winner`; `voters`: only the votes of these, `human`,
    `judge` or names; `style`: read the style counts too.

    Raises UsageError for a file that is not there or votes of people and of judges that nobody asked to mix, DatasetError for one that cannot be
    read, lacks a column, holds a word that is no outcome, or no battle.
    """
    path = Path(place)
    if not path.is_file():
        raise UsageError(f"There is no file '{place}'.")
    reader = READERS.get(_suffix(path))
    if reader is None:
        raise UsageError(f"'{place}' is no file of battles.", remedy=f"Expected one of {', '.join(READERS)}, or .gz of it.")
    if not path.stat().st_size:
        raise DatasetError(f"{place} is empty.", remedy="A battle is a row with a, b and outcome.")
    import duckdb

    try:
        with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
            return _Reading(connection, path, reader, outcome, tuple(voters), style).file()
    except duckdb.Error as error:
        said = next(line for line in str(error).splitlines() if line.strip())
        raise DatasetError(f"{place} cannot be read: {quoted(said, 300)}", remedy="Is it whole, and what its name says?") from error


def _suffix(path: Path) -> str:
    suffixes = [each.lower() for each in path.suffixes]
    return suffixes[-2] if len(suffixes) > 1 and suffixes[-1] in (".gz", ".zst") else suffixes[-1] if suffixes else ""


class _Reading:
    """One file on its way in: a table `battles` of cleaned texts, then numbers."""

    def __init__(
        self, connection: "duckdb.DuckDBPyConnection", path: Path, reader: str, outcome: str | None, voters: tuple[str, ...], style: bool
    ) -> None:
        self.database, self.path, self.voters, self.style = connection, path, voters, style
        self.source = reader.format("'" + str(path).replace("'", "''") + "'")
        found = {name: str(kind) for name, kind, *_ in self._all(f"DESCRIBE SELECT * FROM {self.source}")}
        if set(found) == {"json"}:
            raise DatasetError(f"{path} holds no rows with columns.", remedy="A battle is an object with a, b and outcome.")
        self.columns = columns_of(found, str(path), outcome, text="csv" in reader)
        if style and not self.columns.style:
            raise DatasetError(
                f"{path} has no style counts.", remedy="They are columns such as tokens_a and tokens_b, or the conv_metadata of the arenas."
            )

    def _all(self, query: str, given: Sequence[Any] = ()) -> list[Any]:
        found: list[Any] = self.database.execute(query, list(given)).fetchall()
        return found

    def file(self) -> BattleFile:
        """Everything that was asked for."""
        self._clean()
        rows, no_name, itself, no_outcome = self._all(
            "SELECT count(*), count(*) FILTER (a IS NULL OR b IS NULL), count(*) FILTER (a = b), count(*) FILTER (a <> b AND outcome IS NULL) FROM battles"
        )[0]
        if not rows:
            raise DatasetError(f"{self.path} holds no battle.", remedy="A battle is a row with a, b and outcome.")
        self._check_words()
        left_out = {"a competitor is missing": no_name, "a competitor met itself": itself, "no outcome": no_outcome}
        votes, judges = self._voters()
        if "judge" in votes and "human" in votes and not self.voters:
            raise UsageError(
                f"{self.path} holds {votes['human']:,} votes of people and {votes['judge']:,} of judges, which are never mixed silently.",
                remedy="Choose with --voter human or --voter judge, or a name; to mix them give both.",
            )
        where, left_out = self._chosen(left_out)
        names = [name for (name,) in self._all(f"SELECT DISTINCT unnest([a, b]) AS name FROM battles WHERE {where} ORDER BY name")]
        if not names:
            raise DatasetError(f"{self.path} holds no battle that can be used: {_listed(left_out)}.")
        return self._numbers(names, where, rows, {why: number for why, number in left_out.items() if number}, judges)

    def _clean(self) -> None:
        """The table `battles` (or, of Parquet, which is read quickly, a view): texts without blanks around them, what says nothing as NULL."""
        columns, parts = self.columns, []
        missing = ", ".join(f"'{word}'" for word in MISSING)
        for name, column in (("a", columns.a), ("b", columns.b)):
            parts.append(f"{_text(column)} AS {name}0, CASE WHEN lower({name}0) IN ({missing}) THEN NULL ELSE {name}0 END AS {name}")
        word = f"lower({_text(columns.outcome)})"
        parts.append(f"{word} AS word, CASE WHEN word IN ({missing}) THEN NULL ELSE word END AS outcome")
        parts.append(f"{f'hash({quote(columns.sample)})' if columns.sample else 'NULL'} AS sample")
        parts.append(f"{_text(columns.voter) if columns.voter else 'NULL'} AS voter")
        parts.append(f"{self._kind()} AS kind")
        if self.style:
            for index, (a, b) in enumerate(columns.style.values()):
                parts.append(f"{a} AS style_{index}_a, {b} AS style_{index}_b")
        kind = "VIEW" if "read_parquet" in self.source else "TABLE"
        self.database.execute(f"CREATE TEMP {kind} battles AS SELECT {', '.join(parts)} FROM {self.source}")

    def _kind(self) -> str:
        """SQL of what a voter is: by its own column, else by its name."""
        if self.columns.kind:
            return f"lower({_text(self.columns.kind)})"
        if self.columns.voter is None:
            return "'human'"
        return f"CASE WHEN {' OR '.join(f'starts_with(voter, {each!r})' for each in JUDGE)} THEN 'judge' ELSE 'human' END"

    def _check_words(self) -> None:
        known = ", ".join(f"'{word}'" for word in WORDS)
        wrong = self._all(
            f"SELECT word, count(*) FROM battles WHERE outcome IS NOT NULL AND outcome NOT IN ({known}) GROUP BY word ORDER BY 2 DESC LIMIT 4"
        )
        if wrong:
            shown = ", ".join(f"'{quoted(word, 40)}' ({number:,} times)" for word, number in wrong)
            raise DatasetError(
                f"{self.path}, column '{self.columns.outcome}': {shown} {'is' if len(wrong) == 1 else 'are'} no outcome.",
                remedy="An outcome is a, b, tie or both_bad (or model_a, model_b, tie, tie (bothbad)).",
            )

    def _voters(self) -> tuple[dict[str, int], tuple[str, ...]]:
        """(votes by kind, names of judges). Raises DatasetError for a kind nobody knows."""
        if self.columns.voter is None and self.columns.kind is None:
            return {}, ()
        votes: dict[str, int] = {}
        for kind, number in self._all("SELECT kind, count(*) FROM battles GROUP BY kind"):
            if kind not in KINDS:
                raise DatasetError(
                    f"{self.path}, column '{self.columns.kind}': '{quoted(str(kind), 40)}' is no kind of voter.",
                    remedy="It is human or judge.",
                )
            votes[KINDS[kind]] = votes.get(KINDS[kind], 0) + number
        judges = self._all(
            f"SELECT DISTINCT voter FROM battles WHERE kind IN ({_kinds('judge')}) AND voter IS NOT NULL ORDER BY voter LIMIT 50"
        )
        return votes, tuple(name for (name,) in judges)

    def _chosen(self, left_out: dict[str, int]) -> tuple[str, dict[str, int]]:
        """SQL of the battles that are used, and what is left out."""
        where = "a <> b AND outcome IS NOT NULL"
        if self.voters:
            asked = [
                f"kind IN ({_kinds(each)})" if each in ("human", "judge") else f"voter = '{each.replace(chr(39), chr(39) * 2)}'"
                for each in self.voters
            ]
            whose = f"({' OR '.join(asked)})"
            if self.columns.voter is None and self.columns.kind is None:
                raise UsageError(f"{self.path} does not say who voted: it has no column 'voter'.", remedy="Leave out --voter.")
            if not self._all(f"SELECT count(*) FROM battles WHERE {whose}")[0][0]:
                there = [
                    name
                    for (name,) in self._all(
                        "SELECT voter FROM battles WHERE voter IS NOT NULL GROUP BY voter ORDER BY count(*) DESC LIMIT 5"
                    )
                ]
                raise UsageError(
                    f"{self.path} holds no vote of {' or '.join(self.voters)}.", remedy=f"There are: human, judge, {', '.join(there)}."
                )
            left_out = {
                **left_out,
                "votes of others": self._all(f"SELECT count(*) FROM battles WHERE {where} AND NOT coalesce({whose}, false)")[0][0],
            }
            where = f"{where} AND {whose}"
        if self.style:
            counted = " AND ".join(
                f"coalesce(isfinite(style_{n}_{side}) AND style_{n}_{side} >= 0, false)"
                for n in range(len(self.columns.style))
                for side in "ab"
            )
            left_out = {**left_out, "no style counts": self._all(f"SELECT count(*) FROM battles WHERE {where} AND NOT ({counted})")[0][0]}
            where = f"{where} AND {counted}"
        return where, left_out

    def _numbers(self, names: list[str], where: str, rows: int, left_out: dict[str, int], judges: tuple[str, ...]) -> BattleFile:
        import numpy as np

        quoted_names = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        self.database.execute(f"CREATE TYPE competitor AS ENUM ({quoted_names})")
        cases = " ".join(f"WHEN '{word}' THEN {code}" for word, code in WORDS.items())
        wanted = [
            "enum_code(a::competitor)::INTEGER AS a",
            "enum_code(b::competitor)::INTEGER AS b",
            f"(CASE outcome {cases} END)::INTEGER AS outcome",
        ]
        wanted += ["coalesce(sample, 0) AS sample"] if self.columns.sample else []
        wanted += ["hash(coalesce(voter, '')) AS voter"] if self.columns.voter else []
        wanted += [f"style_{n}_{side}" for n in range(len(self.columns.style)) for side in "ab"] if self.style else []
        found = {
            name: np.asarray(values)
            for name, values in self.database.execute(f"SELECT {', '.join(wanted)} FROM battles WHERE {where}").fetchnumpy().items()
        }
        kinds = (
            dict(self._all(f"SELECT kind, count(*) FROM battles WHERE {where} GROUP BY kind"))
            if self.columns.voter or self.columns.kind
            else {}
        )
        votes: dict[str, int] = {}
        for kind, number in kinds.items():
            votes[KINDS[kind]] = votes.get(KINDS[kind], 0) + number
        style = {name: (found[f"style_{n}_a"], found[f"style_{n}_b"]) for n, name in enumerate(self.columns.style)} if self.style else {}
        return BattleFile(
            names=tuple(names), a=found["a"], b=found["b"], outcome=found["outcome"], sample=found.get("sample"), voter=found.get("voter"), style=style,
            rows=rows, left_out=left_out, votes=votes, judges=judges,
        )  # fmt: skip


def _text(column: str) -> str:
    return f"trim(CAST({quote(column)} AS VARCHAR))"


def _kinds(kind: str) -> str:
    return ", ".join(f"'{word}'" for word, meant in KINDS.items() if meant == kind)


def _listed(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{why} {number:,}" for why, number in left_out.items() if number)


__all__ = ["BattleFile", "Columns", "read_battles"]
