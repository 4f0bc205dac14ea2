# SPDX-License-Identifier: Apache-2.0
"""TLS sessions that are taken up again, so that a new connection costs no certificates and less of a handshake."""

from __future__ import annotations

import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

Place = tuple[str, str, int]
"""Scheme, host and port of a server."""

MOST_SESSIONS: Final = 1_000
"""Of about 14 kB each."""
MOST_SECONDS: Final = 3_600.0
"""For how long a certificate that was verified once stands for a server's connections."""


@dataclass(frozen=True, slots=True)
class _Kept:
    session: ssl.SSLSession
    verified_at: float


class TlsSessions:
    """
    The last session of each server, in memory, offered to that server alone: by scheme, host and port.

    A server whose certificate changed is noticed within an hour of the last whole handshake.
    """

    def __init__(self, context: ssl.SSLContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock
        self._kept: OrderedDict[Place, _Kept] = OrderedDict()

    def offering(self, place: Place) -> ssl.SSLContext:
        """For one connection to the server: the context, which offers the server's session."""
        kept = self._kept.get(place)
        if kept is not None and self._clock() - kept.verified_at > MOST_SECONDS:
            del self._kept[place]
            kept = None
        # Event loops ask nothing of a context but to wrap.
        return cast("ssl.SSLContext", _Offering(self._context, kept.session)) if kept else self._context

    def keep(self, place: Place, connection: ssl.SSLObject) -> None:
        """Keep the session of a connection whose answers have begun to come: tickets come after the handshake."""
        session = connection.session
        if session is None or not session.has_ticket:
            return
        before = self._kept.pop(place, None)
        resumed = connection.session_reused and before is not None
        verified_at = before.verified_at if resumed and before is not None else self._clock()
        self._kept[place] = _Kept(session, verified_at)
        while len(self._kept) > MOST_SESSIONS:
            self._kept.popitem(last=False)


class _Offering:
    """In place of an `ssl.SSLContext`, for one connection: it offers a session."""

    def __init__(self, context: ssl.SSLContext, session: ssl.SSLSession) -> None:
        self._context = context
        self._session = session

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
    ) -> ssl.SSLObject:
        """As the context's, with the session."""
        return self._context.wrap_bio(incoming, outgoing, server_side, server_hostname, self._session)
