# SPDX-License-Identifier: Apache-2.0
"""What a process that serves many calls at once asks of its interpreter and of the system, before it begins."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from typing import Final

COLLECT_AFTER: Final = (20_000, 5, 2)
"""
When the garbage collector runs. A page has thousands of objects, and none of them is in a cycle; a call that is given
up leaves some that are, and has grown old before: so the eldest are looked at often enough too.
"""


def prepare_to_serve() -> None:
    """
    Call it in the main thread, once everything is imported, before threads and the event loop begin.

    What is there now is not looked at by the garbage collector any more, and the rest seldom.

    Threads that begin from now on, and the one that calls, do not interrupt whoever is working when they are woken, but
    wait until it has done what it had to do: gRPC wakes a thread several times for each call, and so does each process
    for the other. Who is served how much does not change by this. Where the system does not know it or does not allow
    it, all stays as it was.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    # Not every system that Python runs on has them.
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
