# SPDX-License-Identifier: Apache-2.0
"""The edge as it is deployed: processes, listeners, signals."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from collections import Counter
from pathlib import Path

import grpc
import httpx2
import pytest
import trustme

from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.edge.v1.account_pb2 import Account
from sealock_edge.sealing import Accounts, KeyRing, Sealer
from sealock_edge.zendesk import ZendeskHosts
from tests.edge.edge_under_test import GUESTBOOK_ID, MovedClock, add_key
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import Hang
from tests.edge.serving import until

pytestmark = pytest.mark.system


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    add_key(tmp_path / "keys", MovedClock())
    return tmp_path / "keys"


@pytest.fixture
def metadata(keys: Path) -> str:
    clock = MovedClock()
    record = Account(account_id="account-1", subdomain="example", connector_account=b"canary-password")
    return Accounts(Sealer(KeyRing.load(keys, clock), clock), ZendeskHosts()).seal_metadata(record, GUESTBOOK_ID)


async def answers(client: httpx2.AsyncClient, url: str, status: int) -> bool:
    return (await client.get(url)).status_code == status


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
            await until(lambda: balancer.outcomes[200] >= 100)
            edge.terminate()
        code = await edge.exit_code()

    assert code == 0
    assert set(balancer.outcomes) == {200}
    assert list(edge.temporary.iterdir()) == []
    assert balancer.answered_after_sigterm > 0


async def test_a_call_under_way_when_the_listener_closes_is_answered(tmp_path, keys, metadata, connector):
    connector.script("Pull", lambda _: slow_page(3))
    async with (
        EdgeProcess(tmp_path, keys, connector.target, drain_seconds=0) as edge,
        httpx2.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        pulling = asyncio.create_task(client.post(f"{edge.url}/guestbook/pull", data={"metadata": metadata}))
        await until(lambda: bool(connector.seen("Pull")), 20)
        edge.terminate()

        assert (await pulling).status_code == 200
        assert await edge.exit_code() == 0


async def test_an_answer_given_while_draining_ends_its_connection(tmp_path, keys, connector):
    async with (
        EdgeProcess(tmp_path, keys, connector.target, drain_seconds=20) as edge,
        httpx2.AsyncClient(trust_env=False) as client,
    ):
        before = await client.get(f"{edge.url}/guestbook/about")
        edge.terminate()
        await until(lambda: answers(client, f"{edge.internal}/readyz", 503), 10)
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
        await until(lambda: bool(connector.seen("Pull")), 20)
        os.killpg(edge.process.pid, signal.SIGINT)

        async with asyncio.timeout(15):
            await edge.process.wait()
        await asyncio.gather(pulling, return_exceptions=True)


async def test_the_edge_is_ready_although_its_connector_is_down_and_notices_when_it_comes(tmp_path, keys, connector):
    await connector.stop()
    async with EdgeProcess(tmp_path, keys, connector.target) as edge, httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{edge.url}/guestbook/manifest.json")).status_code == 503
        told = (await client.get(f"{edge.internal}/readyz")).json()
        assert told["integrations"] == {"guestbook": {"ready": False, "cause": "NOTHING_LISTENS"}}
        await connector.start(connector.port)
        await until(lambda: answers(client, f"{edge.url}/guestbook/healthcheck", 200), 30)


async def test_the_public_listener_can_end_tls_itself(tmp_path, keys, connector):
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key, ca = tmp_path / "edge.pem", tmp_path / "edge.key", tmp_path / "ca.pem"
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(ca))

    async with (
        EdgeProcess(tmp_path, keys, connector.target, certificate=str(certificate), key=str(key)) as edge,
        httpx2.AsyncClient(trust_env=False, verify=ssl.create_default_context(cafile=ca)) as client,
    ):
        manifest = (await client.get(f"{edge.url}/guestbook/manifest.json")).json()
        assert (await client.get(f"{edge.internal}/livez")).status_code == 200

    assert manifest["urls"]["pull_url"] == f"https://127.0.0.1:{edge.port}/guestbook/pull"


async def test_a_connector_with_tls_is_called_by_mtls(tmp_path, keys, connector):
    authority = trustme.CA()
    server, own = authority.issue_cert("connector.test"), authority.issue_cert("edge.test")
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    own.cert_chain_pems[0].write_to_path(str(tmp_path / "own.pem"))
    own.private_key_pem.write_to_path(str(tmp_path / "own.key"))
    pair = (server.private_key_pem.bytes(), server.cert_chain_pems[0].bytes())
    port = await connector.start_secure(grpc.ssl_server_credentials([pair], authority.cert_pem.bytes(), True))
    edge = EdgeProcess(
        tmp_path,
        keys,
        f"ipv4:127.0.0.1:{port}",
        integration={
            "insecure": False,
            "ca": str(ca),
            "certificate": str(tmp_path / "own.pem"),
            "key": str(tmp_path / "own.key"),
            "server_name": "connector.test",
        },
    )

    async with edge, httpx2.AsyncClient(trust_env=False) as client:
        await until(lambda: answers(client, f"{edge.url}/guestbook/healthcheck", 200))


async def test_every_line_of_the_log_is_json_and_holds_no_secret(tmp_path, keys, metadata, connector):
    connector.script("Pull", b"\xff garbage")
    async with EdgeProcess(tmp_path, keys, connector.target) as edge, httpx2.AsyncClient(trust_env=False) as client:
        for _ in range(3):
            await client.post(f"{edge.url}/guestbook/pull?canary=1", data={"metadata": metadata, "x": "canary"})
        await client.get(f"{edge.url}/canary/pull")
        edge.terminate()
        await edge.exit_code()

    events = [line["event"] for line in edge.lines]
    assert events.count("call") == 4
    assert {"draining", "stopped"} <= set(events)
    assert "canary" not in edge.log.read_text()
    assert metadata not in edge.log.read_text()


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
        [sys.executable, "-m", "sealock_contract.command", "edge", "--config", str(config)],
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
        [sys.executable, "-m", "sealock_contract.command", "edge", "--config", str(process.log.parent / "edge.toml")],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == 2
    assert "edge.keys" in done.stderr


@pytest.mark.parametrize(("subdomain", "lines"), [("acme", 0), ("*", 1)])
async def test_that_any_zendesk_account_may_use_it_is_said_by_check_and_once_at_the_start(
    tmp_path, keys, connector, subdomain, lines
):
    accounts = {"subdomains": [subdomain]}
    process = EdgeProcess(
        tmp_path, keys, connector.target, zendesk=accounts, public_url="https://channels.example.com", workers=2
    )
    how = {"capture_output": True, "text": True, "timeout": 50, "check": True}
    checked = await asyncio.to_thread(subprocess.run, [*process.command, "--check"], **how)
    assert checked.stdout.count("any Zendesk account may set up and use this edge") == lines

    async with process as edge:
        assert [line["event"] for line in edge.lines].count("any_zendesk_account") == lines
