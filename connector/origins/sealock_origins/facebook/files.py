# SPDX-License-Identifier: Apache-2.0
"""Pictures of posts and comments, and files of messages, opened by a link that is asked for when it is wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealock_connector import NotFound, OpenedFile
from sealock_origins.facebook.posts import COMMENT_FIELDS, POST_FIELDS, Comment, Picture, Post
from sealock_origins.meta.downloads import Downloads
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.message_files import open_message_file
from sealock_origins.meta.told import Unreadable

_PICTURE = re.compile(r"(?P<kind>[cp]):(?P<item>[0-9_]{3,80}):(?P<number>[0-9]{1,3})", re.ASCII)


async def open_reference(graph: Graph, downloads: Downloads, reference: str) -> OpenedFile:
    """The file that a resource's reference names. Raises `NotFound` where there is none any more, and `Refused`."""
    match = _PICTURE.fullmatch(reference)
    if match is None:
        return await open_message_file(graph, downloads, reference)
    pictures, number = await _pictures(graph, match["kind"], match["item"]), int(match["number"])
    if number >= len(pictures):
        raise NotFound("the picture is no longer there")
    return await downloads.open(pictures[number].url, name=f"picture-{number + 1}.jpg", content_type="image/jpeg")


async def _pictures(graph: Graph, kind: str, item: str) -> Sequence[Picture]:
    try:
        if kind == "p":
            return Post.read(await graph.get(item, POST_FIELDS)).pictures
        picture = Comment.read(await graph.get(item, COMMENT_FIELDS)).picture
    except Unreadable as problem:
        raise NotFound(f"the item cannot be read: {problem}") from None
    return (picture,) if picture else ()
