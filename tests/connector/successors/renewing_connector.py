# SPDX-License-Identifier: Apache-2.0
"""
A connector as a program of its own whose refresh tokens work once; its origin is a folder, so that it outlives it.

A token that may be used is a file `good-TOKEN`. Using it makes it `spent-TOKEN`, and makes another. Using a spent one
is written down as `reused-TOKEN`, and revokes. While there is a file `hold`, a renewal waits after it was done.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sealock_connector import AccountRevoked, Author, Connector, Done, ExternalResource, Pulled, serve
from sealock_connector._command import serve_until_signal
from sealock_connector._outbox import DeliveryTimes
from sealock_connector._serving.options import parse
from sealock_connector._telemetry import log_to


class Renewing(Connector):
    """An account's values: `folder`, `token`, and when it ends, in seconds since 1970."""

    origin, display_name = "renewing", "Renewing"

    def renew_through(self, successors):
        self._successors = successors

    async def setup(self, step):
        return Done("Folder", {"folder": "/", "token": "first", "ends": 0})

    async def pull(self, pull):
        account = await self._successors.newest(pull.account, self, seconds=20)
        if account != pull.account:
            pull.renew(account.values)
        yield Pulled(ExternalResource("1", account["token"], datetime.now(UTC), Author("a")), b"1")

    def secret(self, account):
        return account["token"]

    def expires_at(self, account):
        return datetime.fromtimestamp(account["ends"], UTC)

    async def renew(self, account):
        folder, token = Path(account["folder"]), account["token"]
        try:
            (folder / f"good-{token}").rename(folder / f"spent-{token}")
        except FileNotFoundError:
            (folder / f"reused-{token}").touch()
            raise AccountRevoked("the token was used before") from None
        following = uuid4().hex
        (folder / f"good-{following}").touch()
        while (folder / "hold").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        ends = datetime.now(UTC) + timedelta(hours=2)
        return {"folder": account["folder"], "token": following, "ends": int(ends.timestamp())}


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("--lease="):
        log_to()
        lease = timedelta(seconds=float(sys.argv[1].partition("=")[2]))
        times = DeliveryTimes(lease=lease, settle=timedelta(seconds=0.1))
        asyncio.run(serve_until_signal(Renewing(), parse(Renewing(), sys.argv[2:]), times=times))
    else:
        serve(Renewing())
