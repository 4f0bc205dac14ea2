# SPDX-License-Identifier: Apache-2.0
"""A block whose time is limited ends as one of `asyncio.timeout` does."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from sealock_connector._deadlines import TimeLimit


def after(seconds: float) -> TimeLimit:
    return TimeLimit(asyncio.get_running_loop().time() + seconds)


@pytest.mark.parametrize("seconds", [-1, 0, 0.01])
async def test_a_block_is_ended_when_its_time_is_up(seconds):
    with pytest.raises(TimeoutError) as ended, after(seconds) as limit:
        await asyncio.Event().wait()
    assert limit.expired
    assert isinstance(ended.value.__cause__, asyncio.CancelledError)
    assert not asyncio.current_task().cancelling()


async def test_a_block_that_ends_in_time_leaves_nothing_behind():
    with after(0.01) as limit:
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert not limit.expired


async def fails_when_it_is_ended():
    try:
        await asyncio.Event().wait()
    finally:
        raise LookupError


async def test_what_a_block_raises_is_raised_also_when_its_time_is_up():
    with pytest.raises(LookupError), after(0):
        await fails_when_it_is_ended()
    assert not asyncio.current_task().cancelling()


async def test_a_timeout_within_a_block_is_not_its_own():
    with after(60) as limit, pytest.raises(TimeoutError):
        raise TimeoutError
    assert not limit.expired


async def test_the_inner_of_two_blocks_ends_first():
    with after(60) as outer:
        with suppress(TimeoutError), after(0) as inner:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
    assert (inner.expired, outer.expired) == (True, False)


@pytest.mark.parametrize("at_once", [False, True], ids=["before its time is up", "while its time is up"])
async def test_a_task_that_is_cancelled_stays_cancelled(at_once):
    entered, went_on = asyncio.Event(), False

    async def limited():
        nonlocal went_on
        with after(0 if at_once else 60):
            entered.set()
            try:
                await asyncio.Event().wait()
            finally:
                if at_once:
                    asyncio.current_task().cancel()
        went_on = True

    task = asyncio.create_task(limited())
    await entered.wait()
    if not at_once:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not went_on
