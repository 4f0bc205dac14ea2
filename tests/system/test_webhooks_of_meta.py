# SPDX-License-Identifier: Apache-2.0
"""A comment at Facebook or Instagram is a ticket at once: Meta's signed webhook, the edge's pull and its push."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import random
from contextlib import asynccontextmanager

import httpx2
import pytest

from sealock_devkit.emulators.meta.demo import INSTAGRAM_ACCOUNT, DemoFacebook, DemoInstagram
from sealock_devkit.emulators.meta.emulator import OWNER
from sealock_devkit.emulators.meta.files import plain_picture
from sealock_devkit.stack.programs import Programs
from sealock_devkit.stack.stack import Options, Stack
from tests.connector.loopback_http import Answer, site

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
NOT_WITHIN_THIS_TEST = 3_600
VERIFY_TOKEN = "said by Meta alone"
PICTURE = base64.b64encode(plain_picture("blue")).decode()


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


async def test_a_thousand_updates_of_any_shape_twice_and_in_any_order_are_one_comment_each(tmp_path):
    token = tmp_path / "verify-token"
    token.write_text(VERIFY_TOKEN)
    options = Options(pull_interval=NOT_WITHIN_THIS_TEST, connector_options=("--webhook-verify-token-file", str(token)))
    async with Stack(tmp_path / "stack", origin=DemoFacebook(), options=options) as stack, held_back(stack) as bodies:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        await stack.zendesk.pull(account)
        before = set(await stack.zendesk.tickets())
        for number in range(5):
            await stack.origin.write_comment("Ann", f"Question {number}?")
        async with asyncio.timeout(60):
            while sum(len(body["entry"]) for body in bodies) < 5:  # noqa: ASYNC110 - told by another process
                await asyncio.sleep(0.05)

        statuses = await told(stack, deliveries_of(bodies))

        assert statuses == {200}
        async with asyncio.timeout(60):
            while len(set(await stack.zendesk.tickets()) - before) < 5:  # noqa: ASYNC110 - known to another process
                await asyncio.sleep(0.05)
        await stack.zendesk.pull(account)
        new = sorted(set(await stack.zendesk.tickets()) - before)
        texts = [comment["body"] for ticket in new for comment in await stack.zendesk.comments(ticket)]
        assert sorted(text for text in texts if "Question" in text) == sorted(texts)
        assert [sum(f"Question {number}?" in text for text in texts) for number in range(5)] == [1] * 5
        assert await stack.zendesk.violations() == []


class ByFacebook(DemoInstagram):
    """Instagram, whose owner signs in with Facebook: only then mentions can be read."""

    @property
    def account_answers(self):
        return (
            {"login": "facebook"},
            {"Person": OWNER},
            {},
            {"account": self._account, "mentions": "true", "start": "7"},
        )


class WithoutPush(Programs):
    """The programs of a stack whose integration has no push client."""

    def _integration(self, origin, connectors):
        return {**super()._integration(origin, connectors), "push_client_id": ""}


@pytest.mark.parametrize("programs", [Programs, WithoutPush], ids=["at once", "without a push client"])
async def test_mentions_that_no_list_shows_come_at_once_or_with_the_next_pull(tmp_path, programs):
    token = tmp_path / "verify-token"
    token.write_text(VERIFY_TOKEN)
    options = Options(pull_interval=NOT_WITHIN_THIS_TEST, connector_options=("--webhook-verify-token-file", str(token)))
    async with Stack(tmp_path / "stack", origin=ByFacebook(), options=options, programs=programs) as stack:
        await shake_hands(stack, "instagram", ["comments", "messages", "mentions"])
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        await stack.zendesk.pull(account)
        await stack.zendesk.pull(account)
        before = set(await stack.zendesk.tickets())
        await act(stack, "publish", person="Ben Sample", text=f"At @{INSTAGRAM_ACCOUNT}", picture=PICTURE)
        if programs is WithoutPush:
            await asyncio.sleep(2)
            assert set(await stack.zendesk.tickets()) == before
            await stack.zendesk.pull(account)
        async with asyncio.timeout(60):
            while not (new := set(await stack.zendesk.tickets()) - before):  # noqa: ASYNC110 - known to another process
                await asyncio.sleep(0.05)
        [comment] = await stack.zendesk.comments(new.pop())
        assert f"At @{INSTAGRAM_ACCOUNT}" in comment["body"]
        for _ in range(2):
            await stack.zendesk.pull(account)
        assert len(set(await stack.zendesk.tickets()) - before) == 1
        assert await stack.zendesk.violations() == []


async def act(stack, name, **what):
    """Let somebody do something at Meta."""
    async with httpx2.AsyncClient(base_url=stack.origin.url, trust_env=False, timeout=20) as http:
        (await http.post(f"/dev/actions/{name}", json=what)).raise_for_status()


@asynccontextmanager
async def held_back(stack):
    """The bodies that Meta sends, which somebody between it and the edge keeps."""
    bodies = []

    async def between(request):
        if request.method == "GET":
            query = request.target.partition("?")[2]
            async with httpx2.AsyncClient(trust_env=False) as http:
                answer = await http.get(f"{stack.edge.url}/{stack.origin.name}/webhook?{query}")
            return Answer(answer.status_code, answer.content)
        bodies.append(json.loads(request.body))
        return Answer(200)

    async with site(between) as here:
        await shake_hands(stack, "page", ["feed", "messages"], here.url)
        yield bodies


def deliveries_of(bodies):
    """What Meta told, in one body of a thousand, in the older shape, beside a foreign page, twice, in any order."""
    entries = [entry for body in bodies for entry in body["entry"]]
    many = (list(reversed(entries)) * 1_000)[:1_000]
    older = [{"id": each["id"], "time": each["time"], **change} for each in entries for change in each["changes"]]
    foreign = [{**each, "id": "999"} for each in entries]
    made = [*bodies, *bodies, *({"object": "page", "entry": each} for each in (many, older, [*foreign, *entries]))]
    random.Random(7).shuffle(made)
    return made


async def told(stack, deliveries):
    """The statuses of these, sent to the edge at once as Meta signs them."""
    secret = stack.origin.secrets[0].encode()

    async def send(http, delivery):
        body = json.dumps(delivery).encode()
        headers = {"X-Hub-Signature-256": "sha256=" + hmac.digest(secret, body, "sha256").hex()}
        return (await http.post(f"/{stack.origin.name}/webhook", content=body, headers=headers)).status_code

    async with httpx2.AsyncClient(base_url=stack.edge.url, trust_env=False, timeout=30) as http:
        return set(await asyncio.gather(*(send(http, each) for each in deliveries)))


async def shake_hands(stack, product, fields, url=""):
    """What the developer does once at the app's dashboard: the edge's address, and the token that Meta has to say."""
    wanted = {
        "callback_url": url or f"{stack.edge.url}/{stack.origin.name}/webhook",
        "verify_token": VERIFY_TOKEN,
        "fields": fields,
    }
    async with httpx2.AsyncClient(base_url=stack.origin.url, trust_env=False, timeout=20) as http:
        assert (await http.put(f"/dev/webhooks/{product}", json=wanted)).status_code == 204
