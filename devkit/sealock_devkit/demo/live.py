# SPDX-License-Identifier: Apache-2.0
"""The demo for people: everything runs, the account is there, and the screen says what to try."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from sealock_devkit.stack.process import ProcessFailed
from sealock_devkit.stack.programs import SEALOCK
from sealock_devkit.stack.stack import Stack

ZENDESK_PORT = 8800
"""The port at which `sealock zendesk` looks for a running one, if it is not told."""
DEFAULT_ZENDESK = f"http://127.0.0.1:{ZENDESK_PORT}"
RULE = "─" * 78


async def invite(stack: Stack, say: Callable[[str], None]) -> None:
    """Connect the origin to the local Zendesk, and say what people can do now."""
    integration = await stack.desk.install(stack.manifest_url())
    await stack.desk.add_account(integration, stack.scene.account_answers)
    for line in invitation(stack):
        say(line)


def invitation(stack: Stack) -> list[str]:
    """What the screen says once everything runs."""
    scene, edge = stack.scene, stack.edge
    where = "" if stack.zendesk.url == DEFAULT_ZENDESK else f" --url {stack.zendesk.url}"
    zendesk = f"{os.path.relpath(SEALOCK)} zendesk{where}"
    return [
        "",
        f"{scene.title} is connected to a Zendesk of your own. Everything runs on this machine.",
        "",
        *(f"  • {hint}" for hint in scene.hints),
        f'  • Answer as an agent:   {zendesk} reply 1 "Thank you!"',
        f"  • Look at the tickets:  {zendesk} tickets",
        f"  • Look at one of them:  {zendesk} ticket 1",
        "",
        f"  {'Zendesk':<15} {stack.zendesk.url}/",
        f"  {scene.title:<15} {scene.url}",
        f"  {'Integration':<15} {edge.url}/{scene.name}/about  and  /dashboard, /manifest.json",
        f"  {'Metrics':<15} {edge.internal_url}/metrics",
        f"  {'Logs':<15} {stack.folder / 'logs'}",
        "",
        "Ctrl-C stops everything. What Zendesk sees and does:",
        RULE,
    ]


async def watch(stack: Stack) -> None:
    """Wait for ever; raise `ProcessFailed` when one of the programs ends by itself."""
    members = (stack.zendesk, *stack.edges, *stack.connectors)
    waiting = {asyncio.create_task(member.process.wait()): member.process for member in members}
    try:
        ended, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    process = waiting[ended.pop()]
    raise ProcessFailed(f"{process.name} ended with {process.exit_code}\n{process.last_lines()}")
