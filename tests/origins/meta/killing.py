# SPDX-License-Identifier: Apache-2.0
"""A connector's process is killed while Meta takes its reply, and another one goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from grpc.aio import AioRpcError

from sealock_connector import ConnectorError
from sealock_connector.testing import Client
from sealock_devkit.stack.ports import free_port
from sealock_devkit.stack.process import Process

PATIENCE = 50


@asynccontextmanager
async def a_process(module: str, options: Sequence[str], folder, number: int):
    """The connector as it is in production, with an outbox on disk."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", module, *options]
    command += [f"--listen={address}", f"--store=sqlite:{folder / 'outbox.sqlite'}"]
    process = Process(f"{module}-{number}", command, log=folder / f"{number}.log")
    await process.start()
    try:
        async with Client(address) as client:
            yield process, client
    finally:
        await process.kill()


async def reply_through_a_kill(meta, start, values, ours: Callable[[], list[str]]) -> str:
    """
    Reply "Once", kill the connector as soon as Meta has it, and go on with another process.

    `start(number)` runs a process, `ours` are the replies that stand at Meta. The reply's external id.
    """
    async with start(1) as (process, client):
        item = await _until_pulled(client, values)
        meta.world.faults.lose_answers = 1
        sending = asyncio.create_task(client.channelback(values, "Once", key="k", parent_id=item))
        async with asyncio.timeout(PATIENCE):
            while not ours():  # noqa: ASYNC110  (the emulator tells nobody)
                await asyncio.sleep(0.01)
        await process.kill()
        with pytest.raises((ConnectorError, AioRpcError)):
            await sending
    async with start(2) as (_, client):
        posted = await _until_posted(client, values, "Once", key="k", parent_id=item)
    return posted.external_id


async def _until_posted(client, *arguments, **more):
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await client.channelback(*arguments, **more)
            except (ConnectorError, AioRpcError):
                await asyncio.sleep(0.3)


async def _until_pulled(client, values):
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                page = await client.pull(values)
            except (ConnectorError, AioRpcError):
                await asyncio.sleep(0.1)
                continue
            return page.resources[0].external_id
