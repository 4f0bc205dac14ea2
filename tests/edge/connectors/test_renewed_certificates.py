# SPDX-License-Identifier: Apache-2.0
"""The edge shows the certificate that its files have now; calls under way end where they began."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
import trustme

from sealock.connector.v1 import connector_service_pb2_grpc
from sealock.connector.v1.describe_pb2 import DescribeRequest, DescribeResponse
from sealock_contract.certificates import CertificateFiles
from sealock_edge.connectors import Connector, connector
from sealock_edge.connectors.grpc_channel import open_channel
from tests.edge.polling import until


class Files:
    """An authority's certificates, as a mounted Secret has them."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.certificate, self.key = folder / "ca.crt", folder / "tls.crt", folder / "tls.key"
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(self.ca))
        self.issue("first")

    def issue(self, name: str) -> None:
        issued = self.authority.issue_cert("edge.example", common_name=name)
        issued.private_key_pem.write_to_path(str(self.key))
        self.certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))

    def watched(self) -> CertificateFiles:
        return CertificateFiles(ca=self.ca, certificate=self.certificate, key=self.key)


class NamesCallers(connector_service_pb2_grpc.ConnectorServiceServicer):
    """A connector that notes by which certificate it was called."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def Describe(self, request: DescribeRequest, context: grpc.aio.ServicerContext) -> DescribeResponse:  # noqa: N802
        self.names.append(context.auth_context()["x509_common_name"][0].decode())
        return DescribeResponse(origin="named")


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)


@pytest.fixture
async def server(files) -> AsyncIterator[tuple[NamesCallers, int]]:
    issued = files.authority.issue_cert("localhost")
    chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
    credentials = grpc.ssl_server_credentials(
        [(issued.private_key_pem.bytes(), chain)], files.ca.read_bytes(), require_client_auth=True
    )
    servicer, server = NamesCallers(), grpc.aio.server()
    connector_service_pb2_grpc.add_ConnectorServiceServicer_to_server(servicer, server)
    port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    yield servicer, port
    await server.stop(0)


async def test_a_renewed_certificate_is_shown_without_a_restart(files, server, monkeypatch):
    monkeypatch.setattr(connector, "WATCH_SECONDS", 0.05)
    servicer, port = server
    known = Connector(
        lambda: open_channel(
            f"localhost:{port}", insecure=False, ca=files.ca, certificate=files.certificate, key=files.key
        ),
        on_call=lambda *_: None,
        on_ready=lambda *_: None,
        credentials_changed=files.watched().changed,
    )
    await known.open()
    try:
        await until(lambda: known.ready)
        assert set(servicer.names) == {"first"}

        files.issue("second")

        await until(lambda: servicer.names[-1] == "second")
        assert known.ready
    finally:
        await known.close()
