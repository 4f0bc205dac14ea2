# SPDX-License-Identifier: Apache-2.0
"""Calls that no client would make cost a connector little, and never its service to others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sealock.connector.v1 import channelback_pb2, file_pb2, pull_pb2
from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.describe_pb2 import DescribeRequest
from sealock_connector._serving import requests
from sealock_connector._serving.options import parse
from sealock_connector._serving.server import running
from sealock_contract.limits import REQUEST_BYTES, most_bytes
from tests.certificate_files import SigningAuthority, alternative
from tests.connector.connectors import Able, Plain
from tests.connector.processes import program
from tests.connector.serving.http2 import END_HEADERS, END_STREAM, HEADERS, Connection, fields, frame

CALL = "/sealock.connector.v1.ConnectorService/"
MEGABYTE = 1024 * 1024
ODD_PATHS = [b"/\xff\xfe", b"/a\0b", b"", b"nothing", b"/" + b"a" * 6000, "/é".encode(), CALL.encode() + b"\xc3"]


@asynccontextmanager
async def served(connector=None, *options):
    connector = connector or Plain()
    standard = ["--insecure", "--listen=127.0.0.1:0", "--health-listen=127.0.0.1:0", "--drain-seconds=0"]
    parsed = parse(connector, [*standard, "--grace-seconds=2", "--metrics-listen=127.0.0.1:0", *options], {})
    async with running(connector, parsed) as server:
        yield server


async def answers(port: int) -> bool:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)]) as one:
        answer = await health_pb2_grpc.HealthStub(one).Check(health_pb2.HealthCheckRequest(), timeout=10)
        return answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("path", ODD_PATHS, ids=lambda path: ascii(path)[:20])
async def test_no_path_of_a_call_ends_a_server(path):
    def send(port: int) -> bytes:
        with Connection(port) as connection:
            connection.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(path)))
            return connection.until_the_end_of(1)

    async with served() as server:
        for port in (server.port, server.health_port):
            assert b"grpc-status\x0212" in await asyncio.to_thread(send, port), "UNIMPLEMENTED"
            assert await answers(port)


async def test_a_server_that_gets_such_paths_stops_in_time():
    async with program("--insecure", "--listen=127.0.0.1:0", "--drain-seconds=0", "--grace-seconds=1") as started:
        await started.serving()
        with Connection(started.port) as connection:
            for stream in range(1, 401, 2):
                connection.send(frame(HEADERS, END_HEADERS, stream, fields(b"/\xff")))
            connection.until_the_end_of(399)
            started.terminate()
            assert await started.ended() == 0


@pytest.fixture
async def refusing(tmp_path):
    """A connector as a process, and a function that opens channels of a caller that it refuses."""
    authority = SigningAuthority()
    certificate, key = authority.pair(alternative("localhost"))
    for name, content in (("tls.crt", certificate), ("tls.key", key), ("ca.crt", authority.pem)):
        (tmp_path / name).write_bytes(content)
    caller = authority.pair(alternative("other.example"))
    files = [f"--tls-cert={tmp_path}/tls.crt", f"--tls-key={tmp_path}/tls.key", f"--tls-client-ca={tmp_path}/ca.crt"]
    options = ["--listen=127.0.0.1:0", "--drain-seconds=0", "--grace-seconds=1", "--allowed-callers=dns:edge.example"]

    async with program(*options, *files) as started:
        await started.serving()

        def channel(**more):
            credentials = grpc.ssl_channel_credentials(authority.pem, caller[1], caller[0])
            own = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1), *more.items()]
            return grpc.aio.secure_channel(f"localhost:{started.port}", credentials, options=own)

        yield started, channel


def most_memory(process) -> int:
    """The most bytes that the process ever had in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def test_what_a_refused_caller_sends_is_not_taken_in(refusing):
    started, channel = refusing
    codes = []

    async def call(path: str) -> None:
        async with channel() as one:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await one.unary_unary(path)(bytes(15 * MEGABYTE), timeout=60)
            codes.append(refused.value.code())

    await call(f"{CALL}Pull")
    before = most_memory(started.process)
    for path in (f"{CALL}Pull", f"{CALL}Setup", "/grpc.health.v1.Health/Check"):
        await asyncio.gather(*(call(path) for _ in range(7)))
    assert most_memory(started.process) - before < 24 * MEGABYTE
    assert set(codes) == {grpc.StatusCode.PERMISSION_DENIED}
    refusals = [line for line in started.json_lines() if line["level"] == "warning" and "caller" in line]
    assert len(refusals) == 1
    assert not [line for line in started.json_lines() if line["event"] == "call"]


