# SPDX-License-Identifier: Apache-2.0
"""Heavy work beside the loop, and what it costs the loop."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from sealock_edge.heavy_work import HeavyWork, let_the_loop_go_first

CALLS = 40


@pytest.fixture
def switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


async def beside_heavy_work() -> float:
    """How long short system calls of the loop's take while a thread counts."""
    begun, done = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def count() -> None:
        loop.call_soon_threadsafe(begun.set)
        while not done.is_set():
            sum(range(1000))

    counting = asyncio.create_task(HeavyWork().do(count))
    await begun.wait()
    before = time.perf_counter()
    for _ in range(CALLS):
        time.sleep(0.0001)  # noqa: ASYNC251 - a system call
    taken = time.perf_counter() - before
    done.set()
    await counting
    return taken


async def test_the_loop_s_system_calls_do_not_wait_for_heavy_work(switching):
    slow = max([await beside_heavy_work() for _ in range(3)])
    let_the_loop_go_first()
    quick = min([await beside_heavy_work() for _ in range(3)])
    assert quick * 2 < slow


async def test_heavy_work_is_done_one_piece_at_a_time():
    heavy, under_way, most = HeavyWork(), 0, 0

    def work() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.002)
        under_way -= 1

    await asyncio.gather(*(heavy.do(work) for _ in range(5)))
    assert most == 1
