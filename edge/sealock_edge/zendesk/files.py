# SPDX-License-Identifier: Apache-2.0
"""The files of an external resource: those Zendesk can fetch, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sealock.connector.v1.external_resource_pb2 import ExternalResource, FileReference
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.texts import UnfitFiles, one_line
from sealock_edge.zendesk.urls import https_url

FileLink = Callable[[ExternalResource, FileReference], str]
"""
Makes a link of the edge's own to a file that only the connector can open: a URL that Zendesk takes as it is, or an
empty string where none can be made.
"""


class SortedFiles(NamedTuple):
    """The URLs of `file_urls`, and the files that are not among them."""

    urls: list[str]
    unfit: UnfitFiles


def sorted_files(resource: ExternalResource, file_link: FileLink | None) -> SortedFiles:
    """The resource's files. Without `file_link` those that only the connector can open are named only."""
    urls: list[str] = []
    linked: list[tuple[str, str]] = []
    named: list[str] = []
    for file in resource.files:
        name = one_line(file.name)[: limits.FILE_NAME_CHARS] or "file"
        url = _link(resource, file, file_link)
        if not url:
            named.append(name)
        elif len(urls) < limits.FILES_ITEMS:
            urls.append(url)
        else:
            linked.append((name, url))
    return SortedFiles(urls, UnfitFiles(tuple(linked), tuple(named)))


def _link(resource: ExternalResource, file: FileReference, file_link: FileLink | None) -> str:
    if file.HasField("reference"):
        if file_link is None or len(file.reference) > limits.FILE_REFERENCE_CHARS:
            return ""
        return file_link(resource, file)
    return https_url(file.url, limits.FILE_URL_CHARS)
