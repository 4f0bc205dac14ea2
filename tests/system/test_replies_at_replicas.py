# SPDX-License-Identifier: Apache-2.0
"""Replies at two replicas of a connector that share nothing but their outbox in Valkey: each is posted once."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest
import trustme

from tests.system.conftest import assert_nowhere, logs_in
from tests.valkey_server import ValkeyServer

REPLIES = 6
PASSWORD = "canary-password-of-valkey"


@pytest.fixture
def valkey(tmp_path):
    """As a deployment has it: encrypted, with a password, and a file that outlives it."""
    folder = tmp_path / "valkey"
    folder.mkdir()
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(folder / "tls.key")
    issued.cert_chain_pems[0].write_to_path(folder / "tls.crt")
    authority.cert_pem.write_to_path(folder / "ca.crt")
    (folder / "password").write_text(PASSWORD)
    settings = [f"tls-cert-file {folder / 'tls.crt'}", f"tls-key-file {folder / 'tls.key'}", "tls-auth-clients no"]
    with ValkeyServer(folder, *settings, f"requirepass {PASSWORD}", encrypted=True) as server:
        server.options = (
            *("--store", server.url),
            *("--store-password-file", str(folder / "password")),
            *("--store-ca", str(folder / "ca.crt")),
        )
        yield server


@asynccontextmanager
async def tickets_of(run, valkey):
    """
    A system with two replicas, and tickets to reply to. At the end every reply was delivered, and posted once.

    Facebook takes no token that would let it notice a repetition.
    """
    async with run("facebook", connectors=2, connector_options=valkey.options) as stack:
        zendesk, origin = stack.zendesk, stack.origin
        await zendesk.change_settings(channelback_backoff_seconds=1, channelback_longest_wait_seconds=2)
        await zendesk.change_settings(channelback_retries=40)
        integration = await zendesk.install(stack.manifest_url())
        for number in range(REPLIES):
            await origin.write_comment("Ann Example", f"Question {number}")
        await zendesk.pull(await zendesk.add_account(integration, origin.account_answers))
        tickets = await zendesk.tickets()
        assert len(tickets) >= REPLIES
        yield stack, tickets
        posted = Counter(post.text for post in await origin.posts() if post.text.startswith("Reply to"))
        assert posted == {f"Reply to {ticket}.": 1 for ticket in tickets}
        assert_nowhere([PASSWORD], logs_in(stack.folder))


def replies_to(stack, tickets):
    return [asyncio.create_task(stack.zendesk.reply(ticket, f"Reply to {ticket}.")) for ticket in tickets]


async def delivered(replies):
    assert [each["status"] for each in await asyncio.gather(*replies)] == ["delivered"] * len(replies)


async def test_a_reply_whose_replica_was_killed_is_finished_by_the_other(run, valkey):
    async with tickets_of(run, valkey) as (stack, tickets):
        await stack.origin.set_faults(slow_seconds=0.5)
        replies = replies_to(stack, tickets)
        await asyncio.sleep(0.7)
        await stack.kill(stack.connectors[0])
        await stack.origin.set_faults(slow_seconds=0)
        await delivered(replies)


async def test_a_reply_whose_answer_was_lost_is_not_posted_by_the_other_replica(run, valkey):
    async with tickets_of(run, valkey) as (stack, tickets):
        await stack.origin.lose_answers(REPLIES)
        await delivered(replies_to(stack, tickets))


async def test_replies_wait_while_valkey_is_away_and_come_once_it_is_back(run, valkey):
    async with tickets_of(run, valkey) as (stack, tickets):
        valkey.kill()
        replies = replies_to(stack, tickets)
        await asyncio.sleep(3)
        assert not any(reply.done() for reply in replies)
        assert not any(post.text.startswith("Reply to") for post in await stack.origin.posts())
        valkey.start()
        await delivered(replies)


async def test_replies_that_are_posted_while_valkey_goes_away_are_posted_once(run, valkey):
    async with tickets_of(run, valkey) as (stack, tickets):
        await stack.origin.set_faults(slow_seconds=0.5)
        replies = replies_to(stack, tickets)
        await asyncio.sleep(0.7)
        valkey.kill()
        await stack.origin.set_faults(slow_seconds=0)
        await asyncio.sleep(2)
        await stack.kill(stack.connectors[1])
        valkey.start()
        await delivered(replies)
