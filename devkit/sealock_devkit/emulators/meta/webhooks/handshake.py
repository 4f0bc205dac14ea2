# SPDX-License-Identifier: Apache-2.0
"""Asks a webhook whether it wants to be one."""

from __future__ import annotations

from sealock_devkit.emulators.meta.domain import Domain
from sealock_devkit.emulators.meta.errors import refused


async def verify(domain: Domain, url: str, verify_token: str, *, challenge: str) -> None:
    """Let the address answer the challenge. Raises `GraphError` 2200 if it does not."""
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    status, text = await domain.handshake(url, query)
    if status == 200 and text.strip() == challenge:
        return
    problem = f"HTTP Status Code = {status}" if status else "no answer"
    raise refused(
        "verification",
        f"(#2200) Callback verification failed with the following errors: {problem}; the challenge was not returned",
    )
