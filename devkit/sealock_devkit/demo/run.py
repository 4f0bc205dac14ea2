# SPDX-License-Identifier: Apache-2.0
"""The demo for people: everything runs, the account is there, and the screen says what to try."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TextIO

import httpx2

from sealock_devkit.demo.story import Narrator, Story, StoryFailed, expect
from sealock_devkit.stack.demo_origin import DemoOrigin, LeadsToTickets, PostsWebhooks
from sealock_devkit.stack.process import ProcessFailed, free_port
from sealock_devkit.stack.programs import SEALOCK
from sealock_devkit.stack.stack import Options, Stack
from sealock_devkit.stack.zendesk_client import ZendeskRefused

ZENDESK_PORT = 8800
"""The port at which `sealock zendesk` looks for a running one, if it is not told."""
DEFAULT_ZENDESK = f"http://127.0.0.1:{ZENDESK_PORT}"
RULE = "─" * 78
FAILURES = (StoryFailed, ProcessFailed, ZendeskRefused, httpx2.HTTPError)
FORGOTTEN = "This demo's accounts, tickets and entries are forgotten: the next one begins anew."
WENT_WELL, FAILED, STOPPED = 0, 1, 130


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
    soon = "at once" if isinstance(origin, PostsWebhooks) else "two seconds later"
    return [
        "",
        f"{origin.title} is connected to a Zendesk of your own. Everything runs on this machine.",
        "",
        "  1  Be a customer",
        *(f"     {hint}" for hint in origin.hints),
        f"  2  Be an agent: what you wrote is a ticket {soon}; answer it, with a file if you like",
        f"     {zendesk}/tickets",
        f'     or here: {command} reply 1 "Thank you!"',
        "  3  Be an administrator: the integration, its account, and its own pages for setting one up",
        f"     {zendesk}/channels",
        "  4  Break things: lose answers, repeat calls, cut connections; each reply still arrives once",
        f"     {zendesk}/faults",
        "",
        f"  {'Integration':<12} {edge.url}/{origin.name}/about  and  /dashboard, /manifest.json",
        f"  {'Metrics':<12} {edge.internal_url}/metrics",
        f"  {'Logs':<12} {stack.folder / 'logs'}",
        "",
        "Ctrl-C stops everything and forgets it. What Zendesk sees and does:",
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


async def run_demo(origin: DemoOrigin, *, once: bool, pages: bool, out: TextIO) -> int:
    """
    Run the demo until its story ends or it is stopped. Returns the exit code.

    `once`: the story plays by itself. `pages`: open the pages for those who play it.
    """
    narrator = Narrator(out)
    folder = Path(tempfile.mkdtemp(prefix="sealock-demo-"))
    try:
        await _until_stopped(_once(origin, folder, narrator) if once else _live(origin, folder, narrator, pages=pages))
    except FAILURES as failure:
        narrator.say(f"\n{failure}\n\nThe logs are in {folder / 'logs'}: read the edge's and the connector's first.")
        return FAILED
    except asyncio.CancelledError:
        shutil.rmtree(folder, ignore_errors=True)
        narrator.say("\nEverything is stopped." if once else f"\n{FORGOTTEN}\nEverything is stopped.")
        return STOPPED if once else WENT_WELL
    shutil.rmtree(folder, ignore_errors=True)
    return WENT_WELL


async def _once(origin: DemoOrigin, folder: Path, narrator: Narrator) -> None:
    narrator.say(f"The story of {origin.title} and Zendesk, told by real processes on this machine:\n")
    async with contextlib.AsyncExitStack() as running:
        stack = Stack(folder, origin=origin, options=Options(webhooks=True))

        async def start() -> None:
            await running.enter_async_context(stack)

        await narrator.step("the origin, its connector, the edge and a local Zendesk are running", start)
        await Story(stack, narrator).play()

        async def stop() -> None:
            await running.aclose()
            for member in (*stack.edges, *stack.connectors):
                code = member.process.exit_code
                expect(code == 0, f"{member.process.name} ended with {code}")

        await narrator.step("asked to stop, edge and connector finish what they do and end with 0", stop)
    narrator.say("\nThe whole story is told. `make demo` lets you play it yourself.")


async def _live(origin: DemoOrigin, folder: Path, narrator: Narrator, *, pages: bool) -> None:
    narrator.say(f"Starting {origin.title}, its connector, the edge and a local Zendesk …")
    options = Options(pull_interval=2, zendesk_port=free_port(ZENDESK_PORT), webhooks=True)
    if isinstance(origin, LeadsToTickets):
        origin.lead_to_tickets(f"http://127.0.0.1:{options.zendesk_port}")
    async with Stack(folder, origin=origin, options=options, on_zendesk_line=narrator.say) as stack:
        await invite(stack, narrator.say)
        if pages:
            await asyncio.to_thread(open_pages, stack)
        await watch(stack)


async def _until_stopped(play: Coroutine[None, None, None]) -> None:
    """Do it, and cancel it on SIGINT and SIGTERM."""
    playing = asyncio.ensure_future(play)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, playing.cancel)
    await playing
