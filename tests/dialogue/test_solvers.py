"""The simplest solvers: what they send, and that the commonest one keeps its identity."""

from pathlib import Path
from typing import Any

import pytest
from tests.engine.parts import Answering, drive, numbered, said, task_of

from assay.core.fingerprint import fingerprint
from assay.dialogue import ask_once, ask_with


def test_ask_once_is_what_it_was() -> None:
    """Its text is part of the identity of nearly every run there is: were it another, none of them would be resumed or taken over."""
    assert fingerprint(ask_once) == "358c05db46f0a9e35a8c971d6cb04013"


@pytest.mark.parametrize("solver", [ask_once, ask_with(system="Be brief."), ask_with(template="{input}")])
async def test_a_request_is_addressed_by_the_engine(tmp_path: Path, solver: Any) -> None:
    model = Answering(said)
    await drive(task_of(numbered(3), trials=2, solver=solver), model, tmp_path / "j")
    assert {(request.sample_id, request.number) for request in model.asked} == {
        (f"s{each}", turn) for each in range(3) for turn in range(2)
    }
