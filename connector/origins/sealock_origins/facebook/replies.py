# SPDX-License-Identifier: Apache-2.0
"""Replies of a Page: comments, found again by their words where the answer to them was lost, and messages."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from sealock_connector import Attachment, MessageRejected, OriginUnavailable, Posted, Reply
from sealock_origins.facebook.account import FACEBOOK, PageAccount
from sealock_origins.facebook.posts import Comment
from sealock_origins.facebook.resources import CommentId, ItemId, MessageId, PostId, read_id
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.graph import Fields, Unreadable, Upload
from sealock_origins.meta.messages import Message
from sealock_origins.meta.replies import Replier
from sealock_origins.meta.sending import JUST_NOW, Sender, same_words

COMMENT_CHARS = 8_000
MESSAGE_CHARS = 1_999
"""Facebook wants a message's text shorter than 2,000 characters."""
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
ONE_PICTURE = "Facebook takes one picture with a comment, and no other files. Send the reply with one picture, or none."
CLOSED = "Facebook takes no replies to this comment."
_ANSWERED_FIELDS: Fields = ("id", "created_time", ("parent", ("id",)), "can_comment")
_OWN_FIELDS: Fields = ("id", "message", "created_time", ("from", ("id",)), "attachment")
_PRIVATE_FIELDS: Fields = ("id", "can_reply_privately", ("private_reply_conversation", ("id",)))


@dataclass(frozen=True, slots=True)
class PageReplier(Replier[PageAccount, PostId | CommentId]):
    """Replies of one Page."""

    message_id = MessageId
    foreign = "What this replies to does not belong to the account's Page."

    def read_target(self, external_id: str) -> ItemId | None:
        """What a reply is to."""
        target = read_id(external_id)
        return target if target.account == self.account.page else None

    def private_recipient(self, target: PostId | CommentId) -> dict[str, str]:
        """Whoever wrote the comment or the post."""
        return {"comment_id": target.comment} if isinstance(target, CommentId) else {"post_id": target.post}

    async def post_publicly(self, reply: Reply, target: PostId | CommentId) -> Posted:
        """Post the reply below what it answers."""
        picture = await _picture(reply)
        below = await self._place(target)
        body = {"message": reply.message} if reply.message else {}
        try:
            answer = await self.graph.post(f"{below}/comments", body, upload=picture)
        except Refused as refused:
            if refused.meaning is not Meaning.DUPLICATE:
                raise
            found = await self._find_below(below, reply, self.since(reply, JUST_NOW))
            if found is None:
                raise
            return self._posted(reply, target, found)
        comment = answer.get("id")
        if not isinstance(comment, str) or not comment:
            raise OriginUnavailable("Facebook took a comment without giving it an id")
        return self._posted(reply, target, comment)

    async def find_publicly(self, reply: Reply, target: PostId | CommentId) -> Posted | None:
        """The reply among the Page's comments at its place since it was tried first."""
        comment = await self._find_below(await self._place(target), reply, self.since(reply))
        return self._posted(reply, target, comment) if comment else None

    async def private_messages(self, target: PostId | CommentId, since: datetime) -> Iterable[tuple[str, Message]]:
        """Those of the conversation that the private reply began or went on with."""
        item = target.comment if isinstance(target, CommentId) else target.post
        conversation = (await self.graph.get(item, _PRIVATE_FIELDS)).get("private_reply_conversation")
        name = conversation.get("id") if isinstance(conversation, dict) else None
        if not isinstance(name, str):
            return ()
        messages = await self.conversations().messages(name, lambda message: message.at >= since)
        return [(message.receiver, message) for message in messages]

    def sender(self) -> Sender:
        """What sends the Page's messages."""
        page, conversations = self.account.page, self.conversations()
        return Sender(
            graph=conversations.graph,
            conversations=conversations,
            path=f"{page}/messages",
            upload_path=f"{page}/message_attachments",
            origin=FACEBOOK,
            fits=lambda text: len(text) <= MESSAGE_CHARS,
            is_own=self.is_own,
            as_error=self.explain,
            human_agent=self.human_agent,
            now=self.now,
        )

    async def _place(self, target: PostId | CommentId) -> str:
        """What the reply goes below: Facebook shows two levels, so an answer to an answer goes below the first."""
        if isinstance(target, PostId):
            return target.post
        raw = await self.graph.get(target.comment, _ANSWERED_FIELDS)
        try:
            answered = Comment.read(raw)
        except Unreadable as problem:
            raise OriginUnavailable(f"the answer is not Facebook's: {problem}") from None
        if not answered.can_comment:
            raise MessageRejected(CLOSED)
        return answered.parent or answered.id

    async def _find_below(self, below: str, reply: Reply, since: datetime) -> str | None:
        items_below = self.graph.items(
            f"{below}/comments",
            _OWN_FIELDS,
            filter="toplevel",
            order="reverse_chronological",
            since=str(int(since.timestamp())),
        )
        async with aclosing(items_below) as items:
            async for item in items:
                try:
                    comment = Comment.read(item)
                except Unreadable:
                    continue
                own = self.is_own(comment.writer.id, comment.id)
                if own and comment.written_at >= since and _is_reply(comment, reply):
                    return comment.id
        return None

    def _posted(self, reply: Reply, target: PostId | CommentId, comment: str) -> Posted:
        self.remember(reply, [comment])
        return Posted(str(CommentId(self.account.page, target.post, comment)))


def _is_reply(comment: Comment, reply: Reply) -> bool:
    """Whether the comment has the reply's words: Facebook keeps nothing with a comment that could name it."""
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
