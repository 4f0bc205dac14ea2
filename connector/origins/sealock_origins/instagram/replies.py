# SPDX-License-Identifier: Apache-2.0
"""One reply: below the right comment, as a private message to whoever wrote it, or as a message."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sealock_connector import (
    ConnectorError,
    MessageRejected,
    OriginUnavailable,
    OutcomeUnknown,
    Posted,
    Reply,
)
from sealock_origins.instagram.account import INSTAGRAM, InstagramAccount, explain_refusal
from sealock_origins.instagram.media import COMMENT_FIELDS, COMMENTS_PER_QUERY, REPLY_FIELDS, Comment, read_comments
from sealock_origins.instagram.resources import CommentId, ItemId, MessageId, PersonMessages, PostId, read_id
from sealock_origins.meta.account import was_sent, with_sent
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.failures import OF_THE_ACCOUNT, Meaning, Refused, explain
from sealock_origins.meta.graph import Fields, Graph, Item, Unreadable, elements, mapping, selection, text
from sealock_origins.meta.messages import INSTAGRAM_MESSAGE_FIELDS, Conversations
from sealock_origins.meta.replies import item_replied_to
from sealock_origins.meta.sending import CLOCKS_APART, JUST_NOW, Sender, same_words
from sealock_origins.meta.sign_in import FacebookLogin

COMMENT_CHARS = 2_200
MESSAGE_BYTES = 1_000
READABLE_MESSAGES = 20
"""Older messages of a conversation are said to be deleted."""
FOREIGN = "What this replies to does not belong to the account."
NO_FILES = "Instagram takes no files with a comment. Send the reply without them."
HIDDEN = "Instagram takes no replies to a hidden comment. Show it again first."
TAGGED = "Instagram lets this account answer only where a comment or caption mentions it."
UNKNOWN = (
    "It is not known whether this reply was posted, because the connection broke and Instagram does not show what "
    "is below this post. Please look there before you send it again."
)
_ANSWERED_FIELDS: Fields = ("id", "text", "timestamp", "username", ("from", ("id",)), "parent_id", "hidden")


@dataclass(frozen=True, slots=True)
class Replier:
    """Replies of one account. Raises the SDK's errors."""

    graph: Graph
    account: InstagramAccount
    login: FacebookLogin
    budgets: Budgets
    human_agent: bool
    now: Callable[[], datetime]

    async def post(self, reply: Reply) -> Posted:
        """Post the reply. What an earlier attempt posted of it is not posted again."""
        target = self._target(reply)
        try:
            if isinstance(target, PersonMessages | MessageId):
                return self._sent(reply, target.person, await self._sender().send(reply, target.person))
            if self.account.privately and isinstance(target, CommentId) and not target.mention:
                return await self._post_privately(reply, target)
            return await self._post_publicly(reply, target)
        except Refused as refused:
            raise await explain_refusal(refused, self.login, self.account) from None

    async def find(self, reply: Reply) -> Posted | None:
        """Look for the reply at Instagram."""
        target = self._target(reply)
        try:
            if isinstance(target, PersonMessages | MessageId):
                found = await self._sender().find(reply, target.person)
                return self._sent(reply, target.person, found) if found else None
            if self.account.privately and isinstance(target, CommentId) and not target.mention:
                return await self._find_private(reply, target)
            return await self._find_public(reply, target)
        except Refused as refused:
            raise await explain_refusal(refused, self.login, self.account) from None

    def _target(self, reply: Reply) -> ItemId:
        return item_replied_to(reply, read_id, lambda item: item.account == self.account.id, foreign=FOREIGN)

    async def _post_publicly(self, reply: Reply, target: CommentId | PostId) -> Posted:
        if reply.files is not None:
            raise MessageRejected(NO_FILES)
        if len(reply.message) > COMMENT_CHARS:
            raise MessageRejected(f"The reply is too long: Instagram takes at most {COMMENT_CHARS:,} characters.")
        try:
            answer = await self._comment(reply, target)
        except Refused as refused:
            if refused.meaning is Meaning.DUPLICATE and (found := await self._find_public(reply, target, JUST_NOW)):
                return found
            raise
        comment = text(answer.get("id"))
        if not comment:
            raise OriginUnavailable("Instagram took a comment without giving it an id")
        return self._posted(reply, target, comment)

    async def _comment(self, reply: Reply, target: CommentId | PostId) -> Item:
        if isinstance(target, CommentId) and not target.mention:
            return await self.graph.post(f"{await self._top(target)}/replies", {"message": reply.message})
        return await self.graph.post(f"{self.account.node}/mentions", self._mention(reply, target))

    def _mention(self, reply: Reply, target: CommentId | PostId) -> dict[str, str]:
        if not self.account.page:
            raise MessageRejected(TAGGED)
        named = {"comment_id": target.comment} if isinstance(target, CommentId) else {}
        return {"media_id": target.media, **named, "message": reply.message}

    async def _top(self, target: CommentId) -> str:
        """The comment to answer: Instagram takes answers to comments of the first level only."""
        try:
            answered = Comment.read(await self.graph.get(target.comment, _ANSWERED_FIELDS))
        except Unreadable as problem:
            raise OriginUnavailable(f"the answer is not Instagram's: {problem}") from None
        if answered.hidden:
            raise MessageRejected(HIDDEN)
        return answered.parent or answered.id

    async def _find_public(
        self, reply: Reply, target: CommentId | PostId, earlier: timedelta = CLOCKS_APART
    ) -> Posted | None:
        """The reply, among what the account wrote there since it was tried first, or so much earlier."""
        since = (reply.first_tried_at or self.now()) - earlier
        async with aclosing(self._written_at(target)) as comments:
            async for comment in comments:
                ours = comment.writer in self.account.own_ids or comment.username == self.account.username
                ours = ours and not self._sent_before(comment.id)
                if ours and comment.written_at >= since and same_words(comment.text, reply.message):
                    return self._posted(reply, target, comment.id)
        return None

    async def _written_at(self, target: CommentId | PostId) -> AsyncGenerator[Comment]:
        """What is written where the reply goes, the newest first; of somebody else's post the newest fifty."""
        if isinstance(target, CommentId) and not target.mention:
            path = f"{await self._top(target)}/replies"
            async for item in self.graph.items(path, REPLY_FIELDS, limit=COMMENTS_PER_QUERY):
                for comment in read_comments([item]):
                    yield comment
            return
        for comment in read_comments(await self._around_mention(target)):
            yield comment
            for answer in comment.replies:
                yield answer

    async def _around_mention(self, target: CommentId | PostId) -> Iterable[Mapping[str, Any]]:
        comments = f"comments.limit({COMMENTS_PER_QUERY})"
        asked = f"mentioned_media.media_id({target.media}){{{selection(('id', (comments, COMMENT_FIELDS)))}}}"
        try:
            raw = await self.graph.get(self.account.node, (asked,))
        except Refused as refused:
            if refused.meaning in OF_THE_ACCOUNT or refused.meaning is Meaning.TRANSIENT:
                raise
            raise OutcomeUnknown(refused.detail, message_for_agent=UNKNOWN) from None
        return elements(mapping(raw.get("mentioned_media")).get("comments"))

    async def _post_privately(self, reply: Reply, target: CommentId) -> Posted:
        try:
            message, person = await self._sender().send_privately(reply, {"comment_id": target.comment})
        except Refused as refused:
            if refused.meaning is Meaning.REPLIED_ALREADY and (found := await self._find_private(reply, target)):
                return found
            raise
        return self._sent(reply, person or "0", [message])

    async def _find_private(self, reply: Reply, target: CommentId) -> Posted | None:
        """The private reply, in the conversation with whoever wrote the comment."""
        person = text(mapping((await self.graph.get(target.comment, _ANSWERED_FIELDS)).get("from")).get("id"))
        since = (reply.first_tried_at or self.now()) - CLOCKS_APART
        for message in await self._conversations().with_person(person, since=since) if person else ():
            ours = message.sender in self.account.own_ids and not self._sent_before(message.id)
            if ours and same_words(message.text, reply.message):
                return self._sent(reply, person, [message.id])
        return None

    def _posted(self, reply: Reply, target: CommentId | PostId, comment: str) -> Posted:
        self._remember(reply, [comment])
        mention = isinstance(target, PostId) or target.mention
        return Posted(str(CommentId(self.account.id, target.media, comment, target.shortcode, mention=mention)))

    def _sent(self, reply: Reply, person: str, messages: list[str]) -> Posted:
        """What the messages are in Zendesk: the first of them."""
        self._remember(reply, messages)
        return Posted(str(MessageId(self.account.id, person, messages[0])))

    def _remember(self, reply: Reply, ids: list[str]) -> None:
        """The account remembers everything that the reply became."""
        reply.renew(replace(self.account, sent=with_sent(self.account.sent, ids)).as_values())

    def _sent_before(self, item: str) -> bool:
        return was_sent(self.account.sent, item)

    def _conversations(self) -> Conversations:
        return account_conversations(self.graph, self.account, self.budgets)

    def _sender(self) -> Sender:
        node = self.account.inbox_node
        return Sender(
            graph=self.graph,
            conversations=self._conversations(),
            path=f"{node}/messages",
            upload_path=f"{node}/message_attachments",
            own=self.account.own_ids,
            origin=INSTAGRAM,
            fits=lambda words: len(words.encode()) <= MESSAGE_BYTES,
            as_error=_explain,
            human_agent=self.human_agent,
            now=self.now,
            sent_before=self._sent_before,
            takes_metadata=False,
            upload_platform="instagram",
        )


def account_conversations(graph: Graph, account: InstagramAccount, budgets: Budgets) -> Conversations:
    """The account's conversations. Of each only the newest messages can be read."""
    return Conversations(
        graph,
        budgets,
        f"{account.inbox_node}/conversations",
        "instagram",
        INSTAGRAM_MESSAGE_FIELDS,
        newest_only=READABLE_MESSAGES,
    )


def _explain(refused: Refused) -> ConnectorError:
    return explain(refused, INSTAGRAM)
