# SPDX-License-Identifier: Apache-2.0
"""A signature in the guestbook is a ticket at once: its webhook, the edge's pull and its push, all real processes."""

from __future__ import annotations

import asyncio

import pytest

from sealock_devkit.stack.stack import Options, Stack

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
NOT_WITHIN_THIS_TEST = 3_600


async def test_a_signature_is_a_ticket_long_before_the_next_pull(tmp_path):
    options = Options(webhooks=True, pull_interval=NOT_WITHIN_THIS_TEST)
    async with Stack(tmp_path, options=options) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        await stack.zendesk.pull(account)
        await stack.origin.write_comment("Ann", "Is it open?")
        async with asyncio.timeout(60):
            while not (tickets := await stack.zendesk.tickets()):  # noqa: ASYNC110 - known to another process
                await asyncio.sleep(0.05)
        [comment] = await stack.zendesk.comments(tickets[0])
        assert "Is it open?" in comment["body"]
        await stack.zendesk.pull(account)
        assert len(await stack.zendesk.tickets()) == 1
        assert len(await stack.zendesk.comments(tickets[0])) == 1
        assert await stack.zendesk.violations() == []
