# SPDX-License-Identifier: Apache-2.0
"""One reply: below the right comment, as a private message to whoever wrote it, or as a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sealock_connector import ConnectorError, Posted, Reply
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.commenting import Commenter
from sealock_origins.facebook.ids import CommentId, ItemId, MessageId, PersonMessages, PostId, read_id
from sealock_origins.facebook.permissions import FACEBOOK, explained
from sealock_origins.meta.answering import answered_item
from sealock_origins.meta.failures import Meaning, Refused, explain
from sealock_origins.meta.fields import Fields
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.inbox import Inbox
from sealock_origins.meta.messages import MESSAGE_FIELDS
from sealock_origins.meta.parts import same_words
from sealock_origins.meta.sending import CLOCKS_APART, Sender
from sealock_origins.meta.sent import remembered, was_sent
from sealock_origins.meta.sign_in import FacebookLogin
from sealock_origins.meta.usage import Budgets

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
            raise await explained(refused, self.login, self.account) from None

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
            raise await explained(refused, self.login, self.account) from None

    def _target(self, reply: Reply) -> ItemId:
        return answered_item(reply, read_id, lambda item: item.page == self.account.page, foreign=FOREIGN)

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
        told = (await self.graph.get(item, _PRIVATE_FIELDS)).get("private_reply_conversation")
        conversation = told.get("id") if isinstance(told, dict) else None
        if not isinstance(conversation, str):
            return None
        since = (reply.first_tried_at or self.now()) - CLOCKS_APART
        for message in await self._inbox().messages(conversation, lambda message: message.at >= since):
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
        reply.renew(replace(self.account, sent=remembered(self.account.sent, ids)).as_values())

    def _commenter(self) -> Commenter:
        return Commenter(self.graph, self.account.page, self.now, self._sent_before)

    def _inbox(self) -> Inbox:
        return page_inbox(self.graph, self.account.page, self.budgets)

    def _sender(self) -> Sender:
        page = self.account.page
        inbox = self._inbox()
        return Sender(
            graph=inbox.graph,
            inbox=inbox,
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


def page_inbox(graph: Graph, page: str, budgets: Budgets) -> Inbox:
    """The Page's Messenger conversations, for which Meta keeps a budget of its own."""
    return Inbox(graph.on("messenger"), budgets, f"{page}/conversations", "messenger", MESSAGE_FIELDS)


def _explain(refused: Refused) -> ConnectorError:
    return explain(refused, FACEBOOK)
