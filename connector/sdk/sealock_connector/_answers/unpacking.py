# SPDX-License-Identifier: Apache-2.0
"""Answers that come compressed though that was not asked for, as some servers send them to everybody."""

from __future__ import annotations

import zlib
from typing import Final

from sealock_connector.errors import Cause, OriginUnavailable

_BEGIN_BYTES: Final = 2
GZIP: Final = b"\x1f\x8b"


class Unpacking:
    """Unpacks gzip and deflate as it comes. What says that it is packed and is not goes through as it is."""

    def __init__(self) -> None:
        self._begin = b""
        self._plain = False
        self._packed: zlib._Decompress | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing is missing."""
        return self._packed is None or self._packed.eof

    def take(self, part: bytes, most: int) -> bytes:
        """What this part of the body becomes, at most so many bytes. Raises `OriginUnavailable`."""
        if self._plain:
            return part
        if self._packed is None:
            part, self._begin = self._begin + part, b""
            if len(part) < _BEGIN_BYTES:
                self._begin = part
                return b""
            window = _window(part)
            if window is None:
                self._plain = True
                return part
            self._packed = zlib.decompressobj(window)
        return self._unpacked(self._packed, part, most)

    def _unpacked(self, packed: zlib._Decompress, part: bytes, most: int) -> bytes:
        whole = b""
        try:
            while part and len(whole) < most:
                if packed.eof:
                    if not part.startswith(GZIP):
                        break
                    packed = self._packed = zlib.decompressobj(zlib.MAX_WBITS | 16)
                whole += packed.decompress(part, most - len(whole))
                part = packed.unused_data if packed.eof else b""
        except zlib.error:
            raise OriginUnavailable("the origin's answer cannot be unpacked", cause=Cause.UNREADABLE) from None
        return whole


def _window(begin: bytes) -> int | None:
    """How zlib is to read what begins so; None where it is not packed."""
    if begin.startswith(GZIP):
        return zlib.MAX_WBITS | 16
    if begin[0] & 0x0F == 8 and int.from_bytes(begin[:2]) % 31 == 0:
        return zlib.MAX_WBITS
    return None if begin[:1] in b" \r\n\t{[<\xef" or begin[0] & 0x06 == 0x06 else -zlib.MAX_WBITS
