# SPDX-License-Identifier: Apache-2.0
"""Posting a reply once, and what to do where an earlier attempt was lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock_connector._connector import FindsReplies, RepeatsSafely, TakesReplies
from sealock_connector._deadlines import Deadline
from sealock_connector._outbox.once import DeliveryTimes, Once
from sealock_connector._outbox.store import OutboxStore, scope
from sealock_connector._telemetry import count_reply
from sealock_connector._types import Posted, Reply
from sealock_connector.errors import ConnectorError, InvalidAnswer, OutcomeUnknown
from sealock_contract.limits import broken_limit


class ReplyDelivery:
    """Delivers each reply once, through an outbox. Posts go on in tasks of their own when their callers go away."""

    def __init__(self, store: OutboxStore, origin: str, *, times: DeliveryTimes | None = None) -> None:
        self._origin = origin
        self._once = Once(store, "a reply", times=times)

    async def deliver(self, connector: TakesReplies, reply: Reply, deadline: Deadline) -> Posted:
        """
        Post the reply, or give the answer that it got before.

        Raises what the connector raises; `OriginUnavailable` when the deadline comes first, while the post goes on;
        `OutcomeUnknown` when an earlier attempt was lost and nothing can tell what became of it.
        """

        def after(first_tried_at: datetime | None) -> _Post:
            return _Post(connector, replace(reply, first_tried_at=first_tried_at))

        key = scope(self._origin, reply.account.id, reply.key)
        result, was_before = await self._once.do(key, after, deadline)
        if was_before:
            count_reply("repeated")
        external_id, allow_channelback = json.loads(result)
        return Posted(external_id, allow_channelback)

    async def settle(self, seconds: float) -> None:
        """Give the posts under way some time to end, and to be recorded; then give them up."""
        await self._once.settle(seconds)


class _Post:
    """One attempt to post a reply, and what is known about whether it was."""

    def __init__(self, connector: TakesReplies, reply: Reply) -> None:
        self._connector = connector
        self._reply = reply
        self._uncertain = reply.first_tried_at is not None

    async def run(self) -> bytes:
        earlier = await self._earlier() if self._uncertain else None
        posted = earlier or await self._connector.channelback(self._reply)
        if problem := broken_limit(ChannelbackResponse(external_id=posted.external_id)):
            raise InvalidAnswer(f"channelback: {problem}")
        count_reply("posted" if earlier is None else "found")
        return json.dumps([posted.external_id, posted.allow_channelback]).encode()

    def nothing_sent(self, error: BaseException) -> bool:
        proven = not self._uncertain and isinstance(error, ConnectorError) and error.nothing_sent
        count_reply("not_sent" if proven else "uncertain")
        return proven

    async def _earlier(self) -> Posted | None:
        if isinstance(self._connector, FindsReplies):
            found = await self._connector.find_reply(self._reply)
            self._uncertain = found is not None
            return found
        if isinstance(self._connector, RepeatsSafely) and self._connector.repeats_safely:
            return None
        raise OutcomeUnknown("an earlier attempt was lost")
