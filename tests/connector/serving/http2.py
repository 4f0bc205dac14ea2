# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by hand, for requests that no client of gRPC would send."""

from __future__ import annotations

import socket
import struct
from typing import Self

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"
DATA, HEADERS, RESET, GOAWAY = 0, 1, 3, 7
END_STREAM, END_HEADERS = 1, 4


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def fields(path: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """A block of header fields, none of them compressed, of a gRPC call."""
    common = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"localhost"))
    found = (*common, (b"te", b"trailers"), (b"content-type", b"application/grpc"), *more)
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in found)


def _text(text: bytes) -> bytes:
    size = len(text)
    if size < 127:
        return bytes([size]) + text
    more, size = b"\x7f", size - 127
    while size >= 128:
        more, size = more + bytes([size % 128 + 128]), size // 128
    return more + bytes([size]) + text


class Connection:
    """A plaintext connection to a gRPC server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.sendall(PREFACE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *frames: bytes) -> None:
        self._socket.sendall(b"".join(frames))

    def until_the_end_of(self, stream: int) -> bytes:
        """What the server sent until it ended the stream or the connection; whole frames, headers uncompressed."""
        seen, waiting = b"", b""
        while True:
            chunk = self._socket.recv(65536)
            if not chunk:
                return seen
            waiting += chunk
            while len(waiting) >= 9 and len(waiting) >= 9 + int.from_bytes(waiting[:3]):
                size = 9 + int.from_bytes(waiting[:3])
                one, waiting = waiting[:size], waiting[size:]
                seen += one
                ends = one[4] & END_STREAM if one[3] in (DATA, HEADERS) else one[3] == RESET
                if int.from_bytes(one[5:9]) == stream and ends:
                    return seen
