"""Every planted attack, on every backend; and the proof that the attacks succeed where nothing isolates."""

import json
from pathlib import Path

import pytest

from assay.sandbox import Limits, Sandbox, selftest
from assay.sandbox.attacks import ATTACKS, Attack
from assay.sandbox.bubblewrap import Bubblewrap
from assay.sandbox.none import Unprotected

BY_NAME = {each.name: each for each in ATTACKS}


def test_there_is_an_attack_of_every_promised_kind() -> None:
    promised = {
        "read secrets",
        "write outside",
        "open a socket",
        "fork bomb",
        "ten gigabytes",
        "endless loop",
        "kill the parent",
        "print a gigabyte",
    }
    assert promised <= set(BY_NAME)


@pytest.mark.parametrize("each", ATTACKS, ids=lambda each: each.name)
async def test_attack_is_held_off(box: Sandbox, each: Attack) -> None:
    with selftest.planted() as trap:
        finding = await selftest.attack(box, each, trap)
    assert finding.held, finding.detail


@pytest.mark.parametrize("name", ["read secrets", "open a socket", "inherit the environment"])
async def test_positive_control_the_attack_succeeds_without_isolation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Sandbox(Unprotected(), places=1)
    with selftest.planted() as trap:
        finding = await selftest.attack(box, BY_NAME[name], trap)
    box.close()
    assert not finding.held
    assert "managed" in finding.detail


async def test_positive_control_of_the_look_from_outside() -> None:
    """A file that appears, a connection and a process left behind are each noticed even if the attack says nothing of them."""
    silent = Attack(name="silent", source="")
    box = Sandbox(Unprotected(), places=1)
    with selftest.planted() as trap:
        assert (await selftest.attack(box, silent, trap)).held
        left = Path(trap.folders[0]) / f"{trap.mark}-planted"
        left.write_text("")
        try:
            assert "wrote to" in (await selftest.attack(box, silent, trap)).detail
        finally:
            left.unlink()
        trap.visits.append("somebody")
        assert "reached a server" in (await selftest.attack(box, silent, trap)).detail
    box.close()


def test_a_pass_is_remembered_by_kernel_version_and_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "cache"))
    examined = []

    async def examine(backend: object) -> list[selftest.Finding]:
        examined.append(backend)
        return [selftest.Finding(attack="a", held=True)]

    monkeypatch.setattr(selftest, "examine", examine)
    backend = Bubblewrap()
    assert selftest.trusted(backend) == [] == selftest.trusted(backend)
    assert len(examined) == 1
    monkeypatch.setattr(selftest.platform, "release", lambda: "another kernel")
    assert selftest.trusted(backend) == []
    assert len(examined) == 2
    monkeypatch.setattr(selftest, "code_fingerprint", lambda: "another code")
    assert selftest.trusted(backend) == []
    assert len(examined) == 3
    assert len(json.loads(selftest.cache_file().read_text())) == 3


def test_a_failure_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "cache"))

    async def examine(backend: object) -> list[selftest.Finding]:
        return [selftest.Finding(attack="a", held=False, detail="got through"), selftest.Finding(attack="b", held=True)]

    monkeypatch.setattr(selftest, "examine", examine)
    assert [each.attack for each in selftest.trusted(Bubblewrap())] == ["a"]
    assert not selftest.cache_file().exists()


async def test_a_self_test_that_breaks_off_is_no_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "cache"))

    async def examine(backend: object) -> list[selftest.Finding]:
        raise RuntimeError("no pipe")

    monkeypatch.setattr(selftest, "examine", examine)
    (finding,) = selftest.trusted(Bubblewrap())
    assert not finding.held and "no pipe" in finding.detail


@pytest.mark.parametrize("content", ["", "{", "[1]", "null"])
def test_a_torn_cache_is_no_pass(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "cache"))
    selftest.cache_file().parent.mkdir(parents=True)
    selftest.cache_file().write_text(content)
    assert selftest.remembered() == {}


def test_limits_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="wall"):
        Limits(wall=0)
