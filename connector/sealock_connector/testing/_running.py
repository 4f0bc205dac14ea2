# SPDX-License-Identifier: Apache-2.0
"""A connector served on loopback, through the same code as in production."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Network, IPv6Network, ip_network

from sealock_connector._connector import Connector
from sealock_connector._options import Options
from sealock_connector._serve import running as served
from sealock_connector.testing._client import ACCOUNT_ID, Client

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@asynccontextmanager
async def running(
    connector: Connector,
    *,
    store: str = "memory",
    allowed_networks: Sequence[IPv4Network | IPv6Network] = LOOPBACK,
    account_id: str = ACCOUNT_ID,
) -> AsyncIterator[Client]:
    """
    Serve the connector on loopback and give a client of it.

    Everything is as with `serve`, but in plaintext, on a free port, and with loopback as an allowed network, so that
    the connector can call an origin that the test runs.
    """
    options = Options(listen="127.0.0.1:0", insecure=True, store=store, drain_seconds=0, allow_network=allowed_networks)
    connector.allowed_networks = tuple(allowed_networks)
    async with (
        served(connector, options) as server,
        Client(f"127.0.0.1:{server.port}", account_id=account_id) as client,
    ):
        yield client
