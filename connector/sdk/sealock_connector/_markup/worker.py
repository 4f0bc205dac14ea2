# SPDX-License-Identifier: Apache-2.0
"""
What a process of `pool` runs: it reads a piece of work, does it, writes the answer, until its input ends.

A message is its length in four bytes, then JSON. The process limits itself, so that it ends even where nobody is left
to end it: its memory, and the processor's seconds of each piece of work.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from sealock_connector._markup.cleaning import clean_html
from sealock_connector._markup.text import linked, plain_text

LENGTH_BYTES = 4
_LOWER_PRIORITY = 10
WORK: dict[str, Callable[..., str]] = {"clean_html": clean_html, "plain_text": plain_text, "linked": linked}


def message_of(content: object) -> bytes:
    """A message that says this."""
    body = json.dumps(content).encode()
    return len(body).to_bytes(LENGTH_BYTES) + body


def limit_oneself(memory_bytes: int) -> None:
    """Take no more memory than that, leave no core dump, and give way to processes that answer calls."""
    for limit, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    os.nice(_LOWER_PRIORITY)


def answer_all(incoming: BinaryIO, outgoing: BinaryIO, seconds: float) -> None:
    """Do whatever comes in. The process ends by a signal where a piece of work takes longer than the seconds."""
    while len(head := incoming.read(LENGTH_BYTES)) == LENGTH_BYTES:
        work = json.loads(incoming.read(int.from_bytes(head)))
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            answer = {"done": WORK[work["name"]](*work["of"])}
        except Exception as error:  # noqa: BLE001 - the text of an error may hold what was worked on
            answer = {"error": type(error).__name__}
        signal.setitimer(signal.ITIMER_PROF, 0)
        outgoing.write(message_of(answer))
        outgoing.flush()


def main(memory_bytes: str, seconds: str) -> None:
    """The process."""
    limit_oneself(int(memory_bytes))
    answer_all(sys.stdin.buffer, sys.stdout.buffer, float(seconds))
