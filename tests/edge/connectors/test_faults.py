# SPDX-License-Identifier: Apache-2.0
"""Why a connector is down or faulty: what really answers at its target, over real sockets and a real process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import grpc
import httpx2
import pytest
import trustme
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from sealock.connector.v1.describe_pb2 import DescribeRequest
from sealock_edge.connectors import SENTENCES, Budget, ConnectorClient, ConnectorError, Fault
from sealock_edge.connectors.errors import fault_of
from sealock_edge.connectors.faults import fault_in_status
from sealock_edge.connectors.grpc_channel import open_channel
from sealock_edge.heavy_work import HeavyWork
from tests.edge.edge_under_test import MovedClock, add_key
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.scripted_connector import BareCode, Hang, Refusal, ScriptedConnector, described
from tests.edge.serving import until

NOBODY = "127.0.0.1:9"


class Files:
    """Two authorities, and what they issue, as files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authorities = {"ours": trustme.CA(), "other": trustme.CA()}
        for name, authority in self._authorities.items():
            authority.cert_pem.write_to_path(str(folder / f"{name}.pem"))

    def ca(self, authority: str = "ours") -> Path:
        return self._folder / f"{authority}.pem"

    def issued(self, name: str, authority: str = "ours", **how) -> tuple[Path, Path]:
        certificate = self._authorities[authority].issue_cert(name, **how)
        files = self._folder / f"{id(certificate)}.crt", self._folder / f"{id(certificate)}.key"
        files[0].write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
        certificate.private_key_pem.write_to_path(str(files[1]))
        return files

    def edge(self, authority: str = "ours", trusts: str = "ours") -> dict:
        certificate, key = self.issued("edge.example", authority)
        return {"insecure": False, "ca": self.ca(trusts), "certificate": certificate, "key": key}

    def server(self, name: str = "localhost", **how) -> grpc.ServerCredentials:
        certificate, key = self.issued(name, **how)
        pair = (key.read_bytes(), certificate.read_bytes())
        return grpc.ssl_server_credentials([pair], self.ca().read_bytes(), require_client_auth=True)


@pytest.fixture
def files(tmp_path) -> Files:
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Files(folder)


@asynccontextmanager
async def raw(answer: bytes | None) -> AsyncIterator[str]:
    """A server that is none of ours: it says this and hangs up, or (None) says nothing."""
    waiting = asyncio.Event()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if answer is None:
            await waiting.wait()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    waiting.set()
    server.close()


async def fault(target: str, seconds: float = 20, **how) -> Fault:
    """What the edge says of a call to it."""
    channel = open_channel(target, **(how or {"insecure": True}))
    client = ConnectorClient(channel, on_call=lambda *_: None, heavy=HeavyWork())
    try:
        with pytest.raises(ConnectorError) as raised:
            await client.describe(DescribeRequest(), Budget(time.monotonic() + seconds, time.monotonic), "r")
    finally:
        await channel.close()
    return fault_of(raised.value)


HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad"
GARBAGE = b"\x00\xffgarbage" * 20


@pytest.mark.parametrize("tls", [False, True], ids=["plaintext", "TLS"])
async def test_nothing_listens(files, tls):
    assert await fault(NOBODY, **(files.edge() if tls else {})) is Fault.NOTHING_LISTENS


async def test_a_name_that_nobody_knows():
    assert await fault("connector.invalid:50051") is Fault.NAME_NOT_RESOLVED


async def test_a_plaintext_connector_and_an_edge_with_tls(connector, files):
    assert await fault(connector.target, **files.edge()) is Fault.NO_TLS


@pytest.mark.parametrize("how", ["plaintext", "certificate of another authority"])
async def test_a_connector_with_tls_hangs_up_on_an_edge_that_has_not_what_it_wants(files, how):
    async with ScriptedConnector() as secure:
        port = await secure.start_secure(files.server())
        edge = {"insecure": True} if how == "plaintext" else files.edge(authority="other")
        assert await fault(f"127.0.0.1:{port}", **edge, server_name="localhost") is Fault.CLOSED_AT_ONCE


@pytest.mark.parametrize(
    ("server", "trusts", "expected"),
    [
        ({"name": "other.example"}, "ours", Fault.CERTIFICATE_NAME),
        ({}, "other", Fault.CERTIFICATE_UNTRUSTED),
        ({"not_after": datetime(2026, 1, 1, tzinfo=UTC)}, "ours", Fault.CERTIFICATE_EXPIRED),
    ],
    ids=["another name", "an authority that is not ours", "expired"],
)
async def test_a_certificate_that_is_not_to_be_trusted(files, server, trusts, expected):
    async with ScriptedConnector() as secure:
        port = await secure.start_secure(files.server(**server))
        edge = files.edge(trusts=trusts) | {"server_name": "localhost"}
        assert await fault(f"127.0.0.1:{port}", **edge) is expected


@pytest.mark.parametrize(
    ("answer", "tls", "expected"),
    [
        (HTTP, False, Fault.NOT_GRPC),
        (HTTP, True, Fault.NO_TLS),
        (GARBAGE, False, Fault.NOT_GRPC),
        (GARBAGE, True, Fault.NO_TLS),
        (b"", False, Fault.CLOSED_AT_ONCE),
        (b"", True, Fault.CLOSED_AT_ONCE),
    ],
    ids=["web server", "web server, TLS", "garbage", "garbage, TLS", "hangs up", "hangs up, TLS"],
)
async def test_something_else_in_its_place(files, answer, tls, expected):
    async with raw(answer) as target:
        assert await fault(target, **(files.edge() if tls else {})) is expected


