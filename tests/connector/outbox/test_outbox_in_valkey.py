# SPDX-License-Identifier: Apache-2.0
"""An outbox in a real Valkey: shared by replicas, kept over restarts, and missing without any harm."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme
import valkey

from sealock_connector import OutboxUnavailable
from sealock_connector._outbox import Claimed, Finished, InFlight
from sealock_connector._outbox import valkey as valkey_outbox
from sealock_connector._outbox.store import scope
from sealock_connector._outbox.valkey import ValkeyOutbox
from tests.connector.processes import until
from tests.valkey_server import Cutting, ValkeyServer

LEASE = timedelta(seconds=10)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with ValkeyServer(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
def server(shared):
    """A server that is empty, and that the test leaves as it is."""
    with valkey.Valkey(port=shared.port) as emptied:
        emptied.flushall()
    return shared


@pytest.fixture
def own_server(tmp_path):
    """A server that the test may kill."""
    with ValkeyServer(tmp_path) as running:
        yield running


@asynccontextmanager
async def opened(url, **settings):
    store = ValkeyOutbox(url, origin="plain", **settings)
    await store.open()
    yield store
    await store.close()


async def comes_back(store):
    """Until the store answers again."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await store.claim("back", "a", LEASE)
            except OutboxUnavailable:
                await asyncio.sleep(0.05)


async def test_replicas_share_a_server(server):
    async with opened(server.url) as one, opened(server.url) as two:
        claims = await asyncio.gather(*(each.claim("k", str(n), LEASE) for n in range(20) for each in (one, two)))
        assert claims.count(Claimed(None)) == 1
        assert claims.count(InFlight()) == 39
        await one.finish("k", b"r")
        assert await two.claim("k", "z", LEASE) == Finished(b"r")


async def test_a_database_has_its_own_records(server):
    async with opened(server.url) as one, opened(f"{server.url}/1") as two:
        await one.finish("k", b"r")
        assert await two.claim("k", "a", LEASE) == Claimed(None)


async def test_valkeys_own_clock_ends_a_lease(server):
    async with opened(server.url) as store:
        began = datetime.now(UTC) - timedelta(milliseconds=1)
        await store.claim("k", "a", timedelta(milliseconds=100))
        await store.wait("k", timedelta(seconds=20))
        claim = await store.claim("k", "b", LEASE)
        assert isinstance(claim, Claimed)
        assert claim.first_tried_at is not None
        assert began <= claim.first_tried_at <= datetime.now(UTC)


@pytest.mark.parametrize("finished", [True, False])
async def test_a_record_is_forgotten_after_its_time_and_not_before_its_lease_ends(server, finished):
    async with opened(server.url, retention=timedelta(milliseconds=200)) as store:
        await store.claim("k", "a", LEASE)
        if finished:
            await store.finish("k", b"r")
        with valkey.Valkey(port=server.port) as looking:
            (name,) = looking.keys()
            left = looking.pttl(name)
            assert left <= 200 if finished else 10_000 < left <= 10_200
            if finished:
                await until(lambda: not looking.keys())
        assert await store.expire() == 0
        assert await store.claim("k", "b", LEASE) == (Claimed(None) if finished else InFlight())


async def test_what_is_kept_names_nobody(server):
    async with opened(server.url) as store:
        await store.claim(scope("facebook", "Harbour Café", "cb-1"), "owner", LEASE)
    with valkey.Valkey(port=server.port) as looking:
        (name,) = looking.keys()
        assert name.startswith(b"sealock:outbox:1:plain:")
        assert b"facebook" not in name
        assert set(looking.hkeys(name)) == {b"owner", b"lease", b"first", b"call", b"again"}


async def test_a_claim_whose_answer_was_lost_is_asked_again_and_is_the_same(server):
    async with Cutting(server.port) as between, opened(between.url) as store:
        await store.claim("first", "a", LEASE)  # Valkey knows the script now
        between.lose = 1
        assert await store.claim("k", "a", LEASE) == Claimed(None)
        assert between.lose == 0
        await store.abandon("k", "a", timedelta(0))
        between.lose = 1
        claim = await store.claim("k", "b", LEASE)
        assert between.lose == 0
        assert claim.first_tried_at is not None
        assert await store.claim("k", "b", LEASE) == InFlight()


@pytest.mark.parametrize("verb", ["renew", "finish", "release", "abandon"])
async def test_what_was_done_before_its_answer_was_lost_is_not_done_twice(server, verb):
    arguments = {"renew": ("a", LEASE), "finish": (b"r",), "release": ("a",), "abandon": ("a", timedelta(0))}
    expected = {"renew": InFlight(), "finish": Finished(b"r"), "release": Claimed(None)}
    async with Cutting(server.port) as between, opened(between.url) as store:
        await store.claim("k", "a", LEASE)
        await getattr(store, verb)("other", *arguments[verb])
        between.lose = 1
        answer = await getattr(store, verb)("k", *arguments[verb])
        assert between.lose == 0
        assert answer is (True if verb == "renew" else None)
        claim = await store.claim("k", "b", LEASE)
        assert claim == expected[verb] if verb in expected else claim.first_tried_at is not None


async def test_a_server_that_was_killed_has_kept_what_it_answered(own_server):
    server = own_server
    async with opened(server.url) as store:
        for number in range(50):
            await store.finish(f"k{number}", b"r")
        await store.claim("held", "a", timedelta(minutes=5))
        server.kill()
        with pytest.raises(OutboxUnavailable):
            await store.claim("new", "a", LEASE)
        server.start()
        await comes_back(store)
        assert [await store.claim(f"k{number}", "b", LEASE) for number in range(50)] == [Finished(b"r")] * 50
        assert await store.claim("held", "b", LEASE) == InFlight()


