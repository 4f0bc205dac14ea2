# SPDX-License-Identifier: Apache-2.0
"""A file's name as the last part of its URL, where Zendesk reads it (protocol: file_urls of an external resource)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from sealock_edge.zendesk import limits
from sealock_edge.zendesk.texts import one_line

_NOT_IN_PATHS: Final = str.maketrans("/\\", "__")
_ENDING_CHARS: Final = 16
"""What is longer behind the last dot is no ending, but part of the name."""


def name_in_url(name: str, room: int) -> tuple[str, str]:
    """
    The name, and how it is written in a URL with at most `room` characters left for it.

    It is one segment of a path, with its Unicode kept. One that is too long is shortened before its ending; two empty
    strings: not even one character of it fits.
    """
    plain = one_line(name.translate(_NOT_IN_PATHS)).strip(" .") or "file"
    written = quote(plain, safe="")
    if len(plain) <= limits.FILE_NAME_CHARS and len(written) <= room:
        return plain, written
    return _shortened(plain, room)


def _shortened(plain: str, room: int) -> tuple[str, str]:
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > _ENDING_CHARS:
        stem, dot, ending = plain, "", ""
    tail = quote(dot + ending, safe="")
    left = room - len(tail)
    kept = 0
    for character in stem[: limits.FILE_NAME_CHARS - len(dot + ending)]:
        left -= len(quote(character, safe=""))
        if left < 0:
            break
        kept += 1
    stem = stem[:kept].rstrip(" .")
    return (stem + dot + ending, quote(stem, safe="") + tail) if stem else ("", "")
