# SPDX-License-Identifier: Apache-2.0
"""What connectors say while they are called, in their log and in their errors."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager

from sealock_connector import ConnectorError
from sealock_connector._telemetry import log_to

CALLBACK = {"callback_url": "https://channels.example.com/callback", "callback_state": "canary-state"}


@contextmanager
def log_lines():
    """The lines that a process would log."""
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    log_to(stream, "debug")
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


async def attempt(call):
    """What an error says, to its reader and to a log."""
    try:
        await call
    except ConnectorError as problem:
        return f"{problem} {problem!r} {problem.message_for_agent}"
    return ""
