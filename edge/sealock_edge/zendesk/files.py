# SPDX-License-Identifier: Apache-2.0
"""The files of an external resource (protocol: file_urls): those that Zendesk can fetch, and their names in URLs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import quote

from sealock.connector.v1.external_resource_pb2 import ExternalResource, FileReference
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.texts import UnfitFiles
from sealock_edge.zendesk.values import https_url, one_line

_NOT_IN_PATHS: Final = str.maketrans("/\\", "__")
_ENDING_CHARS: Final = 16
"""What is longer behind the last dot is no ending, but part of the name."""
_LONGEST_NAME: Final = 4 * limits.FILE_NAME_CHARS
"""What of a name is looked at."""

FileLinkMaker = Callable[[ExternalResource, FileReference], str]
"""
Makes a link of the edge's own to a file that only the connector can open: a URL that Zendesk takes as it is, or an
empty string where none can be made.
"""


class SortedFiles(NamedTuple):
    """The URLs of `file_urls`, and the files that are not among them."""

    urls: list[str]
    unfit: UnfitFiles


def sorted_files(resource: ExternalResource, file_link: FileLinkMaker | None) -> SortedFiles:
    """The resource's files. Without `file_link` those that only the connector can open are named only."""
    urls: list[str] = []
    linked: list[tuple[str, str]] = []
    named: list[str] = []
    for file in resource.files:
        name = one_line(file.name[:_LONGEST_NAME])[: limits.FILE_NAME_CHARS] or "file"
        url = _link(resource, file, file_link)
        if not url:
            named.append(name)
        elif len(urls) < limits.FILES_ITEMS:
            urls.append(url)
        else:
            linked.append((name, url))
    return SortedFiles(urls, UnfitFiles(tuple(linked), tuple(named)))


def _link(resource: ExternalResource, file: FileReference, file_link: FileLinkMaker | None) -> str:
    if file.HasField("reference"):
        if file_link is None or len(file.reference) > limits.FILE_REFERENCE_CHARS:
            return ""
        return file_link(resource, file)
    return https_url(file.url, limits.FILE_URL_CHARS)


def name_in_url(name: str, room: int) -> tuple[str, str]:
    """
    The name, and how it is written in a URL with at most `room` characters left for it.

    It is one segment of a path, with its Unicode kept. One that is too long is shortened before its ending; two empty
    strings: not even one character of it fits.
    """
    plain = one_line(name[:_LONGEST_NAME].translate(_NOT_IN_PATHS)).strip(" .") or "file"
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
