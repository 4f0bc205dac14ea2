# SPDX-License-Identifier: Apache-2.0
"""Files of the origin that a client asks for and does not take: they cost little, and not for long."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.external_resource_pb2 import FileReference
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.edge.v1.account_pb2 import Account
from sealock_edge.endpoints.file import FILES_AT_ONCE
from sealock_edge.sealing import Accounts, KeyRing, Sealer
from sealock_edge.zendesk import ZendeskHosts
from tests.edge.edge_under_test import FORM, GUESTBOOK_ID, MovedClock, add_key
from tests.edge.endpoints.test_pull import resource
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import ALL_CAPABILITIES, described
from tests.edge.serving import chunk, opened, until

pytestmark = pytest.mark.system

PIECE = b"f" * 65_536
PIECES = 500
CLIENTS = 12


class Files:
    """An edge whose connector has a large file, and the file's link."""

    def __init__(self, edge: EdgeProcess, link: str, metadata: str) -> None:
        self.edge = edge
        self._path = link.removeprefix(edge.url)
        self._metadata = metadata

    def asked_for(self) -> socket.socket:
        """A client that has asked for the file, and has little room for it."""
        return self._client(f"GET {self._path} HTTP/1.1\r\nHost: x\r\n\r\n")

    def pulled(self) -> socket.socket:
        """A client that has asked for a pull's answer, and has little room for it."""
        body = urlencode({"metadata": self._metadata, "state": ""})
        head = f"Host: x\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
        return self._client(f"POST /guestbook/pull HTTP/1.1\r\n{head}\r\n{body}")

    def _client(self, request: str) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(("127.0.0.1", self.edge.port))
        client.sendall(request.encode())
        return client

    def resident(self) -> int:
        """The memory of the process that serves, in bytes."""
        pid = self.edge.process.pid
        [worker] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        [kilobytes] = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{worker}/status").read_text())
        return int(kilobytes) * 1024

    async def met(self, limit: str = "answer_seconds") -> int:
        """How many clients met the limit."""
        return await self._metric(f'sealock_edge_connection_limits_total{{limit="{limit}",listener="public"}}')

    async def is_alone(self) -> bool:
        """Whether no client is connected but the one that pulled the link."""
        return await self._metric('sealock_edge_connections{listener="public"}') == 1

    async def _metric(self, series: str) -> int:
        async with httpx2.AsyncClient(trust_env=False) as client:
            text = (await client.get(f"{self.edge.internal}/metrics")).text
        [value] = re.findall(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return int(float(value))

    async def has_met(self, limit: str) -> bool:
        """Whether any did."""
        return await self.met(limit) > 0


@asynccontextmanager
async def files(folder: Path, connector, **connections) -> AsyncIterator[Files]:
    clock = MovedClock()
    add_key(folder / "keys", clock)
    accounts = Accounts(Sealer(KeyRing.load(folder / "keys", clock), clock), ZendeskHosts())
    metadata = accounts.seal_metadata(Account(account_id="account-1", subdomain="example"), GUESTBOOK_ID)
    connector.script("Describe", described(capabilities=[*ALL_CAPABILITIES, Capability.CAPABILITY_FILES]))
    connector.script(
        "Pull", PullResponse(resources=[resource(files=[FileReference(name="a.png", reference="reference")])])
    )
    connector.script("OpenFile", [opened(size=0), *(chunk(PIECE) for _ in range(PIECES))])
    async with (
        EdgeProcess(folder, folder / "keys", connector.target, connections=connections) as edge,
        httpx2.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        answer = await client.post(f"{edge.url}/guestbook/pull", data={"metadata": metadata})
        [answered] = answer.json()["external_resources"]
        [link] = answered["file_urls"]
        yield Files(edge, link, metadata)


async def test_a_file_that_nobody_takes_is_not_read_ahead_and_ends(tmp_path, connector):
    async with files(tmp_path, connector, answer_seconds=2) as served:
        before = served.resident()
        with contextlib.ExitStack() as held:
            for _ in range(CLIENTS):
                held.enter_context(served.asked_for())
            await until(lambda: connector.streaming == CLIENTS)
            await asyncio.sleep(1)
            grown = served.resident() - before
            await until(lambda: connector.streaming == 0)
            assert await served.met() == CLIENTS

    assert grown < CLIENTS * 3_000_000, "gRPC reads ahead until it has some 17 MB of each"


async def test_only_so_many_files_are_under_way_at_once_and_the_others_get_their_turn(tmp_path, connector):
    async with files(tmp_path, connector, answer_seconds=2) as served:
        count, most = FILES_AT_ONCE + 8, 0
        with contextlib.ExitStack() as held:
            for _ in range(count):
                held.enter_context(served.asked_for())
            await until(lambda: connector.streaming == FILES_AT_ONCE)
            while len(connector.seen("OpenFile")) < count:
                most = max(most, connector.streaming)
                await asyncio.sleep(0.01)

        assert most <= FILES_AT_ONCE


async def test_whoever_hangs_up_while_waiting_for_a_turn_is_gone(tmp_path, connector):
    async with files(tmp_path, connector, answer_seconds=100) as served:
        with contextlib.ExitStack() as held:
            for _ in range(FILES_AT_ONCE + 8):
                held.enter_context(served.asked_for())
            await until(lambda: connector.streaming == FILES_AT_ONCE)

        await until(lambda: connector.streaming == 0)
        await until(served.is_alone)


async def test_answers_that_are_too_large_together_end_before_their_time(tmp_path, connector):
    """Each of these has 1.2 MB of which nothing is taken, and could wait for much longer than the test."""
    async with files(tmp_path, connector, answer_seconds=100, answer_bytes_together=1_048_576) as served:
        text = "a" * 60_000
        connector.script(
            "Pull", PullResponse(resources=[resource(external_id=f"{n}", message=text) for n in range(20)])
        )
        with contextlib.ExitStack() as held:
            for _ in range(6):
                held.enter_context(served.pulled())
            await until(lambda: served.has_met("answer_bytes_together"))
            assert await served.met() == 0


async def test_a_file_that_is_taken_slowly_arrives(tmp_path, connector):
    """It takes several times as long as a client may take nothing."""
    async with files(tmp_path, connector, answer_seconds=1) as served:
        client = served.asked_for()
        received = 0
        with client:
            while received < len(PIECE) * PIECES:
                received += len(await asyncio.to_thread(client.recv, 1_000_000))
                if received < 3_000_000:
                    await asyncio.sleep(0.002)
        assert await served.met() == 0


async def test_a_file_that_nobody_takes_does_not_hold_a_stop(tmp_path, connector):
    async with files(tmp_path, connector, answer_seconds=100) as served:
        with contextlib.ExitStack() as held:
            for _ in range(3):
                held.enter_context(served.asked_for())
            await until(lambda: connector.streaming == 3)
            begun = time.monotonic()
            served.edge.terminate()
            assert await served.edge.exit_code() == 0
            assert time.monotonic() - begun < 20
