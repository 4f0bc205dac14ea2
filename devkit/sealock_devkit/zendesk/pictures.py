# SPDX-License-Identifier: Apache-2.0
"""Tells pictures that a browser may show by their bytes, whatever anybody says that they are."""

from __future__ import annotations

import zlib

HEAD = 16
"""How many of a file's first bytes tell what it is."""
MAX_SIDE = 1024
"""Pixels of a logo's side."""

_PNG = b"\x89PNG\r\n\x1a\n"
_BEGINNINGS = ((_PNG, "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"))


def picture_type(head: bytes) -> str:
    """The media type of a PNG, JPEG, GIF or WebP picture that begins so; empty for anything else."""
    for beginning, media_type in _BEGINNINGS:
        if head.startswith(beginning):
            return media_type
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def is_sane_png(content: bytes) -> bool:
    """Whether this is a whole PNG of at most 1024 pixels a side: its chunks fit, are undamaged, and nothing follows."""
    if not content.startswith(_PNG):
        return False
    kinds: list[bytes] = []
    at = len(_PNG)
    while at < len(content) and kinds[-1:] != [b"IEND"]:
        length = int.from_bytes(content[at : at + 4])
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        checksum = content[at + 8 + length : at + 12 + length]
        if len(data) != length or checksum != zlib.crc32(kind + data).to_bytes(4):
            return False
        if not kinds and not _is_sane_header(kind, data):
            return False
        kinds.append(kind)
        at += 12 + length
    return kinds[-1:] == [b"IEND"] and b"IDAT" in kinds and at == len(content)


def _is_sane_header(kind: bytes, data: bytes) -> bool:
    sides = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
    return kind == b"IHDR" and len(data) == 13 and all(0 < side <= MAX_SIDE for side in sides)
