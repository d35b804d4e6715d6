"""The rows of a task: local files as `datasets` names them (`json`, `csv`, `parquet` with `data_files`), a folder, or a table of the hub."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import DatasetError, UsageError
from assay.core.fingerprint import fingerprint
from assay.datasets.formats import kind_of as kind_of_file
from assay.datasets.formats import rows_of
from assay.datasets.rows import Rows
from assay.datasets.sources import open_rows
from assay.formats.lm_eval.columns import Cells, Kind, conformed, kind_of, merged
from assay.formats.lm_eval.config import Config
from assay.formats.lm_eval.yaml_files import Settings

BUILDERS = {"json": ("jsonl", "json"), "csv": ("csv", "tsv"), "parquet": ("parquet",)}
KWARGS = ("data_files", "data_dir", "revision", "trust_remote_code")
_encoder = msgspec.json.Encoder(order="deterministic")


class Documents:
    """The rows of one split, by position. Nothing is read before it is needed; the first use reads every row once."""

    def __init__(self, source: "Source", split: str) -> None:
        self._source = source
        self.split = split
        self._rows: Rows | None = None
        self._cells: Cells | None = None
        self._kinds: dict[str, Kind] = {}
        self._count = 0
        self._digest = ""

    def _open(self) -> Rows:
        if self._rows is None:
            rows = self._source.rows(self.split)
            cells = Cells() if self._source.is_csv(self.split) else None
            digest = blake2b(digest_size=16)
            kinds: dict[str, Kind] = {}
            for _, row in rows.scan():
                self._count += 1
                digest.update(_encoder.encode(row))
                if cells is not None:
                    cells.see(row)
                else:
                    kinds = merged(kinds, kind_of(row))
            self._rows, self._cells, self._kinds, self._digest = rows, cells, kinds, digest.hexdigest()
        return self._rows

    @property
    def fingerprint(self) -> str:
        """Of the content."""
        self._open()
        return fingerprint("lm-eval rows", self._digest)

    @property
    def columns(self) -> frozenset[str]:
        """The columns, of all rows together."""
        self._open()
        return frozenset(self._cells.kinds if self._cells is not None else self._kinds)

    def __len__(self) -> int:
        self._open()
        return self._count

    def read(self, order: Sequence[int] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """(position, row) of the positions `order` (None: all)."""
        rows = self._open()
        for position, row in rows.read(range(self._count) if order is None else order):
            yield position, self._cells.typed(row) if self._cells is not None else conformed(row, self._kinds)


class Source:
    """Where the splits of a task come from. `data` (a file or folder) stands in for whatever the YAML names."""

    def __init__(self, config: Config, found: Settings, data: str | None = None) -> None:
        self.config = config
        self.data = data
        self.where = found.where("dataset_kwargs")
        self.beside = found.path.parent
        unknown = [key for key in config.dataset_kwargs if key not in KWARGS]
        if unknown:
            raise UsageError(
                f"{self.where}: dataset_kwargs has the key '{unknown[0]}', which Assay does not know.",
                remedy=f"It knows {', '.join(KWARGS)}.",
            )

    def documents(self, split: str) -> Documents:
        """The rows of a split."""
        return Documents(self, split)

    @property
    def name(self) -> str:
        """What a card calls it."""
        config = self.config
        return config.dataset_path + (f"/{config.dataset_name}" if config.dataset_name else "")

    def rows(self, split: str) -> Rows:
        """A split opened. Raises DatasetError or UsageError naming what is not there."""
        config = self.config
        if self.data is None and config.dataset_path in BUILDERS:
            return rows_of(self.files(split), split)
        place = self.found(config.dataset_path)
        if self.data is None and place is not None and place.is_dir():
            return open_rows(str(place), split)
        if "/" not in config.dataset_path and self.data is None:
            raise DatasetError(
                f"{self.where}: the dataset '{config.dataset_path}' names no organisation, and the hub's own names are not looked up.",
                remedy="Write dataset_path: org/name, or give a local copy: -T data=PATH.",
            )
        name = f"hf/{config.dataset_path}" + (f"/{config.dataset_name}" if config.dataset_name else "")
        return open_rows(name, split, data=self.data, revision=config.dataset_kwargs.get("revision"))

    def is_csv(self, split: str) -> bool:
        """Whether the cells are texts of which it is to be learnt what they mean."""
        if self.data is not None:
            return kind_of_file(self.data) in ("csv", "tsv")
        return self.config.dataset_path == "csv"

    def files(self, split: str) -> list[Path]:
        """The local files of a split, as `data_files` names them: one, several, or by split; `*` allowed."""
        given = self.config.dataset_kwargs.get("data_files")
        if given is None:
            raise UsageError(f"{self.where}: dataset_path is `{self.config.dataset_path}`, and dataset_kwargs names no data_files.")
        by_split: Mapping[str, Any] = given if isinstance(given, dict) else {"train": given}
        if split not in by_split:
            raise DatasetError(
                f"{self.where}: data_files names no file of the split '{split}'.", remedy=f"It has the splits: {', '.join(by_split)}."
            )
        names = by_split[split] if isinstance(by_split[split], list) else [by_split[split]]
        return [path for name in names for path in self.matching(str(name))]

    def matching(self, name: str) -> list[Path]:
        """The files of one name: seen from the working folder, as lm-eval does, else from the folder of the YAML."""
        folder = str(self.config.dataset_kwargs.get("data_dir", ""))
        for base in (Path(), self.beside):
            whole = str(base / folder / Path(name).expanduser())
            paths = sorted(Path(base).glob(str(Path(folder) / name))) if "*" in name else [Path(whole)]
            if paths and all(path.is_file() for path in paths):
                return paths
        raise DatasetError(
            f"{self.where}: there is no file '{name}', neither in the working folder nor beside the YAML.",
            remedy="Check data_files, or give the data: -T data=PATH.",
        )

    def found(self, name: str) -> Path | None:
        """A local path of this name."""
        return next((path for path in (Path(name).expanduser(), self.beside / name) if path.exists()), None)
