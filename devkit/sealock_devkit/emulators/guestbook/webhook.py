# SPDX-License-Identifier: Apache-2.0
"""What the guestbook tells at once, signed: which guestbook, which entry. A lost one costs nothing but time."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2

MOST_WAITING = 100
"""More are not told of: one that arrives is enough for a pull, which brings everything."""
TIMEOUT_SECONDS = 5.0
SIGNATURE, SIGNED_AT = "X-Guestbook-Signature", "X-Guestbook-Signed-At"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where the guestbook tells, and how it signs."""

    url: str
    secret: str = field(repr=False)
    site: str
    """The guestbook's own address, as administrators type it."""
    clock: Callable[[], float] = time.time
    """Unix seconds."""

    def request(self, entry: int, change: str) -> tuple[bytes, dict[str, str]]:
        """The body, and the headers with its signature."""
        body = json.dumps({"site": self.site, "entry": entry, "change": change}).encode()
        signed_at = str(int(self.clock()))
        made = hmac.new(self.secret.encode(), signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", SIGNED_AT: signed_at, SIGNATURE: f"sha256={made}"}
        return body, headers


@asynccontextmanager
async def telling(webhook: Webhook) -> AsyncIterator[Callable[[int, str], None]]:
    """Give a function that tells of an entry and its change. It never waits, and whatever fails is forgotten."""
    waiting: asyncio.Queue[tuple[int, str]] = asyncio.Queue(MOST_WAITING)

    def tell(entry: int, change: str) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            waiting.put_nowait((entry, change))

    async def post() -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as http:
            while True:
                body, headers = webhook.request(*await waiting.get())
                with contextlib.suppress(httpx2.HTTPError):
                    await http.post(webhook.url, content=body, headers=headers)

    posting = asyncio.create_task(post())
    try:
        yield tell
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
