# SPDX-License-Identifier: Apache-2.0
"""A store in Valkey, for any number of edges on any number of machines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from valkey.asyncio import Valkey
from valkey.exceptions import ConnectionError, TimeoutError, ValkeyError  # noqa: A004

from sealock_contract.stores.valkey_pool import may_forget, pool_of
from sealock_edge.store import valkey_scripts as scripts
from sealock_edge.store.names import digest
from sealock_edge.store.store import (
    HINT_SECONDS,
    MOST_HINTS,
    MOST_OFFERED,
    MOST_UNWATCHED,
    WATCH_SECONDS,
    Claim,
    Hint,
    Noted,
    StoreAway,
    Told,
    unnoted,
)

_log = logging.getLogger(__name__)

PREFIX: Final = "sealock:edge:1:"
"""Before every key, by which a user of Valkey can be held to them."""

_SECONDS: Final = 1.0
"""So long a connection, an answer and a free connection are waited for."""
_LONGEST_SECONDS: Final = 1.5
"""So long a script may take, with all that is tried again."""
_AWAY_SECONDS: Final = 1.0
"""So long a server that did not answer is not asked again: pulls and webhooks would wait for it each."""


class ValkeyStore:
    """
    A `Store` in Valkey (or Redis 7), which forgets by itself.

    `url`, `password_file` and `ca_file` are as of `pool_of`; `seconds` is how long links to files lead anywhere.
    Without a `clock`, in seconds, Valkey's own counts, so that those of machines need not agree. `noted`
    is told how each call went.
    """

    def __init__(
        self,
        url: str,
        seconds: float,
        *,
        password_file: Path | None = None,
        ca_file: Path | None = None,
        clock: Callable[[], float] | None = None,
        noted: Noted = unnoted,
    ) -> None:
        self._clock = clock
        self._noted = noted
        self._away_until = 0.0
        self._limits = (
            _milliseconds(max(seconds, HINT_SECONDS)),
            _milliseconds(HINT_SECONDS),
            _milliseconds(WATCH_SECONDS),
            MOST_HINTS,
            MOST_OFFERED,
            MOST_UNWATCHED,
        )
        pool = pool_of(url, seconds=_SECONDS, password_file=password_file, ca_file=ca_file)
        self._client = Valkey(connection_pool=pool)
        script = self._client.register_script
        self._note, self._find, self._forget = script(scripts.NOTE), script(scripts.FIND), script(scripts.FORGET)
        self._pulled, self._answered = script(scripts.PULLED), script(scripts.ANSWERED)
        self._tell, self._claim = script(scripts.TELL), script(scripts.CLAIM)
        self._pushed, self._release = script(scripts.PUSHED), script(scripts.RELEASE)
        self._pause, self._paused = script(scripts.PAUSE), script(scripts.PAUSED)

    async def open(self) -> None:
        """Look whether the server is there and will keep what it is given; what is wrong is logged."""
        try:
            forgets = await may_forget(self._client, seconds=_LONGEST_SECONDS)
        except (ValkeyError, OSError) as error:
            self._noted(type(error).__name__)
            return
        if forgets:
            _log.warning("the store may forget what webhooks told: its maxmemory-policy is not noeviction")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose(close_connection_pool=True)

    async def note(self, account: str, metadata: str) -> None:
        """See `Store`."""
        await self._run(self._note, account, metadata)

    async def find(self, account: str) -> str | None:
        """See `Store`."""
        found = await self._run(self._find, account)
        return None if found is None else found.decode()

    async def pulled(self, account: str, metadata: str, state: str) -> tuple[Hint, ...]:
        """See `Store`."""
        return _hints(await self._run(self._pulled, account, metadata, state, digest(state)))

    async def answered(
        self, account: str, called_with: str, *, watched: str, metadata: str, state: str, read: Sequence[Hint]
    ) -> int:
        """See `Store`."""
        pairs = [part for hint in read for part in hint]
        return int(await self._run(self._answered, account, called_with, watched, metadata, digest(state), *pairs))

    async def tell(self, watched: str, hints: Sequence[Hint]) -> Told:
        """See `Store`."""
        dropped, *accounts = await self._run(self._tell, watched, *(part for hint in hints for part in hint))
        return Told(tuple(account.decode() for account in accounts), int(dropped))

    async def claim(self, account: str, owner: str, seconds: float) -> Claim | None:
        """See `Store`."""
        found = await self._run(self._claim, account, owner, _milliseconds(seconds))
        if found is None:
            return None
        metadata, state, tells, *hints = found
        return Claim(metadata.decode(), state.decode(), _hints(hints), int(tells))

    async def pushed(self, account: str, owner: str, *, state: str, read: Sequence[Hint]) -> bool:
        """See `Store`."""
        return bool(await self._run(self._pushed, account, owner, state, *(part for hint in read for part in hint)))

    async def release(self, account: str, owner: str, tells: int) -> bool:
        """See `Store`."""
        return bool(await self._run(self._release, account, owner, tells))

    async def pause(self, what: str, seconds: float) -> None:
        """See `Store`."""
        await self._run(self._pause, what, max(1, _milliseconds(seconds)))

    async def paused(self, what: str) -> float:
        """See `Store`."""
        return int(await self._run(self._paused, what)) / 1000

    async def forget(self, account: str) -> None:
        """See `Store`."""
        await self._run(self._forget, account)

    async def _run(self, script: Any, *arguments: str | int) -> Any:
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            raise StoreAway("the store did not answer a moment ago")
        now = -1 if self._clock is None else _milliseconds(self._clock())
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                answer = await script(keys=[PREFIX], args=[now, *self._limits, *arguments])
        except (ValkeyError, OSError) as error:
            if isinstance(error, (ConnectionError, TimeoutError, OSError)):
                self._away_until = loop.time() + _AWAY_SECONDS
            self._noted(type(error).__name__)
            raise StoreAway(f"the store failed: {type(error).__name__}") from None
        self._noted("")
        return answer


def _hints(parts: Sequence[bytes]) -> tuple[Hint, ...]:
    return tuple(Hint(parts[at].decode(), parts[at + 1].decode()) for at in range(0, len(parts), 2))


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
