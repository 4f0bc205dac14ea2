# SPDX-License-Identifier: Apache-2.0
"""Heavy work beside the loop, and what it costs the loop."""

from __future__ import annotations

import asyncio
import os
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


def system_calls(reading: int) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        os.read(reading, 1)
    return time.perf_counter() - began


async def beside_heavy_work() -> float:
    """How long the loop's system calls take while a thread counts."""
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            sum(range(1000))

    zeros = os.open("/dev/zero", os.O_RDONLY)
    try:
        counting = asyncio.create_task(HeavyWork().do(count))
        await asyncio.sleep(0.01)
        taken = system_calls(zeros)
        done.set()
        await counting
    finally:
        os.close(zeros)
    return taken


async def test_the_loop_s_system_calls_do_not_wait_for_heavy_work(switching):
    slow = await beside_heavy_work()
    let_the_loop_go_first()
    quick = min([await beside_heavy_work() for _ in range(3)])
    assert quick * 3 < slow


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
