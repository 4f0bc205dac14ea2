# SPDX-License-Identifier: Apache-2.0
"""Runs the demo from its start to its end, whatever that is."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import TextIO

import httpx2

from sealock_devkit.demo.live import ZENDESK_PORT, invite, open_pages, watch
from sealock_devkit.demo.narrator import Narrator, StoryFailed, expect
from sealock_devkit.demo.story import Story
from sealock_devkit.stack.demo_origin import DemoOrigin
from sealock_devkit.stack.ports import free_port
from sealock_devkit.stack.process import ProcessFailed
from sealock_devkit.stack.stack import Options, Stack
from sealock_devkit.stack.zendesk_client import ZendeskRefused

FAILURES = (StoryFailed, ProcessFailed, ZendeskRefused, httpx2.HTTPError)
WENT_WELL, FAILED, STOPPED = 0, 1, 130


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
        narrator.say("\nEverything is stopped.")
        return STOPPED if once else WENT_WELL
    shutil.rmtree(folder, ignore_errors=True)
    return WENT_WELL


async def _once(origin: DemoOrigin, folder: Path, narrator: Narrator) -> None:
    narrator.say(f"The story of {origin.title} and Zendesk, told by real processes on this machine:\n")
    async with contextlib.AsyncExitStack() as running:
        stack = Stack(folder, origin=origin)

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
    options = Options(pull_interval=2, zendesk_port=free_port(ZENDESK_PORT))
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
