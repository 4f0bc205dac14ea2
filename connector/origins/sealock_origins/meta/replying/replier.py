# SPDX-License-Identifier: Apache-2.0
"""
An agent's reply, from what it is to, to what Zendesk calls it: as messages, as a private reply, or publicly.

What Facebook and Instagram take publicly, and where a private reply is found again, each connector says itself.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from sealock_connector import ConnectorError, MessageRejected, NotFound, Posted, Reply, Text
from sealock_origins.meta.account import AccountT
from sealock_origins.meta.failures import Meaning, Refused, Unseen
from sealock_origins.meta.failures.proof import explain_refusal
from sealock_origins.meta.graph import Graph, flag
from sealock_origins.meta.messages import Conversations, Message, is_nameless
from sealock_origins.meta.replying.parts import same_words, shows
from sealock_origins.meta.replying.sender import CLOCKS_APART, Sender
from sealock_origins.meta.resources import ConversationId, MessageId
from sealock_origins.meta.sign_in import Login

_log = logging.getLogger(__name__)

PublicId = TypeVar("PublicId")
"""The ids of what is answered publicly: of posts and comments."""


@dataclass(frozen=True, slots=True)
class Replier(ABC, Generic[AccountT, PublicId]):
    """Replies of one account. Raises the SDK's errors."""

    message_id: ClassVar[type[MessageId]]
    """The connector's ids of messages."""
    foreign: ClassVar[Text]
    """What an agent reads whose reply is to somebody else's item."""
    removed: ClassVar[Text]
    """What an agent reads whose reply was taken, and is not there."""
    hidden_field: ClassVar[str]
    """What a comment says of itself that is hidden."""
    graph: Graph
    account: AccountT
    login: Login[AccountT, Any]
    human_agent: bool
    now: Callable[[], datetime]

    async def post(self, reply: Reply) -> Posted:
        """Post the reply. What an earlier attempt posted of it is not posted again."""
        target = self._target(reply)
        if reply.files is None and not shows(reply.message):
            raise MessageRejected(Text("There is nothing in this reply that could be sent."))
        try:
            if isinstance(target, ConversationId | MessageId):
                return self._sent(reply, target.person, await self.sender().send(reply, target.person))
            if self.account.privately and (recipient := self.private_recipient(target)):
                return await self._post_privately(reply, target, recipient)
            return await self.post_publicly(reply, target)
        except Refused as refused:
            raise await self.explain(refused) from None

    async def find(self, reply: Reply) -> Posted | None:
        """Look for the reply at Meta."""
        target = self._target(reply)
        try:
            if isinstance(target, ConversationId | MessageId):
                found = await self.sender().find(reply, target.person)
                return self._sent(reply, target.person, found) if found else None
            if self.account.privately and self.private_recipient(target):
                return await self._find_private(reply, target)
            return await self.find_publicly(reply, target)
        except Refused as refused:
            raise await self.explain(refused) from None

    async def is_hidden(self, comment: str) -> bool:
        """
        Whether what was posted just now is hidden. Where that cannot be read, it is taken to be seen.

        Raises `Unseen` where it is gone.
        """
        try:
            return flag((await self.graph.get(comment, ("id", self.hidden_field))).get(self.hidden_field))
        except Refused as refused:
            if refused.meaning is Meaning.GONE:
                raise Unseen(self.removed, detail=refused.detail) from None
            _log.warning("a comment was posted and cannot be read: %s", refused.detail)
        except ConnectorError as error:
            _log.warning("a comment was posted and cannot be read: %s", error)
        return False

    @abstractmethod
    def read_target(self, external_id: str) -> PublicId | ConversationId | MessageId | None:
        """What a reply is to; None for an item of another account. Raises `NotFound` for no id of the connector's."""

    @abstractmethod
    def private_recipient(self, target: PublicId) -> dict[str, str]:
        """Who gets a private reply, as the Send API wants it; empty where there is none."""

    @abstractmethod
    async def post_publicly(self, reply: Reply, target: PublicId) -> Posted:
        """Post a comment."""

    @abstractmethod
    async def find_publicly(self, reply: Reply, target: PublicId) -> Posted | None:
        """Look for the reply among the comments."""

    @abstractmethod
    async def private_messages(self, target: PublicId, since: datetime) -> Iterable[tuple[str, Message]]:
        """The messages since an instant where a private reply would be, each with the person it is exchanged with."""

    def conversations(self) -> Conversations:
        """The account's conversations."""
        return self.account.conversations(self.graph)

    @abstractmethod
    def sender(self) -> Sender:
        """What sends the account's messages."""

    async def explain(self, refused: Refused) -> ConnectorError:
        """What a refusal means: the account is looked at before it is said to be dead."""
        return await explain_refusal(refused, self.login, self.account)

    def is_own(self, writer: str, item: str) -> bool:
        """Whether the account wrote it, and it is not what an earlier reply became."""
        return writer in self.account.own_ids and not self.account.was_sent(item)

    def remember(self, reply: Reply, ids: Sequence[str]) -> None:
        """Note in the account everything that the reply became."""
        reply.renew(self.account.after_sending(ids).as_values())

    def since(self, reply: Reply, earlier: timedelta = CLOCKS_APART) -> datetime:
        """What the reply became is not older: since it was tried first, or so much earlier."""
        return (reply.first_tried_at or self.now()) - earlier

    def _target(self, reply: Reply) -> PublicId | ConversationId | MessageId:
        external_id = reply.parent_id or reply.thread_id
        if not external_id:
            raise MessageRejected(Text("There is nothing on this ticket that could be answered."))
        try:
            target = self.read_target(external_id)
        except NotFound as not_ours:
            raise NotFound(str(not_ours), message_for_agent=self.foreign) from None
        if target is None:
            raise NotFound("an item of another account", message_for_agent=self.foreign)
        if isinstance(target, ConversationId | MessageId) and is_nameless(target.person):
            raise MessageRejected(
                Text(
                    "{origin} does not tell apps who wrote this, so that it can be answered only in the account's own "
                    "inbox there.",
                    origin=self.login.origin,
                )
            )
        return target

    async def _post_privately(self, reply: Reply, target: PublicId, recipient: dict[str, str]) -> Posted:
        try:
            message, person = await self.sender().send_privately(reply, recipient)
        except Refused as refused:
            if refused.meaning is Meaning.REPLIED_ALREADY and (found := await self._find_private(reply, target)):
                return found
            raise
        return self._sent(reply, person or "0", [message])

    async def _find_private(self, reply: Reply, target: PublicId) -> Posted | None:
        for person, message in await self.private_messages(target, self.since(reply)):
            if self.is_own(message.sender, message.id) and same_words(message.text, reply.message):
                return self._sent(reply, person, [message.id])
        return None

    def _sent(self, reply: Reply, person: str, messages: Sequence[str]) -> Posted:
        """What the messages are in Zendesk: the first of them."""
        self.remember(reply, messages)
        return Posted(str(self.message_id(self.account.account_id, person, messages[0])))
