# SPDX-License-Identifier: Apache-2.0
"""Authors install the SDK with the grpcio of their own: a connector serves with the oldest that it may have, too."""

from __future__ import annotations

import asyncio
import re
import sys
import tomllib
from pathlib import Path

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from sealock_connector._serving.connections import GRPC_TRIED
from sealock_connector._serving.known_calls import NEEDED
from sealock_connector._serving.options import parse
from sealock_connector._serving.server import Server, running
from sealock_connector.testing import Client
from tests.connector.connectors import Able
from tests.connector.serving.http2 import END_HEADERS, END_STREAM, HEADERS, Connection, fields, frame

ROOT = Path(__file__).parents[3]
OPTIONS = ("--insecure", "--listen=127.0.0.1:0", "--health-listen=127.0.0.1:0", "--drain-seconds=0")


def test_what_was_tried_is_the_oldest_that_is_allowed_and_the_locked_one():
    project = tomllib.loads((ROOT / "connector/sdk/pyproject.toml").read_text())["project"]
    (oldest,) = [each.removeprefix("grpcio>=") for each in project["dependencies"] if each.startswith("grpcio>=")]
    locked = re.search(r"^grpcio==(\S+)", (ROOT / "requirements/connector.lock").read_text(), re.MULTILINE)[1]
    assert (f"{oldest}.0", locked) == GRPC_TRIED


async def serves(server: Server) -> None:
    async with (
        Client(f"127.0.0.1:{server.port}") as client,
        grpc.aio.insecure_channel(client.target) as channel,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.health_port}") as probe,
    ):
        assert (await client.describe()).origin == "able"
        assert (await client.channelback({}, "hello")).external_id == "posted"
        for each in (channel, probe):
            answer = await health_pb2_grpc.HealthStub(each).Check(health_pb2.HealthCheckRequest(), timeout=10)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        for name in ("v1alpha", "v1"):
            reflect = channel.stream_stream(
                f"/grpc.reflection.{name}.ServerReflection/ServerReflectionInfo",
                request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            )
            asked = reflection_pb2.ServerReflectionRequest(list_services="")
            async for answer in reflect(iter([asked]), timeout=10):
                assert b"sealock.connector.v1.ConnectorService" in answer


async def test_a_connector_serves_with_this_version(caplog):
    async with running(Able(), parse(Able(), OPTIONS, {})) as server:
        await serves(server)
    assert "can end this connector" not in caplog.text


@pytest.mark.skipif(not NEEDED, reason="this gRPC does not have the fault")
async def test_without_the_parts_that_it_would_use_a_connector_serves_and_says_what_can_end_it(caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "sealock_connector._serving.known_calls", None)
    async with running(Able(), parse(Able(), OPTIONS[:2] + OPTIONS[3:], {})) as server:
        assert caplog.text.count("a call whose path is not UTF-8 can end this connector") == 1

        def send() -> None:
            with Connection(server.port) as connection:
                connection.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(b"/\xff")))
                connection.until_the_end_of(1)

        await asyncio.to_thread(send)
        await asyncio.wait_for(server.ended(), 20)


async def test_without_these_parts_it_answers_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "sealock_connector._serving.known_calls", None)
    async with running(Able(), parse(Able(), OPTIONS, {})) as server:
        await serves(server)
