# SPDX-License-Identifier: Apache-2.0
"""Real processes renew secrets that work once: none is spent twice, and none is lost with an answer."""

from __future__ import annotations

import asyncio
import signal
import time
from functools import partial

import grpc.aio
import pytest

from sealock_connector import AccountRevoked, OriginUnavailable
from sealock_connector.testing import Client
from tests.connector.processes import program, until
from tests.valkey_server import ValkeyServer

LISTEN = ("--insecure", "--listen=127.0.0.1:0", "--drain-seconds=0.2")
renewing = partial(program, module="tests.connector.successors.renewing_connector")


@pytest.fixture(params=["sqlite", "valkey"])
def store(request, tmp_path):
    """An outbox that processes share."""
    if request.param == "sqlite":
        yield f"--store=sqlite:{tmp_path / 'outbox'}"
        return
    with ValkeyServer(tmp_path / "valkey") as server:
        yield f"--store={server.url}"


@pytest.fixture
def folder(tmp_path):
    """The origin, where the first token is good."""
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "good-first").touch()
    return folder


def account(folder, *, token="first", ends=0):
    return {"folder": str(folder), "token": token, "ends": ends}


def reused(folder):
    return [path.name for path in folder.glob("reused-*")]


def spent(folder):
    return [path.name for path in folder.glob("spent-*")]


async def used(client, values):
    """The token that a pull used, and the account's values that it answered."""
    page = await client.pull(values)
    (resource,) = page.resources
    return resource.message, page.account


async def test_pulls_at_two_replicas_renew_once_and_use_the_same_token(folder, store):
    async with renewing(*LISTEN, store) as one, renewing(*LISTEN, store) as two:
        await asyncio.gather(one.serving(), two.serving())
        async with Client(one.target) as first, Client(two.target) as second:
            answers = await asyncio.gather(*(used(client, account(folder)) for client in (first, second) * 10))
    tokens = {token for token, _ in answers}
    assert spent(folder) == ["spent-first"]
    assert [f"good-{token}" for token in tokens] == [path.name for path in folder.glob("good-*")]
    assert all(values["token"] in tokens for _, values in answers)


async def test_an_answer_that_was_lost_brings_the_successor_again_after_restarts_of_everything(folder, store):
    async with renewing(*LISTEN, store) as one:
        await one.serving()
        async with Client(one.target) as client:
            token, _ = await used(client, account(folder))
    async with renewing(*LISTEN, store) as another:
        await another.serving()
        async with Client(another.target) as client:
            again, values = await used(client, account(folder))
            assert (again, values["token"]) == (token, token)
            assert await used(client, values) == (token, None)
    assert spent(folder) == ["spent-first"]
    assert not reused(folder)


async def test_successors_of_successors_are_found_while_zendesk_keeps_the_first(folder, store):
    async with renewing(*LISTEN, store) as one:
        await one.serving()
        async with Client(one.target) as client:
            token, values = await used(client, account(folder))
            later, _ = await used(client, values | {"ends": 0})
            assert later != token
            assert (await used(client, values | {"ends": 0}))[0] == later
    assert sorted(spent(folder)) == sorted(["spent-first", f"spent-{token}"])
    assert not reused(folder)


async def test_after_an_owner_was_killed_with_the_answer_only_a_sign_in_helps(folder, store):
    (folder / "hold").touch()
    async with renewing("--lease=1", *LISTEN, store) as one:
        await one.serving()
        async with Client(one.target) as client:
            pulling = asyncio.create_task(client.pull(account(folder)))
            await until(lambda: spent(folder))
            one.process.kill()
            with pytest.raises(grpc.aio.AioRpcError):
                await pulling
    (folder / "hold").unlink()
    async with renewing("--lease=1", *LISTEN, store) as another:
        await another.serving()
        async with Client(another.target) as client:
            with pytest.raises(AccountRevoked):
                await client.pull(account(folder))
            (folder / "good-signed-in-again").touch()
            token, _ = await used(client, account(folder, token="signed-in-again"))
    assert (folder / f"good-{token}").exists()


