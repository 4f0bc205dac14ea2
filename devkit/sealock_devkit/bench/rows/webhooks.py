# SPDX-License-Identifier: Apache-2.0
"""How long it takes from what a customer writes at the origin to the ticket, where the origin sends webhooks."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from sealock_devkit.bench.report import Lines, Row
from sealock_devkit.stack.stack import Options, Stack

SIGNATURES = 40
BETWEEN_SECONDS = 1.1
"""Longer than `nudge_seconds`, so that none waits for the one before it."""
NO_PULL_SECONDS = 86_400


def at_once(folder: Path, rounds: int) -> Lines:
    """From a signature in the guestbook to its ticket in the local Zendesk, by webhook, pull and push."""
    seen = asyncio.run(_seconds(folder, rounds))
    middle = [sorted(each)[len(each) // 2] for each in seen]
    slowest = [max(each) for each in seen]
    return [
        Row("webhook: from the origin to the ticket, median", middle, "s", budget=0.3, at_least=False),
        Row(f"webhook: the slowest of {SIGNATURES}", slowest, "s", budget=1.0, at_least=False),
    ]


async def _seconds(folder: Path, rounds: int) -> list[list[float]]:
    options = Options(webhooks=True, pull_interval=NO_PULL_SECONDS)
    async with Stack(folder, options=options) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        await stack.zendesk.pull(await stack.zendesk.add_account(integration, stack.origin.account_answers))
        return [
            [await _one(stack, number * SIGNATURES + each + 1) for each in range(SIGNATURES)]
            for number in range(rounds)
        ]


async def _one(stack: Stack, number: int) -> float:
    """The seconds until there are so many tickets."""
    await asyncio.sleep(BETWEEN_SECONDS)
    began = time.perf_counter()
    await stack.origin.write_comment("Visitor", f"Question {number}")
    if not await stack.zendesk.wait(tickets=number):
        raise RuntimeError("a signature did not become a ticket")
    return time.perf_counter() - began
