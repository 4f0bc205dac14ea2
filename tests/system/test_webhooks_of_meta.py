# SPDX-License-Identifier: Apache-2.0
"""A comment at Facebook or Instagram is a ticket at once: Meta's signed webhook, the edge's pull and its push."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from sealock_devkit.emulators.meta.demo import DemoFacebook, DemoInstagram
from sealock_devkit.stack.stack import Options, Stack

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
NOT_WITHIN_THIS_TEST = 3_600
VERIFY_TOKEN = "said by Meta alone"


@pytest.mark.parametrize(
    ("origin", "product", "fields"),
    [
        (DemoFacebook, "page", ["feed", "messages"]),
        (DemoInstagram, "instagram_login", ["comments", "messages", "mentions"]),
    ],
    ids=["facebook", "instagram"],
)
async def test_a_comment_is_a_ticket_long_before_the_next_pull(tmp_path, origin, product, fields):
    token = tmp_path / "verify-token"
    token.write_text(VERIFY_TOKEN)
    options = Options(pull_interval=NOT_WITHIN_THIS_TEST, connector_options=("--webhook-verify-token-file", str(token)))
    async with Stack(tmp_path / "stack", origin=origin(), options=options) as stack:
        await shake_hands(stack, product, fields)
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        await stack.zendesk.pull(account)
        before = set(await stack.zendesk.tickets())
        await stack.origin.write_comment("Ann", "Is it open on Sunday?")
        async with asyncio.timeout(60):
            while not (new := set(await stack.zendesk.tickets()) - before):  # noqa: ASYNC110 - known to another process
                await asyncio.sleep(0.05)
        await stack.zendesk.pull(account)
        assert set(await stack.zendesk.tickets()) == before | new
        [comment] = await stack.zendesk.comments(new.pop())
        assert "Is it open on Sunday?" in comment["body"]
        assert await stack.zendesk.violations() == []


async def shake_hands(stack, product, fields):
    """What the developer does once at the app's dashboard: the edge's address, and the token that Meta has to say."""
    wanted = {
        "callback_url": f"{stack.edge.url}/{stack.origin.name}/webhook",
        "verify_token": VERIFY_TOKEN,
        "fields": fields,
    }
    async with httpx2.AsyncClient(base_url=stack.origin.url, trust_env=False, timeout=20) as http:
        assert (await http.put(f"/dev/webhooks/{product}", json=wanted)).status_code == 204
