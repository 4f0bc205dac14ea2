# SPDX-License-Identifier: Apache-2.0
"""
Testing connectors: a real server on loopback, a small typed client, tables of cases, an origin that is a function, a
network guard.

```python
async def test_an_entry_becomes_a_resource():
    async with running(Guestbook()) as guestbook:
        page = await guestbook.pull({"site": "http://127.0.0.1:8080"})
    assert [each.message for each in page.resources] == ["Hello"]
```
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from sealock_connector._connector import Connector
from sealock_connector._outbox import DeliveryTimes
from sealock_connector._serving.options import Options, networks_in, parse
from sealock_connector._serving.server import running as served
from sealock_connector.testing._cases import Case, ChannelbackCase, PullCase
from sealock_connector.testing._client import ACCOUNT_ID, Client, ConnectorDescription, File, PulledPage
from sealock_connector.testing._network_guard import LeftTheMachine, network_guard
from sealock_connector.testing._origins import GivenAnswer, OriginCall, client_of

__all__ = [
    "Case",
    "ChannelbackCase",
    "Client",
    "ConnectorDescription",
    "File",
    "GivenAnswer",
    "LeftTheMachine",
    "OriginCall",
    "PullCase",
    "PulledPage",
    "client_of",
    "network_guard",
    "running",
]

LOOPBACK = "127.0.0.0/8,::1/128"


@asynccontextmanager
async def running(
    connector: Connector,
    *arguments: str,
    store: str = "memory",
    allow_network: Sequence[str] = (LOOPBACK,),
    account_id: str = ACCOUNT_ID,
    settle_seconds: float = 2,
) -> AsyncIterator[Client]:
    """
    Serve the connector on loopback and give a client of it.

    Everything is as with `serve`, but in plaintext, on a free port, and with loopback as an allowed network, so that
    the connector can call an origin that the test runs. `arguments` are more of the command line, such as the
    connector's own options; without any, the connector is served as it is, and `configure` is not called.

    A reply whose answer was lost is repeated `settle_seconds` later at the earliest, so that the origin has it in its
    lists by then; an origin of a test may need less.
    """
    networks = [network for each in allow_network for network in networks_in(each)]
    options = Options(
        listen="127.0.0.1:0", insecure=True, store=store, drain_seconds=0, grace_seconds=5, allow_network=networks
    )
    connector.allowed_networks = tuple(networks)
    if arguments:
        standard = ["--insecure", "--listen=127.0.0.1:0", "--drain-seconds=0", "--grace-seconds=5", f"--store={store}"]
        networks_given = [f"--allow-network={each}" for each in allow_network]
        options = parse(connector, [*standard, *networks_given, *arguments], environ={})
    async with (
        served(connector, options, times=DeliveryTimes(settle=timedelta(seconds=settle_seconds))) as server,
        Client(f"127.0.0.1:{server.port}", account_id=account_id) as client,
    ):
        yield client
