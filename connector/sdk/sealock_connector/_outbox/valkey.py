# SPDX-License-Identifier: Apache-2.0
"""
An outbox in Valkey, for any number of processes on any number of machines.

What it does, each verb, is one script: Valkey runs nothing else meanwhile. A record is a hash. `lease` and `first` are
milliseconds since 1970, by Valkey's own clock, which all replicas share. Of what is finished only its result is kept.
`call` names the call that claimed it: a claim whose answer was lost on the way is asked again, and answered as before.
Valkey refuses a script whose first change needs memory that it does not have: a claim, but not a result, for which the
record is emptied first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from sealock_connector._outbox.store import RETENTION, Claim, Claimed, Finished, InFlight, OutboxUnavailable, while_held
from sealock_contract.stores.valkey_pool import may_forget, pool_of

_log = logging.getLogger(__name__)

_PRESENT = """
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local record = redis.call('HMGET', KEYS[1], 'owner', 'lease', 'first', 'result', 'call', 'again')
local owner, lease, first, result = record[1], tonumber(record[2] or 0), record[3], record[4]
local function keep(longer)
  redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]) + longer)
end
"""

CLAIM = (
    _PRESENT
    + """
local lasts = tonumber(ARGV[5])
if result then
  return {'finished', result}
end
if record[5] == ARGV[4] and owner == ARGV[3] then
  return {'claimed', record[6] == '1' and first or ''}
end
if owner and lease > now then
  return {'in flight', ''}
end
redis.call('HSET', KEYS[1], 'owner', ARGV[3], 'lease', now + lasts, 'first', first or now, 'call', ARGV[4],
  'again', first and '1' or '0')
keep(lasts)
return {'claimed', first or ''}
"""
)

RENEW = (
    _PRESENT
    + """
if result or owner ~= ARGV[3] then
  return 0
end
redis.call('HSET', KEYS[1], 'lease', now + tonumber(ARGV[4]))
keep(tonumber(ARGV[4]))
return 1
"""
)

FINISH = (
    _PRESENT
    + """
if not result then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'result', ARGV[3])
  keep(0)
end
return 1
"""
)

RELEASE = (
    _PRESENT
    + """
if owner == ARGV[3] and not result then
  redis.call('DEL', KEYS[1])
end
return 1
"""
)

ABANDON = (
    _PRESENT
    + """
if owner == ARGV[3] and not result then
  redis.call('HSET', KEYS[1], 'owner', '', 'lease', now + tonumber(ARGV[4]), 'call', '')
  keep(tonumber(ARGV[4]))
end
return 1
"""
)

HELD = (
    _PRESENT
    + """
return (owner and not result and lease > now) and 1 or 0
"""
)


_PREFIX = "sealock:outbox:1:"
"""Before the origin's name, by which a user of Valkey can be held to one origin's records, and the record's key."""
_SECONDS = 2
"""So long a connection, an answer and a free connection are waited for."""
_LONGEST_SECONDS = 5.0
"""So long a script may take, with all that is tried again."""


class ValkeyOutbox:
    """
    Outbox records in Valkey (or Redis 7), which forgets them by itself after `retention`.

    `origin` is whose records they are, as a connector has it. `url` is `valkey://[USER@]HOST[:PORT][/DATABASE]`, or
    `valkeys://` for TLS. The password is the first line of `password_file`, read anew for each connection. `ca_file` is
    the authority of the server's certificate, in PEM; without it the system's are trusted. Without a `clock` Valkey's
    own counts, so that those of replicas need not agree. A server that is away does not hold up `open`: only replies
    need it.
    """

    def __init__(
        self,
        url: str,
        *,
        origin: str,
        password_file: Path | None = None,
        ca_file: Path | None = None,
        retention: timedelta = RETENTION,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._prefix = f"{_PREFIX}{origin}:"
        self._retention = retention
        self._clock = clock
        self._client = Valkey(
            connection_pool=pool_of(url, seconds=_SECONDS, password_file=password_file, ca_file=ca_file)
        )
        script = self._client.register_script
        self._claim, self._renew = script(CLAIM), script(RENEW)
        self._finish, self._release = script(FINISH), script(RELEASE)
        self._abandon, self._held = script(ABANDON), script(HELD)

    async def open(self) -> None:
        """Look whether the server is there and will keep what it is given; what is wrong is logged."""
        try:
            forgets = await may_forget(self._client, seconds=_LONGEST_SECONDS)
        except (ValkeyError, OSError) as error:
            _log.error("the outbox cannot be reached: no reply is posted until it can (%s)", type(error).__name__)
            return
        if forgets:
            _log.warning("the outbox may forget which replies were posted: its maxmemory-policy is not noeviction")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose(close_connection_pool=True)

    async def claim(self, key: str, owner: str, lease: timedelta) -> Claim:
        """Claim the key for `owner`, unless it is finished or under another's lease."""
        state, value = await self._run(self._claim, key, owner, uuid4().hex, _milliseconds(lease))
        if state == b"finished":
            return Finished(value)
        if state == b"in flight":
            return InFlight()
        return Claimed(datetime.fromtimestamp(int(value) / 1000, UTC) if value else None)

    async def renew(self, key: str, owner: str, lease: timedelta) -> bool:
        """Let the lease of `owner` end later; False if the claim is no longer theirs."""
        return bool(await self._run(self._renew, key, owner, _milliseconds(lease)))

    async def finish(self, key: str, result: bytes) -> None:
        """Record the result; the first one stays."""
        await self._run(self._finish, key, result)

    async def release(self, key: str, owner: str) -> None:
        """Forget the claim of `owner`: nothing was posted."""
        await self._run(self._release, key, owner)

    async def abandon(self, key: str, owner: str, settle: timedelta) -> None:
        """End the lease of `owner` after `settle`, with an unknown outcome."""
        await self._run(self._abandon, key, owner, _milliseconds(settle))

    async def wait(self, key: str, longest: timedelta) -> None:
        """Return when the record changed or its lease ended, at the latest after `longest`."""

        async def held() -> bool:
            return bool(await self._run(self._held, key))

        await while_held(held, longest)

    async def expire(self) -> int:
        """Nothing to drop: Valkey does."""
        return 0

    async def _run(self, script: Any, key: str, *arguments: str | bytes | int) -> Any:
        now = -1 if self._clock is None else int(self._clock().timestamp() * 1000)
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                return await script(keys=[self._prefix + key], args=[now, _milliseconds(self._retention), *arguments])
        except (ValkeyError, OSError) as error:
            raise OutboxUnavailable(f"the outbox failed: {type(error).__name__}") from None


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
