# SPDX-License-Identifier: Apache-2.0
"""The accounts that pulls have shown: remembered for a while, in one process or in a folder that several share."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sealock_edge.recent_accounts import (
    ABANDONED_SECONDS,
    AGAIN_SECONDS,
    IN_MEMORY,
    PREFIX,
    AccountsInFolder,
    AccountsInProcess,
    shared_folder,
)
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


def test_it_is_this_user_s_alone_and_goes_in_the_end():
    with shared_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not IN_MEMORY.is_dir() or folder.parent == IN_MEMORY
        (folder / "x").write_text("sealed")
    assert not folder.exists()


FORKED = """
import os
from sealock_edge.recent_accounts import shared_folder
with shared_folder() as folder:
    if (child := os.fork()) == 0:
        raise SystemExit(0)
    os.waitpid(child, 0)
    print(folder, folder.exists())
"""


def test_the_end_of_a_forked_process_leaves_it_to_the_others():
    printed = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True).stdout
    folder, there = printed.split()
    assert there == "True"
    assert not Path(folder).exists()


def left_behind(place: Path, name: str = f"{PREFIX}x", *, age: float = ABANDONED_SECONDS + 5) -> Path:
    folder = place / name
    folder.mkdir()
    (folder / "x").write_text("sealed")
    then = time.time() - age
    os.utime(folder, (then, then))
    return folder


def test_what_a_killed_edge_left_behind_is_removed_by_the_next_one(tmp_path):
    abandoned = left_behind(tmp_path)
    with shared_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert not abandoned.exists()


@pytest.mark.parametrize("settings", [{"age": 1}, {"name": "something-else"}])
def test_what_may_be_somebody_s_stays(tmp_path, settings):
    other = left_behind(tmp_path, **settings)
    with shared_folder(tmp_path):
        assert (other / "x").exists()


def test_the_folder_of_an_edge_that_runs_stays(tmp_path):
    with shared_folder(tmp_path) as running:
        then = time.time() - ABANDONED_SECONDS - 5
        os.utime(running, (then, then))
        with shared_folder(tmp_path):
            assert running.exists()


def test_what_is_no_folder_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "elsewhere")
    then = time.time() - ABANDONED_SECONDS - 5
    os.utime(tmp_path / f"{PREFIX}link", (then, then), follow_symlinks=False)
    with shared_folder(tmp_path):
        assert (tmp_path / "elsewhere").is_dir()
