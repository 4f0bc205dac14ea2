# SPDX-License-Identifier: Apache-2.0
"""What a running system is for, done once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from sealock_devkit.stack.stack import Stack


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


async def main_job(stack: Stack) -> None:
    """A comment becomes a ticket, and its answer stands at the origin."""
    zendesk = stack.zendesk
    integration = await zendesk.install(stack.manifest_url())
    account = await zendesk.add_account(integration, stack.origin.account_answers)
    await stack.origin.write_comment("Visitor", "A question")

    async def has_ticket() -> bool:
        await zendesk.pull(account)
        return bool(await zendesk.tickets())

    await eventually(has_ticket)
    (ticket,) = await zendesk.tickets()
    await zendesk.reply(ticket, "An answer")

    async def answered() -> bool:
        return any(post.by_agent for post in await stack.origin.posts())

    await eventually(answered)
