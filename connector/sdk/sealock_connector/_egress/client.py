# SPDX-License-Identifier: Apache-2.0
"""The client for origins: its calls, which redirects they follow, and what they give."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Protocol, Self

from sealock_connector._answers.unpacking import Unpacking
from sealock_connector._egress.failures import (
    FAILURES,
    AnswerPacked,
    AnswerTooLarge,
    OriginMoved,
    failure_of,
)
from sealock_connector._egress.requests import Address, Headers, OriginRequest, request_of
from sealock_connector._telemetry import OriginCall
from sealock_connector.errors import Cause, OriginUnavailable
from sealock_contract.connections import AllowedAddresses, CheckedConnections, Network, Resolve
from sealock_contract.http_client.pool import Pool

MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FOLLOWED: Final = frozenset({"GET", "HEAD"})
_KEEPS_THE_METHOD: Final = frozenset({307, 308})
_CARRIED: Final = ("accept", "accept-language", "user-agent", "accept-encoding", "connection")
"""What is said to another host too; everything else may hold a secret."""
_UNPACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_NOT_UNPACKED: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "xz", "bzip2", "lzma"})
"""Whatever else servers call an encoding, such as a charset or `none`, says nothing of how a body is packed."""


class Coming(Protocol):
    """An answer that has begun to come."""

    status: int
    headers: dict[str, str]
    """By names in lower case."""

    async def part(self, *, seconds: float, until: float) -> bytes:
        """What came of the body since the last part; empty at the end."""

    def close(self) -> None:
        """Let go of it, whether it was read or not."""


class OriginAnswer:
    """An origin's answer. What `request` and its like give has been read; that of `open` and `stream` has not."""

    def __init__(
        self, coming: Coming, request: OriginRequest, *, most_bytes: int, seconds: float, until: float
    ) -> None:
        """Raises `AnswerPacked` for an encoding that cannot be unpacked."""
        self.status_code = coming.status
        self.request = request
        self.history: Sequence[OriginAnswer] = ()
        """The redirects that were followed to this answer."""
        self._coming = coming
        self._left = most_bytes
        self._seconds = seconds
        self._until = until
        self._content: bytes | None = None
        self._unpacking: Unpacking | None = None
        """The cap holds for what a packed body becomes."""
        headers = coming.headers
        encodings = {each.strip() for each in headers.pop("content-encoding", "").lower().split(",")}
        self.headers = Headers(headers)
        if encodings & _NOT_UNPACKED:
            coming.close()
            raise AnswerPacked
        if encodings & _UNPACKED:
            headers.pop("content-length", None)
            self._unpacking = Unpacking()

    def __repr__(self) -> str:
        return f"<OriginAnswer {self.status_code}>"

    @property
    def url(self) -> Address:
        """The address that answered."""
        return self.request.url

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status_code < 300

    @property
    def is_redirect(self) -> bool:
        """Whether the status is one of 300 to 399: a redirect that was not followed."""
        return 300 <= self.status_code < 400

    @property
    def content(self) -> bytes:
        """The whole body, which was read."""
        if self._content is None:
            raise RuntimeError("the answer was not read")
        return self._content

    @property
    def text(self) -> str:
        """The body as UTF-8, with marks for what is none."""
        return self.content.decode(errors="replace")

    async def aread(self) -> bytes:
        """Read the body to its end. Raises what `aiter_bytes` raises."""
        if self._content is None:
            parts = []
            try:
                while part := await self._part():
                    parts.append(part)
            finally:
                self._coming.close()
            self._content = b"".join(parts)
        return self._content

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """The body, as it comes. Raises `AnswerTooLarge`, `AnswerLate` and `OriginUnavailable`."""
        try:
            while part := await self._part():
                yield part
        finally:
            self._coming.close()

    async def aclose(self) -> None:
        """Let go of it, whether it was read or not."""
        self._coming.close()

    async def _part(self) -> bytes:
        """The next part of the body, unpacked; empty at the end."""
        while True:
            try:
                part = await self._coming.part(seconds=self._seconds, until=self._until)
            except FAILURES as error:
                raise failure_of(error) from None
            unpacking = self._unpacking
            if not part:
                if unpacking is not None and not unpacking.ended:
                    raise OriginUnavailable("the origin's answer ends too early", cause=Cause.CONNECTION_BROKEN)
                return b""
            if unpacking is not None:
                part = unpacking.take(part, self._left + 1)
            self._left -= len(part)
            if self._left < 0:
                raise AnswerTooLarge("the origin's answer is too large")
            if part:
                return part


class Origins(Protocol):
    """Where requests go: the network, or what stands for it in a test."""

    async def call(self, request: OriginRequest, *, seconds: float, until: float) -> Coming:
        """Make an exchange. Raises `FAILURES`, and the SDK's errors."""

    async def close(self) -> None:
        """Let go of everything."""


class OriginConnections:
    """Connections to origins: https to allowed addresses, http to the allowed networks only."""

    def __init__(self, allowed_networks: Sequence[Network], ssl_context: ssl.SSLContext, resolve: Resolve) -> None:
        ssl_context.set_alpn_protocols(["http/1.1"])
        connections = {
            "https": CheckedConnections(AllowedAddresses(allowed_networks), resolve),
            "http": CheckedConnections(AllowedAddresses(allowed_networks, public=False), resolve),
        }
        self._pool = Pool(connections, ssl_context)

    async def call(self, request: OriginRequest, *, seconds: float, until: float) -> Coming:
        """As a pool's."""
        return await self._pool.call(request.url.origin, request.on_the_wire(), seconds=seconds, until=until)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()


