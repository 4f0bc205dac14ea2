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
from sealock_connector.testing._running import LOOPBACK
from sealock_devkit.stack.ports import free_port
from sealock_devkit.stack.process import Process
from tests.origins.facebook.test_facebook_on_the_emulator import meta, values  # noqa: F401

PATIENCE = 50


@asynccontextmanager
async def a_process(meta, folder, number):  # noqa: F811
    """The connector as it is in production, with an outbox on disk."""
    (folder / "secret").write_text(meta.world.keys.app_secret)
    address = f"127.0.0.1:{free_port()}"
    options = {
        "app-id": meta.world.keys.app_id,
        "app-secret-file": folder / "secret",
        "graph-url": meta.site.host("graph.facebook.com"),
        "dialog-url": meta.site.host("www.facebook.com"),
        "allow-network": LOOPBACK,
        "listen": address,
        "store": f"sqlite:{folder / 'outbox.sqlite'}",
    }
    command = [sys.executable, "-m", "sealock_origins.facebook", "--insecure"]
    command += [f"--{name}={value}" for name, value in options.items()]
    process = Process(f"facebook-{number}", command, log=folder / f"{number}.log")
    await process.start()
    try:
        async with Client(address) as client:
            yield process, client
    finally:
        await process.kill()


async def until_posted(client, *arguments, **more):
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await client.channelback(*arguments, **more)
            except (ConnectorError, AioRpcError):
                await asyncio.sleep(0.3)


async def until_pulled(client, values):  # noqa: F811
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                page = await client.pull(values)
            except (ConnectorError, AioRpcError):
                await asyncio.sleep(0.1)
                continue
            return page.resources[0].external_id


def ours(meta, kind):  # noqa: F811
    if kind == "comment":
        return [each.message for each in meta.world.comments if each.author_id == meta.page.id]
    return [each.text for each in meta.world.messages if not each.by_person]


@pytest.mark.timeout(150)
@pytest.mark.parametrize("kind", ["comment", "message"])
async def test_a_reply_is_not_sent_again_after_its_process_was_killed(meta, values, tmp_path, kind):  # noqa: F811
    meta.comment(meta.page_post) if kind == "comment" else meta.message()
    async with a_process(meta, tmp_path, 1) as (process, client):
        item = await until_pulled(client, values)
        meta.world.faults.lose_answers = 1
        sending = asyncio.create_task(client.channelback(values, "Once", key="k", parent_id=item))
        async with asyncio.timeout(PATIENCE):
            while not ours(meta, kind):  # noqa: ASYNC110  (the emulator tells nobody)
                await asyncio.sleep(0.01)
        await process.kill()
        with pytest.raises((ConnectorError, AioRpcError)):
            await sending
    async with a_process(meta, tmp_path, 2) as (_, client):
        posted = await until_posted(client, values, "Once", key="k", parent_id=item)
    assert posted.external_id
    assert ours(meta, kind) == ["Once"]
