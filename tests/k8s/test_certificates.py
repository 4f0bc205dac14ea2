# SPDX-License-Identifier: Apache-2.0
"""Certificates made with openssl, as documented: edge and connector believe each other, and nobody else."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import grpc
import grpc.aio
import pytest

from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.describe_pb2 import DescribeRequest
from sealock_connector._serving.options import parse
from sealock_connector._serving.server import running
from sealock_edge.connectors.grpc_channel import open_channel
from sealock_origins.guestbook.connector import Guestbook
from tests.k8s.manifests import K8S, make

MAKE = "make-certificates"


@pytest.fixture
def made(tmp_path) -> Path:
    folder = tmp_path / "certificates"
    make(MAKE, folder, "edge", "connector-guestbook", "reports")
    return folder


def served(secret: Path):
    """The connector with the options that the manifests give it."""
    files = (f"--tls-cert={secret}/tls.crt", f"--tls-key={secret}/tls.key", f"--tls-client-ca={secret}/ca.crt")
    options = ["--listen=127.0.0.1:0", "--drain-seconds=0", "--allowed-callers=dns:sealock-edge", *files]
    connector = Guestbook()
    return running(connector, parse(connector, options, environ={}))


async def describe(port: int, secret: Path, name: str = "connector-guestbook") -> str:
    channel = open_channel(
        f"ipv4:127.0.0.1:{port}",
        insecure=False,
        ca=secret / "ca.crt",
        certificate=secret / "tls.crt",
        key=secret / "tls.key",
        server_name=name,
    )
    async with channel:
        return (await ConnectorServiceStub(channel).Describe(DescribeRequest(), timeout=10)).origin


async def test_the_edge_is_let_in_and_another_caller_is_not(made):
    async with served(made / "connector-guestbook-tls") as server:
        assert await describe(server.port, made / "edge-tls") == "guestbook"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await describe(server.port, made / "reports-tls")
        # The edge's channel asks for health first, which is refused as everything else is.
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "health check call failed" in (refused.value.details() or "")


async def test_a_connector_of_another_name_is_not_believed(made):
    async with served(made / "connector-guestbook-tls") as server:
        with pytest.raises(grpc.aio.AioRpcError):
            await describe(server.port, made / "edge-tls", "connector-wordpress")


async def test_a_certificate_for_serving_cannot_call(made):
    async with served(made / "connector-guestbook-tls") as server:
        with pytest.raises(grpc.aio.AioRpcError):
            await describe(server.port, made / "connector-guestbook-tls")


async def test_a_second_run_renews_what_the_same_authority_made(made):
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    async with served(made / "connector-guestbook-tls") as server:
        make(MAKE, made, "connector-guestbook")
        assert await describe(server.port, made / "edge-tls") == "guestbook"
    changed = {path.relative_to(made).as_posix() for path, content in before.items() if path.read_bytes() != content}
    assert changed - {"authority.srl"} == {"connector-guestbook-tls/tls.crt", "connector-guestbook-tls/tls.key"}


def test_keys_are_for_their_owner_only(made):
    for key in made.rglob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_without_names_it_says_how_it_is_used(tmp_path):
    ran = subprocess.run([K8S / MAKE, tmp_path], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "usage: k8s/make-certificates FOLDER NAME..." in ran.stderr
