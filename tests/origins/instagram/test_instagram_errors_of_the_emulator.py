# SPDX-License-Identifier: Apache-2.0
"""Every refusal that the emulator knows, from the Graph API through the connector to its answer over gRPC."""

from __future__ import annotations

import pytest

from tests.origins.meta.refusing import ANSWERS, WINDOWS, pull_is_refused, reply_is_refused, window_is_kept


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_reply_has_its_documented_answer(meta, connector, values, name):
    meta.media_comment(meta.media)
    await reply_is_refused(meta, connector, values, name)
    assert not any(each.author_id == meta.instagram.id for each in meta.store.media_comments)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_pull_has_its_documented_answer(meta, connector, values, name):
    meta.media_comment(meta.media)
    await pull_is_refused(meta, connector, values, name)


@pytest.mark.parametrize(("seconds", "sent_as"), WINDOWS)
@pytest.mark.parametrize("feature", [True, False])
async def test_the_window_is_kept_to_the_second(meta, connector, values, seconds, sent_as, feature):
    meta.store.clock.freeze()
    meta.message(account=meta.instagram)
    await window_is_kept(meta, connector, values, seconds, sent_as, feature)
