# SPDX-License-Identifier: Apache-2.0
"""
Log lines: one JSON object each, of named fields, the same on both sides of the wire.

Every line has `time`, `level`, `logger` and `event`. Lines of libraries, and whatever is said in words, have the event
`log` and a `message`. Of an exception only its types and the places it came through are kept, because its text may hold
what was being handled; what is said beside it is kept as it stands in the code, without what would be filled in.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Final, TextIO, cast

import orjson

request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""The id of the call that is being answered, for the lines that are written meanwhile."""

IN_WORDS: Final = "log"
"""The event of a line whose meaning is in its `message`."""

_TALKATIVE: Final = ("httpx2", "httpcore2")
"""Libraries that log URLs and headers below warnings."""
_MOST_ERRORS, _MOST_FRAMES = 8, 12
_SHORTEST_SECRET: Final = 4
"""A shorter text hides nothing, and stands in many words by chance."""
_ENCODER: Final = json.JSONEncoder(default=str)
_TO_MILLISECONDS: Final = len("2026-01-01T00:00:00.000")


def line(instant: datetime, level: str, logger: str, event: str, fields: Mapping[str, Any]) -> bytes:
    """One line in UTF-8, without its end."""
    said = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    whole = {
        "time": f"{said.isoformat(timespec='milliseconds')[:_TO_MILLISECONDS]}Z",
        "level": level,
        "logger": logger,
        "event": event,
        **fields,
    }
    try:
        return orjson.dumps(whole, default=str)
    except TypeError:  # halves of surrogate pairs, numbers beyond 64 bits
        return _ENCODER.encode(whole).encode()


def described(error: BaseException) -> dict[str, Any]:
    """An exception without its text: its type and its causes', and the places it came through, innermost last."""
    types = [f"{type(each).__module__}.{type(each).__qualname__}" for each in _chain(error)]
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return {
        "error": types,
        "frames": [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


class JsonLines(logging.Formatter):
    """
    Formats records of the standard library's logging, ours and libraries', as such lines.

    A record's `event` and the allowed fields are taken from its `extra`; whatever else is there is left out.
    """

    def __init__(self, fields: Collection[str] = ()) -> None:
        """`fields` are those that lines may have."""
        super().__init__()
        self._fields = tuple(fields)

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        error = record.exc_info[1] if record.exc_info else None
        found: dict[str, Any] = {}
        event = getattr(record, "event", IN_WORDS)
        if (message := _message(record, error)) not in {None, event}:
            found["message"] = message
        if current := request_id.get():
            found["request_id"] = current
        found.update((name, getattr(record, name)) for name in self._fields if hasattr(record, name))
        if error is not None:
            found.update(described(error))
        created = datetime.fromtimestamp(record.created, UTC)
        return line(created, record.levelname.lower(), record.name, event, found).decode()


def _message(record: logging.LogRecord, error: BaseException | None) -> str | None:
    """The record's words; with an exception, those that the code has, unless its text was written into them."""
    if record.name == "asyncio":
        # What asyncio says of a forgotten task goes on with its exception's text in the next line.
        return record.getMessage().partition("\n")[0]
    if error is None:
        return record.getMessage()
    words = str(record.msg)
    return None if any(text in words for text in _texts(error)) else words


def _texts(error: BaseException) -> Iterator[str]:
    """Whatever an exception and its causes hold as text, as people write it into messages."""
    for each in _chain(error, contexts=True):
        yield from (text for text in (str(each), *map(str, each.args)) if len(text) >= _SHORTEST_SECRET)


def _chain(error: BaseException, *, contexts: bool = False) -> Iterator[BaseException]:
    """The exception and its causes; with `contexts`, also what was being handled when it was raised."""
    seen: BaseException | None = error
    for _ in range(_MOST_ERRORS):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or (seen.__context__ if contexts else None)


class Lines:
    """Writes lines that are known to be wanted: the same ones, without asking the standard library's logging."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        """`clock` is in seconds since 1970. Whoever else writes to the stream flushes it each time."""
        self._write = _writing_to(stream)
        self._clock = clock

    def info(self, logger: str, event: str, fields: Mapping[str, Any]) -> None:
        """Write a line of level `info`."""
        written = line(datetime.fromtimestamp(self._clock(), UTC), "info", logger, event, fields)
        self._write(written + b"\n")


def _writing_to(stream: TextIO) -> Callable[[bytes], object]:
    """What writes bytes to the stream at once: where it is a file or a pipe, past its buffers."""
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    if raw is not None:
        return cast("Callable[[bytes], object]", raw.write)

    def write(data: bytes) -> None:
        stream.write(data.decode())
        stream.flush()

    return write


def log_to(stream: TextIO, level: int | str = logging.INFO, fields: Collection[str] = ()) -> Lines | None:
    """
    Send all lines of the process to the stream, with these fields besides those that every line has.

    Gives what writes lines of level `info` there at once; None where the level is above.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(fields))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    return Lines(stream) if logging.getLogger().isEnabledFor(logging.INFO) else None
