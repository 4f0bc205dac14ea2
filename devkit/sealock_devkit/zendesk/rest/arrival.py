# SPDX-License-Identifier: Apache-2.0
"""What happens to a service's call on its way, and what the journal says about its headers."""

from __future__ import annotations

import asyncio

from sealock_devkit.zendesk.faults import Faults
from sealock_devkit.zendesk.redaction import dots

SCHEMES = ("bearer", "basic")


def described_headers(authorization: str | None, content_type: str = "") -> list[tuple[str, str]]:
    """The headers that matter, credentials as dots."""
    headers = [("content-type", content_type)] if content_type else []
    if authorization is not None:
        headers.append(("authorization", _described(authorization)))
    return headers


async def fault_of(kind: str, faults: Faults) -> str:
    """The fault that hits a call of the service, after the time for which it has to wait; empty for none."""
    fault = faults.take(kind)
    if fault is None:
        return ""
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    return fault.kind


def _described(authorization: str) -> str:
    scheme, space, credentials = authorization.partition(" ")
    known = space and scheme.lower() in SCHEMES
    return f"{scheme} {dots(credentials)}" if known else dots(authorization)
