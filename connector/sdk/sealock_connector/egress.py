# SPDX-License-Identifier: Apache-2.0
"""
Calling origins over HTTP: a client that cannot be led to where it must not go.

Every URL that an administrator or an origin supplied is a way into the network that the connector runs in. The client
of `origin_client` resolves names itself, refuses private, loopback, link-local, metadata and other special addresses,
calls exactly the address that it checked, and checks each redirect again.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import httpx2

from sealock_connector._egress.client import OriginClient
from sealock_connector._egress.transport import EgressDenied, OriginTransport
from sealock_connector._metrics import quota_used
from sealock_contract.connections import Network, Resolve, resolve

__all__ = ["EgressDenied", "origin_client", "quota_used"]

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
    an answer (which it asks for uncompressed) and `max_seconds` for all of it; `timeout` is in seconds and holds for
    connecting, and for each wait for the origin. GET and HEAD follow up to five redirects; a redirect to another
    origin carries no credentials.

    Calls raise `OriginUnreached` when nothing was sent, its subclass `EgressDenied` when the address is not allowed,
    and `OriginUnavailable` for whatever fails once the request may have been sent. Answers with error statuses are
    answers.
    """
    transport = OriginTransport(
        allowed_networks=tuple(allowed_networks),
        ssl_context=ssl_context or ssl.create_default_context(),
        resolve=resolver,
        max_bytes=max_bytes,
        max_seconds=max_seconds,
    )
    return OriginClient(transport, timeout=timeout, user_agent=user_agent)
