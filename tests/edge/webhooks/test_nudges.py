# SPDX-License-Identifier: Apache-2.0
"""What a webhook told of is pulled and pushed at once, and what cannot be pushed waits for Zendesk's own pull."""

from __future__ import annotations

import asyncio
import time

import pytest

from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail, Reason
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.store import account_name
from tests.connector.loopback_http import Answer, site
from tests.connector.processes import until
from tests.edge.edge_under_test import GUESTBOOK_ID
from tests.edge.endpoints.test_pull import resource
from tests.edge.scripted_connector import Refusal
from tests.edge.webhooks.webhook_edge import webhook_edge
from tests.edge.zendesk_api.scripted_zendesk import ScriptedZendesk, pushed_ids, told

PAGE = "page-1"
SECONDS = 0.05
NAME = account_name(GUESTBOOK_ID, "account-1")


@pytest.fixture
async def zendesk():
    scripted = ScriptedZendesk()
    async with site(scripted.answer) as scripted.here:
        yield scripted


@pytest.fixture
async def hooked(connector, zendesk, tmp_path, edge_clock):
    async with webhook_edge(
        connector, tmp_path, edge_clock, zendesk=zendesk.here.url, nudge_seconds=SECONDS
    ) as running:
        finds(running)
        yield running


def finds(hooked, *pages, **page) -> None:
    """What the connector answers to pulls."""
    answers = pages or [page]
    hooked.connector.script(
        "Pull",
        *(PullResponse(**{"origin_account_key": PAGE, **each}) if isinstance(each, dict) else each for each in answers),
    )


def outcomes(hooked) -> list[str]:
    return [line["outcome"] for line in hooked.edge.lines if line["event"] == "nudge"]


async def ended(hooked, count: int = 1) -> list[str]:
    """The outcomes of so many pulls after webhooks, once the claim is given back."""
    await until(lambda: len(outcomes(hooked)) >= count)
    await asyncio.sleep(3 * SECONDS)
    return outcomes(hooked)


def pulls(hooked):
    return [call.request for call in hooked.connector.seen("Pull")]


async def watched(hooked, state: bytes = b"1", **record) -> None:
    """An account that Zendesk pulled once, and has the answer of."""
    finds(hooked, state=state)
    result = await hooked.edge.pull(hooked.edge.metadata(**record), "")
    await hooked.edge.pull(hooked.edge.metadata(**record), result.json["state"])
    hooked.connector.calls.clear()


async def test_what_a_webhook_told_of_is_pulled_from_zendesk_s_state_and_pushed(hooked, zendesk):
    await watched(hooked)
    finds(hooked, resources=[resource("a"), resource("b", parent_id="a")], state=b"2")
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert await ended(hooked) == ["pushed"]
    [pull] = pulls(hooked)
    assert (pull.state, list(pull.hints)) == (b"1", [b"mention-1"])
    [body] = zendesk.bodies
    assert [each["external_id"] for each in body["external_resources"]] == ["a", "b"]
    assert (body["instance_push_id"], bool(body["request_id"])) == ("push-1", True)
    assert zendesk.requests[0].headers["authorization"] == "Bearer canary-token"
    assert await hooked.edge.metric('sealock_edge_nudges_total{integration="guestbook",outcome="pushed"}') == 1


async def test_the_next_goes_on_behind_what_was_pushed_and_zendesk_s_own_pull_from_its_own_state(hooked):
    await watched(hooked)
    finds(hooked, {"resources": [resource("a")], "state": b"2"}, {"resources": [resource("b")], "state": b"3"})
    await hooked.webhook({PAGE: [b"mention-1"]})
    await ended(hooked)
    await hooked.webhook({PAGE: []})
    await ended(hooked, 2)
    assert [(pull.state, list(pull.hints)) for pull in pulls(hooked)] == [(b"1", [b"mention-1"]), (b"2", [])]
    await hooked.edge.pull(hooked.edge.metadata(), hooked.edge.state(b"1"))
    assert (pulls(hooked)[-1].state, list(pulls(hooked)[-1].hints)) == (b"1", [])
    await hooked.webhook({PAGE: []})
    await ended(hooked, 3)
    assert pulls(hooked)[-1].state == b"1", "Zendesk called with another state string since"


