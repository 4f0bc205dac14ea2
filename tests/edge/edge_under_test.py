# SPDX-License-Identifier: Apache-2.0
"""The production edge in this process, with connectors of the test's own and an oracle over all its answers."""

from __future__ import annotations

import io
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from falcon import testing
from prometheus_client import CollectorRegistry

from sealock.edge.v1.account_pb2 import Account
from sealock.edge.v1.file_link_pb2 import FileLink
from sealock_devkit.stack.programs import UNHURRIED
from sealock_edge.app import Edge, create_app
from sealock_edge.config import read
from sealock_edge.sealing import Accounts, FileLinks, KeyRing, OpenAccount, Sealer
from sealock_edge.sealing.keyring import write_key
from sealock_edge.store import Store
from sealock_edge.zendesk import ZendeskHosts
from tests.zendesk_schemas import SCHEMAS, valid

PUBLIC_URL = "https://channels.example.com"
GUESTBOOK_ID = "org.example.guestbook"
FORM = "application/x-www-form-urlencoded"
SCHEMA_OF = {"manifest.json": "manifest", "pull": "pull_payload", "channelback": "channelback_payload_v2"}
SECRETS = {
    "connector_account": b'{"password":"canary-password"}',
    "zendesk_access_token": "canary-token",
    "instance_push_id": "push-1",
}


TRUST_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For the hosts of files, which these tests never reach: the system's authorities take longer to read than a test."""


class MovedClock:
    """A clock that runs, and can be moved ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)


def add_key(directory: Path, clock: MovedClock, *, seals_after: float = 0) -> str:
    """A new key in the directory; returns its id."""
    directory.mkdir(mode=0o700, exist_ok=True)
    now = clock()
    return write_key(directory, created=now, seals_from=now + timedelta(seconds=seals_after), taken=lambda _: False)


@dataclass
class EdgeUnderTest:
    """The edge, how to call it, and how to look into what it sealed."""

    edge: Edge
    client: testing.ASGIConductor
    internal: testing.ASGIConductor
    ring: KeyRing
    keys: Path
    clock: MovedClock
    accounts: Accounts
    links: FileLinks
    log: io.BytesIO
    checked: list[str] = field(default_factory=list)

    def record(self, account_id: str = "account-1", **changes: Any) -> Account:
        return Account(**{"account_id": account_id, "subdomain": "example", **SECRETS, **changes})

    def metadata(self, account_id: str = "account-1", integration_id: str = GUESTBOOK_ID, **changes: Any) -> str:
        return self.accounts.seal_metadata(self.record(account_id, **changes), integration_id)

    def state(self, data: bytes, account_id: str = "account-1", integration_id: str = GUESTBOOK_ID) -> str:
        return self.accounts.seal_state(data, OpenAccount(self.record(account_id), integration_id, stale=False))

    def file_path(
        self,
        name: str = "pier.png",
        reference: str = "ref-1",
        account_id: str = "account-1",
        integration_id: str = GUESTBOOK_ID,
    ) -> str:
        """The path of a link as the edge makes them."""
        to = FileLink(account_id=account_id, reference=reference)
        base_url = f"{PUBLIC_URL}/guestbook"
        link = self.links.link(to, name, self.links.expiry(), base_url=base_url, integration_id=integration_id)
        return link.removeprefix(PUBLIC_URL)

    def opened(self, metadata: str, integration_id: str = GUESTBOOK_ID) -> Account:
        return self.accounts.open_metadata(metadata, integration_id).record

    def opened_state(self, state: str, account_id: str = "account-1") -> bytes:
        return self.accounts.open_state(state, OpenAccount(self.record(account_id), GUESTBOOK_ID, stale=False)).data

    async def get(self, endpoint: str, *, integration: str = "guestbook", **how: Any) -> testing.Result:
        return self._checked(endpoint, await self.client.simulate_get(f"/{integration}/{endpoint}", **how))

    async def post(
        self, endpoint: str, fields: Mapping[str, Any] | bytes, *, integration: str = "guestbook", **how: Any
    ) -> testing.Result:
        body = fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()
        headers = {"Content-Type": FORM, **how.pop("headers", {})}
        result = await self.client.simulate_post(f"/{integration}/{endpoint}", body=body, headers=headers, **how)
        return self._checked(endpoint, result)

    async def pull(self, metadata: str | None = None, state: str = "", **how: Any) -> testing.Result:
        return await self.post("pull", {"metadata": metadata or self.metadata(), "state": state}, **how)

    async def channelback(self, **changes: Any) -> testing.Result:
        fields = {
            "metadata": self.metadata(),
            "message": "Hello",
            "request_unique_identifier": "reply-1",
            "parent_id": "item-1",
            "thread_id": "",
            "recipient_id": "guest-1",
            **changes,
        }
        return await self.post("channelback", {name: value for name, value in fields.items() if value is not None})

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log so far."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The lines of answered calls."""
        return [line for line in self.lines if line["event"] == "call"]

    async def metrics(self) -> str:
        return (await self.internal.simulate_get("/metrics")).text

    async def metric(self, line: str) -> float:
        """One sample's value by its whole name with labels; 0 if it is not there yet."""
        found = [text for text in (await self.metrics()).splitlines() if text.startswith(line + " ")]
        return float(found[0].rpartition(" ")[2]) if found else 0.0

    def _checked(self, endpoint: str, result: testing.Result) -> testing.Result:
        """Every JSON answer that Zendesk reads fits Zendesk's own schema; every problem has its two fields."""
        name = endpoint.partition("?")[0]
        if result.status_code == 200 and name in SCHEMA_OF:
            if (SCHEMAS / "manifest.json").is_file():
                valid(SCHEMA_OF[name], result.json)
            self.checked.append(name)
        elif result.status_code >= 400 and result.headers["content-type"] == "application/json":
            assert set(result.json) - {"allow_channelback"} == {"error_info", "request_id"}
            assert result.json["request_id"] == result.headers["x-request-id"]
        return result


