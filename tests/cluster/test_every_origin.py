# SPDX-License-Identifier: Apache-2.0
"""Every connector that production has: it serves, its integration is well, and Facebook's does the main job."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from sealock_devkit.stack.process import connector_serves
from sealock_devkit.stack.programs import run_once
from tests.cluster.installed import EDGES, ORIGIN, ORIGINS, Installed, connectors_of
from tests.k8s.manifests import of_kind, overlay

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def everything(installed) -> AsyncIterator[Installed]:
    """All connectors; what comes afterwards has the machine to itself and the guestbook's."""
    yield installed
    for origin in ORIGINS:
        if origin != ORIGIN:
            await installed.scale(origin, 0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(everything) -> int:
    """An account of Facebook's connector, connected by signing in."""
    integration = await everything.zendesk.install(everything.manifest_url("facebook"))
    return await everything.zendesk.add_account(integration, everything.facebook.account_answers)


@pytest.mark.parametrize("origin", ORIGINS)
async def test_each_replica_serves(everything, origin):
    addresses = await everything.kubectl.addresses(connectors_of(origin))
    assert len(addresses) == 2
    assert [await connector_serves(f"{address}:9080", None)() for address in addresses] == [True, True]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_the_manifest_is_that_of_the_overlay_and_of_what_the_connector_can_do(everything, origin):
    settings = next(
        each["data"]
        for each in of_kind(overlay("production"), "ConfigMap")
        if each["metadata"]["name"].startswith("edge-settings")
    )
    async with httpx2.AsyncClient(trust_env=False) as http:
        manifest = (await http.get(everything.manifest_url(origin))).raise_for_status().json()
        about = (await http.get(manifest["urls"]["about_url"])).raise_for_status().text
    assert manifest["id"] == settings[f"SEALOCK_EDGE_INTEGRATIONS_{origin.upper()}_ID"]
    assert {"admin_ui", "pull_url", "channelback_url", "clickthrough_url"} <= set(manifest["urls"])
    assert manifest["name"] in about


@pytest.mark.parametrize("origin", ORIGINS)
async def test_the_doctor_finds_nothing(everything, origin):
    (edge, *_) = await everything.kubectl.addresses(EDGES)
    internal = ("--internal", f"http://{edge}:9090")
    said = ("--insecure-loopback", "--any-account", *internal)
    print(await run_once("doctor", everything.manifest_url(origin), *said))


async def test_a_comment_at_facebook_becomes_a_ticket_and_a_reply_goes_back(everything, page):
    zendesk, facebook, account = everything.zendesk, everything.facebook, page
    comment = await facebook.write_comment("Anna", "Does the ferry run?")
    await zendesk.pull(account)
    tickets = await zendesk.tickets(account)
    (ticket,) = [each for each in tickets if "Does the ferry run?" in str(await zendesk.comments(each))]

    reply = await zendesk.reply(ticket, "It does, from the cluster.")
    assert reply["status"] == "delivered"

    (post,) = [post for post in await facebook.posts() if post.by_agent and "cluster" in post.text]
    assert (post.text, post.answer_to) == ("It does, from the cluster.", comment)
    await zendesk.pull(account)
    assert await zendesk.tickets(account) == tickets
    assert await zendesk.violations() == []


async def test_replicas_post_each_reply_once_although_answers_are_lost_and_valkey_is_killed(everything, page):
    zendesk, facebook, account = everything.zendesk, everything.facebook, page
    await zendesk.change_settings(channelback_backoff_seconds=1, channelback_longest_wait_seconds=5)
    await zendesk.change_settings(channelback_retries=60)
    await facebook.write_comment("Anna", "And in winter?")
    await zendesk.pull(account)
    tickets = await zendesk.tickets(account)
    (ticket,) = [each for each in tickets if "And in winter?" in str(await zendesk.comments(each))]

    for number in range(6):
        await facebook.lose_answers(1)
        if number == 3:
            await everything.kubectl.run("delete", "pod", "valkey-0", "--grace-period=0", "--force")
        reply = await zendesk.reply(ticket, f"In winter too, {number}.")
        assert reply["status"] == "delivered"

    texts = [post.text for post in await facebook.posts() if post.text.startswith("In winter too")]
    assert sorted(texts) == [f"In winter too, {number}." for number in range(6)]
