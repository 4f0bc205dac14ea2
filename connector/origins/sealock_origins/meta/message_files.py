# SPDX-License-Identifier: Apache-2.0
"""Files of messages, opened by a link that is asked for when it is wanted."""

from __future__ import annotations

import re

from sealock_connector import NotFound, OpenedFile
from sealock_origins.meta.downloads import Downloads
from sealock_origins.meta.fields import Fields
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.messages import ATTACHMENT_FIELDS, Message
from sealock_origins.meta.told import Unreadable

MESSAGE_FILE = re.compile(r"m:(?P<number>[0-9]{1,2}):(?P<item>[!-~]{1,196})", re.ASCII)
"""A reference: which file of which message."""
_FILES: Fields = ("id", "created_time", "from", "to", ("attachments", ATTACHMENT_FIELDS))


async def open_message_file(graph: Graph, downloads: Downloads, reference: str) -> OpenedFile:
    """The file that a reference of a message names. Raises `NotFound` where there is none any more, and `Refused`."""
    match = MESSAGE_FILE.fullmatch(reference)
    if match is None:
        raise NotFound("not a reference of a message's file")
    try:
        files = Message.read(await graph.get(match["item"], _FILES)).files
    except Unreadable as problem:
        raise NotFound(f"the message cannot be read: {problem}") from None
    number = int(match["number"])
    if number >= len(files):
        raise NotFound("the file is no longer there")
    file = files[number]
    return await downloads.open(file.url, name=file.file_name(number), content_type=file.type_or_guess)
