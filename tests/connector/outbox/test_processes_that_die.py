# SPDX-License-Identifier: Apache-2.0
"""Real processes, killed and stopped under way: nothing is lost and nothing is doubled."""

from __future__ import annotations

import asyncio

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sealock_connector import OriginUnavailable
from sealock_connector.testing import Client
from tests.connector.processes import program, until
from tests.valkey_server import ValkeyServer

LISTEN = ("--insecure", "--listen=127.0.0.1:0", "--drain-seconds=0.2")


@pytest.fixture(params=["sqlite", "valkey"])
def store(request, tmp_path):
    """An outbox that processes share."""
    if request.param == "sqlite":
        yield f"--store=sqlite:{tmp_path / 'outbox'}"
        return
    with ValkeyServer(tmp_path / "valkey") as server:
        yield f"--store={server.url}"


def posts(folder) -> list:
    return list(folder.glob("post-*"))


async def test_a_reply_whose_process_was_killed_is_found_instead_of_being_sent_twice(tmp_path, store):
    account = {"folder": str(tmp_path)}
    (tmp_path / "hold").touch()
    async with program("--lease=1", *LISTEN, store) as first:
        await first.serving()
        async with Client(first.target) as client:
            call = asyncio.create_task(client.channelback(account, "hello", key="k", seconds=50))
            await until(lambda: posts(tmp_path))
            first.process.kill()
            with pytest.raises(grpc.aio.AioRpcError):
                await call
    (tmp_path / "hold").unlink()
    async with program(*LISTEN, store) as second:
        await second.serving()
        async with Client(second.target) as client:
            posted = await client.channelback(account, "hello", key="k", seconds=50)
    assert [f"post-{posted.external_id}"] == [post.name for post in posts(tmp_path)]


async def test_repeats_at_several_processes_post_once(tmp_path, store):
    account = {"folder": str(tmp_path)}
    async with program(*LISTEN, store) as one, program(*LISTEN, store) as two:
        await asyncio.gather(one.serving(), two.serving())
        async with Client(one.target) as first, Client(two.target) as second:
            calls = [
                client.channelback(account, f"reply {number}", key=f"k{number}", seconds=50)
                for number in range(15)
                for client in (first, second, second)
            ]
            answers = await asyncio.gather(*calls)
    assert len(posts(tmp_path)) == 15
    assert len(set(answers)) == 15


async def test_while_the_outbox_is_away_pulls_go_on_and_no_reply_is_posted(tmp_path):
    account = {"folder": str(tmp_path)}
    with ValkeyServer(tmp_path / "valkey") as server:
        async with program(*LISTEN, f"--store={server.url}") as one, program(*LISTEN, f"--store={server.url}") as two:
            await asyncio.gather(one.serving(), two.serving())
            async with Client(one.target) as first, Client(two.target) as second:
                posted = await first.channelback(account, "hello", key="k")
                server.kill()
                for client in (first, second):
                    assert (await client.pull(account)).ids
                    for key in ("k", "new"):
                        with pytest.raises(OriginUnavailable):
                            await client.channelback(account, "hello", key=key)
                assert len(posts(tmp_path)) == 1
                server.start()
                assert await second.channelback(account, "hello", key="k") == posted
                await second.channelback(account, "hello", key="new")
    assert len(posts(tmp_path)) == 2


async def test_what_was_posted_while_the_outbox_went_away_is_recorded_when_it_is_back(tmp_path):
    account = {"folder": str(tmp_path)}
    (tmp_path / "hold").touch()
    with ValkeyServer(tmp_path / "valkey") as server:
        async with program(*LISTEN, f"--store={server.url}") as one, program(*LISTEN, f"--store={server.url}") as two:
            await asyncio.gather(one.serving(), two.serving())
            async with Client(one.target) as first, Client(two.target) as second:
                call = asyncio.create_task(first.channelback(account, "hello", key="k", seconds=50))
                await until(lambda: posts(tmp_path))
                server.kill()
                (tmp_path / "hold").unlink()
                posted = await call
                server.start()
                await until(lambda: "the outcome of a reply is recorded now" in one.messages())
                (post,) = posts(tmp_path)
                post.unlink()  # nobody could find it
                assert await second.channelback(account, "hello", key="k") == posted
    assert posts(tmp_path) == []


