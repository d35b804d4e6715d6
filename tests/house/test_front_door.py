"""The front door stays light: what is imported by `import assay` and `assay --help`, and what the package promises."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import assay

SOURCE = Path(assay.__file__).parent

HEAVY = {"numpy", "scipy", "aiohttp", "rich", "jinja2", "duckdb", "sympy", "torch", "transformers", "sacrebleu", "yaml", "asyncio"}


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_import_assay_imports_no_third_party_module() -> None:
    bare = modules_after("pass")
    outside = {name for name in modules_after("import assay") - bare if name not in sys.stdlib_module_names}
    assert outside == {"assay"}


def test_help_imports_nothing_heavy() -> None:
    help_ = "from assay.cli import app\ntry:\n app.main(['--help'], standalone_mode=False)\nexcept SystemExit: pass"
    code = f"{help_}\nimport sys\nprint(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.strip().split("\n")[-1].split()) & HEAVY


def imported(path: Path) -> set[str]:
    """The modules a file names in its import statements."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_core_imports_only_msgspec_and_the_standard_library() -> None:
    tops = {name.split(".")[0] for path in (SOURCE / "core").glob("*.py") for name in imported(path)}
    assert {name for name in tops if name not in sys.stdlib_module_names} == {"assay", "msgspec"}


def test_only_rooms_above_the_api_use_the_front_door() -> None:
    allowed = {"benchmarks", "cli", "testing", "web", "api"}
    users = {path.relative_to(SOURCE).parts[0] for path in SOURCE.rglob("*.py") if "assay" in imported(path) and path.parent != SOURCE}
    assert users <= allowed


def doors() -> dict[str, ast.If]:
    """Package -> the `if TYPE_CHECKING:` whose `else` makes its front door."""
    found = {}
    for path in SOURCE.rglob("__init__.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.If) and "front_door" in ast.dump(node):
                found[".".join(path.parent.relative_to(SOURCE.parent).parts)] = node
    return found


@pytest.mark.parametrize(("package", "node"), doors().items(), ids=doors())
def test_type_checkers_see_what_is_loaded(package: str, node: ast.If) -> None:
    """Every name behind a lazy door is imported for type checkers too, from the same module, and nothing else is."""
    shown = {alias.asname: each.module for each in node.body if isinstance(each, ast.ImportFrom) for alias in each.names}
    assert isinstance(node.orelse[0], ast.Assign) and isinstance(node.orelse[0].value, ast.Call)
    call = node.orelse[0].value
    homes = ast.literal_eval(call.args[1])
    rooms = [ast.literal_eval(each.value) for each in call.keywords if each.arg == "rooms"]
    assert shown == {name: module for module, names in homes.items() for name in names} | dict.fromkeys(sum(rooms, ()), package)
    door = import_module(package)
    assert sorted(door.__all__) == sorted(shown) == dir(door)
    assert all(getattr(door, name) is not None for name in door.__all__)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match=r"'assay\.scorers' has no attribute 'numbr'; there are: bleu, cer"):
        _ = assay.scorers.numbr


def test_no_package_has_a_door_of_its_own_making() -> None:
    assert len(doors()) == 10
    makers = [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if "def __getattr__" in path.read_text(encoding="utf-8")]
    assert [each for each in makers if each.endswith("__init__.py")] == []


def test_every_public_name_loads() -> None:
    assert len(assay.__all__) <= 32
    for name in assay.__all__:
        assert getattr(assay, name) is not None
