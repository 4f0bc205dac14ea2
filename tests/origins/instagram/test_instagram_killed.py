# SPDX-License-Identifier: Apache-2.0
"""A connector that is killed while Meta takes its reply: the next process looks for the reply before it sends it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager

import pytest
from grpc.aio import AioRpcError

from sealock_connector import ConnectorError
from sealock_connector.testing import Client
from sealock_devkit.stack.ports import free_port
from sealock_devkit.stack.process import Process
from tests.origins.facebook.test_facebook_killed import PATIENCE, until_posted, until_pulled


@asynccontextmanager
async def a_process(arguments, folder, number):
    """The connector as it is in production, with an outbox on disk."""
    address = f"127.0.0.1:{free_port()}"
    options = [each for each in arguments if not each.startswith("--listen=")]
    options += [f"--listen={address}", f"--store=sqlite:{folder / 'outbox.sqlite'}"]
    command = [sys.executable, "-m", "sealock_origins.instagram", *options]
    process = Process(f"instagram-{number}", command, log=folder / f"{number}.log")
    await process.start()
    try:
        async with Client(address) as client:
            yield process, client
    finally:
        await process.kill()


def ours(meta, kind):
    if kind == "comment":
        return [each.text for each in meta.world.media_comments if each.author_id == meta.instagram.id]
    return [each.text for each in meta.world.messages if not each.by_person]


@pytest.mark.timeout(150)
@pytest.mark.parametrize("kind", ["comment", "message", "private reply"])
async def test_a_reply_is_not_sent_again_after_its_process_was_killed(meta, values, arguments, tmp_path, kind):
    values = {**values, "privately": kind == "private reply"}
    meta.message(account=meta.instagram) if kind == "message" else meta.media_comment(meta.media)
    async with a_process(arguments, tmp_path, 1) as (process, client):
        item = await until_pulled(client, values)
        meta.world.faults.lose_answers = 1
        sending = asyncio.create_task(client.channelback(values, "Once", key="k", parent_id=item))
        async with asyncio.timeout(PATIENCE):
            while not ours(meta, kind):  # noqa: ASYNC110  (the emulator tells nobody)
                await asyncio.sleep(0.01)
        await process.kill()
        with pytest.raises((ConnectorError, AioRpcError)):
            await sending
    async with a_process(arguments, tmp_path, 2) as (_, client):
        posted = await until_posted(client, values, "Once", key="k", parent_id=item)
    assert posted.external_id
    assert ours(meta, kind) == ["Once"]
