# SPDX-License-Identifier: Apache-2.0
"""What a process that serves many calls at once asks of its interpreter, before it begins."""

from __future__ import annotations

import gc
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
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
