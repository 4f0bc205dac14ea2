# SPDX-License-Identifier: Apache-2.0
"""A store in a real Valkey: shared by edges, kept over restarts, and away without holding anybody up."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import time
from contextlib import asynccontextmanager

import pytest
import trustme
import valkey

from sealock_edge.store import Hint, StoreAway
from sealock_edge.store import valkey as valkey_store
from sealock_edge.store.valkey import PREFIX, ValkeyStore
from tests.edge.store.conftest import LIFE
from tests.edge.store.test_every_store import PAGE, A, hints, ids, watch
from tests.valkey_server import Cutting, ValkeyServer

pytestmark = pytest.mark.system

RIGHTS = (
    f"~{PREFIX}* resetchannels -@all +eval +evalsha +script|load +ping +info +select +client|setinfo +time"
    " +hget +hmget +hset +hdel +hincrby +zadd +zrem +zrange +zrevrange +zrangebyscore +zcard +get +set +del +pexpire"
)

PROCESS = """
import asyncio, json, sys
from sealock_edge.store import Hint
from sealock_edge.store.valkey import ValkeyStore

async def main(url, name):
    store = ValkeyStore(url, 86_400.0)
    print("ready", flush=True)
    sys.stdin.readline()
    claim = await store.claim("account-a", name, 60)
    print(json.dumps(claim is not None), flush=True)
    for number in range(100):
        await store.tell("page", [Hint(f"{name}-{number}", "sealed")])
        print(number, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def started(url, name):
    command = [sys.executable, "-c", PROCESS, url, name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@asynccontextmanager
async def opened(url, **settings):
    store = ValkeyStore(url, LIFE, **settings)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def comes_back(store):
    """Until the store answers again."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await store.paused("nothing")
            except StoreAway:
                await asyncio.sleep(0.1)


@pytest.fixture
def own_server(tmp_path):
    """A server that the test may stop."""
    with ValkeyServer(tmp_path / "own") as running:
        yield running


async def test_edges_share_a_server_and_one_has_an_account_at_a_time(emptied):
    async with opened(emptied.url) as one, opened(emptied.url) as two:
        await watch(one)
        assert (await two.tell(PAGE, hints(1))).accounts == (A,)
        claims = await asyncio.gather(*(each.claim(A, f"{n}", 60) for n, each in enumerate((one, two) * 10)))
        assert sum(claim is not None for claim in claims) == 1
        assert await two.find(A) == "m"


async def test_valkeys_own_clock_ends_claims_and_pauses(emptied):
    async with opened(emptied.url) as store:
        await watch(store)
        assert await store.claim(A, "a", 0.1) is not None
        await store.pause("p", 0.1)
        await asyncio.sleep(0.2)
        assert await store.claim(A, "b", 60) is not None
        assert await store.paused("p") == 0


async def test_all_that_is_kept_goes_by_itself_and_names_nobody(emptied):
    async with opened(emptied.url) as store:
        await watch(store)
        await store.tell(PAGE, hints(1))
        await store.tell("unwatched", hints(2))
        await store.pause("p", 60)
    with valkey.Valkey(port=emptied.port) as looking:
        names = looking.keys()
        assert len(names) == 8
        assert all(name.startswith(PREFIX.encode()) for name in names)
        assert all(0 < looking.pttl(name) <= LIFE * 1000 for name in names)


async def test_what_several_processes_told_is_there_though_they_were_killed(emptied):
    async with opened(emptied.url) as store:
        await watch(store)
        processes = [started(emptied.url, f"p{number}") for number in range(3)]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        claimed = [json.loads(process.stdout.readline()) for process in processes]
        assert sorted(claimed) == [False, False, True]
        seen = [[process.stdout.readline().strip() for _ in range(20)] for process in processes]
        for process in processes:
            process.kill()
            process.stdin.close()
        told = [first + process.stdout.read().split() for first, process in zip(seen, processes, strict=True)]
        for process in processes:
            process.wait()
            process.stdout.close()
        safe = {f"p{process}-{number}" for process, numbers in enumerate(told) for number in numbers}
        given = set()
        for _ in range(4):
            given |= set(ids(await store.pulled(A, "m", "s")))
        assert safe <= given
        assert len(given - safe) <= 3, "those whose answers nobody saw"


async def test_what_was_done_before_its_answer_was_lost_is_as_if_done_once(emptied):
    async with Cutting(emptied.port) as between, opened(between.url) as store:

        async def lost(asked):
            between.lose = 1
            answer = await asked
            assert between.lose == 0
            return answer

        for _ in range(2):  # Valkey knows the scripts then
            await watch(store)
            await store.tell(PAGE, ())
            await store.claim(A, "o", 60)
            await store.pushed(A, "o", state="s", read=())
            await store.release(A, "o", 99)
        await lost(store.pulled(A, "m", "s"))
        await lost(store.answered(A, "m", watched=PAGE, metadata="m", state="s", read=()))
        assert (await lost(store.tell(PAGE, hints(1, 2)))).accounts == (A,)
        claim = await lost(store.claim(A, "o", 60))
        assert ids(claim.hints) == ["h1", "h2"]
        assert await lost(store.pushed(A, "o", state="p", read=claim.hints[:1]))
        assert await lost(store.release(A, "o", claim.tells))
        assert ids((await store.claim(A, "other", 60)).hints) == ["h2"]
        await lost(store.forget(A))
        assert await store.find(A) is None


async def test_a_server_that_was_killed_has_kept_what_it_answered(own_server):
    async with opened(own_server.url) as store:
        await watch(store)
        await store.tell(PAGE, hints(*range(50)))
        await store.claim(A, "a", 600)
        own_server.kill()
        with pytest.raises(StoreAway):
            await store.tell(PAGE, hints(99))
        own_server.start()
        await comes_back(store)
        assert len(await store.pulled(A, "m", "s")) == 50
        assert await store.claim(A, "b", 60) is None


async def test_a_server_that_was_emptied_learns_with_the_next_pull(own_server):
    async with opened(own_server.url) as store:
        await watch(store)
        await store.tell(PAGE, hints(1))
        given = await store.pulled(A, "m", "s")
        claim = await store.claim(A, "o", 60)
        with valkey.Valkey(port=own_server.port) as client:
            client.flushall()
            client.script_flush()
        await store.answered(A, "m", watched=PAGE, metadata="m", state="s1", read=given)
        assert not await store.pushed(A, "o", state="p", read=given)
        assert await store.release(A, "o", claim.tells)
        assert (await store.tell(PAGE, hints(2))).accounts == ()
        await watch(store)
        assert ids(await store.pulled(A, "m", "s")) == ["h2"]


async def test_a_server_that_hangs_is_waited_for_once_and_then_not_at_all(own_server, monkeypatch):
    assert valkey_store._LONGEST_SECONDS <= 2
    monkeypatch.setattr(valkey_store, "_AWAY_SECONDS", 30.0)
    noted = []
    async with opened(own_server.url, noted=noted.append) as store:
        await watch(store)
        own_server.hang()
        with pytest.raises(StoreAway):
            await asyncio.wait_for(store.find(A), 20)
        began = time.monotonic()
        for _ in range(50):
            with pytest.raises(StoreAway):
                await store.find(A)
        assert time.monotonic() - began < 50 * valkey_store._LONGEST_SECONDS / 4
        own_server.go_on()
        store._away_until = 0.0
        await comes_back(store)
        assert await store.find(A) == "m"
    assert (noted[0], noted[-1]) == ("", "")
    assert "TimeoutError" in noted


async def test_a_server_that_is_away_does_not_hold_up_the_start(own_server):
    own_server.kill()
    noted = []
    async with opened(own_server.url, noted=noted.append) as store:
        assert noted == ["ConnectionError"]
        with pytest.raises(StoreAway):
            await store.find(A)
        own_server.start()
        await comes_back(store)


async def test_a_full_memory_takes_no_new_hints_and_lets_go_of_those_that_arrived(tmp_path):
    with ValkeyServer(tmp_path / "full", "maxmemory 3mb") as server:
        async with opened(server.url) as store:
            await watch(store)
            await store.tell(PAGE, hints(1))
            full = []
            for number in range(300):
                try:
                    await store.tell(f"page-{number}", [Hint("h", "x" * 20_000)])
                except StoreAway:
                    full.append(number)
            assert full
            tells = (await store.claim(A, "o", 60)).tells
            with pytest.raises(StoreAway):
                await store.tell(PAGE, [Hint("new", "x" * 20_000)])
            assert (await store.claim(A, "o", 60)).tells == tells, "not by half"
            given = await store.pulled(A, "m", "s")
            assert ids(given) == ["h1"]
            await store.answered(A, "m", watched=PAGE, metadata="m", state="s1", read=given)
            assert await store.pulled(A, "m", "s1") == ()


async def test_a_server_that_takes_no_changes_is_away(own_server):
    async with opened(own_server.url) as store:
        await watch(store)
        with valkey.Valkey(port=own_server.port) as client:
            client.execute_command("REPLICAOF", "127.0.0.1", "1")
            with pytest.raises(StoreAway):
                await store.tell(PAGE, hints(1))
            client.execute_command("REPLICAOF", "NO", "ONE")
        await comes_back(store)
        await store.tell(PAGE, hints(2))


@pytest.mark.parametrize(("policy", "warned"), [("noeviction", False), ("allkeys-lru", True)])
async def test_a_server_that_may_forget_is_noticed(tmp_path, caplog, policy, warned):
    caplog.set_level(logging.WARNING)
    with ValkeyServer(tmp_path / "own", f"maxmemory-policy {policy}") as server:
        async with opened(server.url):
            assert ("may forget what webhooks told" in caplog.text) is warned


async def test_the_password_is_read_anew_and_never_told(tmp_path, monkeypatch):
    monkeypatch.setattr(valkey_store, "_AWAY_SECONDS", 0.0)
    file = tmp_path / "password"
    file.write_text("canary-wrong\n")
    with ValkeyServer(tmp_path / "own", "requirepass canary-password") as server:
        noted = []
        async with opened(server.url, password_file=file, noted=noted.append) as store:
            with pytest.raises(StoreAway) as refused:
                await store.find(A)
            file.write_text("canary-password\n")
            assert await store.find(A) is None
        assert "canary" not in repr([noted, refused.value])


async def test_a_user_may_have_no_more_rights_than_the_store_needs(tmp_path):
    file = tmp_path / "password"
    file.write_text("canary-password")
    users = (f"user edge on >canary-password {RIGHTS}", "user default off ~* +@all")
    with ValkeyServer(tmp_path / "own", *users) as server:
        async with opened(server.url.replace("//", "//edge@"), password_file=file) as store:
            await store.tell("other", hints(*range(3)))
            await watch(store)
            await watch(store, watched="other")
            await store.tell("other", hints(*range(2000)))
            claim = await store.claim(A, "o", 60)
            assert await store.pushed(A, "o", state="p", read=claim.hints)
            assert await store.release(A, "o", claim.tells)
            await store.pause("p", 60)
            assert await store.paused("p") > 0
            await store.note(A, "m")
            assert await store.find(A) == "m"
            await store.forget(A)


@pytest.mark.parametrize("stranger", [False, True])
async def test_a_server_is_trusted_by_its_authority(tmp_path, stranger):
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    for name, parts in (
        ("server.pem", issued.cert_chain_pems),
        ("server.key", [issued.private_key_pem]),
        ("ca.pem", [(trustme.CA() if stranger else authority).cert_pem]),
    ):
        (tmp_path / name).write_bytes(b"".join(part.bytes() for part in parts))
    files = (f"tls-cert-file {tmp_path / 'server.pem'}", f"tls-key-file {tmp_path / 'server.key'}")
    with ValkeyServer(tmp_path / "own", *files, "tls-auth-clients no", encrypted=True) as server:
        async with opened(server.url, ca_file=tmp_path / "ca.pem") as store:
            if stranger:
                with pytest.raises(StoreAway):
                    await store.find(A)
            else:
                assert await store.find(A) is None
