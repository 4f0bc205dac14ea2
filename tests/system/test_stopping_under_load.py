# SPDX-License-Identifier: Apache-2.0
"""Programs are stopped, and killed, while they work: nothing fails, nothing is lost, nothing is doubled."""

from __future__ import annotations

import asyncio

from tests.system.pulling import load_on


async def one_account(stack) -> int:
    """An account with a ticket or two."""
    integration = await stack.zendesk.install(stack.manifest_url())
    for number in range(5):
        await stack.origin.write_comment(f"Visitor {number}", f"Question {number}")
    account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
    await stack.zendesk.pull(account)
    assert len(await stack.zendesk.tickets()) == 5
    return account


async def every_comment(zendesk) -> list[dict]:
    """The comments of all tickets."""
    return [each for ticket in await zendesk.tickets() for each in await zendesk.comments(ticket)]


def pulls_answered_by(connector) -> int:
    """How many, by its log."""
    return connector.process.log.read_text().count('"Pull"')


async def test_an_edge_that_is_told_to_stop_fails_no_pull_and_exits_with_0(run):
    async with run(edges=2) as stack:
        load = await load_on(stack, await one_account(stack))
        async with load.running():
            await load.answered(200)
            assert await stack.stop(stack.edges[1]) == 0
            await load.answered(200)
        assert load.failures == {}


async def test_a_connector_that_is_told_to_stop_fails_no_pull_and_exits_with_0(run):
    async with run(connectors=2) as stack:
        load = await load_on(stack, await one_account(stack))
        async with load.running():
            await load.answered(200)
            assert await stack.stop(stack.connectors[0]) == 0
            await load.answered(200)
            before = pulls_answered_by(stack.connectors[0])
            await stack.restart(stack.connectors[0])
            async with asyncio.timeout(30):
                while pulls_answered_by(stack.connectors[0]) == before:  # noqa: ASYNC110 - seen in another's log
                    await asyncio.sleep(0.1)
            assert await stack.stop(stack.connectors[1]) == 0
            await load.answered(100)
        assert load.failures == {}


async def test_calls_under_way_end_before_the_edge_and_the_connector_do(run):
    async with run(edges=1, connectors=1) as stack:
        load = await load_on(stack, await one_account(stack))
        await stack.origin.set_faults(slow_seconds=2)
        pull = asyncio.create_task(load.pull_once())
        await asyncio.sleep(0.5)
        codes = await asyncio.gather(stack.stop(stack.edge), stack.stop(stack.connector))
        assert codes == [0, 0]
        assert await pull == "200"


async def test_a_connector_killed_in_the_middle_of_a_pull_loses_and_doubles_nothing(run):
    async with run() as stack:
        zendesk, origin = stack.zendesk, stack.origin
        account = await one_account(stack)
        written = {await origin.write_comment("Visitor", f"While it dies {number}") for number in range(30)}
        await origin.set_faults(slow_seconds=3)
        pull = asyncio.create_task(zendesk.pull(account))
        await asyncio.sleep(1)
        await stack.kill(stack.connector)
        await asyncio.gather(pull, return_exceptions=True)
        await origin.set_faults(slow_seconds=0)
        await stack.restart(stack.connector)
        # The edge may need two seconds to find the connector again, and Zendesk goes on pulling meanwhile.
        async with asyncio.timeout(60):
            while len(await every_comment(zendesk)) < 5 + len(written):
                await zendesk.pull(account)
        await zendesk.pull(account)
        comments = await every_comment(zendesk)
        assert len(comments) == 5 + len(written)
        assert len({each["external_id"] for each in comments}) == len(comments)


async def test_a_connector_killed_while_it_posts_a_reply_posts_it_once_all_the_same(run):
    async with run() as stack:
        zendesk, origin = stack.zendesk, stack.origin
        await zendesk.change_settings(channelback_backoff_seconds=1, channelback_longest_wait_seconds=2)
        await zendesk.change_settings(channelback_retries=30)
        await one_account(stack)
        tickets = await zendesk.tickets()
        await origin.set_faults(slow_seconds=1.5)
        replies = [asyncio.create_task(zendesk.reply(ticket, f"Reply to {ticket}, once.")) for ticket in tickets]
        for pause in (0.7, 2.2):
            await asyncio.sleep(pause)
            await stack.kill(stack.connector)
            await stack.restart(stack.connector)
        await origin.set_faults(slow_seconds=0)
        delivered = await asyncio.gather(*replies)
        assert [each["status"] for each in delivered] == ["delivered"] * 5
        for ticket in tickets:
            posted = [post for post in await origin.posts() if post.text == f"Reply to {ticket}, once."]
            assert len(posted) == 1


async def test_a_dead_connector_leaves_the_edge_and_other_integrations_alone(run, tmp_path):
    from sealock_devkit.emulators.guestbook.demo import DemoGuestbook

    class Neighbour(DemoGuestbook):
        name = "neighbour"

    async with run(others=(Neighbour(),)) as stack:
        load = await load_on(stack, await one_account(stack))
        neighbour = next(each for each in stack.connectors if each.origin == "neighbour")
        async with load.running():
            await load.answered(50)
            await stack.kill(neighbour)
            await load.answered(200)
        assert load.failures == {}
