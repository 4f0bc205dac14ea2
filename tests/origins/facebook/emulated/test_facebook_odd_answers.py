# SPDX-License-Identifier: Apache-2.0
"""Odd answers of Meta to the connector for Facebook."""

from __future__ import annotations

import pytest

from tests.origins.meta.failures.odd_answers import (
    OF_ERRORS,
    OF_LISTS,
    REFUSALS,
    everything_comes,
    refusal_is_understood,
)

FAMILY = "\U0001f468‍\U0001f469‍\U0001f467 שלום 👍🏽"


@pytest.mark.parametrize("oddity", OF_LISTS)
async def test_everything_comes_with_odd_answers(meta, connector, values, oddity):
    post = meta.visitor_post("A post")
    meta.store.clock.advance(1)
    comment = meta.comment(post, FAMILY)
    meta.store.clock.advance(1)
    meta.comment(comment, "An answer", person="Ben Sample")
    meta.comment(meta.page_post, "On the Page's own")
    for number in range(5):
        meta.message(f"Message {number}")
    meta.message("Of another", person="Ben Sample")
    expected = ["A post", FAMILY, "An answer", "On the Page's own", *(f"Message {n}" for n in range(5)), "Of another"]
    found, state = await everything_comes(meta, connector, values, oddity, expected)
    threads = {each.message: each.thread_id for each in found}
    assert len({threads[f"Message {number}"] for number in range(5)}) == 1
    assert threads["Message 0"] != threads["Of another"]
    assert threads[FAMILY] == threads["An answer"] == threads["A post"]
    meta.store.clock.advance(8 * 3_600)
    meta.comment(post, "Later")
    meta.message("Later, too")
    page = await connector.pull(values, state)
    assert sorted(each.message for each in page.resources) == ["Later", "Later, too"]


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("oddity", OF_ERRORS)
async def test_a_refusal_in_an_odd_shape_is_understood(meta, connector, values, oddity, name):
    meta.message("A message")
    await refusal_is_understood(meta, connector, values, oddity, name)
