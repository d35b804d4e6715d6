"""Waiting for a coroutine: the same with and without a running loop, errors included."""

import asyncio
import threading

import pytest

from assay.core.loop import wait_for


async def place() -> tuple[int, int]:
    await asyncio.sleep(0)
    return threading.get_ident(), id(asyncio.get_running_loop())


def test_without_a_loop_it_runs_here() -> None:
    assert wait_for(place())[0] == threading.get_ident()


async def test_inside_a_loop_it_runs_on_a_loop_of_its_own() -> None:
    thread, loop = wait_for(place())
    assert thread != threading.get_ident() and loop != id(asyncio.get_running_loop())


async def fails() -> None:
    raise KeyError("lost")


def test_an_error_comes_through() -> None:
    with pytest.raises(KeyError, match="lost"):
        wait_for(fails())


async def test_an_error_comes_through_inside_a_loop() -> None:
    with pytest.raises(KeyError, match="lost"):
        wait_for(fails())