async def test_a_pull_whose_process_was_killed_comes_again_whole(tmp_path):
    account = {"folder": str(tmp_path)}
    (tmp_path / "hold").touch()
    async with program(*LISTEN) as first:
        await first.serving()
        async with Client(first.target) as client:
            call = asyncio.create_task(client.pull(account, b"2"))
            await asyncio.sleep(0.3)
            first.process.kill()
            with pytest.raises(grpc.aio.AioRpcError):
                await call
    (tmp_path / "hold").unlink()
    async with program(*LISTEN) as second:
        await second.serving()
        async with Client(second.target) as client:
            assert (await client.pull(account, b"2")).ids == ["2", "3", "4"]


async def test_a_stop_turns_health_off_and_lets_calls_end(tmp_path):
    account = {"folder": str(tmp_path)}
    (tmp_path / "hold").touch()
    async with program("--insecure", "--listen=127.0.0.1:0", "--drain-seconds=1") as running:
        await running.serving()
        async with Client(running.target) as client, grpc.aio.insecure_channel(running.target) as channel:
            call = asyncio.create_task(client.channelback(account, "hello", key="k"))
            await until(lambda: posts(tmp_path))
            health = health_pb2_grpc.HealthStub(channel)
            assert await status(health, "") == await status(health, "liveness") == "SERVING"
            running.terminate()
            await until(lambda: "stopping" in running.messages())
            assert await status(health, "") == "NOT_SERVING"
            assert await status(health, "sealock.connector.v1.ConnectorService") == "NOT_SERVING"
            assert await status(health, "liveness") == "SERVING"
            await client.describe()  # still answered while it drains
            (tmp_path / "hold").unlink()
            await call
        assert await running.ended() == 0


async def test_a_watch_on_the_health_does_not_hold_up_a_stop():
    async with program(*LISTEN, "--grace-seconds=300") as running:
        await running.serving()
        async with grpc.aio.insecure_channel(running.target) as channel:
            watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
            running.terminate()
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
            assert await running.ended() == 0


async def test_a_stop_under_load_fails_no_call(tmp_path):
    account = {"folder": str(tmp_path)}
    done = 0
    async with program(
        "--insecure", "--listen=127.0.0.1:0", "--drain-seconds=2", f"--store=sqlite:{tmp_path / 'outbox'}"
    ) as running:
        await running.serving()
        async with Client(running.target) as client:

            async def load(worker: int) -> None:
                nonlocal done
                number = 0
                while "stopping" not in running.messages():
                    number += 1
                    await client.channelback(account, "hello", key=f"{worker}-{number}")
                    await client.pull(account)
                    done += 1

            workers = [asyncio.create_task(load(worker)) for worker in range(8)]
            await until(lambda: done > 20)
            running.terminate()
            await asyncio.gather(*workers)
        assert await running.ended() == 0
    calls = [line for line in running.json_lines() if line["event"] == "call"]
    assert {line["code"] for line in calls} == {"OK"}
    assert len(calls) == 2 * done


async def test_a_call_that_outlasts_the_grace_does_not_hold_the_process(tmp_path):
    (tmp_path / "hold").touch()
    async with program("--insecure", "--listen=127.0.0.1:0", "--drain-seconds=0", "--grace-seconds=0.5") as running:
        await running.serving()
        async with Client(running.target) as client:
            call = asyncio.create_task(client.channelback({"folder": str(tmp_path)}, "hello"))
            await until(lambda: posts(tmp_path))
            running.terminate()
            with pytest.raises(grpc.aio.AioRpcError):
                await call
        assert await running.ended() == 0


async def status(health, service: str) -> str:
    answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
