# SPDX-License-Identifier: Apache-2.0
"""Agents who answer while pulls go on, and whom Meta refuses; and an account that dies and is connected again."""

from __future__ import annotations

from collections import Counter

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    OutcomeUnknown,
)
from tests.origins.meta.refusing import EDGES

OF_THE_WINDOW = ("window", "window_earlier", "instagram_window", "human_agent")
OF_THE_PERSON = ("cannot_receive", "not_sent", "unavailable", "not_receiving", "user_not_found", "no_match", "consent")
OF_PERMISSIONS = (
    *("capability", "permission", "scope", "extended_permission", "app_blocked", "cannot_comment"),
    *("not_reviewed", "private_reply_scope", "messages_off", "page_messages_off"),
)
LIKE_DEATH = ("session", "password", "checkpoint", "expired", "malformed", "no_role")
PASSING = ("service", "send_failed", "too_much_now", "sent_and_refused")
REFUSALS = (*OF_THE_WINDOW, *OF_THE_PERSON, *OF_PERMISSIONS, *LIKE_DEATH, *PASSING)
"""With these a reply is refused while nothing is wrong with the account."""
MOST_REPLIES = 50
"""An account remembers no more of them."""


class Agents:
    """Answer what came. `chance` is theirs alone, so that what people do stays the same."""

    def __init__(self, meta, connector, chance):
        self.meta, self.connector, self.chance = meta, connector, chance
        self.posted, self.refused, self.open = set(), set(), {}

    async def answer(self, values, resources):
        """Perhaps answer one of these, perhaps refused, and try again what may be tried again; the account's values."""
        for text, (key, parent) in list(self.open.items()):
            values = await self._try(values, text, key, parent, "")
        possible = [each for each in resources if each.allow_channelback is not False]
        if possible and len(self.posted) < MOST_REPLIES:
            parent = self.chance.choice(possible).external_id
            text = f"Reply {len(self.posted) + len(self.refused) + len(self.open)} to {parent}"
            refusal = self.chance.choice(["", *[self.chance.choice(REFUSALS)] * 2])
            values = await self._try(values, text, text, parent, refusal)
        return values

    async def _try(self, values, text, key, parent, refusal):
        self.meta.store.faults.refusals = dict.fromkeys(EDGES, refusal) if refusal else {}
        try:
            await self.connector.channelback(values, text, key=key, parent_id=parent)
        except ConnectorError as error:
            self._failed(text, key, parent, error)
            return values
        finally:
            self.meta.store.faults.refusals = {}
        self.open.pop(text, None)
        self.posted.add(text)
        return self.connector.renewed or values

    def _failed(self, text, key, parent, error):
        """A reply ends with a sentence for the agent, or is tried again with the same key."""
        if isinstance(error, OriginThrottled | OriginUnavailable | OutcomeUnknown):
            self.open[text] = (key, parent)
            return
        assert isinstance(error, MessageRejected | NotFound), error
        assert error.message_for_agent, error
        self.open.pop(text, None)
        self.refused.add(text)

    def each_came_once(self):
        """Check that what was posted is there once, what was refused is not, and that there was enough of both."""
        store = self.meta.store
        texts = [each.text for each in store.messages if not each.by_person]
        texts += [each.message for each in store.comments] + [each.text for each in store.media_comments]
        there = Counter(text for text in texts if text.startswith("Reply "))
        assert {text: there[text] for text in self.posted} == dict.fromkeys(self.posted, 1)
        assert {text: there[text] for text in self.refused} == dict.fromkeys(self.refused, 0)
        assert not any(there[text] > 1 for text in self.open)
        assert len(self.posted) > 2
        assert len(self.refused) > 2


async def die_and_return(meta, connector, values, state, death, return_with):
    """The account's person changes their password or the like; it is told, and connected again: its values."""
    meta.tokens.end(meta.owner.id, death)
    for _ in range(2):
        try:
            told = (await connector.pull(values, state)).interruption
        except ConnectorError as error:
            told = error
        if not isinstance(told, OriginThrottled):
            assert isinstance(told, AccountRevoked), told
            assert told.message_for_agent
            assert told.cause
    return {**values, "token": return_with()}
