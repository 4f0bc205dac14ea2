# SPDX-License-Identifier: Apache-2.0
"""The edge as it is deployed: processes, listeners, signals."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.sealing import Accounts, KeyRing, Sealer
from tests.edge.edge_under_test import GUESTBOOK_ID, MovedClock, add_key
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import Hang

pytestmark = pytest.mark.system


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    add_key(tmp_path / "keys", MovedClock())
    return tmp_path / "keys"


@pytest.fixture
def metadata(keys: Path) -> str:
    from sealock.edge.v1.account_pb2 import Account

    clock = MovedClock()
    record = Account(account_id="account-1", subdomain="example", connector_account=b"canary-password")
    return Accounts(Sealer(KeyRing.load(keys, clock), clock)).seal_metadata(record, GUESTBOOK_ID)


async def slow_page(seconds: float):
    await asyncio.sleep(seconds)
    return PullResponse()


async def test_each_listener_answers_its_own_paths_and_no_other(tmp_path, keys, connector):
    async with EdgeProcess(tmp_path, keys, connector.target) as edge, httpx2.AsyncClient(trust_env=False) as client:
        for path in ("/livez", "/readyz", "/metrics"):
            assert (await client.get(edge.internal + path)).status_code == 200
            assert (await client.get(edge.url + path)).status_code == 404
        assert (await client.get(f"{edge.url}/guestbook/manifest.json")).status_code == 200
        assert (await client.get(f"{edge.internal}/guestbook/manifest.json")).status_code == 404


class Balancer:
    """Callers that go on for as long as the edge says that it is ready, as behind any load balancer."""

    def __init__(self, edge: EdgeProcess, metadata: str) -> None:
        self.edge = edge
        self.metadata = metadata
        self.ready = True
        self.outcomes: Counter[int] = Counter()
        self.answered_after_sigterm = 0

    async def watch(self) -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while self.ready:
                self.ready = (await client.get(f"{self.edge.internal}/readyz")).status_code == 200
                await asyncio.sleep(0.1)

    async def call(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
            while self.ready:
                answer = await client.post(f"{self.edge.url}/guestbook/pull", data={"metadata": self.metadata})
                self.outcomes[answer.status_code] += 1
                self.answered_after_sigterm += answer.headers.get("connection") == "close"


@pytest.mark.parametrize("workers", [1, 2])
async def test_sigterm_under_load_fails_no_request_and_exits_with_0(tmp_path, keys, metadata, connector, workers):
    connector.script("Pull", lambda _: slow_page(0.05))
    async with EdgeProcess(tmp_path, keys, connector.target, workers=workers, drain_seconds=1.5) as edge:
        balancer = Balancer(edge, metadata)
        async with asyncio.TaskGroup() as load:
            load.create_task(balancer.watch())
            for _ in range(8):
                load.create_task(balancer.call())
            while balancer.outcomes[200] < 100:
                await asyncio.sleep(0.02)
            edge.terminate()
        code = await edge.exit_code()

    assert code == 0
    assert set(balancer.outcomes) == {200}
    assert balancer.answered_after_sigterm > 0


async def test_a_call_under_way_when_the_listener_closes_is_answered(tmp_path, keys, metadata, connector):
    connector.script("Pull", lambda _: slow_page(3))
    async with (
        EdgeProcess(tmp_path, keys, connector.target, drain_seconds=0) as edge,
        httpx2.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        pulling = asyncio.create_task(client.post(f"{edge.url}/guestbook/pull", data={"metadata": metadata}))
        async with asyncio.timeout(20):
            while not connector.seen("Pull"):
                await asyncio.sleep(0.02)
        edge.terminate()

        assert (await pulling).status_code == 200
        assert await edge.exit_code() == 0


async def test_an_answer_given_while_draining_ends_its_connection(tmp_path, keys, connector):
    async with EdgeProcess(tmp_path, keys, connector.target, drain_seconds=20) as edge:
        async with httpx2.AsyncClient(trust_env=False) as client:
            before = await client.get(f"{edge.url}/guestbook/about")
            edge.terminate()
            async with asyncio.timeout(10):
                while (await client.get(f"{edge.internal}/readyz")).status_code == 200:
                    await asyncio.sleep(0.02)
            after = await client.get(f"{edge.url}/guestbook/about")

    assert "connection" not in before.headers
    assert (after.status_code, after.headers["connection"]) == (200, "close")


async def test_ctrl_c_ends_the_edge_at_once(tmp_path, keys, metadata, connector):
    connector.script("Pull", Hang())
    async with (
        EdgeProcess(tmp_path, keys, connector.target, drain_seconds=30) as edge,
        httpx2.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        pulling = asyncio.create_task(client.post(f"{edge.url}/guestbook/pull", data={"metadata": metadata}))
        async with asyncio.timeout(20):
            while not connector.seen("Pull"):
                await asyncio.sleep(0.02)
        os.killpg(edge.process.pid, signal.SIGINT)

        async with asyncio.timeout(15):
            await edge.process.wait()
        await asyncio.gather(pulling, return_exceptions=True)


async def test_the_edge_is_ready_although_its_connector_is_down_and_notices_when_it_comes(tmp_path, keys, connector):
    await connector.stop()
    async with EdgeProcess(tmp_path, keys, connector.target) as edge, httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{edge.url}/guestbook/manifest.json")).status_code == 503
        told = (await client.get(f"{edge.internal}/readyz")).json()
        assert told["integrations"] == {"guestbook": {"ready": False}}
        await connector.start(connector.port)
        async with asyncio.timeout(30):
            while (await client.get(f"{edge.url}/guestbook/healthcheck")).status_code != 200:
                await asyncio.sleep(0.1)


async def test_the_metrics_of_all_processes_are_told_together(tmp_path, keys, connector):
    async with EdgeProcess(tmp_path, keys, connector.target, workers=2) as edge:
        for _ in range(20):
            async with httpx2.AsyncClient(trust_env=False) as client:
                await client.get(f"{edge.url}/guestbook/about")
        async with httpx2.AsyncClient(trust_env=False) as client:
            text = (await client.get(f"{edge.internal}/metrics")).text

    assert 'sealock_edge_calls_total{endpoint="about",integration="guestbook",outcome="ok"} 20.0' in text
    assert "sealock_edge_start_timestamp_seconds" in text
    [key] = [line for line in text.splitlines() if line.startswith("sealock_key_last_opened_timestamp_seconds{")]
    assert key.endswith(" 0.0")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ('[edge]\npublic_url = "ftp://x"\n', ["edge.public_url", "edge.keys", "integrations"]),
        ("not toml", ["edge.toml"]),
    ],
)
def test_a_wrong_configuration_stops_the_start_and_names_every_setting(tmp_path, settings, names):
    config = tmp_path / "edge.toml"
    config.write_text(settings)

    done = subprocess.run(
        [sys.executable, "-m", "sealock_edge.command", "edge", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == 2
    assert all(name in done.stderr for name in names)
    assert "Traceback" not in done.stderr


def test_a_missing_key_ring_stops_the_start(tmp_path):
    process = EdgeProcess(tmp_path, tmp_path / "nowhere", "ipv4:127.0.0.1:9")

    done = subprocess.run(
        [sys.executable, "-m", "sealock_edge.command", "edge", "--config", str(process.log.parent / "edge.toml")],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == 2
    assert "edge.keys" in done.stderr
