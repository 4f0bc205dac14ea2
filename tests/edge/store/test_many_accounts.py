# SPDX-License-Identifier: Apache-2.0
"""Stores of one machine know as many accounts as they say, and what is told costs no more for it."""

from __future__ import annotations

import time

import pytest

from sealock_edge.store import Hint, MemoryStore, SqliteStore
from sealock_edge.store.store import MOST_ACCOUNTS
from tests.edge.store.conftest import LIFE
from tests.edge.store.test_every_store import watch


async def _seconds_to_tell(store, watched):
    began = time.process_time()
    for number in range(300):
        await store.tell(watched, [Hint(f"h{number}", "sealed")])
    return time.process_time() - began


async def test_a_hundred_thousand_accounts_make_telling_one_no_slower(clock):
    few, many = MemoryStore(clock, LIFE), MemoryStore(clock, LIFE)
    for number in range(MOST_ACCOUNTS):
        await watch(many, f"a{number}", f"page-{number}")
    await watch(few, "a7", "page-7")
    assert await many.find("a0") == "m"
    assert await _seconds_to_tell(many, "page-7") < 20 * await _seconds_to_tell(few, "page-7") + 0.05


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_beyond_the_most_the_account_seen_longest_ago_goes_with_all_that_is_its(tmp_path, clock, kind):
    store = MemoryStore(clock, LIFE, most=3) if kind == "memory" else SqliteStore(tmp_path / "s", clock, LIFE, most=3)
    for number in range(3):
        await watch(store, f"a{number}", "page")
        clock.pass_by(1)
    await store.tell("page", [Hint("h", "sealed")])
    await watch(store, "a0", "page")
    clock.pass_by(1)
    await watch(store, "a3", "page")
    assert [await store.find(f"a{number}") for number in range(4)] == ["m", None, "m", "m"]
    assert sorted((await store.tell("page", [])).accounts) == ["a0", "a2", "a3"]
    assert await store.pulled("a1", "m", "s") == ()
    await store.close()
