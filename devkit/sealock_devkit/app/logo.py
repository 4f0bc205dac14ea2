# SPDX-License-Identifier: Apache-2.0
"""Draws a neutral logo: two speech bubbles on a plain ground, as PNG."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

COLOURS = (31, 62, 82, 119, 164, 178, 246, 243, 235)
"""Red, green and blue of each of the three."""
GROUND, BEHIND, BEFORE = range(3)
SIDE, SMALL_SIDE = 320, 128
"""Pixels of a side of Zendesk's two logos."""


def logo(side: int) -> bytes:
    """A PNG of `side` times `side` pixels; the same bytes each time."""
    rows = b"".join(b"\0" + bytes(_row(y, side)) for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", bytes(COLOURS)), (b"IDAT", _packed(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _row(y: int, side: int) -> Iterator[int]:
    v = (y + 0.5) / side
    for x in range(side):
        u = (x + 0.5) / side
        if _in_bubble(u, v, 0.44, 0.6, tail=-1):
            yield BEFORE
        elif _in_bubble(u, v, 0.6, 0.38, tail=1):
            yield BEHIND
        else:
            yield GROUND


def _in_bubble(u: float, v: float, middle_u: float, middle_v: float, *, tail: int) -> bool:
    round_part = ((u - middle_u) / 0.27) ** 2 + ((v - middle_v) / 0.19) ** 2 <= 1
    along = (u - middle_u) * tail
    return round_part or (0.06 <= along <= 0.2 and 0.1 <= v - middle_v <= along + 0.08)


def _packed(rows: bytes) -> bytes:
    """
    The pixels as a zlib stream of stored blocks.

    Compression libraries differ between machines; stored bytes do not, and the app's zip compresses nothing either.
    """
    blocks = [rows[start : start + 65_535] for start in range(0, len(rows), 65_535)]
    stored = b"".join(
        struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ 0xFFFF) + block
        for number, block in enumerate(blocks, 1)
    )
    return b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
