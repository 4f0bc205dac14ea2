# SPDX-License-Identifier: Apache-2.0
"""A loop that is held up is told about while it is, with the call and the place that hold it."""

from __future__ import annotations

import asyncio
import re
import threading

import pytest

from sealock_contract.loop_lag import LoopWatch, RunningCalls, Stall

SECONDS = 30


class Watched:
    """What a watch told."""

    def __init__(self, **settings: float) -> None:
        self.calls = RunningCalls()
        self.stalls: list[Stall] = []
        self.lags: list[float] = []
        self.told, self.measured = threading.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        short = {"every_seconds": 0.005, "stall_seconds": 0.05} | settings
        self.watch = LoopWatch(self.calls, measured=self._measure, stalled=self._tell, **short)

    def _measure(self, seconds: float) -> None:
        self.lags.append(seconds)
        self._loop.call_soon_threadsafe(self.measured.set)

    def _tell(self, stall: Stall) -> None:
        self.stalls.append(stall)
        self.told.set()


@pytest.fixture
async def watched():
    watched = Watched()
    watched.watch.start()
    yield watched
    watched.watch.stop()


def hold_up_the_loop(watched: Watched) -> None:
    assert watched.told.wait(SECONDS)


async def test_a_stall_is_told_while_it_lasts_with_its_call_and_its_place(watched):
    async def answer() -> None:
        watched.calls.note(lambda: {"request_id": "r"})
        hold_up_the_loop(watched)

    await asyncio.create_task(answer())
    [stall] = watched.stalls
    assert stall.call == {"request_id": "r"}
    assert stall.seconds >= 0.05
    assert any(re.fullmatch(r"test_loop_lag\.py:\d+ hold_up_the_loop", frame) for frame in stall.frames)
    assert all(re.fullmatch(r"[\w<>.-]+:\d+ [\w<>]+", frame) for frame in stall.frames)
    watched.measured.clear()
    await watched.measured.wait()
    assert max(watched.lags) >= 0.05


async def test_what_holds_up_the_loop_without_a_call_is_told_too(watched):
    asyncio.get_running_loop().call_soon(hold_up_the_loop, watched)
    await asyncio.sleep(0)
    await watched.measured.wait()
    assert watched.stalls[0].call == {}


async def test_a_second_stall_soon_after_is_measured_and_not_told(watched):
    hold_up_the_loop(watched)
    lags = len(watched.lags)
    threading.Event().wait(0.2)
    watched.measured.clear()
    await watched.measured.wait()
    assert len(watched.stalls) == 1
    assert len(watched.lags) > lags


async def test_a_loop_that_turns_is_measured_and_nothing_is_told():
    watched = Watched(stall_seconds=SECONDS)
    watched.watch.start()
    for _ in range(3):
        watched.measured.clear()
        await watched.measured.wait()
    watched.watch.stop()
    assert watched.stalls == []
    assert max(watched.lags) < SECONDS


def test_a_watch_ends_with_its_loop():
    async def begin() -> LoopWatch:
        watched = Watched()
        watched.watch.start()
        return watched.watch

    watch = asyncio.run(begin())
    assert watch._thread is not None
    watch._thread.join(SECONDS)
    assert not watch._thread.is_alive()


async def test_who_stops_the_watch_does_not_wait_for_the_loop():
    watched = Watched(every_seconds=0.001)
    watched.watch.start()
    await watched.measured.wait()
    watched.watch.stop()
    assert not watched.watch._thread.is_alive()


class StoppedMeanwhile(threading.Event):
    """The watch is told to stop just before it forgets that the loop has turned."""

    def __init__(self) -> None:
        super().__init__()
        self.about_to_forget = threading.Event()

    def clear(self) -> None:
        self.about_to_forget.set()
        self.wait(SECONDS)
        super().clear()


@pytest.mark.timeout(20)
async def test_a_watch_that_is_stopped_as_it_begins_to_look_ends(monkeypatch):
    watched, turned = Watched(), StoppedMeanwhile()
    monkeypatch.setattr(watched.watch, "_turned", turned)
    watched.watch.start()
    assert turned.about_to_forget.wait(SECONDS)
    watched.watch.stop()
    assert watched.stalls == []