async def test_something_that_takes_connections_and_says_nothing():
    async with raw(None) as target:
        assert await fault(target, seconds=2) in {Fault.SILENT, Fault.TIMED_OUT}


async def test_a_connector_that_hangs(connector):
    connector.script("Describe", Hang())
    assert await fault(connector.target, seconds=1) is Fault.TIMED_OUT


async def test_a_grpc_service_that_is_no_connector():
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        assert await fault(f"127.0.0.1:{port}") is Fault.NOT_A_CONNECTOR
    finally:
        await server.stop(None)


async def test_a_connector_that_says_that_it_is_not_ready():
    server, servicer = grpc.aio.server(), health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        assert await fault(f"127.0.0.1:{port}") is Fault.NOT_HEALTHY
    finally:
        await server.stop(None)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"\xff\xff\xff\xff", Fault.UNREADABLE),
        (b"\x0a\x03abc" * 30_000, Fault.TOO_LARGE),
        (described(description="x" * 3_000_000), Fault.TOO_LARGE),
        (described(setup_kinds=[1] * 5000), Fault.TOO_MANY_ITEMS),
        (BareCode(grpc.StatusCode.PERMISSION_DENIED), Fault.NOT_ALLOWED),
        (BareCode(grpc.StatusCode.INTERNAL), Fault.NO_REASON),
        (BareCode(grpc.StatusCode.UNAUTHENTICATED, trailer=b"\xff\xff"), Fault.UNREADABLE_REASON),
        (BareCode(grpc.StatusCode.UNAUTHENTICATED, trailer=b"x" * 15_000), Fault.UNREADABLE_REASON),
        (BareCode(grpc.StatusCode.UNAVAILABLE, "Received http2 header with status: 502"), Fault.BEHIND_PROXY),
        (BareCode(grpc.StatusCode.PERMISSION_DENIED, "Received http2 header with status: 403"), Fault.NOT_GRPC),
        (BareCode(grpc.StatusCode.UNIMPLEMENTED, "Received http2 header with status: 404"), Fault.NOT_GRPC),
        (BareCode(grpc.StatusCode.UNAVAILABLE, "no healthy upstream"), Fault.BEHIND_PROXY),
        (
            BareCode(grpc.StatusCode.UNAVAILABLE, "upstream connect error or disconnect/reset before headers"),
            Fault.BEHIND_PROXY,
        ),
        (BareCode(grpc.StatusCode.UNAVAILABLE, "going away"), Fault.CONNECTION_LOST),
        (Refusal(9), Fault.FAILED),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
async def test_an_answer_that_is_none(connector, answer, expected):
    connector.script("Describe", answer)
    assert await fault(connector.target, seconds=3) is expected


def test_a_text_of_grpc_that_nobody_has_seen_is_not_known():
    text = "connections to all backends failing; last error: the moon is full"
    assert fault_in_status(grpc.StatusCode.UNAVAILABLE, text) is Fault.UNKNOWN


def test_every_fault_has_a_sentence_of_its_own():
    assert set(SENTENCES) == set(Fault)
    assert len(set(SENTENCES.values())) == len(Fault)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    add_key(tmp_path / "keys", MovedClock())
    return tmp_path / "keys"


@pytest.mark.system
async def test_an_edge_process_says_why_in_its_log_its_readiness_its_metrics_and_the_manifest(
    tmp_path, keys, connector, files
):
    certificate = files.edge()
    integration = {name: str(path) for name, path in certificate.items() if name != "insecure"} | {"insecure": False}
    async with (
        EdgeProcess(tmp_path, keys, connector.target, integration=integration) as edge,
        httpx2.AsyncClient(trust_env=False) as http,
    ):

        async def told(cause: str) -> bool:
            ready = (await http.get(f"{edge.internal}/readyz")).json()["integrations"]["guestbook"]
            return ready == {"ready": False, "cause": cause}

        await until(lambda: told("NO_TLS"))
        manifest = await http.get(f"{edge.url}/guestbook/manifest.json")
        metrics = (await http.get(f"{edge.internal}/metrics")).text
        await connector.stop()
        await until(lambda: told("NOTHING_LISTENS"))
        later = (await http.get(f"{edge.internal}/metrics")).text
        lines = edge.lines
    assert manifest.status_code == 503
    assert manifest.json()["error_info"].endswith(SENTENCES[Fault.NO_TLS])
    assert connector.target not in manifest.text
    not_ready = [line["cause"] for line in lines if line["event"] == "connector_not_ready"]
    assert not_ready[:1] == ["NO_TLS"]
    assert not_ready[-1] == "NOTHING_LISTENS"
    [call] = [line for line in lines if line["event"] == "call" and line["endpoint"] == "manifest"]
    assert (call["outcome"], call["cause"]) == ("connector_down", "NO_TLS")
    fault_of = 'sealock_edge_connector_fault{cause="%s",integration="guestbook"} %s'
    assert fault_of % ("NO_TLS", "1.0") in metrics
    assert fault_of % ("NO_TLS", "0.0") in later
    assert fault_of % ("NOTHING_LISTENS", "1.0") in later
    assert (
        'sealock_edge_call_causes_total{cause="NO_TLS",endpoint="manifest",integration="guestbook",'
        'outcome="connector_down"} 1.0'
    ) in metrics
