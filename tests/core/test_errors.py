"""One boundary attributes what strangers' code raises; what must stop a run passes through it."""

import pytest

from assay.core.errors import (
    AssayError,
    BudgetExceeded,
    MissingPackage,
    ModelError,
    SandboxError,
    StoreError,
    UsageError,
    boundary,
    needed,
    quoted,
)


def test_a_strangers_error_is_blamed_on_whoever_ran() -> None:
    with boundary("scorer") as caught:
        raise ZeroDivisionError("division by zero")
    assert caught.failure is not None
    assert (caught.failure.blame, caught.failure.kind) == ("scorer", "ZeroDivisionError")
    assert "division by zero" in caught.failure.message


def test_our_own_errors_say_whom_they_blame() -> None:
    with boundary("scorer") as caught:
        raise SandboxError("no namespaces", kind="absent")
    assert caught.failure is not None
    assert (caught.failure.blame, caught.failure.kind) == ("sandbox", "absent")


@pytest.mark.parametrize(
    "error",
    [UsageError("no"), StoreError("full"), BudgetExceeded("spent"), ModelError("key", fatal=True)],
    ids=lambda error: type(error).__name__,
)
def test_what_must_stop_the_run_passes_through(error: AssayError) -> None:
    with pytest.raises(type(error)), boundary("solver"):
        raise error


def test_exit_codes_tell_usage_from_infrastructure() -> None:
    assert UsageError("x").exit_code == 2
    assert StoreError("x").exit_code == 3
    assert ModelError("x").exit_code == 3
    assert ModelError("x", fatal=True).exit_code == 2


def test_foreign_text_is_cut_and_escaped() -> None:
    assert quoted("a\nb\x1b[31m") == "a\\nb\\u001b[31m"
    assert len(quoted("x" * 1000)) <= 203


def test_a_missing_package_says_who_needs_it_and_what_to_install() -> None:
    says = r"^The scorer 'x' needs the package 'absent_of_course'.*pip install 'assay\[x\]'$"
    with pytest.raises(MissingPackage, match=says), needed("The scorer 'x'", "assay[x]"):
        import absent_of_course  # noqa: F401
