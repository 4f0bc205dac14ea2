# SPDX-License-Identifier: Apache-2.0
"""A connector's process is killed while Meta takes its reply, or parts of it, and another one goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial

import pytest
from grpc.aio import AioRpcError

from sealock_connector import ConnectorError
from sealock_connector.testing import Client, File
from sealock_devkit.emulators.meta.content import Inboxes
from sealock_devkit.emulators.meta.settings import FaultyGraph
from sealock_devkit.stack.process import Process, free_port
from tests.devkit.meta.callers import PICTURE

PATIENCE = 50


@asynccontextmanager
async def a_process(origin: str, options: Sequence[str], folder, number: int):
    """The connector in a process of its own, with an outbox on disk."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "tests.origins.meta.short_leases", origin, *options]
    command += [f"--listen={address}", f"--store=sqlite:{folder / 'outbox.sqlite'}"]
    process = Process(f"{origin}-{number}", command, log=folder / f"{number}.log")
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
        meta.store.faults.lose_answers = 1
        sending = asyncio.create_task(client.channelback(values, "Once", key="k", parent_id=item))
        async with asyncio.timeout(PATIENCE):
            while not ours():  # noqa: ASYNC110  (the emulator tells nobody)
                await asyncio.sleep(0.01)
        await process.kill()
        with pytest.raises((ConnectorError, AioRpcError)):
            await sending
    async with start(2) as (_, client):
        posted = await _until_posted(partial(client.channelback, values, "Once", key="k", parent_id=item))
    return posted.external_id


class Breaks:
    """
    Loses answers of messages that the account sends: of the one of this number to each person, counted from 1.

    `kills`: they are held back until the connector is dead. Else their connections end.
    """

    def __init__(self, monkeypatch, *, kills: bool) -> None:
        self.numbers, self.lost = {}, 0
        self._kills, self._sent = kills, ContextVar("sent")
        take, send = FaultyGraph.__call__, Inboxes.from_owner
        monkeypatch.setattr(FaultyGraph, "__call__", lambda graph, *call: self._call(take, graph, *call))
        monkeypatch.setattr(Inboxes, "from_owner", lambda *more, **named: self._note(send(*more, **named)))

    def _note(self, message):
        self._sent.get().append(message)
        return message

    async def _call(self, take, graph, scope, receive, send):
        sent, answer = [], []

        async def keep(message):
            answer.append(message)

        self._sent.set(sent)
        await take(graph, scope, receive, keep)
        for message in sent:
            self.numbers[message.conversation_id] -= 1
            if self.numbers[message.conversation_id] == 0:
                self.lost += 1
                await self._lose(graph, scope, receive)
                return
        for message in answer:
            await send(message)

    async def _lose(self, graph, scope, receive):
        if not self._kills:
            await graph._connections.end(scope, receive)
        while self._kills and (await receive())["type"] != "http.disconnect":
            pass


async def replies_in_parts_through_breaks(meta, start, values, breaks, reply, items) -> dict[str, str]:
    """
    Reply to several people at once, each time with so many parts as there are people, and lose each time another part.

    `reply` are the arguments of the replies, `items` their parents by conversation. The replies' external ids.
    """
    breaks.numbers |= {conversation: number for number, conversation in enumerate(items, 1)}

    def send(client, conversation):
        return partial(client.channelback, values, **reply, key=conversation, parent_id=items[conversation])

    async with start(1) as (process, client):
        await _until_pulled(client, values)
        sending = [asyncio.create_task(send(client, each)()) for each in items]
        async with asyncio.timeout(PATIENCE):
            while breaks.lost < len(items):  # noqa: ASYNC110  (the emulator tells nobody)
                await asyncio.sleep(0.01)
        if breaks._kills:
            await process.kill()
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        assert all(isinstance(each, ConnectorError | AioRpcError) for each in outcomes)
    async with start(2) as (_, client):
        posted = await asyncio.gather(*(_until_posted(send(client, each)) for each in items))
    return {conversation: each.external_id for conversation, each in zip(items, posted, strict=True)}


async def each_part_comes_once(meta, start, values, breaks, written, item, *, words, with_file):
    """
    Reply to the people who have `written` with three texts of many words, and a file, through `breaks`.

    `item(message)` is a message's external id. Each part comes once, in order, and the first one is the reply.
    """
    texts = [f"Part {number}. {'word ' * words}".strip() for number in range(3)]
    files = [File(PICTURE.name, PICTURE.content_type, PICTURE.data)] * with_file
    reply = {"message": "\n\n".join(texts), "files": files}
    items = {each.conversation_id: item(each) for each in written}
    posted = await replies_in_parts_through_breaks(meta, start, values, breaks, reply, items)
    for conversation in items:
        sent = [each for each in meta.store.messages if each.conversation_id == conversation and not each.by_person]
        assert [each.text for each in sent] == [*texts, *[""] * with_file]
        assert [bool(each.attachments) for each in sent] == [False] * 3 + [True] * with_file
        assert posted[conversation] == item(sent[0])


async def _until_posted(send):
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await send()
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
