# SPDX-License-Identifier: Apache-2.0
"""
Calling origins over HTTP: a client that cannot be led to where it must not go.

Every URL that an administrator or an origin supplied is a way into the network that the connector runs in. The client
of `origin_client` resolves names itself, refuses private, loopback, link-local, metadata and other special addresses,
calls exactly the address that it checked, and checks each redirect again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, cast

import httpcore2
import httpx2

from sealock_connector._answers.unpacking import Unpacking
from sealock_connector._telemetry import origin_call, quota_used
from sealock_connector.errors import Cause, OriginUnavailable, OriginUnreached
from sealock_contract.connections import (
    AddressRefused,
    AllowedAddresses,
    CheckedConnections,
    NameNotResolved,
    Network,
    Resolve,
    resolve,
)

__all__ = [
    "AnswerLate",
    "AnswerTooLarge",
    "EgressDenied",
    "OriginMoved",
    "TooMuchAsked",
    "origin_client",
    "quota_used",
]

MAX_BYTES = 10 * 1024 * 1024
MAX_SECONDS = 60.0


def origin_client(
    *,
    allowed_networks: Sequence[Network] = (),
    timeout: float = 10.0,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
    user_agent: str = "Sealock",
    ssl_context: ssl.SSLContext | None = None,
    resolver: Resolve = resolve,
) -> httpx2.AsyncClient:
    """
    Make an `httpx2.AsyncClient` for calling origins. Make one for the connector in `open`, close it in `close`.

    It calls https URLs of public addresses, and any address in `allowed_networks` (give it the connector's
    `allowed_networks`), there over http too. It reads no environment, keeps no cookies, takes at most `max_bytes` of
    an answer (which it asks for uncompressed, and unpacks where it comes compressed all the same) and `max_seconds`
    for all of it; `timeout` is in seconds and holds for connecting, and for each wait for the origin. GET and HEAD
    follow up to five redirects; a redirect to another origin carries no credentials. Other methods follow only within
    their origin, where the redirect keeps the method (307, 308) or adds or drops a slash.

    Calls raise `OriginUnreached` when nothing was sent, its subclass `EgressDenied` when the address is not allowed,
    and `OriginUnavailable` for whatever fails once the request may have been sent, each with a `cause`. Answers with
    error statuses are answers.
    """
    transport = OriginTransport(
        allowed_networks=tuple(allowed_networks),
        ssl_context=ssl_context or ssl.create_default_context(),
        resolve=resolver,
        max_bytes=max_bytes,
        max_seconds=max_seconds,
    )
    return OriginClient(transport, timeout=timeout, user_agent=user_agent)


class TooMuchAsked(OriginUnavailable):
    """The origin failed at what it may be able to do when it is asked for less."""


class AnswerLate(TooMuchAsked):
    """The origin did not answer in time."""

    cause = Cause.TIMED_OUT


class AnswerTooLarge(TooMuchAsked):
    """The origin's answer has more than is taken: a smaller part of it may be asked for."""

    cause = Cause.TOO_LARGE


class OriginMoved(OriginUnavailable):
    """The origin redirects to where the call cannot follow with its credentials or its body."""

    cause = Cause.MOVED

    def __init__(self, to: str = "") -> None:
        sentence = f"The address of this account now leads to {to}. " if to else ""
        super().__init__(
            f"redirected to {to or 'another path'}",
            message_for_agent=sentence and f"{sentence}An administrator has to connect it again, with that address.",
        )
        self.to = to
        """Scheme, host and port of where it redirects to; empty where that is another path of the same."""


_BEFORE_SENDING = (httpcore2.ConnectError, httpcore2.ConnectTimeout)
_TIME = (httpcore2.TimeoutException, TimeoutError)
_FAILURES = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol)
_LAST_PORT = 65_535
_PLAIN_ENCODINGS = {"", "identity", "none", "utf-8"}
_PACKED_ENCODINGS = {"gzip", "x-gzip", "deflate"}


class EgressDenied(OriginUnreached):
    """The URL leads to where this connector must not call. Nothing was sent."""

    cause = Cause.ADDRESS_NOT_ALLOWED


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
        if request.url.port is not None and not 0 < request.url.port <= _LAST_PORT:
            raise EgressDenied("this is not a URL")
        if request.url.userinfo:
            raise EgressDenied("URLs with a user name are not allowed")
        until = asyncio.get_running_loop().time() + self._max_seconds
        with origin_call(request.method) as answered, _errors_by_what_was_sent():
            async with asyncio.timeout_at(until):
                answer = await pool.handle_async_request(_request(request))
            answered(answer.status)
        stream = _Body(answer, self._max_bytes, until)
        response = httpx2.Response(
            answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions, request=request
        )
        encoding = response.headers.pop("content-encoding", "").strip().lower()
        if encoding in _PACKED_ENCODINGS:
            response.headers.pop("content-length", None)
            stream.unpacking = Unpacking()
        elif encoding not in _PLAIN_ENCODINGS:
            await stream.aclose()
            raise OriginUnavailable("the origin answered in an encoding that was not asked for", cause=Cause.UNREADABLE)
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
        self.unpacking: Unpacking | None = None
        """How the body is unpacked, if it is packed. The cap holds for what it becomes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = aiter(cast("AsyncIterator[bytes]", self._answer.stream))
        while True:
            with _errors_by_what_was_sent():
                async with asyncio.timeout_at(self._until):
                    part = await anext(parts, None)
            if part is None:
                break
            if self.unpacking is not None:
                part = self.unpacking.take(part, self._left + 1)
            self._left -= len(part)
            if self._left < 0:
                raise AnswerTooLarge("the origin's answer is too large")
            yield part
        if self.unpacking is not None and not self.unpacking.ended:
            raise OriginUnavailable("the origin's answer ends too early", cause=Cause.CONNECTION_BROKEN)

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _errors_by_what_was_sent() -> Iterator[None]:
    try:
        yield
    except AddressRefused:
        raise EgressDenied("the origin's address is not allowed") from None
    except NameNotResolved:
        raise OriginUnreached("the origin's name does not resolve", cause=Cause.NAME_NOT_RESOLVED) from None
    except httpcore2.PoolTimeout:
        raise OriginUnreached("all connections to origins are in use", cause=Cause.CONNECTOR_BUSY) from None
    except _BEFORE_SENDING as error:
        tls = _tls_problem(error, closed=True)
        broken = any(isinstance(each, ConnectionResetError) for each in _behind(error))
        cause = Cause.CERTIFICATE if tls else Cause.CONNECTION_BROKEN if broken else Cause.NOT_REACHED
        raise OriginUnreached(tls or "the origin cannot be reached", cause=cause) from None
    except _TIME:
        raise AnswerLate("the origin did not answer in time") from None
    except _FAILURES as error:
        tls = _tls_problem(error)
        cause = Cause.CERTIFICATE if tls else Cause.CONNECTION_BROKEN
        raise OriginUnavailable(tls or "the connection to the origin broke", cause=cause) from None


_CERTIFICATE_PROBLEMS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself",
    19: "is of an authority that is not known here",
    20: "is of an authority that is not known here, or comes without those in between",
    21: "comes without those in between",
    62: "is for another name",
    64: "is for another address",
}
"""What OpenSSL's codes of a failed verification say of the certificate."""


