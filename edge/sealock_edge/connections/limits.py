# SPDX-License-Identifier: Apache-2.0
"""The limits that a connection can meet, and what is answered where the application is not asked."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Final

from sealock_edge.middleware import HEADERS


class Limit(StrEnum):
    """What a connection met. Where a setting says how much, it has the setting's name."""

    MOST = "most"
    """All places were taken by calls under way."""
    MOST_BY_ADDRESS = "most_by_address"
    MADE_WAY = "made_way"
    """It had waited the longest when a place was needed."""
    OPEN_FILES = "open_files"
    """The process may not open more files: accepting paused."""
    HANDSHAKE_SECONDS = "handshake_seconds"
    HANDSHAKE = "handshake"
    """TLS was not agreed."""
    HEAD_BYTES = "head_bytes"
    HEADER_LINES = "header_lines"
    CHUNK_BYTES = "chunk_bytes"
    """What framed a body in chunks was out of proportion: sizes, extensions, trailers."""
    BODY_BYTES = "body_bytes"
    """No endpoint takes so large a body."""
    BODY_BYTES_TOGETHER = "body_bytes_together"
    REQUEST_SECONDS = "request_seconds"
    IDLE_SECONDS = "idle_seconds"
    ANSWER_SECONDS = "answer_seconds"
    ANSWER_BYTES_TOGETHER = "answer_bytes_together"
    PIPELINED = "pipelined"
    """Too many requests were sent ahead of their answers."""
    VERSION = "version"
    UPGRADE = "upgrade"
    NOT_HTTP = "not_http"


_STATUS: Final = {
    Limit.MOST: HTTPStatus.SERVICE_UNAVAILABLE,
    Limit.MOST_BY_ADDRESS: HTTPStatus.SERVICE_UNAVAILABLE,
    Limit.HEAD_BYTES: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Limit.HEADER_LINES: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Limit.CHUNK_BYTES: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Limit.BODY_BYTES: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Limit.BODY_BYTES_TOGETHER: HTTPStatus.SERVICE_UNAVAILABLE,
    Limit.REQUEST_SECONDS: HTTPStatus.REQUEST_TIMEOUT,
    Limit.VERSION: HTTPStatus.HTTP_VERSION_NOT_SUPPORTED,
    Limit.UPGRADE: HTTPStatus.NOT_IMPLEMENTED,
    Limit.NOT_HTTP: HTTPStatus.BAD_REQUEST,
}
_RETRY_AFTER: Final = 5


def refusal(limit: Limit) -> bytes:
    """The whole answer to a request that met this limit; empty where the connection just ends."""
    status = _STATUS.get(limit)
    if status is None:
        return b""
    words = f"{status.phrase}\n"
    headers = {
        **HEADERS,
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(words)),
        "Connection": "close",
        **({"Retry-After": str(_RETRY_AFTER)} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{lines}\r\n{words}".encode("ascii")
