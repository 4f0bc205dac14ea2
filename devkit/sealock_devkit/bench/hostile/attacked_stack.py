# SPDX-License-Identifier: Apache-2.0
"""What is attacked: an edge, an honest connector with its site, a hostile connector, each a process on loopback."""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sealock.edge.v1.account_pb2 import Account
from sealock_devkit.bench.hostile.attacks import ACCOUNTS
from sealock_devkit.bench.hostile.callers import Place
from sealock_devkit.emulators.guestbook.demo import DemoGuestbook
from sealock_devkit.stack.demo_origin import DemoOrigin
from sealock_devkit.stack.process import connector_serves, free_port
from sealock_devkit.stack.programs import ConnectorServer, Programs
from sealock_devkit.stack.stack import Options, Stack
from sealock_edge.sealing import Accounts, KeyRing
from sealock_edge.sealing.sealer import Sealer
from sealock_edge.zendesk import ZendeskHosts

HOSTILE = "hostile"

SUBDOMAIN = "demo"
"""The local Zendesk's account, to which both tenants belong."""

ENTRIES = 5
AS_DEPLOYED = {"setup_steps_per_minute": 20, "setup_steps_per_minute_by_address": 10}
"""What a stack sets higher, since its administrators are programs."""


class HostileOrigin(DemoGuestbook):
    """It has a guestbook's site, which nobody visits; its connector is the devkit's hostile one."""

    name = origin = HOSTILE
    title = "Hostile"

    async def start(self, folder: Path) -> None:
        """There is no site."""


class AttackedPrograms(Programs):
    """The usual programs, and the hostile connector."""

    def connector(self, origin: DemoOrigin, number: int, options: Sequence[str]) -> ConnectorServer:
        """A connector of the origin."""
        if origin.name != HOSTILE:
            return super().connector(origin, number, options)
        address = f"127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "sealock_devkit.bench.hostile.connector", "--listen", address]
        if self._trust is not None:
            pair = self._trust.connector
            command += ["--certificate", str(pair.certificate), "--key", str(pair.key)]
        return ConnectorServer(
            process=self.process(HOSTILE, command),
            answers=connector_serves(address, self._trust),
            origin=HOSTILE,
            address=address,
        )


@dataclass(frozen=True, slots=True)
class AttackedStack:
    """A running system with an honest tenant, whose pull's form is here, and a hostile one."""

    stack: Stack
    place: Place
    place_file: Path
    form: bytes
    """Of a pull of the honest tenant: what Zendesk keeps, after its first pull."""


@asynccontextmanager
async def attacked_stack(folder: Path, *, tls_edge: bool = False) -> AsyncGenerator[AttackedStack]:
    """
    A running system. The edge takes plain HTTP, as behind an ingress, or ends TLS itself; behind it is mTLS.

    It drains for no time when it is told to stop, so that what holds it up is seen.
    """
    origin = DemoGuestbook()
    options = Options(
        tls=True,
        plain_edges=not tls_edge,
        pull_interval=3600,
        edge_settings={"drain_seconds": 0, **AS_DEPLOYED},
    )
    async with Stack(
        folder, origin=origin, others=(HostileOrigin(),), options=options, programs=AttackedPrograms
    ) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, origin.account_answers)
        for number in range(ENTRIES):
            await origin.write_comment(f"Visitor {number}", "A question of an ordinary length, as visitors have them.")
        await stack.zendesk.pull(account)
        kept = await stack.zendesk.account(account)
        form = urlencode({"metadata": kept["metadata"], "state": kept["state"]}).encode()
        place = _place(stack, tls_edge=tls_edge)
        file = folder / "place.json"
        place.write(file)
        yield AttackedStack(stack, place, file, form)


def _place(stack: Stack, *, tls_edge: bool) -> Place:
    if stack.authority is None:
        raise RuntimeError("the stack has mTLS")
    stranger = stack.authority.make("stranger")
    return Place(
        edge=_port(stack.edge.url),
        tls_edge=tls_edge,
        connector=int(stack.connector.address.rpartition(":")[2]),
        zendesk=stack.zendesk_server.url,
        subdomain=SUBDOMAIN,
        authority=str(stack.authority.certificate),
        stranger_certificate=str(stranger.certificate),
        stranger_key=str(stranger.key),
        accounts=_hostile_accounts(stack.keys),
    )


def _hostile_accounts(keys: Path) -> dict[str, str]:
    """Metadata as Zendesk would keep it, for each thing that the hostile connector can be asked for."""
    sealed_by = Accounts(Sealer(KeyRing.load(keys, _now), _now), ZendeskHosts())
    found = {}
    for name in ACCOUNTS:
        account = Account(
            account_id=secrets.token_urlsafe(16),
            subdomain=SUBDOMAIN,
            locale="en-US",
            connector_account=name.encode(),
        )
        account.create_time.FromDatetime(_now())
        found[name] = sealed_by.seal_metadata(account, f"org.example.{HOSTILE}")
    return found


def _now() -> datetime:
    return datetime.now(UTC)


def _port(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise RuntimeError("an edge of a stack has a port")
    return port