async def test_calls_that_send_nothing_end_in_time_and_leave_room_for_others(monkeypatch):
    monkeypatch.setattr(requests, "REQUEST_SECONDS", 1.0)
    async with served(Able(), "--max-calls=20") as server:
        target = f"127.0.0.1:{server.port}"
        own = [("grpc.use_local_subchannel_pool", 1)]
        async with (
            grpc.aio.insecure_channel(target, options=own) as silent,
            grpc.aio.insecure_channel(target, options=own) as other,
        ):
            stub = ConnectorServiceStub(other)
            calls = [silent.stream_unary(f"{CALL}{name}")() for name in ("Pull", "Channelback", "Setup") * 10]
            assert (await stub.Describe(DescribeRequest(), timeout=10)).origin == "able"
            ends = [(await call.code()).name for call in calls]
            assert (await stub.Describe(DescribeRequest(), timeout=10)).origin == "able"
    assert set(ends) == {"INVALID_ARGUMENT", "UNAVAILABLE"}
    assert ends.count("UNAVAILABLE") >= 10, "a connection that sends nothing gets half of the places"


async def refused(call) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return f"{raised.value.code().name}: {raised.value.details()}"


@pytest.mark.parametrize(
    ("method", "data", "told"),
    [
        ("Pull", b"\xff\xff\xff", "request: cannot be read"),
        ("Channelback", b"\x0a\x05abc", "request: cannot be read"),
        ("Pull", bytes(most_bytes(pull_pb2.PullRequest) + 1), "request: has 100,165 bytes, at most"),
        ("OpenFile", bytes(most_bytes(file_pb2.OpenFileRequest) + 1), "request: has 69,695 bytes"),
    ],
)
async def test_a_request_that_is_none_is_the_callers_fault(method, data, told):
    async with served(Able()) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        assert f"INVALID_ARGUMENT: the request breaks the contract: {told}" in await refused(
            channel.unary_unary(f"{CALL}{method}")(data, timeout=10)
        )


async def test_a_call_without_a_request_is_the_callers_fault():
    async with served(Able()) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        for method in ("Pull", "Channelback", "Describe"):
            told = await refused(channel.stream_unary(f"{CALL}{method}")(iter([]), timeout=10))
            assert told == "INVALID_ARGUMENT: the request breaks the contract: request: is missing"


async def test_no_request_is_larger_than_any_needs_to_be():
    async with served(Able()) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        told = await refused(channel.unary_unary(f"{CALL}HandleEvent")(bytes(REQUEST_BYTES + 1), timeout=10))
        assert told.startswith("RESOURCE_EXHAUSTED")


async def test_a_file_longer_than_announced_is_refused_at_its_first_byte_too_many():
    seen = []

    class Reading(Able):
        async def channelback(self, reply):
            async for file in reply.files:
                seen.extend([len(chunk) async for chunk in file.chunks()])

    def pieces():
        header = channelback_pb2.ChannelbackHeader(account_id="a", account=b"{}", idempotency_key="k", file_count=1)
        yield channelback_pb2.ChannelbackRequest(header=header)
        yield channelback_pb2.ChannelbackRequest(file=channelback_pb2.FileStart(name="a", size=10))
        for _ in range(1000):
            yield channelback_pb2.ChannelbackRequest(chunk=bytes(8))

    async with served(Reading()) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        told = await refused(ConnectorServiceStub(channel).Channelback(pieces(), timeout=10))
    assert "size: is 10" in told
    assert seen == []


async def test_metadata_of_any_size_and_letters_is_survived():
    def send(port: int, *more: tuple[bytes, bytes]) -> None:
        with Connection(port) as connection:
            block = fields(f"{CALL}Describe".encode(), *more)
            connection.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
            connection.until_the_end_of(1)

    async with served() as server:
        for more in ([(b"x-request-id", b"\xff\xfe")], [(b"x-a-bin", b"\xff")], [(b"a", b"b" * 4000)] * 4):
            await asyncio.to_thread(send, server.port, *more)
            assert await answers(server.port)


async def test_a_probe_cannot_keep_anything_open():
    async with served() as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.health_port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=10)
        assert (await refused(watch.read())).startswith("UNIMPLEMENTED")
        big = channel.unary_unary("/grpc.health.v1.Health/Check")(bytes(2000), timeout=10)
        assert (await refused(big)).startswith("RESOURCE_EXHAUSTED")
