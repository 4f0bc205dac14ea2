# SPDX-License-Identifier: Apache-2.0
"""Clients that hang up before they are answered: a pull ends with them, a reply does not."""

from __future__ import annotations

import asyncio
import socket
import time
from urllib.parse import urlencode

import pytest

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.edge.v1.account_pb2 import Account
from sealock_edge.sealing import Accounts, KeyRing, Sealer
from sealock_edge.zendesk import ZendeskHosts
from tests.edge.edge_under_test import FORM, GUESTBOOK_ID, MovedClock, add_key
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import Hang
from tests.edge.serving import until

pytestmark = pytest.mark.system


@pytest.fixture
def metadata(tmp_path) -> str:
    clock = MovedClock()
    add_key(tmp_path / "keys", clock)
    accounts = Accounts(Sealer(KeyRing.load(tmp_path / "keys", clock), clock), ZendeskHosts())
    return accounts.seal_metadata(Account(account_id="account-1", subdomain="example"), GUESTBOOK_ID)


def asked(edge: EdgeProcess, endpoint: str, **fields: str) -> socket.socket:
    """A client that has sent this call."""
    body = urlencode(fields)
    head = (
        f"POST /guestbook/{endpoint} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    client = socket.create_connection(("127.0.0.1", edge.port), timeout=30)
    client.sendall((head + body).encode())
    return client


def calls(edge: EdgeProcess) -> list[tuple[str, str]]:
    return [(line["endpoint"], line["outcome"]) for line in edge.lines if line["event"] == "call"]


async def test_a_pull_that_nobody_waits_for_ends(tmp_path, metadata, connector):
    connector.script("Pull", Hang())
    async with EdgeProcess(tmp_path, tmp_path / "keys", connector.target) as edge:
        clients = [asked(edge, "pull", metadata=metadata, state="") for _ in range(5)]
        await until(lambda: len(connector.seen("Pull")) == 5)
        for client in clients:
            client.close()

        await until(lambda: calls(edge) == [("pull", "client_left")] * 5)
        begun = time.monotonic()
        edge.terminate()
        assert await edge.exit_code() == 0
        assert time.monotonic() - begun < 20


async def test_a_pull_that_was_sent_ahead_ends_with_the_one_before_it(tmp_path, metadata, connector):
    connector.script("Pull", Hang())
    async with EdgeProcess(tmp_path, tmp_path / "keys", connector.target) as edge:
        client = asked(edge, "pull", metadata=metadata, state="")
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        await until(lambda: bool(connector.seen("Pull")))
        client.close()

        await until(lambda: calls(edge) == [("pull", "client_left")])


async def test_a_reply_that_nobody_waits_for_is_posted_all_the_same(tmp_path, metadata, connector):
    posted = asyncio.Event()

    async def slow(_) -> ChannelbackResponse:
        await posted.wait()
        return ChannelbackResponse(external_id="reply-1")

    connector.script("Channelback", slow)
    async with EdgeProcess(tmp_path, tmp_path / "keys", connector.target) as edge:
        fields = {"message": "hello", "request_unique_identifier": "1", "thread_id": "t", "recipient_id": "r"}
        client = asked(edge, "channelback", metadata=metadata, state="", **fields)
        await until(lambda: bool(connector.seen("Channelback")))
        client.close()
        await asyncio.sleep(0.5)
        posted.set()

        await until(lambda: calls(edge) == [("channelback", "ok")])
