# SPDX-License-Identifier: Apache-2.0
"""Rules of tickets that no other file proves."""

from __future__ import annotations

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk.api.app import create_app
from tests.devkit.zendesk.scripted_service import resource


async def pull(zendesk, service, account, *resources):
    service.resources = list(resources)
    return await zendesk.pull(account.id)


@pytest.mark.parametrize("missing", ["", "channelback_url", "clickthrough_url"])
async def test_a_ticket_says_which_channel_it_came_from_and_what_that_can_do(zendesk, service, missing):
    service.manifest["urls"].pop(missing, None)
    account = await zendesk.add_account(await zendesk.install(service.manifest_url), [service.good_answers])
    await pull(zendesk, service, account, resource("c1", allow_channelback=False))
    async with ASGIConductor(create_app(zendesk)) as conductor:
        ticket = (await conductor.simulate_get("/api/tickets/1", host="127.0.0.1")).json
    assert ticket["allow_channelback"] is False
    assert ticket["via"] == {
        "channel": "any_channel",
        "source": {
            "from": {
                "service_info": {
                    "supports_channelback": missing != "channelback_url",
                    "supports_clickthrough": missing != "clickthrough_url",
                    "registered_integration_service_name": "Scripted",
                    "registered_integration_service_external_id": "org.example.scripted",
                    "integration_service_instance_name": account.name,
                }
            },
            "to": {},
            "rel": None,
        },
    }


async def test_the_latest_resource_says_whether_replies_are_allowed(zendesk, service, account):
    allowed = []
    for number, allow in enumerate([{}, {"allow_channelback": False}, {"allow_channelback": True}, {}]):
        await pull(zendesk, service, account, resource(f"c{number}", thread_id="t", **allow))
        allowed.append(zendesk.store.tickets.get(1).allow_channelback)
    assert allowed == [True, False, True, True]


async def test_every_order_of_the_same_resources_makes_the_same_comments_once(zendesk, service, account):
    resources = [resource(f"c{number}", thread_id="t") for number in range(4)]
    for turn in range(4):
        await pull(zendesk, service, account, *resources[turn:], *resources[:turn])
    assert [comment.external_id for comment in zendesk.store.tickets.comments(1)] == ["c0", "c1", "c2", "c3"]


async def test_display_info_is_kept_with_its_comment_by_type(zendesk, service, account):
    info = [{"type": "guid-1", "data": {"id": "7"}}, {"type": "guid-2", "data": {"id": "8"}}]
    await pull(zendesk, service, account, resource("c1", display_info=info), resource("c2", thread_id="c1"))
    async with ASGIConductor(create_app(zendesk)) as conductor:
        ticket = (await conductor.simulate_get("/api/tickets/1", host="127.0.0.1")).json
    assert [comment["display_info"] for comment in ticket["comments"]] == [info, []]
