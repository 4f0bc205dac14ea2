# SPDX-License-Identifier: Apache-2.0
"""One reply: below the right comment, as a private message to whoever wrote it, or as a message."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from sealock_connector import Attachment, ConnectorError, MessageRejected, OriginUnavailable, Posted, Reply
from sealock_origins.facebook.account import FACEBOOK, PageAccount, explain_refusal
from sealock_origins.facebook.posts import Comment
from sealock_origins.facebook.resources import CommentId, ItemId, MessageId, PersonMessages, PostId, read_id
from sealock_origins.meta.account import was_sent, with_sent
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.failures import Meaning, Refused, explain
from sealock_origins.meta.graph import Fields, Graph, Unreadable, Upload
from sealock_origins.meta.messages import MESSAGE_FIELDS, Conversations
from sealock_origins.meta.replies import item_replied_to
from sealock_origins.meta.sending import CLOCKS_APART, JUST_NOW, Sender, same_words
from sealock_origins.meta.sign_in import FacebookLogin

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
        async with aclosing(items_below) as comments:
            async for item in comments:
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


MESSAGE_CHARS = 1_999
"""Facebook wants a message's text shorter than 2,000 characters."""
FOREIGN = "What this replies to does not belong to the account's Page."
_PRIVATE_FIELDS: Fields = ("id", "can_reply_privately", ("private_reply_conversation", ("id",)))


@dataclass(frozen=True, slots=True)
class Replier:
    """Replies of one account. Raises the SDK's errors."""

    graph: Graph
    account: PageAccount
    login: FacebookLogin
    budgets: Budgets
    human_agent: bool
    now: Callable[[], datetime]

    async def post(self, reply: Reply) -> Posted:
        """Post the reply. What an earlier attempt posted of it is not posted again."""
        target = self._target(reply)
        try:
            if isinstance(target, PersonMessages | MessageId):
                sent = await self._sender().send(reply, target.person)
                return self._posted(reply, target.person, sent)
            if self.account.privately:
                return await self._post_privately(reply, target)
            return self._commented(reply, target, await self._commenter().post(reply, target))
        except Refused as refused:
            raise await explain_refusal(refused, self.login, self.account) from None

    async def find(self, reply: Reply) -> Posted | None:
        """Look for the reply at Facebook."""
        target = self._target(reply)
        try:
            if isinstance(target, PersonMessages | MessageId):
                found = await self._sender().find(reply, target.person)
                return self._posted(reply, target.person, found) if found else None
            if self.account.privately:
                return await self._find_private(reply, target)
            comment = await self._commenter().find(reply, target)
            return self._commented(reply, target, comment) if comment else None
        except Refused as refused:
            raise await explain_refusal(refused, self.login, self.account) from None

    def _target(self, reply: Reply) -> ItemId:
        return item_replied_to(reply, read_id, lambda item: item.page == self.account.page, foreign=FOREIGN)

    async def _post_privately(self, reply: Reply, target: PostId | CommentId) -> Posted:
        recipient = {"comment_id": target.comment} if isinstance(target, CommentId) else {"post_id": target.post}
        try:
            message, person = await self._sender().send_privately(reply, recipient)
        except Refused as refused:
            if refused.meaning is Meaning.REPLIED_ALREADY and (found := await self._find_private(reply, target)):
                return found
            raise
        return self._posted(reply, person or "0", [message])

    async def _find_private(self, reply: Reply, target: PostId | CommentId) -> Posted | None:
        """The private reply, in the conversation that it began or went on with."""
        item = target.comment if isinstance(target, CommentId) else target.post
        raw = (await self.graph.get(item, _PRIVATE_FIELDS)).get("private_reply_conversation")
        conversation = raw.get("id") if isinstance(raw, dict) else None
        if not isinstance(conversation, str):
            return None
        since = (reply.first_tried_at or self.now()) - CLOCKS_APART
        for message in await self._conversations().messages(conversation, lambda message: message.at >= since):
            ours = message.sender == self.account.page and not self._sent_before(message.id)
            if ours and same_words(message.text, reply.message):
                return self._posted(reply, message.receiver, [message.id])
        return None

    def _commented(self, reply: Reply, target: PostId | CommentId, comment: str) -> Posted:
        self._remember(reply, [comment])
        return Posted(str(CommentId(self.account.page, target.post, comment)))

    def _posted(self, reply: Reply, person: str, messages: list[str]) -> Posted:
        """What the messages are in Zendesk: the first of them."""
        self._remember(reply, messages)
        return Posted(str(MessageId(self.account.page, person, messages[0])))

    def _remember(self, reply: Reply, ids: list[str]) -> None:
        """The account remembers everything that the reply became."""
        reply.renew(replace(self.account, sent=with_sent(self.account.sent, ids)).as_values())

    def _commenter(self) -> Commenter:
        return Commenter(self.graph, self.account.page, self.now, self._sent_before)

    def _conversations(self) -> Conversations:
        return page_conversations(self.graph, self.account.page, self.budgets)

    def _sender(self) -> Sender:
        page = self.account.page
        conversations = self._conversations()
        return Sender(
            graph=conversations.graph,
            conversations=conversations,
            path=f"{page}/messages",
            upload_path=f"{page}/message_attachments",
            own=(page,),
            origin=FACEBOOK,
            fits=lambda text: len(text) <= MESSAGE_CHARS,
            as_error=_explain,
            human_agent=self.human_agent,
            now=self.now,
            sent_before=self._sent_before,
        )

    def _sent_before(self, item: str) -> bool:
        return was_sent(self.account.sent, item)


def page_conversations(graph: Graph, page: str, budgets: Budgets) -> Conversations:
    """The Page's Messenger conversations, for which Meta keeps a budget of its own."""
    return Conversations(graph.on("messenger"), budgets, f"{page}/conversations", "messenger", MESSAGE_FIELDS)


def _explain(refused: Refused) -> ConnectorError:
    return explain(refused, FACEBOOK)
