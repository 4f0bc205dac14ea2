# SPDX-License-Identifier: Apache-2.0
"""A store in a file: shared by processes, kept when they are killed, and away without harm."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import time

import pytest

from sealock_edge.store import Hint, SqliteStore, StoreAway
from tests.edge.store.conftest import LIFE
from tests.edge.store.test_every_store import PAGE, A, ids, watch

pytestmark = pytest.mark.system

PROCESS = """
import asyncio, sys, time
from pathlib import Path
from sealock_edge.store import Hint, SqliteStore

async def main(path, name, what):
    store = SqliteStore(Path(path), time.time, 86_400.0)
    await store.open()
    print("ready", flush=True)
    sys.stdin.readline()
    if what == "tell":
        for number in range(200):
            await store.tell("page", [Hint(f"{name}-{number}", "sealed")])
            print(number, flush=True)
    else:
        claim = await store.claim("account-a", name, 60)
        print("claimed" if claim else "refused", flush=True)
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


class Others:
    """Processes that have opened the file and wait for `go`."""

    def __init__(self, path, what, count):
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-c", PROCESS, str(path), f"p{number}", what],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for number in range(count)
        ]  # fmt: skip

    def __enter__(self):
        for process in self.processes:
            assert process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.communicate()

    def go(self):
        for process in self.processes:
            process.stdin.write("go\n")
            process.stdin.flush()

    def said(self):
        return [process.stdout.read().split() for process in self.processes]


@pytest.fixture
async def opened(tmp_path):
    store = SqliteStore(tmp_path / "store", time.time, LIFE)
    await store.open()
    yield store
    await store.close()


async def test_this_user_alone_may_read_it(opened, tmp_path):
    await watch(opened)
    files = list(tmp_path.iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_hints_that_several_processes_tell_are_all_there(opened, tmp_path):
    await watch(opened)
    with Others(tmp_path / "store", "tell", 3) as others:
        others.go()
        others.said()
    given = []
    for _ in range(7):
        given += ids(await opened.pulled(A, "m", "s"))
    assert set(given) == {f"p{process}-{number}" for process in range(3) for number in range(200)}
    assert (await opened.claim(A, "o", 60)).tells == 600


async def test_one_of_several_processes_has_the_account(opened, tmp_path):
    await watch(opened)
    with Others(tmp_path / "store", "claim", 4) as others:
        others.go()
        said = [word for (word,) in others.said()]
    assert sorted(said) == ["claimed", "refused", "refused", "refused"]


async def test_what_was_said_to_be_safe_outlives_kill_9(opened, tmp_path):
    await watch(opened)
    with Others(tmp_path / "store", "tell", 2) as others:
        others.go()
        seen = [[process.stdout.readline().strip() for _ in range(20)] for process in others.processes]
        for process in others.processes:
            process.kill()
        told = [first + rest for first, rest in zip(seen, others.said(), strict=True)]
    safe = {f"p{process}-{number}" for process, numbers in enumerate(told) for number in numbers}
    assert len(safe) >= 40
    given = set()
    for _ in range(5):
        given |= set(ids(await opened.pulled(A, "m", "s")))
    assert safe <= given
    assert len(given - safe) <= 2, "those whose answers nobody saw"


async def test_an_owner_that_was_killed_has_its_account_no_longer_than_it_said(tmp_path, clock):
    path = tmp_path / "store"
    one, two = SqliteStore(path, clock, LIFE), SqliteStore(path, clock, LIFE)
    await watch(one)
    assert await one.claim(A, "one", 60) is not None
    await one.close()
    assert await two.claim(A, "two", 60) is None
    clock.pass_by(61)
    assert await two.claim(A, "two", 60) is not None
    await two.close()


async def test_what_is_kept_is_there_after_a_restart(tmp_path, clock):
    for number in range(3):
        store = SqliteStore(tmp_path / "store", clock, LIFE)
        await store.open()
        if number == 0:
            await watch(store)
        await store.tell(PAGE, [Hint(f"h{number}", "sealed")])
        await store.close()
    store = SqliteStore(tmp_path / "store", clock, LIFE)
    assert ids(await store.pulled(A, "m", "s")) == ["h0", "h1", "h2"]
    await store.close()


async def test_a_file_that_cannot_be_is_away_until_it_can(tmp_path, clock):
    store = SqliteStore(tmp_path / "folder" / "store", clock, LIFE)
    await store.open()
    with pytest.raises(StoreAway):
        await store.tell(PAGE, [Hint("h1", "sealed")])
    (tmp_path / "folder").mkdir()
    await store.tell(PAGE, [Hint("h1", "sealed")])
    await store.close()
    with pytest.raises(StoreAway):
        await store.find(A)


@pytest.mark.parametrize("made", ["text", "another version", "another table"])
async def test_a_file_that_is_something_else_is_away_and_stays_as_it_is(tmp_path, clock, made):
    path = tmp_path / "store"
    if made == "text":
        path.write_text("no database " * 100)
    else:
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 77" if made == "another version" else "CREATE TABLE accounts (a)")
        database.close()
    store = SqliteStore(path, clock, LIFE)
    await store.open()
    with pytest.raises(StoreAway):
        await watch(store)
    await store.close()
    assert "no database" in path.read_text() if made == "text" else path.stat().st_size > 0


async def test_a_lock_that_somebody_holds_is_not_waited_for_long(tmp_path, clock, opened):
    await watch(opened)
    other = sqlite3.connect(tmp_path / "store", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreAway):
        await asyncio.wait_for(opened.tell(PAGE, [Hint("h1", "sealed")]), 30)
    other.execute("ROLLBACK")
    other.close()
    assert (await opened.tell(PAGE, [Hint("h2", "sealed")])).accounts == (A,)
    assert ids(await opened.pulled(A, "m", "s")) == ["h2"]


async def test_a_full_disk_keeps_nothing_by_half(tmp_path, clock):
    store = SqliteStore(tmp_path / "store", clock, LIFE)
    await watch(store)
    await store._run(lambda: store._database.execute("PRAGMA max_page_count = 1").fetchone())
    with pytest.raises(StoreAway):
        await store.tell(PAGE, [Hint(f"h{number}", "sealed" * 200) for number in range(100)])
    assert await store.pulled(A, "m", "s") == ()
    assert (await store.claim(A, "o", 60)).tells == 0
    await store.close()


async def test_what_is_over_leaves_the_file(tmp_path, clock):
    store = SqliteStore(tmp_path / "store", clock, LIFE)
    await watch(store)
    await store.tell(PAGE, [Hint("h1", "sealed")])
    await store.tell("nobody's", [Hint("h1", "sealed")])
    await store.pause("p", 10)
    clock.pass_by(2 * LIFE)
    await store.note("other", "m")
    await store.close()
    with sqlite3.connect(tmp_path / "store") as database:
        counts = [database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in
                  ("accounts", "hints", "unwatched", "pauses")]  # fmt: skip
    database.close()
    assert counts == [1, 0, 0, 0]
