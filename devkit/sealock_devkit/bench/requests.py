# SPDX-License-Identifier: Apache-2.0
"""The requests of a load, as lines of a file: pulls and replies of sealed accounts, with one edge's keys."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from sealock.edge.v1.account_pb2 import Account
from sealock_connector.cursor import Cursor
from sealock_devkit.bench.origin import KNOWN, KNOWN_AT
from sealock_edge.sealing.accounts import Accounts, OpenAccount
from sealock_edge.sealing.keyring import KeyRing
from sealock_edge.sealing.sealer import Sealer
from sealock_edge.zendesk import ZendeskHosts

ORDINARY_ACCOUNT = b'{"password":"abcd efgh ijkl mnop qrst uvwx","site":"https://blog.example","user":"agent"}'
ORDINARY_STATE = b'{"since":"2026-01-01T00:00:00Z","ids":[1,2,3]}'
TOKEN = "abcdefghijklmnopqrstuvwxyz012345"  # noqa: S105


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def integration_id(name: str) -> str:
    """The id of the integration of that name."""
    return f"org.example.{name}"


def make_keys(folder: Path) -> Path:
    """A key ring with one key, made by the command that people use."""
    keys = folder / "keys"
    if not keys.exists():
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "sealock_contract.command", "keys", "new", str(keys)],
            check=True,
            capture_output=True,
        )
    return keys


def sealing(folder: Path) -> Accounts:
    """The edge's own sealing over the folder's keys."""
    ring = KeyRing.load(make_keys(folder), now)
    return Accounts(Sealer(ring, now), ZendeskHosts())


def record(connector_account: bytes = ORDINARY_ACCOUNT) -> Account:
    """An account of ordinary size."""
    account = Account(
        account_id=secrets.token_urlsafe(16), subdomain="example", locale="en-US", connector_account=connector_account
    )
    account.create_time.GetCurrentTime()
    return account


def guestbook_account(site: str) -> bytes:
    """What the guestbook's connector keeps of an account."""
    return json.dumps({"site": site, "start": "", "token": TOKEN}, separators=(",", ":")).encode()


def guestbook_state() -> bytes:
    """The state of an account that has seen the entry that every account knows."""
    return Cursor.load(b"").seen(KNOWN_AT, KNOWN).dump()


def pulls(
    folder: Path,
    accounts: int = 1,
    *,
    of: Sequence[bytes] = (ORDINARY_ACCOUNT,),
    state: bytes = ORDINARY_STATE,
    integrations: Sequence[str] = ("bench",),
) -> Path:
    """A file with a pull of each of so many accounts; they have what connectors keep, and integrations, in turn."""
    sealed_by = sealing(folder)

    def lines() -> Iterator[str]:
        for number in range(accounts):
            name = integrations[number % len(integrations)]
            account = record(of[number % len(of)])
            opened = OpenAccount(record=account, integration_id=integration_id(name), stale=False)
            form = {
                "metadata": sealed_by.seal_metadata(account, integration_id(name)),
                "state": sealed_by.seal_state(state, opened),
            }
            yield f"POST /{name}/pull {urlencode(form)}"

    return written(folder, lines())


def replies(folder: Path, count: int, site: str) -> Path:
    """A file with so many different replies of one account of a guestbook to the entry that it knows."""
    metadata = sealing(folder).seal_metadata(record(guestbook_account(site)), integration_id("guestbook"))

    def lines() -> Iterator[str]:
        for _ in range(count):
            form = {
                "metadata": metadata,
                "request_unique_identifier": secrets.token_hex(16),
                "message": "Thank you, we shall send you another cup today.",
                "parent_id": "",
                "thread_id": f"{site}/entries/{KNOWN}",
                "recipient_id": f"{site}/authors/visitor-{KNOWN}",
            }
            yield f"POST /guestbook/channelback {urlencode(form)}"

    return written(folder, lines())


def written(folder: Path, lines: Iterable[str]) -> Path:
    """A new file with these lines."""
    path = folder / f"requests-{secrets.token_hex(4)}"
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path
