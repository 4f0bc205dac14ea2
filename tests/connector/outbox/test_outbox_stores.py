# SPDX-License-Identifier: Apache-2.0
"""What every store of the outbox does, and which one a name stands for."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_connector import OutboxUnavailable
from sealock_connector._outbox import Claimed, Finished, InFlight, MemoryOutbox, SqliteOutbox
from sealock_connector._outbox.store import scope
from sealock_connector._outbox.valkey import ValkeyOutbox
from sealock_connector._serving.options import outbox_of
from sealock_contract.stores.names import is_encrypted, problem_of
from tests.valkey_server import ValkeyServer

LEASE = timedelta(seconds=10)
SOON = timedelta(seconds=5)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **by) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    with ValkeyServer(tmp_path_factory.mktemp("valkey"), "databases 1000") as running:
        yield running


DATABASES = iter(range(1_000))
"""One for each test with the same Valkey."""


def made(name, request, clock):
    if name == "memory":
        return MemoryOutbox(clock=clock)
    if name == "sqlite":
        return SqliteOutbox(request.getfixturevalue("tmp_path") / "outbox", clock=clock)
    return ValkeyOutbox(f"{request.getfixturevalue('valkey').url}/{next(DATABASES)}", origin="plain", clock=clock)


@pytest.fixture(params=["memory", "sqlite", "valkey"])
async def store(request, clock):
    store = made(request.param, request, clock)
    await store.open()
    yield store
    await store.close()


async def test_a_key_is_claimed_by_one(store):
    assert await store.claim("k", "a", LEASE) == Claimed(None)
    assert await store.claim("k", "b", LEASE) == InFlight()
    assert await store.claim("k", "a", LEASE) == InFlight()
    assert await store.claim("other", "b", LEASE) == Claimed(None)


async def test_of_many_at_once_one_wins(store):
    claims = await asyncio.gather(*(store.claim("k", str(owner), LEASE) for owner in range(50)))
    assert claims.count(Claimed(None)) == 1
    assert claims.count(InFlight()) == 49


async def test_a_finished_key_gives_its_result(store):
    await store.claim("k", "a", LEASE)
    await store.finish("k", b"result")
    assert await store.claim("k", "b", LEASE) == Finished(b"result")


async def test_the_first_result_stays(store):
    await store.finish("k", b"first")
    await store.finish("k", b"second")
    assert await store.claim("k", "b", LEASE) == Finished(b"first")


async def test_a_released_key_is_as_new(store, clock):
    await store.claim("k", "a", LEASE)
    await store.release("k", "a")
    clock.pass_(seconds=1)
    assert await store.claim("k", "b", LEASE) == Claimed(None)


async def test_an_ended_lease_is_taken_over_with_the_time_of_the_first_attempt(store, clock):
    first = clock()
    await store.claim("k", "a", LEASE)
    clock.pass_(seconds=10)
    assert await store.claim("k", "b", LEASE) == Claimed(first)
    clock.pass_(seconds=10)
    assert await store.claim("k", "c", LEASE) == Claimed(first)


async def test_a_renewed_lease_holds(store, clock):
    await store.claim("k", "a", LEASE)
    clock.pass_(seconds=9)
    assert await store.renew("k", "a", LEASE)
    clock.pass_(seconds=9)
    assert await store.claim("k", "b", LEASE) == InFlight()


async def test_who_lost_the_claim_can_neither_renew_nor_release_nor_abandon_it(store, clock):
    await store.claim("k", "a", LEASE)
    clock.pass_(seconds=11)
    await store.claim("k", "b", LEASE)
    assert not await store.renew("k", "a", LEASE)
    await store.release("k", "a")
    await store.abandon("k", "a", timedelta(0))
    assert await store.claim("k", "c", LEASE) == InFlight()


async def test_who_lost_the_claim_can_still_bring_the_result(store, clock):
    await store.claim("k", "a", LEASE)
    clock.pass_(seconds=11)
    await store.claim("k", "b", LEASE)
    await store.finish("k", b"late")
    assert await store.claim("k", "c", LEASE) == Finished(b"late")


async def test_an_abandoned_key_is_taken_over_after_it_settled(store, clock):
    first = clock()
    await store.claim("k", "a", LEASE)
    await store.abandon("k", "a", timedelta(seconds=2))
    clock.pass_(seconds=1)
    assert await store.claim("k", "b", LEASE) == InFlight()
    clock.pass_(seconds=1)
    assert await store.claim("k", "b", LEASE) == Claimed(first)


async def test_a_finished_key_can_neither_be_released_nor_abandoned(store):
    await store.claim("k", "a", LEASE)
    await store.finish("k", b"result")
    await store.release("k", "a")
    await store.abandon("k", "a", timedelta(0))
    assert not await store.renew("k", "a", LEASE)
    assert await store.claim("k", "b", LEASE) == Finished(b"result")


@pytest.mark.parametrize("change", ["finish", "release"])
async def test_waiting_ends_with_a_change(store, change):
    await store.claim("k", "a", timedelta(minutes=5))
    waiting = asyncio.create_task(store.wait("k", timedelta(minutes=5)))
    await asyncio.sleep(0)
    assert not waiting.done()
    await (store.finish("k", b"r") if change == "finish" else store.release("k", "a"))
    await asyncio.wait_for(waiting, 20)


async def test_waiting_ends_in_time_without_a_change(store):
    await store.claim("k", "a", timedelta(minutes=5))
    await asyncio.wait_for(store.wait("k", timedelta(milliseconds=30)), 20)


@pytest.mark.parametrize("key", ["finished", "unknown", "ended"])
async def test_there_is_nothing_to_wait_for(store, clock, key):
    await store.finish("finished", b"")
    await store.claim("ended", "a", LEASE)
    clock.pass_(seconds=11)
    await asyncio.wait_for(store.wait(key, timedelta(minutes=5)), 20)


@pytest.mark.parametrize("store", ["memory", "sqlite"], indirect=True)
async def test_old_records_expire_and_held_ones_do_not(store, clock):
    await store.claim("old", "a", LEASE)
    await store.finish("old", b"")
    await store.claim("uncertain", "a", LEASE)
    await store.claim("held", "a", timedelta(days=30))
    clock.pass_(days=6)
    assert await store.expire() == 0
    await store.finish("young", b"y")
    clock.pass_(days=1, seconds=1)
    assert await store.expire() == 2
    assert await store.claim("old", "b", LEASE) == Claimed(None)
    assert await store.claim("young", "b", LEASE) == Finished(b"y")
    assert await store.claim("held", "b", LEASE) == InFlight()


async def test_two_of_them_share_a_file(tmp_path):
    one, two = SqliteOutbox(tmp_path / "outbox"), SqliteOutbox(tmp_path / "outbox")
    await asyncio.gather(one.open(), two.open())
    claims = await asyncio.gather(*(each.claim("k", str(n), LEASE) for n in range(20) for each in (one, two)))
    assert claims.count(Claimed(None)) == 1
    await one.finish("k", b"r")
    assert await two.claim("k", "z", LEASE) == Finished(b"r")
    await asyncio.gather(one.close(), two.close())


async def test_a_new_file_is_opened_while_another_process_makes_it(tmp_path):
    other = sqlite3.connect(tmp_path / "outbox", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE other (a)")
    store = SqliteOutbox(tmp_path / "outbox")
    opening = asyncio.create_task(store.open())
    assert await asyncio.wait([opening], timeout=0.2) == (set(), {opening})
    other.execute("COMMIT")
    other.close()
    await opening
    await store.close()


async def test_a_file_outlives_its_process_and_is_private(tmp_path):
    path = tmp_path / "outbox"
    store = SqliteOutbox(path)
    await store.open()
    await store.finish("k", b"r")
    await store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = SqliteOutbox(path)
    await again.open()
    assert await again.claim("k", "a", LEASE) == Finished(b"r")
    await again.close()


async def test_a_store_that_fails_says_so(tmp_path):
    missing = SqliteOutbox(tmp_path / "no" / "folder")
    with pytest.raises(OutboxUnavailable):
        await missing.open()
    with pytest.raises(OutboxUnavailable):
        await missing.claim("k", "a", LEASE)
    await missing.close()


async def test_a_file_that_is_no_outbox_of_this_version_is_left_alone(tmp_path):
    path = tmp_path / "outbox"
    path.write_bytes(b"something else, and long enough to be read as a file of SQLite" * 20)
    store = SqliteOutbox(path)
    with pytest.raises(OutboxUnavailable):
        await store.open()
    await store.close()
    newer = tmp_path / "newer"
    database = sqlite3.connect(newer)
    database.execute("PRAGMA user_version = 99")
    database.close()
    store = SqliteOutbox(newer)
    with pytest.raises(OutboxUnavailable, match="another version"):
        await store.open()
    await store.close()


@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_different_replies_have_different_keys_and_none_is_readable(one, other):
    assert (scope(*one) == scope(*other)) == (one == other)
    assert len(scope(*one)) == 64


def test_parts_of_a_key_do_not_run_into_each_other():
    assert len({scope("ab", "c", "d"), scope("a", "bc", "d"), scope("a", "b", "cd"), scope("", "abc", "d")}) == 4


KINDS = {
    "memory": MemoryOutbox,
    "sqlite:outbox": SqliteOutbox,
    "sqlite:/var/lib/sealock/outbox.sqlite": SqliteOutbox,
    "valkey://valkey": ValkeyOutbox,
    "valkey://sealock@valkey:6380/3": ValkeyOutbox,
    "valkeys://valkey.sealock.svc:6379": ValkeyOutbox,
    "valkeys://[::1]:6379/0": ValkeyOutbox,
}
SHAPE = "is not valkey[s]://[USER@]HOST[:PORT][/DATABASE]"
UNKNOWN = "is neither memory nor sqlite:PATH nor valkey[s]://HOST"
PROBLEMS = {
    "": UNKNOWN,
    "file": UNKNOWN,
    "sqlite:": UNKNOWN,
    "redis://valkey": UNKNOWN,
    "valkey:valkey": UNKNOWN,
    "valkey://": SHAPE,
    "valkey://:6379": SHAPE,
    "valkey://valkey:port": SHAPE,
    "valkey://valkey:0": SHAPE,
    "valkey://valkey:70000": SHAPE,
    "valkey://valkey/three": SHAPE,
    "valkey://valkey?db=3": SHAPE,
    "valkey://[::1": SHAPE,
    "valkey://:canary@valkey": "has a password in it: everybody sees it there; it belongs into --store-password-file",
    "valkey://me:canary@valkey": "has a password in it: everybody sees it there; it belongs into --store-password-file",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_name_stands_for_an_outbox(name):
    assert problem_of(name, "--store-password-file") is None
    assert isinstance(outbox_of(name, origin="plain"), KINDS[name])


@pytest.mark.parametrize("name", PROBLEMS)
def test_other_names_are_refused_with_what_is_wrong(name):
    assert problem_of(name, "--store-password-file") == PROBLEMS[name]


@settings(deadline=None)
@given(st.text() | st.text().map("valkey://{}".format) | st.text().map("valkeys://a{}".format))
def test_every_name_either_works_or_has_a_problem(name):
    problem = problem_of(name, "--store-password-file")
    if problem is None:
        outbox_of(name, origin="plain")
    else:
        assert "canary" not in problem


def test_only_valkey_without_tls_is_plaintext():
    assert [name for name in KINDS if not is_encrypted(name)] == ["valkey://valkey", "valkey://sealock@valkey:6380/3"]


def test_without_its_client_valkey_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sealock_connector._outbox.valkey", None)
    with pytest.raises(OutboxUnavailable, match=r"install sealock-connector\[valkey\]"):
        outbox_of("valkey://valkey", origin="plain")
