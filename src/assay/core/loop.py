"""The event loop: how code that is not async, and may itself be called from async code, waits for a coroutine."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns, or raises. Where this thread has a running loop (a notebook), on a thread with a loop of its own, which is waited for."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1, thread_name_prefix="assay-loop") as threads:
        return threads.submit(asyncio.run, work).result()
