# SPDX-License-Identifier: Apache-2.0
"""Log lines: one JSON object each, of allow-listed fields; of an exception its type and where it was, not its text."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TextIO

from sealock_connector.errors import InvalidAnswer

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the call that is being answered."""

FIELDS = ("method", "code", "reason", "ms", "error", "frames", "listen", "port", "origin", "signal", "option")
"""What a line may have besides time, level, logger, message and request id."""


class JsonLines(logging.Formatter):
    """Formats records as JSON lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if current := request_id.get():
            line["request_id"] = current
        line.update((name, getattr(record, name)) for name in FIELDS if hasattr(record, name))
        if record.exc_info and record.exc_info[1] is not None:
            line.update(fault_fields(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    # What asyncio says of a forgotten task goes on with its exception's text in the next line.
    return message.partition("\n")[0] if record.name == "asyncio" else message


def log_to(stream: TextIO | None = None, level: str = "info") -> None:
    """Send the process's log lines to the stream, stderr by default."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in ("httpx2", "httpcore2"):  # at lower levels they log URLs and headers
        logging.getLogger(name).setLevel(logging.WARNING)


def log_fault(log: logging.Logger, words: str, error: BaseException) -> None:
    """Log a fault of the connector: the error's type and where it was raised, its text only if it is ours."""
    if isinstance(error, InvalidAnswer):
        words = f"{words}: {error}"
    log.error(words, extra=fault_fields(error))


def fault_fields(error: BaseException) -> dict[str, object]:
    """The error's type, and the files and lines that it came through, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames][-12:],
    }
