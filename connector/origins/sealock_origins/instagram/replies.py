# SPDX-License-Identifier: Apache-2.0
"""Replies of an Instagram account: to comments, to mentions elsewhere, and as messages."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sealock_connector import Cause, MessageRejected, OriginUnavailable, OutcomeUnknown, Posted, Reply, Text
from sealock_origins.instagram.account import INSTAGRAM, InstagramAccount
from sealock_origins.instagram.media import (
    COMMENT_FIELDS,
    COMMENTS_PER_QUERY,
    REPLY_FIELDS,
    Comment,
    CommentId,
    ItemId,
    MessageId,
    PostId,
    read_comments,
    read_id,
)
from sealock_origins.meta.failures import OF_THE_ACCOUNT, Meaning, Refused, Unseen
from sealock_origins.meta.graph import Unreadable, digits, elements, mapping, text
from sealock_origins.meta.lists import Fields, Item, selection
from sealock_origins.meta.messages import Message
from sealock_origins.meta.replying.parts import same_words
from sealock_origins.meta.replying.replier import Replier
from sealock_origins.meta.replying.sender import CLOCKS_APART, JUST_NOW, Sender

COMMENT_CHARS = 2_200
MESSAGE_BYTES = 1_000
NO_FILES = Text("Instagram takes no files with a comment. Send the reply without them.")
MOST_HASHTAGS = 30
TOO_MANY_HASHTAGS = Text("Instagram takes at most {most} hashtags in a comment.", most=MOST_HASHTAGS)
HIDDEN = Text("Instagram takes no replies to a hidden comment. Show it again first.")
COMMENTS_OFF = Text("Comments are switched off on this post.")
REPLY_HIDDEN = Text(
    "Instagram took this reply and hides it, so that the person may not see it: the account's list of hidden words, or "
    "Instagram itself, finds fault with it. It is below the post, and can be shown there."
)
REMOVED = Text("Instagram took this reply and does not show it. Please look below the post before you send it again.")
TAGGED = Text("Instagram lets this account answer only where a comment or caption mentions it.")
UNKNOWN = Text(
    "It is not known whether this reply was posted, because the connection broke and Instagram does not show what "
    "is below this post. Please look there before you send it again."
)
_ANSWERED_FIELDS: Fields = (
    *("id", "text", "timestamp", "username", ("from", ("id",)), "parent_id", "hidden"),
    ("media", ("id", "is_comment_enabled")),
)
_HASHTAG = re.compile(r"#\w")


@dataclass(frozen=True, slots=True)
class InstagramReplier(Replier[InstagramAccount, CommentId | PostId]):
    """Replies of one account."""

    message_id = MessageId
    foreign = Text("What this replies to does not belong to the account.")
    removed = REMOVED
    hidden_field = "hidden"

    def read_target(self, external_id: str) -> ItemId | None:
        """What a reply is to."""
        target = read_id(external_id)
        return target if target.account == self.account.id else None

    def private_recipient(self, target: CommentId | PostId) -> dict[str, str]:
        """Whoever wrote a comment on the account's own post."""
        return {"comment_id": target.comment} if isinstance(target, CommentId) and not target.mention else {}

    async def post_publicly(self, reply: Reply, target: CommentId | PostId) -> Posted:
        """Post the reply below the comment, or where the account is mentioned."""
        if reply.files is not None:
            raise MessageRejected(NO_FILES)
        if len(reply.message) > COMMENT_CHARS:
            raise MessageRejected(
                Text("The reply is too long: Instagram takes at most {most} characters.", most=COMMENT_CHARS)
            )
        if len(_HASHTAG.findall(reply.message)) > MOST_HASHTAGS:
            raise MessageRejected(TOO_MANY_HASHTAGS)
        try:
            answer = await self._comment(reply, target)
        except Refused as refused:
            if refused.meaning is Meaning.DUPLICATE and (found := await self._find_comment(reply, target, JUST_NOW)):
                return found
            raise
        if not (comment := digits(answer.get("id"))):
            raise OriginUnavailable("Instagram took a comment without giving it an id", cause=Cause.UNREADABLE)
        return self._posted(reply, target, comment, hidden=await self._is_hidden(target, comment))

    async def _comment(self, reply: Reply, target: CommentId | PostId) -> Item:
        if isinstance(target, CommentId) and not target.mention:
            return await self.graph.post(f"{await self._place(target)}/replies", {"message": reply.message})
        return await self.graph.post(f"{self.account.node}/mentions", self._mention(reply, target))

    def _mention(self, reply: Reply, target: CommentId | PostId) -> dict[str, str]:
        if not self.account.page:
            raise MessageRejected(TAGGED)
        named = {"comment_id": target.comment} if isinstance(target, CommentId) else {}
        return {"media_id": target.media, **named, "message": reply.message}

    async def _place(self, target: CommentId) -> str:
        """What the reply goes below, where it is taken. Raises `MessageRejected`."""
        place, raw = await self._top(target)
        if mapping(raw.get("media")).get("is_comment_enabled") is False:
            raise MessageRejected(COMMENTS_OFF)
        if place.hidden:
            raise MessageRejected(HIDDEN)
        return place.id

    async def _top(self, target: CommentId) -> tuple[Comment, Item]:
        """The comment to answer: Instagram takes answers to comments of the first level only."""
        answered = await self._comment_at(target.comment)
        return await self._comment_at(answered[0].parent) if answered[0].parent else answered

    async def _comment_at(self, comment: str) -> tuple[Comment, Item]:
        raw = await self.graph.get(comment, _ANSWERED_FIELDS)
        try:
            return Comment.read(raw), raw
        except Unreadable as problem:
            raise OriginUnavailable(f"the answer is not Instagram's: {problem}", cause=Cause.UNREADABLE) from None

    async def _is_hidden(self, target: CommentId | PostId, comment: str) -> bool:
        """Whether Instagram hides what was posted just now. Below a post of others nothing can be read."""
        return not (isinstance(target, PostId) or target.mention) and await self.is_hidden(comment)

    async def find_publicly(self, reply: Reply, target: CommentId | PostId) -> Posted | None:
        """The reply, among what the account wrote there since it was tried first."""
        return await self._find_comment(reply, target, CLOCKS_APART)

    async def _find_comment(self, reply: Reply, target: CommentId | PostId, earlier: timedelta) -> Posted | None:
        since = self.since(reply, earlier)
        async with aclosing(self._written_at(target)) as comments:
            async for comment in comments:
                if self._wrote(comment) and comment.written_at >= since and same_words(comment.text, reply.message):
                    return self._posted(reply, target, comment.id, hidden=comment.hidden)
        return None

    def _wrote(self, comment: Comment) -> bool:
        named = comment.username == self.account.username or not (comment.username or comment.writer)
        return self.is_own(self.account.id if named else comment.writer, comment.id)

    async def _written_at(self, target: CommentId | PostId) -> AsyncGenerator[Comment]:
        """What is written where the reply goes, the newest first; of somebody else's post the newest fifty."""
        if isinstance(target, CommentId) and not target.mention:
            path = f"{(await self._top(target))[0].id}/replies"
            async for item in self.graph.items(path, REPLY_FIELDS[0], limit=COMMENTS_PER_QUERY):
                for comment in read_comments([item]):
                    yield comment
            return
        for comment in read_comments(await self._around_mention(target)):
            yield comment
            for answer in comment.replies:
                yield answer

    async def _around_mention(self, target: CommentId | PostId) -> Iterable[Mapping[str, Any]]:
        comments = f"comments.limit({COMMENTS_PER_QUERY})"
        asked = f"mentioned_media.media_id({target.media}){{{selection(('id', (comments, COMMENT_FIELDS[0])))}}}"
        try:
            raw = await self.graph.get(self.account.node, (asked,))
        except Refused as refused:
            if refused.meaning in OF_THE_ACCOUNT or refused.meaning is Meaning.TRANSIENT:
                raise
            raise OutcomeUnknown(refused.detail, message_for_agent=UNKNOWN) from None
        return elements(mapping(raw.get("mentioned_media")).get("comments"))

    async def private_messages(self, target: CommentId | PostId, since: datetime) -> Iterable[tuple[str, Message]]:
        """Those exchanged with whoever wrote the comment."""
        if not isinstance(target, CommentId):
            return ()
        comment = await self.graph.get(target.comment, _ANSWERED_FIELDS)
        person = text(mapping(comment.get("from")).get("id"))
        messages = await self.conversations().with_person(person, since=since) if person else ()
        return [(person, message) for message in messages]

    def sender(self) -> Sender:
        """What sends the account's messages."""
        node = self.account.inbox_node
        return Sender(
            graph=self.graph,
            conversations=self.conversations(),
            path=f"{node}/messages",
            upload_path=f"{node}/message_attachments",
            origin=INSTAGRAM,
            fits=lambda words: len(words.encode()) <= MESSAGE_BYTES,
            was_sent=self.account.was_sent,
            as_error=self.explain,
            human_agent=self.human_agent,
            now=self.now,
            takes_metadata=False,
            upload_platform="instagram",
        )

    def _posted(self, reply: Reply, target: CommentId | PostId, comment: str, *, hidden: bool) -> Posted:
        """What the comment is in Zendesk. Raises `Unseen` where the person cannot see it."""
        self.remember(reply, [comment])
        if hidden:
            raise Unseen(REPLY_HIDDEN)
        mention = isinstance(target, PostId) or target.mention
        return Posted(str(CommentId(self.account.id, target.media, comment, target.shortcode, mention=mention)))
