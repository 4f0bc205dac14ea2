# SPDX-License-Identifier: Apache-2.0
"""Every refusal that the emulator knows, and what a connector makes of it: the same for Facebook and for Instagram."""

from __future__ import annotations

import pytest

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from sealock_devkit.emulators.meta.settings import DAY, MINUTE

ANSWERS = {
    "unknown": OriginUnavailable,
    "service": OriginUnavailable,
    "passing": OriginUnavailable,
    "fault": OriginUnavailable,
    "capability": MessageRejected,
    "app_limit": OriginThrottled,
    "permission": MessageRejected,
    "window": MessageRejected,
    "instagram_window": MessageRejected,
    "page_restricted": MessageRejected,
    "user_limit": OriginThrottled,
    "page_limit": OriginThrottled,
    "parameter": MessageRejected,
    "gone": NotFound,
    "session": AccountRevoked,
    "proof": ConnectorError,
    "removed": AccountRevoked,
    "checkpoint": AccountRevoked,
    "password": AccountRevoked,
    "expired": AccountRevoked,
    "unconfirmed": AccountRevoked,
    "invalid": AccountRevoked,
    "malformed": AccountRevoked,
    "scope": MessageRejected,
    "extended_permission": MessageRejected,
    "consent": NotFound,
    "action_limit": OriginThrottled,
    "abusive": MessageRejected,
    "duplicate": MessageRejected,
    "unavailable": MessageRejected,
    "custom_limit": OriginThrottled,
    "privately_replied": MessageRejected,
    "too_old_for_reply": MessageRejected,
    "pages_limit": OriginThrottled,
    "instagram_limit": OriginThrottled,
    "messenger_limit": OriginThrottled,
    "syntax": MessageRejected,
    "path": MessageRejected,
    "no_token": MessageRejected,
    "version": ConnectorError,
    "verification": MessageRejected,
    "no_profile": NotFound,
    "no_match": NotFound,
    "client_secret": OriginUnavailable,
    "code": MessageRejected,
    "code_expired": MessageRejected,
    "code_redirect": MessageRejected,
    "code_used": MessageRejected,
}
"""What a reply that is refused so ends with."""
OF_PERMISSIONS = {"capability", "permission", "scope", "extended_permission"}
"""The sign-in still has every permission here: a reply is refused on its own, a pull asks for an administrator."""
FOR_AGENTS = {AccountRevoked, MessageRejected, NotFound}
"""What does not pass by itself comes with a sentence for the agent."""
OF_ONE_ITEM = {MessageRejected, NotFound}
"""A pull sends nothing that could be refused for good: to it, these are passing failures."""
WINDOWS = [
    (DAY - 1, "RESPONSE"),
    (DAY + 1, "HUMAN_AGENT"),
    (7 * DAY - MINUTE, "HUMAN_AGENT"),
    (7 * DAY + MINUTE, ""),
]
"""How long ago a person wrote, and what a message to that person is sent as; empty: not at all."""


def answer_to_pull(name):
    """What a pull that is refused so ends with."""
    if name in OF_PERMISSIONS:
        return AccountRevoked
    return OriginUnavailable if ANSWERS[name] in OF_ONE_ITEM else ANSWERS[name]


async def reply_is_refused(meta, connector, values, name):
    """Reply to the one thing that is there while Meta refuses everything so."""
    [found] = (await connector.pull(values)).resources
    meta.store.faults.errors = [name] * 9
    with pytest.raises(ConnectorError) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert type(refused.value) is ANSWERS[name]
    assert refused.value.message_for_agent or ANSWERS[name] not in FOR_AGENTS


async def pull_is_refused(meta, connector, values, name):
    """Pull the one thing that is there while Meta refuses everything so, and afterwards."""
    meta.store.faults.errors = [name] * 9
    with pytest.raises(ConnectorError) as refused:
        await connector.pull(values)
    assert type(refused.value) is answer_to_pull(name)
    meta.store.faults.errors = []
    assert len((await connector.pull(values)).resources) == 1, "nothing is lost by it"


async def window_is_kept(meta, connector, values, seconds, sent_as, feature):
    """
    Answer the one message that is there so much later. `feature`: the app has Human Agent.

    Without the feature at Meta, a message that would need it is refused by Meta itself.
    """
    [found] = (await connector.pull(values)).resources
    meta.store.settings.human_agent = feature
    meta.store.clock.advance(seconds)
    taken = sent_as == "RESPONSE" or (bool(sent_as) and feature)
    if taken:
        await connector.channelback(values, "Here we are", parent_id=found.external_id)
    else:
        with pytest.raises(ConnectorError) as refused:
            await connector.channelback(values, "Here we are", parent_id=found.external_id)
        assert isinstance(refused.value, MessageRejected if not sent_as else MessageRejected | AccountRevoked)
    assert [each.text for each in meta.store.messages if not each.by_person] == ["Here we are"] * taken
