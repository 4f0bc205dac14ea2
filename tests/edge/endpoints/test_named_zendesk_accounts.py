# SPDX-License-Identifier: Apache-2.0
"""An edge that is for named Zendesk accounts: nothing of any other account is believed, whenever it was sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.event_pb2 import HandleEventResponse
from sealock.connector.v1.setup_pb2 import SetupForm, SetupResponse
from tests.edge.admin_pages import Page, zendesk_form
from tests.edge.edge_under_test import EdgeUnderTest, add_key, build, settings, under_test
from tests.edge.endpoints.test_event_callback import event, send
from tests.edge.scripted_connector import ALL_CAPABILITIES, described

NAMED, OTHER = "example", "globex"
UNKNOWN = "This account is not known here."
FORM = SetupResponse(form=SetupForm(step_id="site"))


@asynccontextmanager
async def edge_for(subdomain: str, connector, clock, keys) -> AsyncIterator[EdgeUnderTest]:
    tables = settings(connector.target) | {"zendesk": {"subdomains": [subdomain]}}
    built, ring, log = build(tables, keys, clock)
    handle = under_test(built, ring, keys, clock, log)
    async with handle.client:
        yield handle


@pytest.fixture
async def any_edge(connector, edge_clock, tmp_path) -> AsyncIterator[EdgeUnderTest]:
    """With the same keys, and for any Zendesk account."""
    add_key(tmp_path / "keys", edge_clock)
    async with edge_for("*", connector, edge_clock, tmp_path / "keys") as edge:
        yield edge


@pytest.fixture
async def edge(any_edge, connector, edge_clock, tmp_path) -> AsyncIterator[EdgeUnderTest]:
    async with edge_for(NAMED, connector, edge_clock, tmp_path / "keys") as edge:
        yield edge


def form(subdomain: str, **changes: str) -> dict[str, str]:
    return zendesk_form(**{"subdomain": subdomain, "return_url": f"https://{subdomain}.zendesk.com/back", **changes})


async def pull(edge: EdgeUnderTest, metadata: str):
    return await edge.pull(metadata)


async def reply(edge: EdgeUnderTest, metadata: str):
    return await edge.channelback(metadata=metadata)


async def edit(edge: EdgeUnderTest, metadata: str):
    subdomain = edge.opened(metadata).subdomain
    return await edge.post("admin_ui", form(subdomain, metadata=metadata))


async def fetch(edge: EdgeUnderTest, metadata: str):
    return await edge.post(edge.file_path().removeprefix("/guestbook/"), {"metadata": metadata})


Asks = Callable[[EdgeUnderTest, str], Awaitable]


@pytest.mark.parametrize("ask", [pull, reply, edit, fetch], ids=lambda ask: ask.__name__)
async def test_an_account_of_a_zendesk_that_is_not_named_any_more_is_answered_like_one_that_does_not_open(
    edge, connector, ask: Asks
):
    connector.script("Describe", described(capabilities=[*ALL_CAPABILITIES, Capability.CAPABILITY_FILES]))

    gone = await ask(edge, edge.metadata(subdomain=OTHER))
    wrong = await edge.pull("nonsense")

    assert gone.status_code == wrong.status_code == 401
    assert UNKNOWN in gone.text
    assert [call["outcome"] for call in edge.calls] == ["zendesk_not_named", "unsealable"]
    assert {call.rpc for call in connector.calls} <= {"Describe"}
    assert "globex" not in edge.log.getvalue().decode()


async def test_a_pull_of_a_zendesk_that_is_not_named_has_a_metric_from_the_start(edge):
    sample = 'sealock_edge_calls_total{endpoint="pull",integration="guestbook",outcome="zendesk_not_named"}'
    assert sample in await edge.metrics()
    await edge.pull(edge.metadata(subdomain=OTHER))
    assert await edge.metric(sample) == 1


async def test_set_up_is_for_the_named_only(edge, any_edge, connector):
    connector.script("Setup", FORM, FORM)

    refused = await edge.post("admin_ui", form(OTHER))
    assert (refused.status_code, UNKNOWN in refused.text) == (401, True)
    assert connector.seen("Setup") == []

    assert (await edge.post("admin_ui", form(NAMED))).status_code == 200
    assert (await any_edge.post("admin_ui", form(OTHER))).status_code == 200


async def test_a_page_that_was_made_before_its_zendesk_was_struck_from_the_list_goes_no_further(
    edge, any_edge, connector
):
    connector.script("Setup", FORM)
    page = Page.of(await any_edge.post("admin_ui", form(OTHER)))

    assert (await edge.post("admin_ui/step", page.fields)).status_code == 401
    assert len(connector.seen("Setup")) == 1


async def test_a_file_of_an_account_that_was_pulled_before_leads_nowhere(edge, connector):
    connector.script("Describe", described(capabilities=[Capability.CAPABILITY_FILES]))
    await edge.pull(edge.metadata(subdomain=OTHER))

    answer = await edge.get(edge.file_path().removeprefix("/guestbook/"))

    assert (answer.status_code, connector.seen("OpenFile")) == (503, [])


@pytest.mark.parametrize(
    ("sealed_for", "said", "outcome"),
    [
        (NAMED, NAMED, "passed_on"),
        (NAMED, OTHER, "other_zendesk"),
        (OTHER, OTHER, "zendesk_not_named"),
        (OTHER, NAMED, "zendesk_not_named"),
        (None, NAMED, "passed_on"),
        (None, OTHER, "zendesk_not_named"),
    ],
)
async def test_an_event_is_believed_for_its_own_zendesk_account_only(edge, connector, sealed_for, said, outcome):
    connector.script("Describe", described())
    connector.script("HandleEvent", HandleEventResponse())
    if sealed_for is None:
        told = event("create_integration", subdomain=said)
    else:
        told = event("activate_integration_instance", edge.metadata(subdomain=sealed_for), subdomain=said)

    answer = await send(edge, [told])

    assert answer.json == {"events": 1, outcome: 1}
    assert len(connector.seen("HandleEvent")) == (outcome == "passed_on")
