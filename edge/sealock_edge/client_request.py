# SPDX-License-Identifier: Apache-2.0
"""A request that can tell when its client is gone: who streams to nobody would stream to the end."""

from __future__ import annotations

from falcon.asgi import Request


class ClientRequest(Request):
    """Falcon's request, with the one event of ASGI that comes after the body."""

    __slots__ = ()

    async def client_gone(self) -> None:
        """Wait until the client has hung up. Only once the body was read, if there is one."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
