# SPDX-License-Identifier: Apache-2.0
"""Every refusal that the emulator knows, from the Graph API through the connector to its answer over gRPC."""

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
from sealock_devkit.origins.meta.clock import DAY, MINUTE
from sealock_devkit.origins.meta.errors import ERRORS
from tests.origins.facebook.test_facebook_on_the_emulator import connector, meta, values  # noqa: F401

ANSWERS = {
    "unknown": OriginUnavailable,
    "service": OriginUnavailable,
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
OF_PERMISSIONS = {"capability", "permission", "scope"}
"""The sign-in still has every permission here: a reply is refused on its own, a pull asks for an administrator."""
OF_ONE_ITEM = {MessageRejected, NotFound}
"""A pull sends nothing that could be refused for good: to it, these are passing failures."""


def test_every_error_of_the_table_has_its_answer():
    assert set(ANSWERS) == set(ERRORS)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_reply_has_its_documented_answer(meta, connector, values, name):  # noqa: F811
    meta.comment(meta.page_post)
    [found] = (await connector.pull(values)).resources
    meta.world.faults.errors = [name] * 9
    with pytest.raises(ConnectorError) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert type(refused.value) is ANSWERS[name]
    assert not any(each.author_id == meta.page.id for each in meta.world.comments)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_pull_has_its_documented_answer(meta, connector, values, name):  # noqa: F811
    meta.comment(meta.page_post)
    meta.world.faults.errors = [name] * 9
    expected = OriginUnavailable if ANSWERS[name] in OF_ONE_ITEM else ANSWERS[name]
    expected = AccountRevoked if name in OF_PERMISSIONS else expected
    with pytest.raises(ConnectorError) as refused:
        await connector.pull(values)
    assert type(refused.value) is expected
    meta.world.faults.errors = []
    assert len((await connector.pull(values)).resources) == 1, "nothing is lost by it"


async def test_a_reply_without_a_permission_asks_for_an_administrator(meta, connector, values):  # noqa: F811
    meta.comment(meta.page_post)
    [found] = (await connector.pull(values)).resources
    meta.without("pages_manage_engagement")
    with pytest.raises(AccountRevoked) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert "pages_manage_engagement" in refused.value.message_for_agent


WINDOWS = [
    (DAY - 1, "RESPONSE"),
    (DAY + 1, "HUMAN_AGENT"),
    (7 * DAY - MINUTE, "HUMAN_AGENT"),
    (7 * DAY + MINUTE, ""),
]


@pytest.mark.parametrize(("seconds", "sent_as"), WINDOWS)
@pytest.mark.parametrize("feature", [True, False])
async def test_the_window_is_kept_to_the_second(meta, connector, values, seconds, sent_as, feature):  # noqa: F811
    """Without the feature at Meta, a message that would need it is refused by Meta itself."""
    meta.world.clock.freeze()
    meta.message()
    [found] = (await connector.pull(values)).resources
    meta.world.settings.human_agent = feature
    meta.world.clock.advance(seconds)
    if sent_as == "RESPONSE" or (sent_as and feature):
        await connector.channelback(values, "Here we are", parent_id=found.external_id)
    else:
        with pytest.raises(ConnectorError) as refused:
            await connector.channelback(values, "Here we are", parent_id=found.external_id)
        assert isinstance(refused.value, MessageRejected if not sent_as else MessageRejected | AccountRevoked)
    taken = sent_as == "RESPONSE" or (bool(sent_as) and feature)
    assert [each.text for each in meta.world.messages if not each.by_person] == ["Here we are"] * taken
