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

from sealock_connector._egress.client import OriginAnswer, OriginClient, OriginConnections
from sealock_connector._egress.failures import (
    AnswerLate,
    AnswerPacked,
    AnswerTooLarge,
    EgressDenied,
    OriginMoved,
    TooMuchAsked,
)
from sealock_connector._egress.requests import Address
from sealock_connector._telemetry import quota_used
from sealock_contract.connections import Network, Resolve, resolve

__all__ = [
    "Address",
    "AnswerLate",
    "AnswerPacked",
    "AnswerTooLarge",
    "EgressDenied",
    "OriginAnswer",
    "OriginClient",
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
) -> OriginClient:
    """
    Make a client for calling origins. Make one for the connector in `open`, close it in `close`.

    It calls https URLs of public addresses, and any address in `allowed_networks` (give it the connector's
    `allowed_networks`), there over http too. It reads no environment, keeps no cookies, takes at most `max_bytes` of
    an answer (which it asks for uncompressed, and unpacks where it comes compressed all the same) and `max_seconds`
    for all of it; `timeout` is in seconds and holds for connecting, and for each wait for the origin. GET and HEAD
    follow up to five redirects; a redirect to another origin carries no credentials. Other methods follow only within
    their origin, where the redirect keeps the method (307, 308) or adds or drops a slash.

    Connections are kept for five minutes, at most 400 in all and 8 to an origin, and TLS is resumed where a new one is
    needed. A GET goes once more over a new connection where the origin had closed the one that was kept. What may
    change something is sent once: over a new connection, or one that was in use within the last five seconds.

    Calls raise `OriginUnreached` when nothing was sent, its subclass `EgressDenied` when the address is not allowed,
    and `OriginUnavailable` for whatever fails once the request may have been sent, each with a `cause`. Answers with
    error statuses are answers.
    """
    connections = OriginConnections(allowed_networks, ssl_context or ssl.create_default_context(), resolver)
    return OriginClient(
        connections, timeout=timeout, max_seconds=max_seconds, max_bytes=max_bytes, user_agent=user_agent
    )
