# SPDX-License-Identifier: Apache-2.0
"""TLS as in production: required, with callers' certificates, and renewed while the server runs."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc
import grpc.aio
import httpx2
import pytest
import trustme
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.describe_pb2 import DescribeRequest
from sealock_connector import serve
from sealock_connector._serving.options import parse
from sealock_connector._serving.server import LIVENESS, running
from tests.connector.connectors import Plain
from tests.connector.processes import program

LISTEN = ("--listen=127.0.0.1:0", "--drain-seconds=0")


@dataclass
class Authority:
    """Makes certificates into files."""

    ca: trustme.CA
    folder: Path

    def issue(self, name: str, *, to: str | None = None) -> tuple[Path, Path]:
        issued = self.ca.issue_cert(name, common_name=name)
        cert, key = self.folder / f"{to or name}.pem", self.folder / f"{to or name}.key"
        cert.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        key.write_bytes(issued.private_key_pem.bytes())
        return cert, key

    @property
    def pem(self) -> bytes:
        return self.ca.cert_pem.bytes()

    @property
    def file(self) -> Path:
        path = self.folder / "ca.pem"
        path.write_bytes(self.pem)
        return path


@pytest.fixture
def authority(tmp_path):
    return Authority(trustme.CA(), tmp_path)


async def describe(port: int, ca: bytes, pair: tuple[Path, Path] | None = None) -> str:
    cert, key = pair or (None, None)
    credentials = grpc.ssl_channel_credentials(ca, key and key.read_bytes(), cert and cert.read_bytes())
    async with grpc.aio.secure_channel(f"localhost:{port}", credentials) as channel:
        return (await ConnectorServiceStub(channel).Describe(DescribeRequest(), timeout=10)).origin


def served(*arguments):
    connector = Plain()
    return running(connector, parse(connector, [*LISTEN, *map(str, arguments)], environ={}))


async def test_calls_are_encrypted(authority):
    cert, key = authority.issue("localhost")
    async with served("--any-caller", "--tls-cert", cert, "--tls-key", key) as server:
        assert await describe(server.port, authority.pem) == "plain"
        with pytest.raises(grpc.aio.AioRpcError):
            await describe(server.port, trustme.CA().cert_pem.bytes())


async def test_plaintext_is_not_answered(authority):
    cert, key = authority.issue("localhost")
    async with (
        served("--any-caller", "--tls-cert", cert, "--tls-key", key) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError):
            await ConnectorServiceStub(channel).Describe(DescribeRequest(), timeout=5)


async def test_callers_need_a_certificate_of_the_authority(authority):
    cert, key = authority.issue("localhost")
    edge = authority.issue("edge.example")
    stranger = Authority(trustme.CA(), authority.folder).issue("edge.example", to="stranger")
    options = ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", authority.file]
    async with served(*options, "--allowed-callers", "dns:edge.example") as server:
        assert await describe(server.port, authority.pem, edge) == "plain"
        for pair in (None, stranger):
            with pytest.raises(grpc.aio.AioRpcError):
                await describe(server.port, authority.pem, pair)


async def test_only_callers_of_an_allowed_name_are_answered(authority):
    cert, key = authority.issue("localhost")
    options = ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", authority.file]
    async with served(*options, "--allowed-callers", "dns:edge.example, dns:tool.example") as server:
        for name in ("edge.example", "tool.example"):
            assert await describe(server.port, authority.pem, authority.issue(name)) == "plain"
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await describe(server.port, authority.pem, authority.issue("edge.example.evil.example"))
        assert raised.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_callers_that_are_denied_are_counted_and_logged_once_a_minute(authority, caplog):
    cert, key = authority.issue("localhost")
    options = ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", authority.file]
    caplog.set_level("INFO")
    async with served(*options, "--allowed-callers", "dns:edge.example", "--metrics-listen=127.0.0.1:0") as server:
        for _ in range(3):
            with pytest.raises(grpc.aio.AioRpcError):
                await describe(server.port, authority.pem, authority.issue("other.example"))
        async with httpx2.AsyncClient() as http:
            counted = (await http.get(f"http://127.0.0.1:{server.metrics_port}/metrics")).text
    [line] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert (line.getMessage(), line.caller) == ("a caller that is not allowed was refused", "dns:other.example")
    assert not [record for record in caplog.records if record.name == "sealock_connector.calls"]
    assert "sealock_connector_callers_refused_total 3.0" in counted


async def test_a_renewed_certificate_is_used_without_a_restart(authority):
    cert, key = authority.issue("localhost", to="server")
    async with served("--any-caller", "--tls-cert", cert, "--tls-key", key) as server:
        before = ssl.get_server_certificate(("127.0.0.1", server.port))
        authority.issue("localhost", to="server")
        after = ssl.get_server_certificate(("127.0.0.1", server.port))
        assert after != before
        assert await describe(server.port, authority.pem) == "plain"


async def test_files_that_are_half_written_do_not_stop_the_server(authority):
    cert, key = authority.issue("localhost", to="server")
    async with served("--any-caller", "--tls-cert", cert, "--tls-key", key) as server:
        whole = cert.read_bytes()
        for broken in (b"", b"-----BEGIN", whole[: len(whole) // 2]):
            cert.write_bytes(broken)
            assert await describe(server.port, authority.pem) == "plain"
        key.unlink()
        assert await describe(server.port, authority.pem) == "plain"


async def test_probes_ask_for_health_in_plaintext_and_for_nothing_else(authority):
    cert, key = authority.issue("localhost")
    options = ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", authority.file, "--allowed-callers", "dns:edge"]
    async with (
        served(*options, "--health-listen", "127.0.0.1:0") as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.health_port}") as channel,
    ):
        for service in ("", LIVENESS):
            asked = health_pb2.HealthCheckRequest(service=service)
            answer = await health_pb2_grpc.HealthStub(channel).Check(asked, timeout=10)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ConnectorServiceStub(channel).Describe(DescribeRequest(), timeout=10)
        assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


NO_START = {
    "without anything": ([], 2, "--tls-cert: is required (or --insecure, for plaintext)"),
    "without a key": (["--tls-cert={cert}"], 2, "--tls-key: is required"),
    "with a missing file": (["--tls-cert=/does/not/exist"], 2, "--tls-cert: there is no such file"),
    "plaintext and TLS": (["--insecure", "--tls-cert={cert}"], 2, "--insecure: "),
    "names without an authority": (
        ["--insecure", "--allowed-callers=dns:a"],
        2,
        "--allowed-callers: needs --tls-client-ca",
    ),
    "a wrong address": (["--insecure", "--listen=nowhere"], 2, "--listen: is not HOST:PORT"),
    "a wrong store": (["--insecure", "--store=file"], 2, "--store: is neither memory nor sqlite:PATH"),
    "a store's password in the open": (
        ["--insecure", "--store=valkey://:canary@valkey"],
        2,
        "--store: has a password in it",
    ),
    "a store in plaintext": (["--tls-cert={cert}", "--store=valkey://valkey"], 2, "--store: valkey:// is plaintext"),
    "a wrong network": (["--insecure", "--allow-network=10.0.0.1/8"], 2, "--allow-network: is not a network"),
    "a wrong time": (["--insecure", "--drain-seconds=soon"], 2, "--drain-seconds: is not a number of seconds"),
    "a wrong level": (["--insecure", "--log-level=loud"], 2, "--log-level: invalid choice"),
    "a key of another certificate": (
        ["--listen=127.0.0.1:0", "--any-caller", "--tls-cert={cert}", "--tls-key={other}"],
        1,
        "--tls",
    ),
    "a store that cannot be": (["--insecure", "--store=sqlite:/no/such/folder/x"], 1, "--store: the outbox failed"),
    "a host for health that is not ours": (
        ["--insecure", "--listen=127.0.0.1:0", "--health-listen=192.0.2.1:1"],
        1,
        "--health-listen: cannot listen on 192.0.2.1:1",
    ),
    "a host that is not ours": (["--insecure", "--listen=192.0.2.1:1"], 1, "--listen: cannot listen on 192.0.2.1:1"),
}


AS_A_PROGRAM = ["without anything", *(case for case, (_, code, _) in NO_START.items() if code == 1)]


@pytest.mark.parametrize("case", sorted(NO_START.keys() - set(AS_A_PROGRAM)))
def test_it_does_not_start_with_wrong_options(case, authority, capsys):
    arguments, code, words = NO_START[case]
    cert, _ = authority.issue("localhost")
    with pytest.raises(SystemExit) as ended:
        serve(Plain(), [each.format(cert=cert) for each in arguments])
    assert ended.value.code == code
    assert words in capsys.readouterr().err.replace("argument ", "")


@pytest.mark.parametrize("case", AS_A_PROGRAM)
async def test_it_does_not_start(case, authority):
    arguments, code, words = NO_START[case]
    cert, _ = authority.issue("localhost")
    _, other = authority.issue("other")
    async with program(*(each.format(cert=cert, other=other) for each in arguments)) as started:
        assert await started.ended() == code
    assert words in "\n".join(started.lines).replace("argument ", "")


async def test_a_taken_port_is_not_shared(authority):
    async with program("--insecure", *LISTEN) as first:
        await first.serving()
        async with program("--insecure", f"--listen=127.0.0.1:{first.port}") as second:
            assert await second.ended() == 1
    assert f"--listen: cannot listen on 127.0.0.1:{first.port}" in second.lines


async def test_options_come_from_the_environment_too(authority):
    environ = {
        "SEALOCK_CONNECTOR_INSECURE": "true",
        "SEALOCK_CONNECTOR_LISTEN": "127.0.0.1:0",
        "SEALOCK_CONNECTOR_DRAIN_SECONDS": "0",
        "SEALOCK_CONNECTOR_LOG_LEVEL": "info",
    }
    async with program(environ=environ) as started:
        await started.serving()
        started.terminate()
        assert await started.ended() == 0
    async with program(environ=environ | {"SEALOCK_CONNECTOR_DRAIN_SECONDS": "soon"}) as wrong:
        assert await wrong.ended() == 2
    assert "SEALOCK_CONNECTOR_DRAIN_SECONDS: is not a number of seconds" in "\n".join(wrong.lines)