async def test_an_owner_that_stood_still_does_not_lose_what_it_got(folder, store):
    (folder / "hold").touch()
    async with renewing("--lease=1", *LISTEN, store) as one, renewing("--lease=1", *LISTEN, store) as two:
        await asyncio.gather(one.serving(), two.serving())
        async with Client(one.target) as first, Client(two.target) as second:
            pulling = asyncio.create_task(first.pull(account(folder)))
            await until(lambda: spent(folder))
            one.process.send_signal(signal.SIGSTOP)
            try:
                (folder / "hold").unlink()
                with pytest.raises((AccountRevoked, OriginUnavailable)):
                    await second.pull(account(folder))
            finally:
                one.process.send_signal(signal.SIGCONT)
            page = await pulling
            (resource,) = page.resources
            assert (await used(second, account(folder)))[0] == resource.message


async def test_a_caller_that_goes_away_takes_no_renewal_with_it(folder, store):
    (folder / "hold").touch()
    async with renewing(*LISTEN, store) as one:
        await one.serving()
        async with Client(one.target) as client:
            pulling = asyncio.create_task(client.pull(account(folder)))
            await until(lambda: spent(folder))
            pulling.cancel()
            await asyncio.sleep(0.2)
            (folder / "hold").unlink()
            token, values = await used(client, account(folder))
    assert values["token"] == token
    assert not reused(folder)


async def test_a_stop_waits_for_a_renewal_under_way(folder, store):
    (folder / "hold").touch()
    async with renewing(*LISTEN, store) as one:
        await one.serving()
        async with Client(one.target) as client:
            pulling = asyncio.create_task(client.pull(account(folder)))
            await until(lambda: spent(folder))
            one.terminate()
            await asyncio.sleep(0.3)
            (folder / "hold").unlink()
            await pulling
            await one.ended()
    async with renewing(*LISTEN, store) as another:
        await another.serving()
        async with Client(another.target) as client:
            token, _ = await used(client, account(folder))
    assert (folder / f"good-{token}").exists()
    assert not reused(folder)


async def test_an_administrator_who_signs_in_meanwhile_has_an_account_of_its_own(folder, store):
    (folder / "good-edited").touch()
    async with renewing(*LISTEN, store) as one, renewing(*LISTEN, store) as two:
        await asyncio.gather(one.serving(), two.serving())
        async with Client(one.target) as first, Client(two.target) as second:
            old, edited = await asyncio.gather(
                used(first, account(folder)), used(second, account(folder, token="edited"))
            )
    assert old[0] != edited[0]
    assert sorted(spent(folder)) == ["spent-edited", "spent-first"]


async def test_without_the_store_an_account_is_used_while_it_is_good_and_its_secret_is_not_spent(folder, tmp_path):
    with ValkeyServer(tmp_path / "valkey") as server:
        async with renewing(*LISTEN, f"--store={server.url}") as one:
            await one.serving()
            async with Client(one.target) as client:
                server.kill()
                assert await used(client, account(folder, ends=int(time.time()) + 60)) == ("first", None)
                with pytest.raises(OriginUnavailable):
                    await client.pull(account(folder))
                assert not spent(folder)
                server.start()
                token, _ = await used(client, account(folder))
    assert token != "first"


async def test_a_successor_that_cannot_be_recorded_is_known_to_its_process_until_it_can(folder, tmp_path):
    (folder / "hold").touch()
    with ValkeyServer(tmp_path / "valkey") as server:
        async with renewing(*LISTEN, f"--store={server.url}") as one, renewing(*LISTEN, f"--store={server.url}") as two:
            await asyncio.gather(one.serving(), two.serving())
            async with Client(one.target) as first, Client(two.target) as second:
                pulling = asyncio.create_task(first.pull(account(folder)))
                await until(lambda: spent(folder))
                server.kill()
                (folder / "hold").unlink()
                (resource,) = (await pulling).resources
                assert (await used(first, account(folder)))[0] == resource.message
                server.start()
                await until(lambda: "the outcome of a renewal is recorded now" in one.messages())
                assert (await used(second, account(folder)))[0] == resource.message
    assert not reused(folder)
