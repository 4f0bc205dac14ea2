# SPDX-License-Identifier: Apache-2.0
"""
Log lines: one JSON object a line, on stderr.

Nothing is logged that is not a named argument here. Of exceptions only the type and where it happened are kept,
because their texts may hold what was being handled.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson


class Journal:
    """Writes the edge's own lines."""

    def __init__(self, stream: BinaryIO, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._clock = clock

    def call(
        self,
        *,
        request_id: str,
        endpoint: str,
        integration: str,
        method: str,
        status: int,
        outcome: str,
        seconds: float,
        account_id: str,
        resources: int | None,
    ) -> None:
        """One call was answered."""
        line: dict[str, Any] = {
            "level": "info" if status < 500 else "warning",
            "event": "call",
            "request_id": request_id,
            "endpoint": endpoint,
            "integration": integration,
            "method": method,
            "status": status,
            "outcome": outcome,
            "ms": round(seconds * 1000, 1),
        }
        if account_id:
            line["account_id"] = account_id
        if resources is not None:
            line["resources"] = resources
        self._write(line)

    def set_aside(self, *, request_id: str, integration: str, account_id: str, external_id: str, reason: str) -> None:
        """A resource could not be answered. `external_id` is empty if it is not one."""
        self._write(
            {
                "level": "warning",
                "event": "resource_set_aside",
                "request_id": request_id,
                "integration": integration,
                "account_id": account_id,
                "external_id": external_id,
                "reason": reason,
            }
        )

    def zendesk_event(self, *, request_id: str, integration: str, kind: str, account_id: str, outcome: str) -> None:
        """Zendesk told of an event."""
        self._write(
            {
                "level": "info",
                "event": "zendesk_event",
                "request_id": request_id,
                "integration": integration,
                "kind": kind,
                "account_id": account_id,
                "outcome": outcome,
            }
        )

    def connector(self, *, integration: str, ready: bool) -> None:
        """A connector began to answer, or ceased to."""
        self._write(
            {
                "level": "info" if ready else "warning",
                "event": "connector_ready" if ready else "connector_not_ready",
                "integration": integration,
            }
        )

    def key_ring(self, *, problem: str) -> None:
        """The directory of keys cannot be read, or (empty) can be again. `problem` names files, never their content."""
        self._write({"level": "error" if problem else "info", "event": "key_ring", "problem": problem})

    def process(self, *, event: str) -> None:
        """The process began or ended something."""
        self._write({"level": "info", "event": event})

    def fault(self, *, request_id: str, endpoint: str, integration: str, error: BaseException) -> None:
        """Something unforeseen happened: its type, and where."""
        self._write(
            {
                "level": "error",
                "event": "fault",
                "request_id": request_id,
                "endpoint": endpoint,
                "integration": integration,
                **described(error),
            }
        )

    def _write(self, line: dict[str, Any]) -> None:
        self._stream.write(
            orjson.dumps({"time": self._clock(), **line}, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
        )


def described(error: BaseException) -> dict[str, Any]:
    """An exception without its text: types of its chain, and the places it came through."""
    kinds: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(kinds) < 8:
        kinds.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        seen = seen.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    return {"error": kinds, "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]}


class JsonFormatter(logging.Formatter):
    """Lines of libraries (the server, gRPC, asyncio): their message, but never an exception's text."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": "log",
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[1] is not None:
            line.update(described(record.exc_info[1]))
        else:
            line["message"] = record.getMessage()
        return orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()


def write_logs_as_json(stream: Any, level: int = logging.INFO) -> None:
    """Send the lines of all libraries to a text stream as JSON."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
