# SPDX-License-Identifier: Apache-2.0
"""The memory of accounts: found again, never another's, not for ever, not without bounds."""

from __future__ import annotations

import stat

import pytest

from sealock_edge.recent_accounts import AGAIN_SECONDS, AccountsInFolder, AccountsInProcess
from tests.edge.edge_under_test import MovedClock

SECONDS = 3600.0


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(params=["process", "folder"])
def accounts(request, clock, tmp_path):
    if request.param == "process":
        return AccountsInProcess(clock, SECONDS, most=8)
    return AccountsInFolder(tmp_path, clock, SECONDS, most=8)


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


async def test_processes_with_one_folder_know_what_any_of_them_noted(clock, tmp_path):
    first, second = (AccountsInFolder(tmp_path, clock, SECONDS) for _ in range(2))
    await first.note("a", "1", "noted")
    assert await second.find("a", "1") == "noted"
    await second.note("a", "1", "renewed")
    assert await first.find("a", "1") == "renewed"


async def test_what_did_not_change_is_not_written_again_at_once(clock, tmp_path):
    accounts = AccountsInFolder(tmp_path, clock, SECONDS)
    await accounts.note("a", "1", "noted")
    [file] = tmp_path.iterdir()
    file.unlink()
    await accounts.note("a", "1", "noted")
    assert list(tmp_path.iterdir()) == []
    clock.move(seconds=AGAIN_SECONDS)
    await accounts.note("a", "1", "noted")
    assert await accounts.find("a", "1") == "noted"


async def test_a_file_holds_what_is_sealed_and_only_its_owner_reads_it(clock, tmp_path):
    await AccountsInFolder(tmp_path, clock, SECONDS).note("org.example", "account-1", "sealed")
    [file] = tmp_path.iterdir()
    assert file.read_text() == "sealed"
    assert "account-1" not in file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_folder_that_is_gone_is_no_failure(clock, tmp_path):
    accounts = AccountsInFolder(tmp_path / "gone", clock, SECONDS)
    await accounts.note("a", "1", "noted")
    assert await accounts.find("a", "1") is None