async def test_a_server_that_hangs_is_not_waited_for_long(own_server, monkeypatch):
    assert valkey_outbox._LONGEST_SECONDS < 10
    monkeypatch.setattr(valkey_outbox, "_LONGEST_SECONDS", 0.5)
    server = own_server
    async with opened(server.url) as store:
        await store.claim("k", "a", LEASE)
        server.hang()
        with pytest.raises(OutboxUnavailable):
            await asyncio.wait_for(store.claim("new", "a", LEASE), 20)
        server.go_on()
        await comes_back(store)
        assert await store.claim("k", "b", LEASE) == InFlight()


async def test_a_server_that_is_away_does_not_hold_up_the_start(own_server, caplog):
    server = own_server
    server.kill()
    async with opened(server.url) as store:
        assert "no reply is posted until it can" in caplog.text
        with pytest.raises(OutboxUnavailable):
            await store.claim("k", "a", LEASE)
        server.start()
        await comes_back(store)


async def test_a_full_memory_takes_no_new_reply_and_records_those_under_way(tmp_path):
    with ValkeyServer(tmp_path, "maxmemory 2mb") as server:
        async with opened(server.url) as store:
            await store.finish("first", b"r")
            await store.claim("under way", "a", LEASE)
            flood = [store.claim(f"k{number}", "a" * 20_000, LEASE) for number in range(300)]
            outcomes = await asyncio.gather(*flood, return_exceptions=True)
            assert {type(each) for each in outcomes} == {Claimed, OutboxUnavailable}
            await store.finish("under way", b"r")
            assert await store.claim("under way", "b", LEASE) == Finished(b"r")
            assert await store.claim("first", "b", LEASE) == Finished(b"r")


@pytest.mark.parametrize(("policy", "warned"), [("noeviction", False), ("allkeys-lru", True), ("volatile-ttl", True)])
async def test_a_server_that_may_forget_is_noticed(tmp_path, caplog, policy, warned):
    caplog.set_level(logging.WARNING)
    with ValkeyServer(tmp_path, f"maxmemory-policy {policy}") as server:
        async with opened(server.url):
            assert ("may forget which replies were posted" in caplog.text) is warned


async def test_the_password_is_read_anew_for_each_connection(tmp_path):
    file = tmp_path / "password"
    file.write_text("wrong\n")
    with ValkeyServer(tmp_path, "requirepass canary-password") as server:
        async with opened(server.url, password_file=file) as store:
            with pytest.raises(OutboxUnavailable) as refused:
                await store.claim("k", "a", LEASE)
            assert "canary" not in repr(refused.value)
            file.write_text("canary-password\n")
            assert await store.claim("k", "a", LEASE) == Claimed(None)
            file.unlink()
            assert await store.claim("k", "b", LEASE) == InFlight(), "connections that stand need no password"
        async with opened(server.url) as store:
            with pytest.raises(OutboxUnavailable):
                await store.claim("k", "a", LEASE)


async def test_a_user_may_have_no_more_rights_than_an_outbox_needs(tmp_path):
    file = tmp_path / "password"
    file.write_text("canary-password")
    rights = (
        "~sealock:outbox:* -@all +eval +evalsha +script|load +ping +hmget +hset +pexpire +del +time +client|setinfo"
    )
    with ValkeyServer(tmp_path, f"user sealock on >canary-password {rights}", "user default off ~* +@all") as server:
        async with opened(server.url.replace("//", "//sealock@"), password_file=file) as store:
            assert await store.claim("k", "a", LEASE) == Claimed(None)
            assert await store.renew("k", "a", LEASE)
            await store.abandon("k", "a", timedelta(0))
            await store.wait("k", LEASE)
            await store.finish("k", b"r")
            await store.claim("other", "a", LEASE)
            await store.release("other", "a")
            assert await store.claim("k", "b", LEASE) == Finished(b"r")


@pytest.fixture
def authority():
    return trustme.CA()


def pem(folder, name, *parts):
    path = folder / name
    path.write_bytes(b"".join(part.bytes() for part in parts))
    return path


@pytest.mark.parametrize(
    ("name", "stranger", "works"), [("localhost", False, True), ("localhost", True, False), ("other", False, False)]
)
async def test_a_server_is_trusted_by_its_authority_and_name(tmp_path, authority, name, stranger, works):
    issued = authority.issue_cert(name)
    certificate = pem(tmp_path, "server.pem", *issued.cert_chain_pems)
    key = pem(tmp_path, "server.key", issued.private_key_pem)
    trusted = pem(tmp_path, "ca.pem", (trustme.CA() if stranger else authority).cert_pem)
    settings = (f"tls-cert-file {certificate}", f"tls-key-file {key}", "tls-auth-clients no")
    with ValkeyServer(tmp_path, *settings, encrypted=True) as server:
        async with opened(server.url, ca_file=trusted) as store:
            if works:
                assert await store.claim("k", "a", LEASE) == Claimed(None)
            else:
                with pytest.raises(OutboxUnavailable):
                    await store.claim("k", "a", LEASE)
        async with opened(server.url.replace("valkeys", "valkey")) as plaintext:
            with pytest.raises(OutboxUnavailable):
                await plaintext.claim("k", "a", LEASE)