async def test_many_webhooks_are_one_pull_under_way_and_one_after_it(hooked):
    await watched(hooked)
    go_on = asyncio.Event()

    async def slow(*_):
        await go_on.wait()
        return PullResponse(origin_account_key=PAGE, state=b"1")

    hooked.connector.script("Pull", slow)
    await hooked.webhook({PAGE: [b"first"]})
    await until(lambda: pulls(hooked))
    for number in range(50):
        await hooked.webhook({PAGE: [b"%d" % number]})
    go_on.set()
    assert await ended(hooked, 2) == ["nothing_new", "nothing_new"]
    assert [len(pull.hints) for pull in pulls(hooked)] == [1, 50]


async def test_an_account_is_pulled_no_faster_than_it_is_set(connector, zendesk, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock, zendesk=zendesk.here.url, nudge_seconds=0.5) as hooked:
        await watched(hooked)
        began = time.monotonic()
        while time.monotonic() < began + 1.2:
            await hooked.webhook({PAGE: []})
            await asyncio.sleep(0.01)
        await until(lambda: len(pulls(hooked)) >= 3)
        assert time.monotonic() - began >= 1.0
        assert len(pulls(hooked)) <= 2 + (time.monotonic() - began) / 0.5


async def test_page_after_page_is_pushed_while_there_is_more(hooked, zendesk):
    await watched(hooked)
    finds(
        hooked,
        {"resources": [resource("a")], "state": b"2", "more": True},
        {"resources": [resource("b")], "state": b"3", "more": True},
        {"resources": [resource("c")], "state": b"4"},
    )
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert await ended(hooked, 3) == ["pushed"] * 3
    assert [pull.state for pull in pulls(hooked)] == [b"1", b"2", b"3"]
    assert [list(pull.hints) for pull in pulls(hooked)] == [[b"mention-1"]] * 3, "a page that has more read none"
    assert zendesk.pushes == [["a"], ["b"], ["c"]]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda request: told((each, "processing_error") for each in pushed_ids(request)), "partly"),
        (lambda _: Answer(401), "refused"),
        (lambda _: Answer(403), "refused"),
        (lambda _: Answer(429, headers={"retry-after": "60"}), "busy"),
        (lambda _: Answer(503), "zendesk_unavailable"),
        (lambda _: Answer(200, b"<html>"), "zendesk_unavailable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_zendesk_does_not_take_waits_for_its_own_pull(hooked, zendesk, answer, outcome):
    await watched(hooked)
    finds(hooked, resources=[resource("a")], state=b"2")
    zendesk.otherwise = answer
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert (await ended(hooked))[:1] == [outcome]
    await hooked.edge.pull(hooked.edge.metadata(), hooked.edge.state(b"1"))
    assert (pulls(hooked)[-1].state, list(pulls(hooked)[-1].hints)) == (b"1", [b"mention-1"])


@pytest.mark.parametrize("record", [{"zendesk_access_token": ""}, {"instance_push_id": ""}], ids=str)
async def test_an_account_that_cannot_push_is_not_even_pulled(hooked, zendesk, record):
    await watched(hooked, **record)
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert await ended(hooked) == ["refused"]
    assert (pulls(hooked), zendesk.requests) == ([], [])


async def test_an_account_whose_token_was_refused_is_left_alone_until_it_is_another_one(hooked, zendesk):
    await watched(hooked)
    finds(hooked, resources=[resource("a")], state=b"2")
    zendesk.otherwise = lambda _: Answer(401)
    for number in range(1, 4):
        await hooked.webhook({PAGE: []})
        await ended(hooked, number)
    assert len(zendesk.requests) == 1
    zendesk.otherwise = ScriptedZendesk().otherwise
    await watched(hooked, zendesk_access_token="another")
    finds(hooked, resources=[resource("a")], state=b"2")
    await hooked.webhook({PAGE: []})
    assert (await ended(hooked, 4))[3] == "pushed"


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([Refusal(Reason.REASON_ORIGIN_THROTTLED, retry_after=30)], "paused"),
        ([Refusal(Reason.REASON_ACCOUNT_REVOKED)], "failed"),
        ([Refusal(Reason.REASON_ORIGIN_UNAVAILABLE)], "failed"),
        ([Refusal(Reason.REASON_INTERNAL)], "failed"),
        ([{"account": b"", "state": b"x" * 3700}], "nothing_new"),
    ],
    ids=str,
)
async def test_a_connector_that_does_not_answer_loses_no_hint(hooked, answers, outcome):
    await watched(hooked)
    finds(hooked, *answers)
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert (await ended(hooked))[:1] == [outcome]
    finds(hooked)
    await hooked.edge.pull(hooked.edge.metadata(), hooked.edge.state(b"1"))
    assert list(pulls(hooked)[-1].hints) == ([] if outcome == "nothing_new" else [b"mention-1"])


