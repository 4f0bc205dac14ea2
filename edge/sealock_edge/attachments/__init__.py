# SPDX-License-Identifier: Apache-2.0
"""The files of agents' replies: fetched from Zendesk with care, passed on while they arrive, kept nowhere."""

from sealock_edge.attachments.errors import FileError, FileRefused, FileUnavailable
from sealock_edge.attachments.fetcher import AttachmentFetcher, Fetching
from sealock_edge.attachments.pieces import pieces

__all__ = [
    "AttachmentFetcher",
    "Fetching",
    "FileError",
    "FileRefused",
    "FileUnavailable",
    "pieces",
]
