# SPDX-License-Identifier: Apache-2.0
"""Files of posts, comments and messages, opened by a link that is asked for when it is wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealock_connector import NotFound, OpenedFile
from sealock_origins.facebook.posts import COMMENT_FIELDS, POST_FIELDS, Comment, Post
from sealock_origins.meta.downloads import Downloads
from sealock_origins.meta.fields import Fields
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.messages import ATTACHMENT_FIELDS, Message, MessageFile
from sealock_origins.meta.told import Unreadable

_PICTURE = re.compile(r"(?P<kind>[cp]):(?P<item>[0-9_]{3,80}):(?P<number>[0-9])", re.ASCII)
_MESSAGE = re.compile(r"m:(?P<number>[0-9]{1,2}):(?P<item>[!-~]{1,196})", re.ASCII)
_FILES: Fields = ("id", "created_time", "from", "to", ("attachments", ATTACHMENT_FIELDS))


async def open_reference(graph: Graph, downloads: Downloads, reference: str) -> OpenedFile:
    """The file that a resource's reference names. Raises `NotFound` where there is none any more, and `Refused`."""
    if match := _PICTURE.fullmatch(reference):
        found = await _pictures(graph, match["kind"], match["item"])
    elif match := _MESSAGE.fullmatch(reference):
        found = await _message_files(graph, match["item"])
    else:
        raise NotFound("not a reference of this connector")
    number = int(match["number"])
    if number >= len(found):
        raise NotFound("the file is no longer there")
    file = found[number]
    return await downloads.open(file.url, name=file.file_name(number), content_type=file.type_or_guess)


async def _pictures(graph: Graph, kind: str, item: str) -> Sequence[MessageFile]:
    try:
        if kind == "p":
            pictures = Post.read(await graph.get(item, POST_FIELDS)).pictures
        else:
            picture = Comment.read(await graph.get(item, COMMENT_FIELDS)).picture
            pictures = (picture,) if picture else ()
    except Unreadable as problem:
        raise NotFound(f"the item cannot be read: {problem}") from None
    return [MessageFile("image", "picture", url=picture.url) for picture in pictures]


async def _message_files(graph: Graph, message: str) -> Sequence[MessageFile]:
    try:
        return Message.read(await graph.get(message, _FILES)).files
    except Unreadable as problem:
        raise NotFound(f"the message cannot be read: {problem}") from None
