# SPDX-License-Identifier: Apache-2.0
"""A file while it arrives, and what can be said of it beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final, cast
from urllib.parse import parse_qs, unquote, urlsplit

import httpcore2

from sealock_contract.connections import AddressRefused, NameNotResolved
from sealock_edge.attachments.errors import FileRefused, FileUnavailable

NOT_ALLOWED: Final = "A file of this reply leads to where files are not fetched from. Send the reply without it."

_NAME_CHARS: Final = 255
_TYPE_CHARS: Final = 127
_NOT_IN_NAMES: Final = frozenset('/\\:*?"<>|')


class Download:
    """One file: its name, its content type, its size (0 if not known), and its bytes, once."""

    def __init__(self, url: str, answer: httpcore2.Response, *, max_bytes: int, until: float) -> None:
        """`until` is on the event loop's clock. Raises `FileRefused` if the file says that it is too large."""
        headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
        if headers.get(b"content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise FileUnavailable("the file came in an encoding that was not asked for")
        length = headers.get(b"content-length", "")
        self.name = name_of(url)
        self.content_type = _content_type(headers.get(b"content-type", ""))
        self.size = int(length) if length.isdecimal() else 0
        self._answer = answer
        self._max_bytes = max_bytes
        self._until = until
        self._check(self.size)

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes. Raises `FileUnavailable` where they end early or come too late, `FileRefused` for too many."""
        parts = aiter(cast("AsyncIterator[bytes]", self._answer.stream))
        seen = 0
        while True:
            with broken_connections_told():
                async with asyncio.timeout_at(self._until):
                    part = await anext(parts, None)
            if part is None:
                return
            seen += len(part)
            self._check(seen)
            yield part

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise FileRefused(
                f"A file of this reply is too large: at most {self._max_bytes:,} bytes can be passed on. "
                "Send the reply without it."
            )


@contextmanager
def broken_connections_told() -> Iterator[None]:
    """Turn what the connection does wrong into `FileUnavailable`, and where it must not lead into `FileRefused`."""
    try:
        yield
    except AddressRefused:
        raise FileRefused(NOT_ALLOWED) from None
    except NameNotResolved:
        raise FileUnavailable("the file's host does not resolve") from None
    except (TimeoutError, httpcore2.TimeoutException):
        raise FileUnavailable("the file did not come in time") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol):
        raise FileUnavailable("the connection to the file's host broke") from None


def name_of(url: str) -> str:
    """The file's name: what `name` in the query says, as Zendesk writes its URLs, else the path's last part."""
    split = urlsplit(url)
    given = parse_qs(split.query).get("name", [""])[0] or unquote(split.path.rstrip("/").rpartition("/")[2])
    name = "".join("_" if each in _NOT_IN_NAMES else each for each in given if each.isprintable()).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > _NAME_CHARS and dot and len(ending) < 16:
        return stem[: _NAME_CHARS - len(ending) - 1] + dot + ending
    return name[:_NAME_CHARS] or "file"


def _content_type(header: str) -> str:
    kind = header.partition(";")[0].strip().lower()
    return kind if kind.isascii() and kind.isprintable() and len(kind) <= _TYPE_CHARS else ""