def _tls_problem(error: BaseException, *, closed: bool = False) -> str:
    """
    What is wrong with the origin's TLS, in fixed words; empty if it is something else.

    `closed` says that it is TLS's fault if the connection was closed, as it is while TLS begins.
    """
    for each in _behind(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"the origin's certificate {_CERTIFICATE_PROBLEMS.get(each.verify_code, 'is not to be trusted')}"
        if isinstance(each, ssl.SSLEOFError):
            return _NO_TLS if closed else ""
        if isinstance(each, ssl.SSLError) and not isinstance(each, _TLS_WAITS):
            return _NO_TLS
    return ""


_NO_TLS = "the origin does not speak TLS that is understood here"
_TLS_WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError)


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


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


MOST_REDIRECTS = 5
_FOLLOWED = {"GET", "HEAD"}
_KEEPS_THE_METHOD = {307, 308}
_CARRIED = ("accept", "accept-language", "user-agent", "accept-encoding")
"""What is said to another host too; everything else may hold a secret."""


class OriginClient(httpx2.AsyncClient):
    """
    An `httpx2.AsyncClient` that calls origins.

    GET and HEAD follow up to five redirects. Other methods give the redirect itself where following would turn a post
    into something else, or bring it to another origin. To another origin a redirect carries none of the request's own
    headers.
    """

    def __init__(self, transport: OriginTransport, *, timeout: float, user_agent: str) -> None:
        super().__init__(
            transport=transport,
            timeout=timeout,
            headers={"user-agent": user_agent, "accept-encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
            follow_redirects=False,
        )

    def build_request(self, method: str, url: httpx2.URL | str, **settings: Any) -> httpx2.Request:
        """Build a request; `EgressDenied` for what is no URL."""
        try:
            return super().build_request(method, url, **settings)
        except httpx2.InvalidURL:
            raise EgressDenied("this is not a URL") from None

    async def send(self, request: httpx2.Request, **settings: Any) -> httpx2.Response:
        """Send the request; raises `OriginUnreached`, `EgressDenied` or `OriginUnavailable`, never `httpx2` errors."""
        stream = settings.pop("stream", False)
        settings.pop("follow_redirects", None)
        try:
            response = await super().send(request, stream=stream, follow_redirects=False, **settings)
            return await self._followed(response, stream=stream)
        except httpx2.HTTPError:
            raise OriginUnavailable("the origin's answer is not proper HTTP", cause=Cause.CONNECTION_BROKEN) from None

    async def _followed(self, response: httpx2.Response, *, stream: bool) -> httpx2.Response:
        history: list[httpx2.Response] = []
        while (request := _following(response)) is not None:
            if len(history) == MOST_REDIRECTS:
                await response.aclose()
                raise OriginUnavailable("the origin redirects too often", cause=Cause.REDIRECT_LOOP)
            await response.aclose()
            history.append(response)
            response = await super().send(request, stream=stream, auth=None, follow_redirects=False)
        response.history = history
        return response


def _following(response: httpx2.Response) -> httpx2.Request | None:
    """The request with which a redirect is followed, if it is."""
    following, before = response.next_request, response.request
    if following is None:
        return None
    same = following.url.origin == before.url.origin
    if before.method in _FOLLOWED:
        if following.url.scheme == "http" and before.url.scheme == "https" and following.url.host == before.url.host:
            raise OriginMoved(f"http://{following.url.netloc.decode()}")
        return following if same else _without_secrets(following)
    if not same or not isinstance(before.stream, httpx2.ByteStream):
        return None
    if response.status_code in _KEEPS_THE_METHOD or _slashless(following.url) == _slashless(before.url):
        return httpx2.Request(
            before.method, following.url, headers=before.headers, stream=before.stream, extensions=before.extensions
        )
    return None


def _slashless(url: httpx2.URL) -> tuple[str, bytes]:
    return url.path.rstrip("/"), url.query


def _without_secrets(request: httpx2.Request) -> httpx2.Request:
    headers = {name: request.headers[name] for name in _CARRIED if name in request.headers}
    return httpx2.Request(request.method, request.url, headers=headers, extensions=request.extensions)
