# SPDX-License-Identifier: Apache-2.0
"""Builds an installer app of requirements only: the same bytes for the same description, on every machine."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""A zip's first possible time: what every file of the app has."""
ORDINARY_FILE = 0o100644
UNIX = 3
COLOURS = (31, 62, 82, 119, 164, 178, 246, 243, 235)
"""Red, green and blue of each of the three."""
SIDE, SMALL_SIDE = 320, 128
"""Pixels of a side of Zendesk's two logos."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the app says about the integration."""

    name: str
    """The app's name for people."""
    author: str
    identifier: str
    """The integration's name inside the app: its manifest's id, or any other text."""
    manifest_url: str
    version: str


def build_app(description: Description) -> bytes:
    """The app as a zip."""
    files = {
        "assets/logo-small.png": logo(SMALL_SIDE),
        "assets/logo.png": logo(SIDE),
        "manifest.json": _json(_manifest(description)),
        "requirements.json": _json(_requirements(description)),
        "translations/en.json": _json(_english(description)),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, EARLIEST)
            member.create_system = UNIX
            member.external_attr = ORDINARY_FILE << 16
            archive.writestr(member, content)
    return packed.getvalue()


def _manifest(description: Description) -> dict[str, Any]:
    return {
        "name": description.name,
        "author": {"name": description.author},
        "defaultLocale": "en",
        "private": True,
        "requirementsOnly": True,
        "version": description.version,
    }


def _requirements(description: Description) -> dict[str, Any]:
    return {"channel_integrations": {description.identifier: {"manifest_url": description.manifest_url}}}


def _english(description: Description) -> dict[str, Any]:
    name = description.name
    return {
        "app": {
            "name": name,
            "short_description": f"Brings conversations from {name} into Zendesk.",
            "long_description": (
                f"Messages from {name} become tickets, and agents' public replies go back to where they were asked."
            ),
            "installation_instructions": (
                "After the installation, open the channel integrations in Zendesk's Admin Center, choose "
                f"{name}, and add an account."
            ),
        }
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


GROUND, BEHIND, BEFORE = range(3)


@cache
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
