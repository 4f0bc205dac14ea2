# SPDX-License-Identifier: Apache-2.0
"""A real connector process with two accounts at real sites: one site's strangers do not cost the other's time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest

from sealock_connector.healthy import is_serving
from sealock_connector.testing._client import Client
from sealock_devkit.emulators.wordpress.site import NewComment
from sealock_devkit.stack.process import free_port
from tests.connector.markup.kinds import KINDS
from tests.connector.processes import program

HOSTILE = ("nested quotes", "nested divs", "nested lists", "bold, then paragraphs", "misnested", "adoption")
MOST_BYTES = 65_525
"""What WordPress takes of a visitor."""
MOST_SECONDS = 1.5
"""A busy machine takes tenths; these comments, one after the other on the event loop, took three and more."""


def comments(post: int, texts: list[str]) -> list[NewComment]:
    """Visitors' comments."""
    instant = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return [NewComment(post=post, content=text, date_gmt=instant, author_name="<b>" * 80) for text in texts]


async def longest_wait(client: Client, health: str, until: asyncio.Event) -> float:
    """How long an answer to somebody else, and to a probe, took at most."""
    longest = 0.0
    while not until.is_set():
        began = time.monotonic()
        await client.describe()
        longest = max(longest, time.monotonic() - began)
        began = time.monotonic()
        assert await asyncio.to_thread(is_serving, health)
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0)
    return longest


async def everything(client: Client, account: dict, state: bytes) -> list:
    """All that there is to pull."""
    found = []
    while True:
        page = await client.pull(account, state, seconds=100)
        found += page.resources
        state = page.state
        if not page.more:
            return found


async def meanwhile(client: Client, health: str, doing: asyncio.Task) -> float:
    ended = asyncio.Event()
    doing.add_done_callback(lambda _: ended.set())
    return await longest_wait(client, health, ended)


@pytest.mark.wordpress
@pytest.mark.system
async def test_hostile_comments_of_one_account_keep_nobody_else_waiting(plain, pretty, record_property):
    hostile = [KINDS[kind](MOST_BYTES) for kind in HOSTILE]
    texts = [text for number, attack in enumerate(hostile) for text in (attack, f"Honest {number}")]
    await plain.add_comments(comments(await plain.add_post("A post"), texts))
    await pretty.add_comments(comments(await pretty.add_post("A post"), [f"Other {number}" for number in range(60)]))
    health, metrics = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    options = ("--insecure", "--listen", "127.0.0.1:0", "--health-listen", health, "--metrics-listen", metrics)
    command = ("connector", "wordpress", *options, "--allow-network", "127.0.0.0/8", "--drain-seconds", "0")
    async with program(*command, module="sealock_contract.command") as connector:
        await connector.serving()
        async with Client(connector.target) as client, Client(connector.target) as other:
            accounts = []
            for site in (plain, pretty):
                typed = {"site": site.url, "user": "agent", "password": site.users["agent"].password}
                done = await client.setup("site", {**typed, "start": "everything", "moderation": "approved"})
                accounts.append((done.account, done.state or b""))
            quiet = await meanwhile(other, health, asyncio.create_task(everything(client, *accounts[1])))
            pulling = asyncio.create_task(everything(client, *accounts[0]))
            attacked = await meanwhile(other, health, pulling)
            pulled = await pulling
        told = await asyncio.to_thread(lambda: urlopen(f"http://{metrics}/metrics").read().decode())
        record_property("longest wait while quiet and attacked", (quiet, attacked))
        assert len(pulled) == len(texts)
        assert sum(each.message.startswith("Honest") for each in pulled) == len(hostile)
        assert 'sealock_connector_markup_total{outcome="failed"} 0.0' in told
        assert attacked < max(MOST_SECONDS, 3 * quiet), (quiet, attacked)
        connector.terminate()
        await connector.ended()
