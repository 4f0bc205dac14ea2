# SPDX-License-Identifier: Apache-2.0
"""Replies of a Page: comments, found again by their words where the answer to them was lost, and messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from sealock_connector import Attachment, Cause, MessageRejected, OriginUnavailable, Posted, Reply, Text
from sealock_origins.facebook.account import FACEBOOK, PageAccount
from sealock_origins.facebook.posts import Comment, item_id
from sealock_origins.facebook.resources import CommentId, ItemId, MessageId, PostId, read_id
from sealock_origins.meta.failures import Meaning, Refused, Unseen
from sealock_origins.meta.graph import Unreadable, Upload, mapping
from sealock_origins.meta.lists import Fields, Item
from sealock_origins.meta.messages import Message
from sealock_origins.meta.replying.parts import same_words, shows, utf16_length
from sealock_origins.meta.replying.replier import Replier
from sealock_origins.meta.replying.sender import JUST_NOW, Sender

COMMENT_CHARS = 8_000
MESSAGE_CHARS = 1_999
"""Facebook wants a message's text shorter than 2,000 characters."""
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
ONE_PICTURE = Text(
    "Facebook takes one picture with a comment, and no other files. Send the reply with one picture, or none."
)
CLOSED = Text("Facebook takes no replies to this comment.")
CLOSED_POST = Text("Facebook takes no comments on this post.")
HIDDEN = Text(
    "Facebook took this reply and hides it, so that the person may not see it: a filter of the Page or of Facebook's "
    "finds fault with its words or links. It is below the post, and can be shown there."
)
REMOVED = Text("Facebook took this reply and does not show it. Please look below the post before you send it again.")
_LEVEL: Fields = ("id", "can_comment")
_ANSWERED_FIELDS: Fields = ("created_time", *_LEVEL, ("parent", (*_LEVEL, ("parent", (*_LEVEL, ("parent", _LEVEL))))))
_OWN_FIELDS: Fields = ("id", "message", "created_time", ("from", ("id",)), "attachment", "is_hidden")
_OF_THE_PLACE = {Meaning.NOT_PERMITTED, Meaning.CLOSED, Meaning.GONE}
"""After these a place one level higher may take the reply."""

_PRIVATE_FIELDS: Fields = ("id", "can_reply_privately", ("private_reply_conversation", ("id",)))


@dataclass(frozen=True, slots=True)
class PageReplier(Replier[PageAccount, PostId | CommentId]):
    """Replies of one Page."""

    message_id = MessageId
    foreign = Text("What this replies to does not belong to the account's Page.")
    removed = REMOVED
    hidden_field = "is_hidden"

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
        places = await self._places(target)
        if not any(places.values()):
            raise MessageRejected(CLOSED if isinstance(target, CommentId) else CLOSED_POST)
        body = {"message": reply.message} if reply.message else {}
        try:
            answer = await self._post_below([place for place, can in places.items() if can], body, picture)
        except Refused as refused:
            if refused.meaning is not Meaning.DUPLICATE:
                raise
            found = await self._find_below(places, reply, self.since(reply, JUST_NOW))
            if found is None:
                raise
            return self._posted(reply, target, found.id, hidden=found.hidden)
        if not (comment := item_id(answer.get("id"))):
            raise OriginUnavailable("Facebook took a comment without giving it an id", cause=Cause.UNREADABLE)
        return self._posted(reply, target, comment, hidden=await self.is_hidden(comment))

    async def find_publicly(self, reply: Reply, target: PostId | CommentId) -> Posted | None:
        """The reply among the Page's comments at its place since it was tried first."""
        comment = await self._find_below(await self._places(target), reply, self.since(reply))
        return self._posted(reply, target, comment.id, hidden=comment.hidden) if comment else None

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
            fits=lambda text: utf16_length(text) <= MESSAGE_CHARS,
            was_sent=self.account.was_sent,
            as_error=self.explain,
            human_agent=self.human_agent,
            now=self.now,
        )

    async def _places(self, target: PostId | CommentId) -> Mapping[str, bool]:
        """
        What the reply can go below, the nearest first, and whether anybody can comment there.

        Facebook shows two levels of answers to a post, in some places three: an answer to an answer goes below what
        that one answers, else a level higher. Whether anybody can comment is asked of the place, not of what is
        answered.
        """
        if isinstance(target, PostId):
            listed = await self.graph.get(f"{target.post}/comments", ("id",), limit="1", summary="true")
            return {target.post: mapping(listed.get("summary")).get("can_comment") is not False}
        levels = [await self._answered(target.comment)]
        while above := mapping(levels[-1].get("parent")):
            levels.append(above)
        places = {item_id(level.get("id")): level.get("can_comment") is not False for level in levels[1:] or levels}
        if "" in places:
            raise OriginUnavailable("the answer is not Facebook's: id", cause=Cause.UNREADABLE)
        return places

    async def _answered(self, comment: str) -> Item:
        """What is answered, with what it answers; with less where Facebook does not tell so much at once."""
        try:
            return await self.graph.get(comment, _ANSWERED_FIELDS)
        except Refused as refused:
            if refused.meaning not in {Meaning.BAD_REQUEST, Meaning.TRANSIENT}:
                raise
            return await self.graph.get(comment, (*_LEVEL, ("parent", ("id",))))

    async def _post_below(self, places: Sequence[str], body: Mapping[str, str], picture: Upload | None) -> Item:
        """Post at the nearest place that takes it. Raises the refusal of the nearest."""
        first: Refused | None = None
        for place in places:
            try:
                return await self.graph.post(f"{place}/comments", body, upload=picture)
            except Refused as refused:
                if refused.meaning not in _OF_THE_PLACE:
                    raise
                first = first or refused
        assert first is not None  # there is a place
        raise first

    async def _find_below(self, places: Iterable[str], reply: Reply, since: datetime) -> Comment | None:
        for place in places:
            if found := await self._find_at(place, reply, since):
                return found
        return None

    async def _find_at(self, place: str, reply: Reply, since: datetime) -> Comment | None:
        items_below = self.graph.items(
            f"{place}/comments",
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
                # Of some comments nobody is told who wrote them, be it the Page itself.
                own = comment.writer.id in {"", *self.account.own_ids} and not self.account.was_sent(comment.id)
                if own and comment.written_at >= since and _is_reply(comment, reply):
                    return comment
        return None

    def _posted(self, reply: Reply, target: PostId | CommentId, comment: str, *, hidden: bool) -> Posted:
        """What the comment is in Zendesk. Raises `Unseen` where the person cannot see it."""
        self.remember(reply, [comment])
        if hidden:
            raise Unseen(HIDDEN)
        return Posted(str(CommentId(self.account.page, target.post, comment)))


def _is_reply(comment: Comment, reply: Reply) -> bool:
    """Whether the comment has the reply's words: Facebook keeps nothing with a comment that could name it."""
    if not same_words(comment.message, reply.message):
        return False
    return shows(reply.message) or comment.picture is not None


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
