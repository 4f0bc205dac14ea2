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

PERMISSIONS = (
    *("capability", "permission", "scope", "extended_permission", "app_blocked"),
    *("human_agent", "cannot_comment", "private_reply_scope"),
)
"""What looks as if a permission were missing. The sign-in has all of them here, so a reply is refused on its own."""
DEAD = (
    *("session", "removed", "checkpoint", "password", "expired", "unconfirmed", "invalid"),
    *("blocking_checkpoint", "no_role", "malformed"),
)
"""What looks as if the token were dead. It is not, so that a reply is refused on its own."""
NOT_THERE = ("gone", "alias", "no_match", "thread_deleted")
"""What is not there; for a pull that hears nothing else, the Page or account itself."""
LIMITS = (
    *("app_limit", "user_limit", "page_limit", "action_limit", "custom_limit", "instagram_sends"),
    *("pages_limit", "instagram_limit", "messenger_limit", "user_actions", "posting_too_fast"),
)
PASSING = (
    *("unknown", "too_much", "too_much_now", "service", "passing", "fault", "late", "client_secret", "send_failed"),
    *("sent_and_refused", "resources"),
)
REFUSED = (
    *("server_address", "app_unknown", "proof", "version"),
    *("window", "window_earlier", "instagram_window", "page_restricted", "instagram_blocked", "instagram_restricted"),
    *("cannot_receive", "not_sent", "unavailable", "not_receiving", "no_instagram_user", "user_not_found"),
    *("not_reviewed", "other_app", "other_app_instagram", "messages_off", "page_messages_off", "link_off"),
    *("upload_failed", "file_not_fetched", "file_too_large", "video_late", "attachment_unknown"),
    *("privately_replied", "too_old_for_reply", "cannot_reply_privately", "no_private_reply"),
    *("wall", "duplicate", "spam", "abusive", "link", "own_link", "instagram_spam"),
    *("abusive_content", "picture_refused", "security_check"),
    *("parameter", "syntax", "path", "no_token", "verification", "code", "code_expired", "code_redirect", "code_used"),
)
ANSWERS = {
    **dict.fromkeys((*PERMISSIONS, *DEAD, *REFUSED), MessageRejected),
    **dict.fromkeys((*NOT_THERE, "consent", "no_profile"), NotFound),
    **dict.fromkeys(LIMITS, OriginThrottled),
    **dict.fromkeys(PASSING, OriginUnavailable),
    "moved": AccountRevoked,
}
"""What a reply that is refused so ends with, while nothing is wrong with the account."""
LOOKED_AT = {*PERMISSIONS, *DEAD, *NOT_THERE}
"""After these the account is looked at, and decides."""
FOR_AGENTS = {AccountRevoked, MessageRejected, NotFound}
"""What does not pass by itself comes with a sentence for the agent."""
OF_ONE_ITEM = {MessageRejected, NotFound}
"""A pull sends nothing that could be refused for good: to it, these are passing failures."""
EDGES = ("messages", "message_attachments", "comments", "replies", "mentions")
WINDOWS = [
    (DAY - 1, "RESPONSE"),
    (DAY + 1, "HUMAN_AGENT"),
    (7 * DAY - MINUTE, "HUMAN_AGENT"),
    (7 * DAY + MINUTE, ""),
]
"""How long ago a person wrote, and what a message to that person is sent as; empty: not at all."""


def answer_to_pull(name, login="facebook"):
    """
    What a pull that is refused so ends with, and hears the same when it looks at the account.

    With Instagram Login nothing else tells of its permissions than reading.
    """
    if name in {*DEAD, *NOT_THERE} or (name in PERMISSIONS and login == "instagram"):
        return AccountRevoked
    return OriginUnavailable if ANSWERS[name] in OF_ONE_ITEM else ANSWERS[name]


async def reply_is_refused(meta, connector, values, name):
    """Reply to the one thing that is there while Meta takes nothing that is written."""
    [found] = (await connector.pull(values)).resources
    meta.store.faults.refusals = dict.fromkeys(EDGES, name)
    with pytest.raises(ConnectorError) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert type(refused.value) is ANSWERS[name]
    assert refused.value.message_for_agent or ANSWERS[name] not in FOR_AGENTS


async def pull_is_refused(meta, connector, values, name):
    """Pull the one thing that is there while Meta refuses everything so, and afterwards."""
    meta.store.faults.errors = [name] * 30
    with pytest.raises(ConnectorError) as refused:
        await connector.pull(values)
    assert type(refused.value) is answer_to_pull(name, values.get("login", "facebook"))
    assert refused.value.cause, "and it is said why"
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
