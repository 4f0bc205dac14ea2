# SPDX-License-Identifier: Apache-2.0
"""Every refusal that the emulator knows, from the Graph API through the connector to its answer over gRPC."""

from __future__ import annotations

import pytest

from sealock_connector import AccountRevoked
from sealock_devkit.emulators.meta.graph.errors import ERRORS
from tests.origins.facebook.test_facebook_on_the_emulator import connector, meta, values  # noqa: F401
from tests.origins.meta.refusing import ANSWERS, WINDOWS, pull_is_refused, reply_is_refused, window_is_kept


def test_every_error_of_the_table_has_its_answer():
    assert set(ANSWERS) == set(ERRORS)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_reply_has_its_documented_answer(meta, connector, values, name):  # noqa: F811
    meta.comment(meta.page_post)
    await reply_is_refused(meta, connector, values, name)
    assert not any(each.author_id == meta.page.id for each in meta.store.comments)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_pull_has_its_documented_answer(meta, connector, values, name):  # noqa: F811
    meta.comment(meta.page_post)
    await pull_is_refused(meta, connector, values, name)


async def test_a_reply_without_a_permission_asks_for_an_administrator(meta, connector, values):  # noqa: F811
    meta.comment(meta.page_post)
    [found] = (await connector.pull(values)).resources
    meta.without("pages_manage_engagement")
    with pytest.raises(AccountRevoked) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert "pages_manage_engagement" in refused.value.message_for_agent


@pytest.mark.parametrize(("seconds", "sent_as"), WINDOWS)
@pytest.mark.parametrize("feature", [True, False])
async def test_the_window_is_kept_to_the_second(meta, connector, values, seconds, sent_as, feature):  # noqa: F811
    meta.store.clock.freeze()
    meta.message()
    await window_is_kept(meta, connector, values, seconds, sent_as, feature)
