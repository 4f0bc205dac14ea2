# SPDX-License-Identifier: Apache-2.0
"""Public replies: a comment of the Page, found again by its words where the answer to it was lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from sealock_connector import Attachment, MessageRejected, OriginUnavailable, Reply
from sealock_origins.facebook.ids import CommentId, PostId
from sealock_origins.facebook.posts import Comment
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.fields import Fields
from sealock_origins.meta.graph import Graph, Upload
from sealock_origins.meta.parts import same_words
from sealock_origins.meta.sending import CLOCKS_APART, JUST_NOW
from sealock_origins.meta.told import Unreadable

COMMENT_CHARS = 8_000
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
ONE_PICTURE = "Facebook takes one picture with a comment, and no other files. Send the reply with one picture, or none."
CLOSED = "Facebook takes no replies to this comment."
_ANSWERED_FIELDS: Fields = ("id", "created_time", ("parent", ("id",)), "can_comment")
_OWN_FIELDS: Fields = ("id", "message", "created_time", ("from", ("id",)), "attachment")


@dataclass(frozen=True, slots=True)
class Commenter:
    """Writes comments as a Page. Raises `Refused` and the SDK's errors."""

    graph: Graph
    page: str
    now: Callable[[], datetime]
    sent_before: Callable[[str], bool]
    """Whether a comment is what an earlier reply became."""

    async def post(self, reply: Reply, target: PostId | CommentId) -> str:
        """Post the reply below what it answers; the comment's id."""
        picture = await _picture(reply)
        below = await self._place(target)
        body = {"message": reply.message} if reply.message else {}
        try:
            answer = await self.graph.post(f"{below}/comments", body, upload=picture)
        except Refused as refused:
            if refused.meaning is not Meaning.DUPLICATE:
                raise
            since = reply.first_tried_at or self.now()
            found = await self._find_below(below, reply, since - JUST_NOW)
            if found is None:
                raise
            return found
        comment = answer.get("id")
        if not isinstance(comment, str) or not comment:
            raise OriginUnavailable("Facebook took a comment without giving it an id")
        return comment

    async def find(self, reply: Reply, target: PostId | CommentId) -> str | None:
        """The reply among the Page's comments at its place since it was tried first; the comment's id."""
        since = (reply.first_tried_at or self.now()) - CLOCKS_APART
        return await self._find_below(await self._place(target), reply, since)

    async def _place(self, target: PostId | CommentId) -> str:
        """What the reply goes below: Facebook shows two levels, so an answer to an answer goes below the first."""
        if isinstance(target, PostId):
            return target.post
        told = await self.graph.get(target.comment, _ANSWERED_FIELDS)
        try:
            answered = Comment.read(told)
        except Unreadable as problem:
            raise OriginUnavailable(f"the answer is not Facebook's: {problem}") from None
        if not answered.can_comment:
            raise MessageRejected(CLOSED)
        return answered.parent or answered.id

    async def _find_below(self, below: str, reply: Reply, since: datetime) -> str | None:
        told_below = self.graph.items(
            f"{below}/comments",
            _OWN_FIELDS,
            filter="toplevel",
            order="reverse_chronological",
            since=str(int(since.timestamp())),
        )
        async with aclosing(told_below) as told:
            async for item in told:
                try:
                    comment = Comment.read(item)
                except Unreadable:
                    continue
                ours = comment.writer.id == self.page and not self.sent_before(comment.id)
                if ours and comment.written_at >= since and _is(comment, reply):
                    return comment.id
        return None


def _is(comment: Comment, reply: Reply) -> bool:
    """Whether the comment is the reply: Facebook keeps nothing with a comment that could name it."""
    if not same_words(comment.message, reply.message):
        return False
    return bool(reply.message.strip()) or comment.picture is not None


async def _picture(reply: Reply) -> Upload | None:
    """The reply's one picture."""
    if reply.files is None:
        return None
    found: Upload | None = None
    async for file in reply.files:
        if found is not None or file.content_type not in PICTURES:
            raise MessageRejected(ONE_PICTURE)
        found = Upload("source", file.name, file.content_type, await _whole(file))
    return found


async def _whole(file: Attachment) -> bytes:
    return b"".join([chunk async for chunk in file.chunks()])
