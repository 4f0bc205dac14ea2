# SPDX-License-Identifier: Apache-2.0
"""The version of the Graph API is pinned; when it has ended, that is said, whichever way Meta ends it."""

from __future__ import annotations

import pytest

from sealock_connector import Cause, MessageRejected, OriginUnavailable

TEN_YEARS = 3_650 * 86_400


@pytest.fixture
def years_later(meta):
    """The pinned version has ended; what the account lives on has not."""
    meta.store.clock.advance(TEN_YEARS)


async def test_a_version_that_is_refused_is_for_whoever_runs_the_integration(meta, connector, values, years_later):
    meta.message()
    with pytest.raises(OriginUnavailable) as pulled:
        await connector.pull(values)
    assert pulled.value.cause is Cause.VERSION_ENDED
    with pytest.raises(MessageRejected) as replied:
        await connector.channelback(values, "Hello", thread_id=f"facebook:{meta.page.id}/messages/{meta.scoped()}")
    assert replied.value.cause is Cause.VERSION_ENDED
    assert "no longer answers in the version" in replied.value.message_for_agent


async def test_a_version_that_is_answered_in_another_one_is_said_once(meta, connector, values, years_later, caplog):
    meta.store.settings.sunset = "forwarded"
    meta.message()
    for _ in range(2):
        assert len((await connector.pull(values)).resources) == 1
    said = [each.getMessage() for each in caplog.records if "has ended" in each.getMessage()]
    assert said == ["version v26.0 of the Graph API has ended: Meta answers in v27.0"]


async def test_the_pinned_version_says_nothing(meta, connector, values, caplog):
    meta.message()
    await connector.pull(values)
    assert not [each for each in caplog.records if "has ended" in each.getMessage()]
