"""The page on dependencies names each required package, and no other."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"[\w.-]+")


def test_each_required_package_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {found[0] for each in project["dependencies"] if (found := NAME.match(each))}
    page = (ROOT / "docs/decisions/0001-dependencies.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([\w.-]+)` \| (.+?) \|", page, re.MULTILINE))
    assert told.keys() == required
    assert not [name for name, reason in told.items() if len(reason) < 10]


def test_each_extra_is_told() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs/decisions/0002-default-install.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == project["optional-dependencies"].keys()
