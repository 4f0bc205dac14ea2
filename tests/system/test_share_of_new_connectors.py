# SPDX-License-Identifier: Apache-2.0
"""New replicas of a connector get their share of the calls within a minute, without anybody being restarted."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from sealock_devkit.stack.programs import ConnectorServer, Programs
from tests.system.name_server import serving
from tests.system.pulling import load_on

NAME = "connectors.test"
LEAST, MOST = 0.25, 0.42
MINUTE = 60
CALLS = 300
"""How many calls tell the shares."""


@asynccontextmanager
async def beside(stack, hosts: Sequence[str]) -> AsyncGenerator[list[ConnectorServer]]:
    """Connectors on other loopback addresses, at the port of the stack's own one, with the defaults of the program."""
    port = stack.connector.address.rpartition(":")[2]
    programs = Programs(stack.folder, trust=stack.trust, on_zendesk_line=None)
    started = []
    try:
        for number, host in enumerate(hosts, start=2):
            address = f"{host}:{port}"
            member = programs.connector(stack.origin, number, ("--listen", address))
            await member.process.start()
            started.append(member)
            await member.process.ready(partial(serves, member))
        yield started
    finally:
        for member in started:
            await member.process.stop()


async def serves(connector: ConnectorServer) -> bool:
    """By its log: its certificate is for another address."""
    return '"serving"' in connector.process.log.read_text()


def pulls(connectors: Sequence[ConnectorServer]) -> list[int]:
    """How many each one answered, by its log."""
    return [connector.process.log.read_text().count('"Pull"') for connector in connectors]


@pytest.mark.timeout(150)
async def test_scaled_out_connectors_get_their_share_within_a_minute(run):
    async with run() as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        async with serving(NAME, ["127.0.0.1"]) as names:
            port = stack.connector.address.rpartition(":")[2]
            file = stack.folder / "edge-1.toml"
            target = f"dns://127.0.0.1:{names.port}/{NAME}:{port}"
            file.write_text(re.sub(r'target = "[^"]*"', f'target = "{target}"', file.read_text()))
            await stack.restart(stack.edge)
            load = await load_on(stack, account)
            async with load.running(at_once=2), beside(stack, ["127.0.0.2", "127.0.0.3"]) as others:
                await load.answered(50)
                assert pulls(others) == [0, 0]

                names.addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
                began = time.monotonic()
                everyone = [stack.connector, *others]
                shares: list[float] = []
                while not shares or not all(LEAST <= share <= MOST for share in shares):
                    assert time.monotonic() - began < MINUTE, shares
                    before = pulls(everyone)
                    await load.answered(CALLS)
                    counts = [after - earlier for after, earlier in zip(pulls(everyone), before, strict=True)]
                    shares = [count / sum(counts) for count in counts]
                print(f"shares {[round(share, 2) for share in shares]} after {time.monotonic() - began:.0f} s")
            assert load.failures == {}