async def test_an_origin_that_asked_for_fewer_calls_is_left_alone_for_so_long(hooked, edge_clock):
    await watched(hooked)
    cut_short = ConnectorErrorDetail(reason=Reason.REASON_ORIGIN_THROTTLED)
    cut_short.retry_after.seconds = 30
    finds(hooked, {"resources": [resource("a")], "state": b"2", "interruption": cut_short}, {"state": b"2"})
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert await ended(hooked) == ["paused"]
    await hooked.webhook({PAGE: []})
    assert await ended(hooked, 2) == ["paused", "paused"]
    assert len(pulls(hooked)) == 1
    edge_clock.move(seconds=31)
    await hooked.webhook({PAGE: []})
    assert (await ended(hooked, 3))[2] == "nothing_new"
    assert (pulls(hooked)[-1].state, list(pulls(hooked)[-1].hints)) == (b"2", [b"mention-1"])


async def test_a_store_that_goes_away_meanwhile_loses_nothing(hooked):
    await watched(hooked)

    async def store_goes(*_):
        hooked.store.is_away = True
        return PullResponse(origin_account_key=PAGE, resources=[resource("a")], state=b"2")

    hooked.connector.script("Pull", store_goes)
    await hooked.webhook({PAGE: [b"mention-1"]})
    await until(lambda: hooked.store.is_away)
    await asyncio.sleep(5 * SECONDS)
    hooked.store.is_away = False
    finds(hooked)
    await hooked.edge.pull(hooked.edge.metadata(), hooked.edge.state(b"1"))
    assert list(pulls(hooked)[-1].hints) == [b"mention-1"]


async def test_another_process_that_is_at_it_is_left_to_it(hooked, zendesk):
    await watched(hooked)
    assert await hooked.store.claim(NAME, "another", 60)
    await hooked.webhook({PAGE: [b"mention-1"]})
    await asyncio.sleep(3 * SECONDS)
    assert (outcomes(hooked), pulls(hooked), zendesk.requests) == ([], [], [])
    assert await hooked.edge.metric('sealock_edge_nudges_total{integration="guestbook",outcome="elsewhere"}') == 1


async def test_two_accounts_that_watch_one_are_both_pushed(hooked, zendesk):
    for number in (1, 2):
        await hooked.edge.pull(hooked.edge.metadata(f"account-{number}"), "")
    finds(hooked, resources=[resource("a")], state=b"2")
    await hooked.webhook({PAGE: []})
    await ended(hooked, 2)
    assert zendesk.pushes == [["a"], ["a"]]


async def test_hints_that_could_not_be_read_yet_stay_after_a_push(hooked):
    await watched(hooked)
    finds(hooked, resources=[resource("a")], state=b"2", unread_hints=[b"later"])
    await hooked.webhook({PAGE: [b"now", b"later"]})
    await ended(hooked)
    finds(hooked)
    await hooked.edge.pull(hooked.edge.metadata(), hooked.edge.state(b"1"))
    assert list(pulls(hooked)[-1].hints) == [b"later"]