class OriginClient:
    """
    Calls origins. Made by `origin_client`; close it with `aclose`, or use it in `async with`.

    All calls take `headers`, `params` (in place of the URL's query), `auth` (a user and a password), and one of `json`,
    `data` (a form), `files` with `data` (a form with files: name, bytes and content type by field), and `content`:
    bytes, or parts of bytes as they come, in chunks unless a `content-length` is among the headers.

    They raise `OriginUnreached`, `EgressDenied` or `OriginUnavailable`. GET and HEAD follow up to five redirects, and
    carry nothing of their own to another origin. Other methods give the redirect itself where it leads there, or would
    make something else of a post.
    """

    def __init__(
        self, origins: Origins, *, timeout: float, max_seconds: float, max_bytes: int, user_agent: str
    ) -> None:
        self._origins = origins
        self._timeout = timeout
        self._max_seconds = max_seconds
        self._max_bytes = max_bytes
        self._usual = {
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "keep-alive",
            "user-agent": user_agent,
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._origins.close()

    async def get(self, url: str | Address, **said: Any) -> OriginAnswer:
        """GET a URL."""
        return await self.request("GET", url, **said)

    async def post(self, url: str | Address, **said: Any) -> OriginAnswer:
        """POST to a URL. It is sent once, whatever happens."""
        return await self.request("POST", url, **said)

    async def put(self, url: str | Address, **said: Any) -> OriginAnswer:
        """PUT to a URL. It is sent once, whatever happens."""
        return await self.request("PUT", url, **said)

    async def request(self, method: str, url: str | Address, **said: Any) -> OriginAnswer:
        """Call, and read the answer."""
        answer = await self.open(method, url, **said)
        await answer.aread()
        return answer

    @asynccontextmanager
    async def stream(self, method: str, url: str | Address, **said: Any) -> AsyncIterator[OriginAnswer]:
        """Call; the answer is there to be read while the block runs."""
        answer = await self.open(method, url, **said)
        try:
            yield answer
        finally:
            await answer.aclose()

    async def open(self, method: str, url: str | Address, **said: Any) -> OriginAnswer:
        """Call; whoever takes the answer reads it, and closes it with `aclose`."""
        answer = await self._call(request_of(method, url, usual=self._usual, **said))
        history: list[OriginAnswer] = []
        while (request := _following(answer)) is not None:
            await answer.aclose()
            if len(history) == MOST_REDIRECTS:
                raise _without_end(answer, request)
            history.append(answer)
            answer = await self._call(request)
        answer.history = history
        return answer

    async def _call(self, request: OriginRequest) -> OriginAnswer:
        until = asyncio.get_running_loop().time() + self._max_seconds
        with OriginCall(request.method) as answered:
            try:
                coming = await self._origins.call(request, seconds=self._timeout, until=until)
            except FAILURES as error:
                raise failure_of(error) from None
            answered(coming.status)
        return OriginAnswer(coming, request, most_bytes=self._max_bytes, seconds=self._timeout, until=until)


def _following(answer: OriginAnswer) -> OriginRequest | None:
    """The request with which a redirect is followed, if it is."""
    before, location = answer.request, answer.headers.get("location")
    if answer.status_code not in _REDIRECTS or location is None:
        return None
    if before.method in _FOLLOWED:
        return _read_again(before, _place(before.url, location))
    try:
        place = _place(before.url, location)
    except OriginUnavailable:
        return None
    if place.origin != before.url.origin or not isinstance(before.body, bytes):
        return None
    if answer.status_code in _KEEPS_THE_METHOD or _slashless(place) == _slashless(before.url):
        return replace(before, url=place)
    return None


def _without_end(answer: OriginAnswer, request: OriginRequest) -> OriginUnavailable:
    """The error for redirects without an end. Who leads back to the same place with a cookie wants to see it again."""
    if request.url == answer.url and "set-cookie" in answer.headers:
        return OriginUnavailable("the origin wants to see a cookie again", cause=Cause.CHALLENGE)
    return OriginUnavailable("the origin redirects too often", cause=Cause.REDIRECT_LOOP)


def _place(asked: Address, location: str) -> Address:
    """Where a redirect leads. Raises `EgressDenied` for where nobody is led, `OriginUnavailable` for no URL."""
    try:
        return asked.leading_to(location)
    except ValueError:
        raise OriginUnavailable("the origin redirects to what is no URL", cause=Cause.CONNECTION_BROKEN) from None


def _read_again(before: OriginRequest, place: Address) -> OriginRequest:
    if place.origin == before.url.origin:
        return replace(before, url=place)
    if (before.url.scheme, place.scheme) == ("https", "http") and place.host == before.url.host:
        raise OriginMoved(f"http://{place.authority}")
    carried = {name: before.headers[name] for name in _CARRIED if name in before.headers}
    return OriginRequest(before.method, place, Headers(carried))


def _slashless(url: Address) -> tuple[str, str]:
    return url.path.rstrip("/"), url.query or ""
