# SPDX-License-Identifier: Apache-2.0
"""Odd answers of Meta to the connector for Instagram, with both logins."""

from __future__ import annotations

import pytest

from tests.origins.meta.failures.odd_answers import (
    OF_ERRORS,
    OF_LISTS,
    REFUSALS,
    everything_comes,
    refusal_is_understood,
)


@pytest.mark.parametrize("oddity", OF_LISTS)
async def test_everything_comes_with_odd_answers(meta, connector, values, oddity):
    comment = meta.media_comment(meta.media, "A comment")
    meta.store.clock.advance(1)
    meta.media_comment(comment, "An answer", person="Ben Sample")
    for number in range(5):
        meta.message(f"Message {number}", account=meta.instagram)
    meta.message("Of another", person="Ben Sample", account=meta.instagram)
    expected = ["A comment", "An answer", *(f"Message {number}" for number in range(5)), "Of another"]
    found, state = await everything_comes(meta, connector, values, oddity, expected)
    threads = {each.message: each.thread_id for each in found}
    assert threads["A comment"] == threads["An answer"]
    assert threads["Message 0"] == threads["Message 4"] != threads["Of another"]
    authors = {each.message: each.author.external_id for each in found}
    assert authors["A comment"] != authors["An answer"], "people of whom nothing is told are not one"
    meta.store.clock.advance(8 * 3_600)
    meta.message("Later", account=meta.instagram)
    assert [each.message for each in (await connector.pull(values, state)).resources] == ["Later"]


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("oddity", OF_ERRORS)
async def test_a_refusal_in_an_odd_shape_is_understood(meta, connector, values, oddity, name):
    meta.message("A message", account=meta.instagram)
    await refusal_is_understood(meta, connector, values, oddity, name)
