# SPDX-License-Identifier: Apache-2.0
"""
How long an event loop lets whatever is ready wait, measured from a thread, and what holds it up while it does.

A loop that is busy with one call answers no other, nor a probe: nothing in it could tell. The thread asks it for a
sign twice a second. Where none comes it looks at what the loop's thread is doing, and tells while it goes on.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

EVERY_SECONDS: Final = 0.5
STALL_SECONDS: Final = 0.5
"""What is told as a stall."""
QUIET_SECONDS: Final = 60.0
"""How long after one stall was told no other is. All of them are measured."""
_MOST_FRAMES: Final = 12

Described: TypeAlias = Callable[[], Mapping[str, str]]


class RunningCalls:
    """Which call each task of a loop is answering, for whoever looks at the loop from outside."""

    def __init__(self) -> None:
        self._by_task: WeakKeyDictionary[asyncio.Task[Any], Described] = WeakKeyDictionary()

    def note(self, described: Described) -> None:
        """From now on the present task answers this call. `described` gives what may be logged of it, at any time."""
        if (task := asyncio.current_task()) is not None:
            self._by_task[task] = described

    def running_in(self, loop: asyncio.AbstractEventLoop) -> Mapping[str, str]:
        """What may be logged of the call that the loop is busy with; nothing if it is none."""
        task = asyncio.current_task(loop)
        described = self._by_task.get(task) if task is not None else None
        return described() if described is not None else {}


@dataclass(frozen=True, slots=True)
class Stall:
    """A loop that is held up."""

    seconds: float
    """How long it has been, so far."""
    frames: list[str]
    """Where its thread is, as `file:line function`, the innermost last."""
    call: Mapping[str, str] = field(default_factory=dict)
    """What may be logged of the call that it is busy with."""


class LoopWatch:
    """Measures the loop that it is started in."""

    def __init__(
        self,
        calls: RunningCalls,
        *,
        measured: Callable[[float], None],
        stalled: Callable[[Stall], None],
        every_seconds: float = EVERY_SECONDS,
        stall_seconds: float = STALL_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`measured` takes each lag in seconds, `stalled` a stall while it lasts; both are called in the thread."""
        self._calls = calls
        self._measured = measured
        self._stalled = stalled
        self._every = every_seconds
        self._stall_seconds = stall_seconds
        self._quiet_seconds = quiet_seconds
        self._clock = clock
        self._quiet_until = 0.0
        self._stopped = threading.Event()
        self._turned = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch the running loop."""
        watched = asyncio.get_running_loop(), threading.get_ident()
        self._thread = threading.Thread(target=self._watch, args=watched, name="loop-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        self._turned.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        due = self._clock() + self._every
        while not self._stopped.wait(self._every):
            self._turned.clear()
            try:
                loop.call_soon_threadsafe(self._turned.set)
            except RuntimeError:
                return  # The loop is closed.
            # A thread that wakes up late was held up like the loop: by what keeps the interpreter to itself.
            late = self._clock() - due >= self._stall_seconds
            if (late or not self._turned.wait(self._stall_seconds)) and not self._stopped.is_set():
                self._tell(loop, thread, due)
            # Whoever stops the watch waits for this thread in the loop's own: the loop may turn no more.
            while not self._stopped.is_set() and not self._turned.wait(self._stall_seconds) and not loop.is_closed():
                pass
            if self._stopped.is_set():
                return
            now = self._clock()
            self._measured(max(0.0, now - due))
            due = now + self._every

    def _tell(self, loop: asyncio.AbstractEventLoop, thread: int, since: float) -> None:
        now = self._clock()
        if now < self._quiet_until or loop.is_closed():
            return
        self._quiet_until = now + self._quiet_seconds
        self._stalled(Stall(now - since, _frames_of(thread), self._calls.running_in(loop)))


def _frames_of(thread: int) -> list[str]:
    """Where a thread is: never with values."""
    walked = traceback.walk_stack(sys._current_frames().get(thread))  # noqa: SLF001 - there is no other way
    frames = [f"{PurePath(each.f_code.co_filename).name}:{line} {each.f_code.co_name}" for each, line in walked]
    return frames[:_MOST_FRAMES][::-1]
