# SPDX-License-Identifier: Apache-2.0
"""The accounts that pulls have shown: remembered for a while, in one process or in memory that several share."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_edge.recent_accounts import AGAIN_SECONDS, MOST_CHARS, AccountsInMemory, AccountsInProcess, memory_for
from sealock_edge.sealing import MAX_SEALED_CHARS
from tests.edge.edge_under_test import MovedClock

SECONDS = 3600.0


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(params=["process", "memory"])
def accounts(request, clock):
    if request.param == "process":
        return AccountsInProcess(clock, SECONDS, most=8)
    return AccountsInMemory(memory_for(8), clock, SECONDS)


async def test_an_account_is_found_as_it_was_noted_last(accounts):
    await accounts.note("a", "1", "old")
    await accounts.note("a", "1", "new")
    assert await accounts.find("a", "1") == "new"


@pytest.mark.parametrize(("integration", "account"), [("a", "2"), ("b", "1"), ("a1", ""), ("", "a1"), ("../a", "1")])
async def test_another_account_is_not_found(accounts, integration, account):
    await accounts.note("a", "1", "noted")
    assert await accounts.find(integration, account) is None


async def test_an_account_is_remembered_as_long_as_a_link_leads_anywhere_and_not_for_ever(accounts, clock):
    await accounts.note("a", "1", "noted")
    clock.move(seconds=SECONDS - 1)
    assert await accounts.find("a", "1") == "noted"
    clock.move(seconds=AGAIN_SECONDS + 1)
    assert await accounts.find("a", "1") is None


async def test_an_account_that_is_noted_again_and_again_stays(accounts, clock):
    for _ in range(20):
        await accounts.note("a", "1", "noted")
        clock.move(seconds=AGAIN_SECONDS / 2)
    clock.move(seconds=SECONDS - AGAIN_SECONDS / 2 - 1)
    assert await accounts.find("a", "1") == "noted"


async def test_there_are_bounds_and_the_oldest_goes_first(accounts, clock):
    for number in range(40):
        await accounts.note("a", str(number), "noted")
        clock.move(seconds=1)
    found = [number for number in range(40) if await accounts.find("a", str(number)) is not None]
    assert found[-8:] == list(range(32, 40))
    assert len(found) <= 16


async def test_whoever_has_the_memory_knows_what_any_of_them_noted(clock):
    memory = memory_for()
    first, second = (AccountsInMemory(memory, clock, SECONDS) for _ in range(2))
    await first.note("a", "1", "noted")
    assert await second.find("a", "1") == "noted"
    await second.note("a", "1", "renewed")
    assert await first.find("a", "1") == "renewed"


def at_once(call):
    """What a call that never waits gives."""
    with pytest.raises(StopIteration) as ended:
        call.send(None)
    return ended.value.value


def test_a_forked_process_and_its_parent_share_it(clock):
    accounts = AccountsInMemory(memory_for(), clock, SECONDS)
    if (child := os.fork()) == 0:
        at_once(accounts.note("a", "1", "noted"))
        os._exit(0)
    os.waitpid(child, 0)
    assert at_once(accounts.find("a", "1")) == "noted"


async def test_what_did_not_change_is_not_written_again_at_once(clock):
    accounts = AccountsInMemory(memory_for(), clock, SECONDS)
    await accounts.note("a", "1", "noted")
    clock.move(seconds=AGAIN_SECONDS - 1)
    await accounts.note("a", "1", "noted")
    clock.move(seconds=SECONDS + 2)
    assert await accounts.find("a", "1") is None


async def test_thousands_are_remembered(clock):
    accounts = AccountsInMemory(memory_for(), clock, SECONDS)
    for number in range(2000):
        await accounts.note("a", str(number), f"noted {number}")
    found = [await accounts.find("a", str(number)) for number in range(2000)]
    assert sum(value == f"noted {number}" for number, value in enumerate(found)) > 1980
    assert {value for number, value in enumerate(found) if value != f"noted {number}"} <= {None}


@pytest.mark.parametrize("size", [0, 1, MAX_SEALED_CHARS])
async def test_metadata_of_any_length_is_kept_whole(clock, size):
    accounts = AccountsInMemory(memory_for(1), clock, SECONDS)
    for number in range(8):
        await accounts.note("a", str(number), str(number) * size)
    assert [await accounts.find("a", str(number)) for number in range(8)] == [str(number) * size for number in range(8)]


def test_all_that_is_sealed_can_be_remembered():
    assert MOST_CHARS >= MAX_SEALED_CHARS


async def test_what_no_account_can_have_is_not_kept(clock):
    accounts = AccountsInMemory(memory_for(1), clock, SECONDS)
    await accounts.note("a", "1", "x" * (MOST_CHARS + 1))
    assert await accounts.find("a", "1") is None


@settings(max_examples=200)
@given(at=st.integers(0, 40 * 8 + 4), broken=st.binary(min_size=1, max_size=40))
async def test_what_two_processes_wrote_at_once_is_found_whole_or_not_at_all(at, broken):
    memory = memory_for(8)
    accounts = AccountsInMemory(memory, MovedClock(), SECONDS)
    await accounts.note("a", "1", "noted")
    where = max(0, memory.find(b"noted") - 40) if at > 40 * 8 else at
    memory[where : where + len(broken)] = broken
    assert await accounts.find("a", "1") in ("noted", None)
    clock = MovedClock()
    clock.move(seconds=2 * SECONDS)
    await AccountsInMemory(memory, clock, SECONDS).note("b", "2", "other")
