# SPDX-License-Identifier: Apache-2.0
"""Markup that may take long goes to processes that can be killed, without harm to anybody else."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from sealock_connector import MarkupFailed, Pulled, clean_html, plain_text
from sealock_connector._markup.pool import MarkupPool, WorkFailed, current_pool
from sealock_connector.testing import running
from tests.connector.connectors import Scripted, resource
from tests.connector.markup.kinds import KINDS

LARGE = KINDS["nested quotes"](100_000)


@pytest.fixture
async def pool():
    pool = MarkupPool()
    yield pool
    await pool.close()


@pytest.fixture
def at_hand(pool):
    token = current_pool.set(pool)
    yield pool
    current_pool.reset(token)


def children() -> set[int]:
    """The processes that this one has started, by their ids."""
    return {int(each) for task in Path("/proc/self/task").iterdir() for each in (task / "children").read_text().split()}


async def eventually(holds: Callable[[], object]) -> None:
    """Let others have their turn until it holds."""
    for _ in range(100_000):
        if holds():
            return
        await asyncio.sleep(0)
    pytest.fail("it never held")


def told(process: int, what: str) -> str:
    """What the kernel tells of a process."""
    return Path(f"/proc/{process}/{what}").read_text()


async def test_what_a_process_makes_of_markup_is_what_is_made_here(pool):
    for markup in (LARGE, "", "a\ufffdb <b>\xf6"):
        here = await clean_html(markup, site="https://a.example")
        assert await pool.do("clean_html", markup, "https://a.example") == here
        assert await pool.do("plain_text", markup) == await plain_text(markup)


async def test_small_markup_starts_no_process_and_large_one_does_not_hold_the_loop(at_hand):
    before = children()
    await clean_html("<p>An ordinary comment.</p>" * 20, site="https://a.example")
    assert children() == before
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    await clean_html(LARGE, site="https://a.example")
    turning.cancel()
    assert turns > 10
    assert len(children() - before) == 1


async def test_what_takes_too_long_is_killed_and_the_next_gets_a_new_process():
    pool = MarkupPool(processes=1, seconds=0.001)
    with pytest.raises(WorkFailed, match="time"):
        await pool.do("clean_html", LARGE, "")
    pool._seconds = 60
    assert await pool.do("clean_html", "<b>a", "") == "<b>a</b>"
    await pool.close()


async def test_a_killed_process_harms_nobody_else(pool):
    before = children()
    await asyncio.gather(*(pool.do("plain_text", "a") for _ in range(2)))
    first, second = children() - before
    os.kill(first, signal.SIGSTOP)
    os.kill(second, signal.SIGSTOP)
    working = [asyncio.create_task(pool.do("clean_html", LARGE, "")) for _ in range(2)]
    waiting = [asyncio.create_task(pool.do("plain_text", "b")) for _ in range(3)]
    await eventually(lambda: not pool._idle)
    os.kill(first, signal.SIGKILL)
    os.kill(second, signal.SIGCONT)
    ended = await asyncio.gather(*working, return_exceptions=True)
    assert sorted(isinstance(each, WorkFailed) for each in ended) == [False, True]
    assert await asyncio.gather(*waiting) == ["b"] * 3


async def test_a_process_that_was_killed_while_it_waited_is_not_asked(pool):
    before = children()
    await pool.do("plain_text", "a")
    (process,) = children() - before
    os.kill(process, signal.SIGKILL)
    await eventually(lambda: pool._idle[0].returncode is not None)
    assert await pool.do("plain_text", "b") == "b"


async def test_more_memory_than_a_process_may_have_is_an_error_and_no_more():
    pool = MarkupPool(processes=1, memory_bytes=40 * 1024 * 1024)
    with pytest.raises(WorkFailed):
        await pool.do("plain_text", "<b>x" * 1_000_000)
    await pool.close()


async def test_who_calls_is_told_by_a_typed_error(at_hand):
    at_hand._seconds = 0.001
    with pytest.raises(MarkupFailed):
        await clean_html(LARGE)


async def test_a_call_that_is_given_up_leaves_no_process_at_work(pool):
    before = children()
    working = asyncio.create_task(pool.do("clean_html", LARGE, ""))
    await eventually(lambda: children() - before)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert children() == before


async def test_calls_of_each_server_have_its_own_processes():
    async def script(_):
        yield Pulled(resource(str(id(current_pool.get(None)))), after=b"x")

    async def processes_of(connector) -> str:
        return (await connector.pull({})).resources[0].external_id

    async with running(Scripted(script)) as one, running(Scripted(script)) as other:
        first, second = await processes_of(one), await processes_of(other)
        assert await processes_of(one) == first
    assert len({first, second, str(id(None))}) == 3


async def test_closing_ends_all_processes(pool):
    before = children()
    await asyncio.gather(*(pool.do("plain_text", "a") for _ in range(2)))
    assert children() != before
    await pool.close()
    assert children() == before


async def test_a_process_is_small_knows_no_secrets_and_gives_way(pool, monkeypatch):
    monkeypatch.setenv("SEALOCK_CONNECTOR_SECRET", "x")
    before = children()
    await pool.do("clean_html", LARGE[:50_000], "")
    (process,) = children() - before
    assert int(told(process, "status").split("VmHWM:")[1].split()[0]) < 64 * 1024
    assert "SECRET" not in told(process, "environ")
    assert "grpc" not in told(process, "maps")
    assert os.getpriority(os.PRIO_PROCESS, process) > os.getpriority(os.PRIO_PROCESS, 0)
