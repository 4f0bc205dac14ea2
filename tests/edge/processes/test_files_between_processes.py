# SPDX-License-Identifier: Apache-2.0
"""Files of the origin from the edge as it is deployed: what one process saw, all know; what all forgot comes again."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.external_resource_pb2 import FileReference
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.edge.v1.account_pb2 import Account
from sealock_edge.sealing import Accounts, KeyRing, Sealer
from sealock_edge.zendesk import ZendeskHosts
from tests.edge.edge_under_test import GUESTBOOK_ID, MovedClock, add_key
from tests.edge.endpoints.test_pull import resource
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import ALL_CAPABILITIES, described
from tests.edge.serving import chunk, opened, until
from tests.valkey_server import ValkeyServer

pytestmark = pytest.mark.system

CONTENT = b"canary-content" * 10_000


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    add_key(tmp_path / "keys", MovedClock())
    return tmp_path / "keys"


@pytest.fixture
def metadata(keys: Path) -> str:
    clock = MovedClock()
    record = Account(account_id="account-1", subdomain="example", connector_account=b"canary-password")
    return Accounts(Sealer(KeyRing.load(keys, clock), clock), ZendeskHosts()).seal_metadata(record, GUESTBOOK_ID)


@pytest.fixture
def connector(connector):
    connector.script("Describe", described(capabilities=[*ALL_CAPABILITIES, Capability.CAPABILITY_FILES]))
    file = FileReference(name="canary-name.png", reference="canary-reference")
    connector.script("Pull", PullResponse(resources=[resource(files=[file])]))
    connector.script("OpenFile", [opened(size=len(CONTENT)), chunk(CONTENT[:100_000]), chunk(CONTENT[100_000:])])
    return connector


async def ask(method: str, url: str, **how) -> httpx2.Response:
    """On a connection of its own, which any process may take."""
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.request(method, url, **how)


async def link_of(edge: EdgeProcess, metadata: str) -> str:
    """The link of the file that a pull gives; http, because the edge is on this machine."""
    answer = await ask("POST", f"{edge.url}/guestbook/pull", data={"metadata": metadata})
    [answered] = answer.json()["external_resources"]
    [link] = answered["file_urls"]
    assert link.startswith(f"{edge.url}/guestbook/files/")
    return link


def workers(edge: EdgeProcess) -> list[int]:
    pid = edge.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def stopped(worker: int):
    """Let the other process take whatever comes."""
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


async def test_what_one_process_pulled_every_process_can_open(tmp_path, keys, metadata, connector):
    async with EdgeProcess(tmp_path, keys, connector.target, workers=2) as edge:
        await until(lambda: len([line for line in edge.lines if line["event"] == "connector_ready"]) == 2)
        first, second = workers(edge)
        with stopped(second):
            link = await link_of(edge, metadata)
        for worker in (first, second):
            with stopped(worker):
                for method, how in (("GET", {}), ("POST", {"data": {"metadata": metadata}}), ("HEAD", {})):
                    answer = await ask(method, link, **how)
                    assert (answer.status_code, answer.content) == (200, CONTENT if method != "HEAD" else b"")
                    assert answer.headers["content-length"] == str(len(CONTENT))


async def test_after_a_restart_the_next_pull_brings_the_account_back(tmp_path, keys, metadata, connector):
    async with EdgeProcess(tmp_path, keys, connector.target) as edge:
        link = await link_of(edge, metadata)
        assert (await ask("GET", link)).content == CONTENT
        edge.terminate()
        assert await edge.exit_code() == 0
        async with edge:
            await until(lambda: edge.lines[-1]["event"] == "connector_ready")
            answer = await ask("GET", link)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "120")
            assert (await ask("POST", link, data={"metadata": metadata})).content == CONTENT

            connector.script("Pull", PullResponse())
            await ask("POST", f"{edge.url}/guestbook/pull", data={"metadata": metadata})
            assert (await ask("GET", link)).content == CONTENT


async def test_nothing_of_a_file_or_its_link_is_in_a_log_or_metric_or_left_behind(tmp_path, keys, metadata, connector):
    async with EdgeProcess(tmp_path, keys, connector.target, workers=2, origin_file_bytes=150_000) as edge:
        link = await link_of(edge, metadata)
        connector.script("OpenFile", [opened(), chunk(CONTENT), chunk(CONTENT)])
        for url in (link, link.replace("canary-name", "canary-other"), link[:-40] + "/canary"):
            try:
                await ask("GET", url)
            except httpx2.RemoteProtocolError:
                assert url is link, "too large, and cut"
        metrics = (await ask("GET", f"{edge.internal}/metrics")).text
        edge.terminate()
        assert await edge.exit_code() == 0

    log = edge.log.read_text()
    outcomes = [line["outcome"] for line in edge.lines if line["event"] == "call"]
    assert outcomes == ["ok", "too_large", "unsealable", "unsealable"]
    assert 'outcome="too_large"' in metrics
    for text in (log, metrics):
        assert "canary" not in text
        assert link.split("/")[-2] not in text
    assert [line for line in edge.lines if "error" in line] == []
    assert list(edge.temporary.iterdir()) == []


def edge_of(folder, keys, connector, **settings):
    folder.mkdir()
    return EdgeProcess(folder, keys, connector.target, **settings)


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_file_opens_at_an_edge_that_never_saw_its_account(tmp_path, keys, connector, metadata, workers):
    with ValkeyServer(tmp_path / "valkey") as server:
        settings = {"store": server.url, "workers": workers}
        async with (
            edge_of(tmp_path / "one", keys, connector, **settings) as one,
            edge_of(tmp_path / "two", keys, connector, **settings) as two,
        ):
            link = (await link_of(one, metadata)).replace(one.url, two.url)
            answer = await ask("GET", link)
            assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_without_a_store_in_common_it_waits_for_that_edges_pull(tmp_path, keys, connector, metadata):
    async with (
        edge_of(tmp_path / "one", keys, connector) as one,
        edge_of(tmp_path / "two", keys, connector) as two,
    ):
        link = (await link_of(one, metadata)).replace(one.url, two.url)
        assert (await ask("GET", link)).status_code == 503
        await link_of(two, metadata)
        assert (await ask("GET", link)).status_code == 200


async def test_a_store_that_is_away_keeps_no_pull_and_no_link_of_this_edge(tmp_path, keys, connector, metadata):
    with ValkeyServer(tmp_path / "valkey") as server:
        async with edge_of(tmp_path / "one", keys, connector, store=server.url) as edge:
            server.kill()
            link = await link_of(edge, metadata)
            assert (await ask("GET", link)).status_code == 200
            numbers = (await ask("GET", f"{edge.internal}/metrics")).text
            assert "sealock_edge_store_good 0.0" in numbers
            assert '"event":"store"' in edge.log.read_text().replace(": ", ":")
            server.start()


async def test_processes_of_one_edge_share_a_file_that_ends_with_them(tmp_path, keys, connector, metadata):
    edge = edge_of(tmp_path / "one", keys, connector, workers=2)
    async with edge:
        await link_of(edge, metadata)
        [folder] = edge.temporary.glob("sealock-edge-store-*")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "store").exists()
        edge.terminate()
        assert await edge.exit_code() == 0
    assert list(edge.temporary.iterdir()) == []