def settings(target: str, **edge: Any) -> dict[str, Any]:
    """An edge with two integrations: one at the target, one whose connector nobody runs."""
    return {
        "edge": {"public_url": PUBLIC_URL, "keys": "unused", **UNHURRIED, **edge},
        "zendesk": {"development_origins": ["http://127.0.0.1:8800"]},
        "integrations": {
            "guestbook": {
                "id": GUESTBOOK_ID,
                "name": "Guestbook",
                "author": "Example",
                "target": target,
                "insecure": True,
                "push_client_id": "sealock_push",
            },
            "other": {"id": "org.example.other", "name": "Other", "target": "ipv4:127.0.0.1:9", "insecure": True},
        },
    }


def build(
    tables: Mapping[str, Any], keys: Path, clock: MovedClock, *, store: Store | None = None
) -> tuple[Edge, KeyRing, io.BytesIO]:
    """The production application for these settings."""
    ring = KeyRing.load(keys, clock)
    log = io.BytesIO()
    edge = create_app(
        read(tables, {}),
        ring=ring,
        version="0.1.0",
        registry=CollectorRegistry(),
        store=store,
        zendesk_tls=TRUST_NOBODY,
        now=clock,
        clock=lambda: clock().timestamp(),
        log=log,
    )
    return edge, ring, log


def under_test(edge: Edge, ring: KeyRing, keys: Path, clock: MovedClock, log: io.BytesIO) -> EdgeUnderTest:
    """The handle on it."""
    sealer = Sealer(ring, clock)
    return EdgeUnderTest(
        edge=edge,
        client=testing.ASGIConductor(edge.public),
        internal=testing.ASGIConductor(edge.internal),
        ring=ring,
        keys=keys,
        clock=clock,
        accounts=Accounts(sealer, ZendeskHosts()),
        links=FileLinks(sealer, clock, 86_400),
        log=log,
    )
