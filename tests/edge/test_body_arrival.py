# SPDX-License-Identifier: Apache-2.0
"""Bodies that come in pieces, too slowly, or not to their end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from falcon import testing

from sealock.connector.v1.pull_pb2 import PullResponse
from tests.edge.edge_under_test import FORM, build, settings, under_test


async def sent(app: Any, events: list[dict[str, Any]], *, length: int | None) -> tuple[int, dict[str, str]]:
    """Hand the application these events as the server would; its status and headers."""
    headers = {"Content-Type": FORM} | ({"Content-Length": str(length)} if length is not None else {})
    scope = testing.create_scope(path="/guestbook/pull", method="POST", headers=headers)
    left = list(events)
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(event: dict[str, Any]) -> None:
        answered.append(event)

    await app(scope, receive, send)
    start = answered[0]
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_may_come_in_pieces(edge, connector):
    connector.script("Pull", PullResponse())
    body = f"metadata={edge.metadata()}&state=".encode()

    pieces = [piece(bytes([byte]), more=position + 1 < len(body)) for position, byte in enumerate(body)]

    assert (await sent(edge.edge.public, pieces, length=None))[0] == 200


async def test_a_body_that_ends_early_is_refused(edge, connector):
    body = f"metadata={edge.metadata()}&state=".encode()
    events = [piece(body), {"type": "http.disconnect"}]

    assert (await sent(edge.edge.public, events, length=len(body) + 10))[0] == 400
    assert connector.seen("Pull") == []


async def test_a_body_without_an_end_is_refused_once_it_is_too_large(edge):
    status, headers = await sent(edge.edge.public, [piece(b"x" * 60_000)] * 3, length=None)

    assert (status, headers["connection"]) == (413, "close")


@pytest.mark.parametrize("length", [100, None])
async def test_a_body_that_takes_too_long_is_refused(edge, connector, monkeypatch, length):
    monkeypatch.setattr("sealock_edge.app.BODY_SECONDS", 0.3)
    built, ring, log = build(settings(connector.target), edge.keys, edge.clock)
    slow = under_test(built, ring, edge.keys, edge.clock, log)

    status, headers = await sent(slow.edge.public, [piece(b"metadata=")], length=length)

    assert (status, headers["connection"]) == (408, "close")
