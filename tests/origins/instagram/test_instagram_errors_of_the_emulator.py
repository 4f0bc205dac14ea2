# SPDX-License-Identifier: Apache-2.0
"""Every refusal that the emulator knows, from the Graph API through the connector to its answer over gRPC."""

from __future__ import annotations

import pytest

from sealock_connector import AccountRevoked, ConnectorError, MessageRejected, OriginUnavailable
from tests.origins.facebook.test_facebook_errors_of_the_emulator import ANSWERS, OF_ONE_ITEM, OF_PERMISSIONS, WINDOWS


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_reply_has_its_documented_answer(meta, connector, values, name):
    meta.media_comment(meta.media)
    [found] = (await connector.pull(values)).resources
    meta.world.faults.errors = [name] * 9
    with pytest.raises(ConnectorError) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert type(refused.value) is ANSWERS[name]
    assert not any(each.author_id == meta.instagram.id for each in meta.world.media_comments)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_pull_has_its_documented_answer(meta, connector, values, name):
    meta.media_comment(meta.media)
    meta.world.faults.errors = [name] * 9
    expected = OriginUnavailable if ANSWERS[name] in OF_ONE_ITEM else ANSWERS[name]
    expected = AccountRevoked if name in OF_PERMISSIONS else expected
    with pytest.raises(ConnectorError) as refused:
        await connector.pull(values)
    assert type(refused.value) is expected
    meta.world.faults.errors = []
    assert len((await connector.pull(values)).resources) == 1, "nothing is lost by it"


@pytest.mark.parametrize(("seconds", "sent_as"), WINDOWS)
@pytest.mark.parametrize("feature", [True, False])
async def test_the_window_is_kept_to_the_second(meta, connector, values, seconds, sent_as, feature):
    meta.world.clock.freeze()
    meta.message(account=meta.instagram)
    [found] = (await connector.pull(values)).resources
    meta.world.settings.human_agent = feature
    meta.world.clock.advance(seconds)
    taken = sent_as == "RESPONSE" or (bool(sent_as) and feature)
    if taken:
        await connector.channelback(values, "Here we are", parent_id=found.external_id)
    else:
        with pytest.raises(ConnectorError) as refused:
            await connector.channelback(values, "Here we are", parent_id=found.external_id)
        assert isinstance(refused.value, MessageRejected if not sent_as else MessageRejected | AccountRevoked)
    assert [each.text for each in meta.world.messages if not each.by_person] == ["Here we are"] * taken
