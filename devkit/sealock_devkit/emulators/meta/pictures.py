# SPDX-License-Identifier: Apache-2.0
"""Pictures: what size one has and what kind it is; plain ones for those who have none."""

from __future__ import annotations

import colorsys
import struct
import zlib

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def sniffed(data: bytes, announced: str) -> str:
    """What kind of file this is, by its first bytes, or else as it was announced."""
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            return kind
    return announced or "application/octet-stream"


def picture_size(data: bytes) -> tuple[int, int]:
    """A PNG's or GIF's width and height; zeros for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith(b"GIF8") and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    return 0, 0


def plain_picture(seed: str, *, size: int = 96) -> bytes:
    """A PNG in colours that belong to the seed: two slopes that meet."""
    number = zlib.crc32(seed.encode())
    above, below = _colour(number, 0.82), _colour(number >> 8, 0.45)
    steep = 1 + number % 3
    rows = []
    for y in range(size):
        sky = min(size, (size - y) * steep)
        rows.append(b"\x00" + above * sky + below * (size - sky))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _colour(number: int, lightness: float) -> bytes:
    return bytes(int(255 * part) for part in colorsys.hls_to_rgb(number % 256 / 256, lightness, 0.55))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
