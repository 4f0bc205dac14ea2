# SPDX-License-Identifier: Apache-2.0
"""An origin that is a function, for tests without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sealock_connector._egress.client import OriginClient
from sealock_connector._egress.requests import OriginRequest
from sealock_connector.egress import MAX_BYTES, MAX_SECONDS


@dataclass(frozen=True, slots=True)
class OriginCall:
    """What a connector asked of its origin."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the origin answers."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def client_of(answer: Callable[[OriginCall], GivenAnswer], *, max_bytes: int = MAX_BYTES) -> OriginClient:
    """
    The client of `origin_client`, whose origin is a function: nothing leaves the process.

    All else is as in production: redirects, caps, unpacking. The function may raise errors of the SDK, such as
    `OriginUnreached`.
    """
    return OriginClient(
        _Function(answer), timeout=10, max_seconds=MAX_SECONDS, max_bytes=max_bytes, user_agent="Sealock"
    )


class _Function:
    def __init__(self, answer: Callable[[OriginCall], GivenAnswer]) -> None:
        self._answer = answer

    async def call(self, request: OriginRequest, *, seconds: float, until: float) -> _Given:  # noqa: ARG002
        request.on_the_wire()
        body = request.body if isinstance(request.body, bytes) else b"".join([part async for part in request.body])
        return _Given(self._answer(OriginCall(request.method, str(request.url), request.headers, body)))

    async def close(self) -> None:
        pass


class _Given:
    def __init__(self, answer: GivenAnswer) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self._body = answer.body

    async def part(self, *, seconds: float, until: float) -> bytes:  # noqa: ARG002
        part, self._body = self._body, b""
        return part

    def close(self) -> None:
        self._body = b""
