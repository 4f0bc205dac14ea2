# SPDX-License-Identifier: Apache-2.0
"""One HTTP exchange with an origin: checked, capped in size and time, its errors told by what was sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import httpcore2
import httpx2

from sealock_connector._metrics import origin_call
from sealock_connector._tracing import origin_span
from sealock_connector.errors import OriginUnavailable, OriginUnreached
from sealock_contract.connections import (
    AddressRefused,
    AllowedAddresses,
    CheckedConnections,
    NameNotResolved,
    Network,
    Resolve,
)

_BEFORE_SENDING = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout)
_TIME = (httpcore2.TimeoutException, TimeoutError)
_FAILURES = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol)
_DEFAULT_PORT, _LAST_PORT = 443, 65_535
_PLAIN_ENCODINGS = {"", "identity"}


class EgressDenied(OriginUnreached):
    """The URL leads to where this connector must not call. Nothing was sent."""


class OriginTransport(httpx2.AsyncBaseTransport):
    """Connections to origins: https to allowed addresses, http to the allowed networks only."""

    def __init__(
        self,
        *,
        allowed_networks: Sequence[Network],
        ssl_context: ssl.SSLContext,
        resolve: Resolve,
        max_bytes: int,
        max_seconds: float,
    ) -> None:
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._pools = {
            "https": _pool(CheckedConnections(AllowedAddresses(allowed_networks), resolve), ssl_context),
            "http": _pool(CheckedConnections(AllowedAddresses(allowed_networks, public=False), resolve), ssl_context),
        }

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Make the exchange; the answer's body is read by whoever takes it."""
        pool = self._pools.get(request.url.scheme)
        if pool is None:
            raise EgressDenied("only https URLs are allowed")
        if not 0 < (request.url.port or _DEFAULT_PORT) <= _LAST_PORT:
            raise EgressDenied("this is not a URL")
        if request.url.userinfo:
            raise EgressDenied("URLs with a user name are not allowed")
        until = asyncio.get_running_loop().time() + self._max_seconds
        with origin_span(request.method) as told, origin_call() as answered, _told_by_what_was_sent():
            async with asyncio.timeout_at(until):
                answer = await pool.handle_async_request(_request(request))
            answered(answer.status)
            told(answer.status)
        stream = _Body(answer, self._max_bytes, until)
        response = httpx2.Response(
            answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions, request=request
        )
        if response.headers.get("content-encoding", "").strip().lower() not in _PLAIN_ENCODINGS:
            await stream.aclose()
            raise OriginUnavailable("the origin answered in an encoding that was not asked for")
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()


class _Body(httpx2.AsyncByteStream):
    """An answer's body, up to the cap and the deadline."""

    def __init__(self, answer: httpcore2.Response, max_bytes: int, until: float) -> None:
        self._answer = answer
        self._left = max_bytes
        self._until = until

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = aiter(cast("AsyncIterator[bytes]", self._answer.stream))
        while True:
            with _told_by_what_was_sent():
                async with asyncio.timeout_at(self._until):
                    part = await anext(parts, None)
            if part is None:
                return
            self._left -= len(part)
            if self._left < 0:
                raise OriginUnavailable("the origin's answer is too large")
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _told_by_what_was_sent() -> Iterator[None]:
    try:
        yield
    except AddressRefused:
        raise EgressDenied("the origin's address is not allowed") from None
    except NameNotResolved:
        raise OriginUnreached("the origin's name does not resolve") from None
    except _BEFORE_SENDING:
        raise OriginUnreached("the origin cannot be reached") from None
    except _TIME:
        raise OriginUnavailable("the origin did not answer in time") from None
    except _FAILURES:
        raise OriginUnavailable("the connection to the origin broke") from None


def _pool(connections: CheckedConnections, ssl_context: ssl.SSLContext) -> httpcore2.AsyncConnectionPool:
    return httpcore2.AsyncConnectionPool(
        ssl_context=ssl_context,
        max_connections=200,
        max_keepalive_connections=50,
        keepalive_expiry=5.0,
        network_backend=connections,
    )


def _request(request: httpx2.Request) -> httpcore2.Request:
    return httpcore2.Request(
        method=request.method,
        url=httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
