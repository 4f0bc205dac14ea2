# SPDX-License-Identifier: Apache-2.0
"""
One call of Zendesk's API: to the account's own Zendesk alone, with its token, again where the answer was lost.

Everything that Zendesk's API takes may be said twice, so a call is repeated as it is, under the same request_id. The
token is shown nowhere else: redirects are not followed.
"""

from __future__ import annotations

import asyncio
import random
import re
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import urlsplit

from sealock_contract.connections import (
    AddressRefused,
    Allows,
    CheckedConnections,
    NameNotResolved,
    is_public,
    is_this_machine,
)
from sealock_contract.http_client.connection import Broken, Request
from sealock_contract.http_client.pool import AllInUse, Keeping, NotConnected, Pool
from sealock_edge.sealing import OpenAccount
from sealock_edge.zendesk import BadForm, ZendeskHosts, ZendeskNotNamed
from sealock_edge.zendesk.rest import Unreadable, pause_asked_for
from sealock_edge.zendesk_api.api import Refusal, ZendeskBusy, ZendeskRefused, ZendeskUnavailable

Said = TypeVar("Said")

TRIES: Final = 3
MOST_ANSWER_BYTES: Final = 1024 * 1024
_WAITED_HERE: Final = 2.0
"""A Retry-After beside a 5xx of up to so many seconds is waited out; for a longer one the account is left alone."""
_TOKEN: Final = re.compile(r"[!-~]+", re.ASCII)
_REFUSED: Final = {401: Refusal.TOKEN, 403: Refusal.FORBIDDEN, 404: Refusal.NOT_FOUND, 410: Refusal.NOT_FOUND}
_PASSING: Final = frozenset({408, 409, 421, 423, 425})
"""Below 500, and over soon: Zendesk answers a conflict while it works on the same records."""
KEEPING: Final = Keeping(most_in_use=64, most_idle=256, seconds=50.0, seconds_to_change=50.0)
"""Connections are kept for what changes something too: it may be said twice, and Zendesk's host keeps them longer."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a call may wait, in seconds."""

    to_connect: float = 5.0
    for_answer: float = 15.0
    """For its next byte."""
    between_tries: float = 0.25
    """Before the second try; four times as long before the third."""


class NotTaken(Exception):
    """Zendesk refused the body of a call: another body it may take."""


class _Passing(Exception):
    """A try failed, and the next may not. `after`: not before so many seconds, as Zendesk said."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__("failed for now")
        self.after = after


class Caller:
    """Makes calls, over connections that are kept."""

    def __init__(
        self,
        hosts: ZendeskHosts,
        now: Callable[[], datetime],
        *,
        tls: ssl.SSLContext,
        waits: Waits = Waits(),
        connections: Callable[[Allows], CheckedConnections] = CheckedConnections,
    ) -> None:
        """`tls`: whom to trust."""
        self._hosts = hosts
        self._now = now
        self._waits = waits
        checked = connections(is_this_machine if hosts.development_origins else is_public)
        schemes = ("http", "https") if hosts.development_origins else ("https",)
        self._pool = Pool(dict.fromkeys(schemes, checked), tls, keeping=KEEPING)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    async def call(
        self, account: OpenAccount, path: str, body: bytes, *, read: Callable[[bytes], Said], until: float
    ) -> Said:
        """
        What `read` makes of the answer's body; it raises `Unreadable` where that says nothing. `until` is on the event
        loop's clock.

        Raises `NotTaken`, `ZendeskRefused`, `ZendeskBusy` and `ZendeskUnavailable`.
        """
        origin, request = self._request(account, path, body)
        for number in range(TRIES):
            try:
                return await self._tried(origin, request, read, until)
            except _Passing as passing:
                pause = self._waits.between_tries * 4**number * random.uniform(0.5, 1)  # noqa: S311 - no secret
                pause = max(pause, passing.after)
                if number == TRIES - 1 or asyncio.get_running_loop().time() + pause >= until:
                    break
            await asyncio.sleep(pause)
        raise ZendeskUnavailable

    def _request(self, account: OpenAccount, path: str, body: bytes) -> tuple[str, Request]:
        token = account.record.zendesk_access_token
        if not token or not account.record.instance_push_id:
            raise ZendeskRefused(Refusal.NO_TOKEN)
        if not _TOKEN.fullmatch(token):
            raise ZendeskRefused(Refusal.TOKEN)
        try:
            origin = self._hosts.api_origin(account.record.subdomain)
        except (BadForm, ZendeskNotNamed):
            raise ZendeskRefused(Refusal.NOT_FOUND) from None
        head = (
            f"POST {path} HTTP/1.1",
            f"host: {urlsplit(origin).netloc}",
            "user-agent: Sealock",
            "accept: application/json",
            "accept-encoding: identity",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"authorization: Bearer {token}",
            "",
            "",
        )
        return origin, Request("POST", "\r\n".join(head).encode("ascii"), body, len(body))

    async def _tried(self, origin: str, request: Request, read: Callable[[bytes], Said], until: float) -> Said:
        split = urlsplit(origin)
        place = (split.scheme, split.hostname or "", split.port or {"http": 80}.get(split.scheme, 443))
        waits = self._waits
        try:
            answer = await self._pool.call(
                place, request, seconds=waits.for_answer, until=until, seconds_to_connect=waits.to_connect
            )
            with closing(answer):
                self._check(answer.status, answer.headers)
                said = bytearray()
                while part := await answer.part(seconds=waits.for_answer, until=until):
                    said += part
                    if len(said) > MOST_ANSWER_BYTES:
                        raise _Passing
            return read(bytes(said))
        except (NotConnected, NameNotResolved, AllInUse, Broken, TimeoutError, Unreadable):
            raise _Passing from None
        except AddressRefused:
            raise ZendeskUnavailable from None

    def _check(self, status: int, headers: dict[str, str]) -> None:
        """Raise what any status but a success means."""
        if 200 <= status < 300:
            if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
                raise _Passing
            return
        asked_for = headers.get("retry-after")
        if status == 429:
            raise ZendeskBusy(pause_asked_for(asked_for, self._now()))
        if status >= 500 or status in _PASSING:
            after = pause_asked_for(asked_for, self._now()) if asked_for else 0.0
            if after > _WAITED_HERE:
                raise ZendeskBusy(after)
            raise _Passing(after)
        if status < 400:
            raise ZendeskRefused(Refusal.LED_AWAY)
        if status in _REFUSED:
            raise ZendeskRefused(_REFUSED[status])
        raise NotTaken
