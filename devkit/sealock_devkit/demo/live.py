# SPDX-License-Identifier: Apache-2.0
"""The demo for people: everything runs, the account is there, and the screen says what to try."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
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
    integration = await stack.zendesk.install(stack.manifest_url())
    await stack.zendesk.add_account(integration, stack.origin.account_answers)
    for line in invitation(stack):
        say(line)


def invitation(stack: Stack) -> list[str]:
    """What the screen says once everything runs."""
    origin, edge, zendesk = stack.origin, stack.edge, stack.zendesk_server.url
    where = "" if zendesk == DEFAULT_ZENDESK else f" --url {zendesk}"
    command = f"{os.path.relpath(SEALOCK)} zendesk{where}"
    return [
        "",
        f"{origin.title} is connected to a Zendesk of your own. Everything runs on this machine.",
        "",
        "  1  Be a customer",
        *(f"     {hint}" for hint in origin.hints),
        "  2  Be an agent: what you wrote is a ticket two seconds later; answer it, with a file if you like",
        f"     {zendesk}/tickets",
        f'     or here: {command} reply 1 "Thank you!"',
        "  3  Be an administrator: the integration, its account, and its own pages for setting one up",
        f"     {zendesk}/channels",
        "  4  Be bad luck: lose answers, repeat calls, cut connections; each reply still arrives once",
        f"     {zendesk}/settings#faults",
        "",
        f"  {'Integration':<12} {edge.url}/{origin.name}/about  and  /dashboard, /manifest.json",
        f"  {'Metrics':<12} {edge.internal_url}/metrics",
        f"  {'Logs':<12} {stack.folder / 'logs'}",
        "",
        "Ctrl-C stops everything. What Zendesk sees and does:",
        RULE,
    ]


def open_pages(stack: Stack) -> None:
    """Open the origin and the tickets in the person's browser, if there is a desktop to open them on."""
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        for page in (stack.origin.url, f"{stack.zendesk_server.url}/tickets"):
            webbrowser.open(page)


async def watch(stack: Stack) -> None:
    """Wait for ever; raise `ProcessFailed` when one of the programs ends by itself."""
    members = (stack.zendesk_server, *stack.edges, *stack.connectors)
    waiting = {asyncio.create_task(member.process.wait()): member.process for member in members}
    try:
        ended, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    process = waiting[ended.pop()]
    raise ProcessFailed(f"{process.name} ended with {process.exit_code}\n{process.last_lines()}")
