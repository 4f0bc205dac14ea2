# SPDX-License-Identifier: Apache-2.0
"""One call of Zendesk's API: what each answer means, what is tried again, and where the token goes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sealock_edge.store import MemoryStore, StoreAway
from sealock_edge.zendesk_api import Refusal, Waits, ZendeskBusy, ZendeskRefused, ZendeskUnavailable
from sealock_edge.zendesk_api.calling import MOST_ANSWER_BYTES, TRIES
from tests.connector.loopback_http import Answer
from tests.edge.zendesk_api.scripted_zendesk import (
    REPORT,
    TOKEN,
    VALIDATE,
    account,
    json_answer,
    place,
    resource,
    told,
)

ONE = [resource("a")]
HTML = Answer(200, b"<!doctype html><title>Sign in</title>", {"content-type": "text/html"})


async def lost(request):
    del request
    return Answer(hang_up=True)


@pytest.mark.parametrize(
    "first",
    [
        Answer(500),
        Answer(502, b"<html>Bad gateway</html>"),
        Answer(503),
        Answer(503, headers={"retry-after": "1"}),
        Answer(504),
        Answer(599),
        Answer(409),
        Answer(408),
        Answer(hang_up=True),
        HTML,
        Answer(200, b""),
        Answer(200, b"null"),
        Answer(200, b"[]"),
        Answer(200, b'{"results": null}'),
        Answer(200, b'{"results": []}'),
        Answer(200, b'{"error": "InternalError"}'),
        Answer(200, b'{"results": [{"external_resource_id": "b", "status": {"code": "success"}}]}'),
        Answer(200, b'{"results": [', {"content-length": "5000"}, hang_up=False),
        Answer(200, b"\x1f\x8b\x08", {"content-encoding": "gzip"}),
        Answer(200, b"x" * (MOST_ANSWER_BYTES + 1)),
        Answer(200, b"[" * 100_000),
        Answer(204),
    ],
    ids=lambda answer: f"{answer.status}-{answer.body[:12]!r}-{answer.hang_up}",
)
async def test_what_says_nothing_of_the_call_is_tried_again_under_the_same_request_id(first):
    async with place(waits=Waits(for_answer=0.3, between_tries=0.001)) as here:
        here.zendesk.answers = [first]
        assert (await here.client.push(account(), ONE, request_id="call-1")).complete
        one, two = here.zendesk.requests
        assert one.body == two.body
        assert here.metric("sealock_edge_zendesk_calls_total", call="push", outcome="ok") == 1


async def test_after_some_tries_zendesk_is_unavailable(here, zendesk, push):
    zendesk.otherwise = lambda _: Answer(503)
    with pytest.raises(ZendeskUnavailable):
        await push(ONE)
    assert len(zendesk.requests) == TRIES
    assert here.metric("sealock_edge_zendesk_calls_total", call="push", outcome="unavailable") == 1


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (401, Refusal.TOKEN),
        (403, Refusal.FORBIDDEN),
        (404, Refusal.NOT_FOUND),
        (410, Refusal.NOT_FOUND),
        (301, Refusal.LED_AWAY),
        (302, Refusal.LED_AWAY),
        (308, Refusal.LED_AWAY),
        (304, Refusal.LED_AWAY),
    ],
)
async def test_a_refusal_ends_pushing_until_the_account_is_saved_anew(here, zendesk, push, status, refusal):
    zendesk.answers = [Answer(status, b"canary-body", {"location": "https://evil.example/"})]
    for _ in range(3):
        with pytest.raises(ZendeskRefused) as refused:
            await push(ONE)
        assert refused.value.refusal is refusal
    assert len(zendesk.requests) == 1
    assert here.zendesk.elsewhere.requests == []
    assert await here.client.may_push(account()) is refusal
    [line] = here.lines
    assert (line["event"], line["refusal"], line["account_id"]) == ("zendesk_refused", refusal, "account-1")
    assert "canary" not in here.log.getvalue().decode()
    assert await here.client.may_push(account(zendesk_access_token="another")) is None
    assert (await push(ONE, zendesk_access_token="another")).complete


async def test_another_process_knows_of_a_refusal(here, zendesk, push):
    zendesk.answers = [Answer(401)]
    with pytest.raises(ZendeskRefused):
        await push(ONE)
    other = here.another()
    assert await other.may_push(account()) is Refusal.EARLIER
    with pytest.raises(ZendeskRefused):
        await other.push(account(), ONE, request_id="call-2")
    assert len(zendesk.requests) == 1


async def test_a_refused_token_is_tried_again_after_an_hour(here, zendesk, push):
    zendesk.answers = [Answer(401)]
    with pytest.raises(ZendeskRefused):
        await push(ONE)
    here.clock.seconds += 3601
    assert await here.client.may_push(account()) is None
    assert (await push(ONE)).complete


@pytest.mark.parametrize("fields", [{"zendesk_access_token": ""}, {"instance_push_id": ""}])
async def test_an_account_without_push_calls_nobody(here, zendesk, push, fields):
    assert await here.client.may_push(account(**fields)) is Refusal.NO_TOKEN
    with pytest.raises(ZendeskRefused):
        await push(ONE, **fields)
    with pytest.raises(ZendeskRefused):
        await here.client.validate(account(**fields), request_id="call-1")
    assert zendesk.requests == []


@pytest.mark.parametrize("token", ["a b", "a\r\nx-evil: 1", "ä", "\x00"])
async def test_a_token_that_no_header_can_have_is_shown_to_nobody(zendesk, push, token):
    with pytest.raises(ZendeskRefused):
        await push(ONE, zendesk_access_token=token)
    assert zendesk.requests == []


@pytest.mark.parametrize("subdomain", ["evil.example/", "a.b", "", "example.zendesk.com", "EXAMPLE", "x" * 64, "-a"])
async def test_what_is_no_subdomain_is_called_nowhere(zendesk, push, subdomain):
    with pytest.raises(ZendeskRefused):
        await push(ONE, subdomain=subdomain)
    assert zendesk.requests == []


@pytest.mark.parametrize("subdomain", ["inside", "metadata", "nobody"])
async def test_a_host_that_is_not_on_the_open_internet_is_not_called(push, subdomain):
    with pytest.raises(ZendeskUnavailable):
        await push(ONE, subdomain=subdomain)


def in_a_while(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        ("17", 17, 17),
        ("1.5", 1.5, 1.5),
        ("a date in 600 s", 400, 600),
        ("a date in -600 s", 1, 1),
        ("0", 1, 1),
        ("-5", 60, 60),
        ("99999999", 3600, 3600),
        ("9" * 400, 60, 60),
        ("soon", 60, 60),
        ("Mon, 99 Foo 2026 99:99:99", 60, 60),
        ("", 60, 60),
        ("1e9", 60, 60),
    ],
)
async def test_a_zendesk_that_is_busy_is_left_alone_for_as_long_as_it_says(
    here, zendesk, push, retry_after, least, most
):
    if retry_after.startswith("a date"):
        retry_after = in_a_while(float(retry_after.split()[3]))
    zendesk.answers = [Answer(429, headers={"retry-after": retry_after})]
    with pytest.raises(ZendeskBusy) as busy:
        await push(ONE)
    assert least <= busy.value.retry_after <= most
    with pytest.raises(ZendeskBusy):
        await push(ONE)
    assert len(zendesk.requests) == 1
    here.clock.seconds += most + 1
    assert (await push(ONE)).complete


async def test_the_whole_zendesk_account_is_left_alone_by_all_edges_and_no_other_one(here, zendesk, push):
    zendesk.answers = [Answer(429, headers={"retry-after": "30"})]
    with pytest.raises(ZendeskBusy):
        await push(ONE)
    other = here.another()
    elsewhere = account(account_id="account-2", instance_push_id="push-2", zendesk_access_token="another")
    for call in (
        other.push(elsewhere, ONE, request_id="call-2"),
        other.validate(elsewhere, request_id="call-3"),
        other.report_error(elsewhere, external_id="a", description="b", request_id="call-4"),
    ):
        with pytest.raises(ZendeskBusy) as busy:
            await call
        assert 0 < busy.value.retry_after <= 30
    assert len(zendesk.requests) == 1
    assert (await push(ONE, subdomain="other")).complete
    assert await here.client.may_push(account()) is None
    assert [line["event"] for line in here.lines] == ["zendesk_busy"]
    assert here.metric("sealock_edge_zendesk_calls_total", call="push", outcome="waiting") == 1


async def test_a_pause_beside_a_failure_is_obeyed_too(zendesk, push):
    zendesk.answers = [Answer(503, headers={"retry-after": "30"})]
    for _ in range(2):
        with pytest.raises(ZendeskBusy):
            await push(ONE)
    assert len(zendesk.requests) == 1


async def test_a_busy_zendesk_in_the_middle_of_a_push_ends_it_and_the_next_push_skips_nothing(here, zendesk, push):
    zendesk.answers = [told([("a", "success"), ("b", "halted")]), Answer(429, headers={"retry-after": "5"})]
    with pytest.raises(ZendeskBusy):
        await push([resource("a"), resource("b")])
    here.clock.seconds += 6
    assert (await push([resource("a"), resource("b")])).there == ("a", "b")


async def test_calls_go_over_one_connection(here, zendesk, push):
    for _ in range(5):
        await push(ONE)
    await here.client.validate(account(), request_id="call-1")
    assert here.zendesk.here.connections == 1


async def test_a_connection_that_zendesk_closed_meanwhile_costs_a_try_at_most(zendesk, push):
    await push(ONE)
    zendesk.answers = [lost]
    assert (await push(ONE)).complete


async def test_a_zendesk_that_never_answers_is_not_waited_for(zendesk):
    async with place(waits=Waits(for_answer=0.05, between_tries=0.001)) as here:

        async def never(_request):
            await asyncio.Event().wait()

        here.zendesk.otherwise = never
        with pytest.raises(ZendeskUnavailable):
            await here.client.push(account(), ONE, request_id="call-1")
        assert len(here.zendesk.requests) == TRIES
    del zendesk


async def test_a_push_that_is_broken_off_leaves_no_connection_in_use(here, zendesk, push):
    asked = asyncio.Event()

    async def never(_request):
        asked.set()
        await asyncio.Event().wait()

    zendesk.answers = [never]
    task = asyncio.create_task(push(ONE))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await push(ONE)).complete
    assert here.metric("sealock_edge_zendesk_calls_total", call="push", outcome="broken_off") == 1


@pytest.mark.parametrize("answer", [Answer(200, b"null"), Answer(200, b""), Answer(204), Answer(200, b"{}")])
async def test_a_good_token_is_good(here, zendesk, answer):
    zendesk.answers = [answer]
    await here.client.validate(account(), request_id="call-1")
    [request] = zendesk.requests
    assert (request.method, request.target) == ("POST", VALIDATE)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert zendesk.bodies == [{"instance_push_id": "push-1", "request_id": "call-1"}]


@pytest.mark.parametrize("answer", [HTML, Answer(200, b'{"error": "invalid_token"}'), Answer(200, b"nul")])
async def test_a_page_is_no_proof_of_a_token(here, zendesk, answer):
    zendesk.otherwise = lambda _: answer
    with pytest.raises(ZendeskUnavailable):
        await here.client.validate(account(), request_id="call-1")


@pytest.mark.parametrize("status", [401, 403, 404, 422, 302])
async def test_a_token_that_is_not_good_is_refused(here, zendesk, status):
    zendesk.answers = [Answer(status)]
    with pytest.raises(ZendeskRefused):
        await here.client.validate(account(), request_id="call-1")


async def test_a_reply_that_failed_late_is_told_with_its_reason_cut_to_what_zendesk_takes(here, zendesk):
    zendesk.answers = [json_answer(None)]
    words = "The comment was\nremoved. " + "é" * 600
    await here.client.report_error(account(), external_id="reply-1", description=words, request_id="call-1")
    [request] = zendesk.requests
    assert request.target == REPORT
    [body] = zendesk.bodies
    assert body == {
        "instance_push_id": "push-1",
        "request_id": "call-1",
        "external_id": "reply-1",
        "description": ("The comment was removed. " + "é" * 600)[:511],
    }


async def test_a_reply_that_zendesk_does_not_know_stops_no_pushes(here, zendesk, push):
    zendesk.answers = [Answer(404)]
    with pytest.raises(ZendeskRefused):
        await here.client.report_error(account(), external_id="x", description="", request_id="call-1")
    assert "description" not in zendesk.bodies[0]
    assert await here.client.may_push(account()) is None
    assert (await push(ONE)).complete


async def test_an_answer_that_comes_in_many_pieces_is_read_whole(zendesk, push):
    given = [resource(f"r{number}") for number in range(200)]
    results = [
        {"external_resource_id": each["external_id"], "status": {"code": "success", "description": "x" * 3000}}
        for each in given
    ]
    zendesk.answers = [json_answer({"results": results})]
    assert len((await push(given)).there) == 200
    assert len(zendesk.requests) == 1


async def test_a_host_whose_certificate_is_another_s_never_sees_the_token(here, push):
    with pytest.raises(ZendeskUnavailable):
        await push(ONE, subdomain="stranger")
    assert here.zendesk.requests == []


class Away(MemoryStore):
    """A store that does nothing that it is asked."""

    async def pause(self, what: str, seconds: float) -> None:
        raise StoreAway

    async def paused(self, what: str) -> float:
        raise StoreAway


async def test_without_a_store_this_process_remembers_for_itself():
    async with place(Away(lambda: 0.0, 3600)) as here:
        assert (await here.client.push(account(), ONE, request_id="call-1")).complete
        here.zendesk.answers = [Answer(429, headers={"retry-after": "9"}), Answer(401)]
        for _ in range(2):
            with pytest.raises(ZendeskBusy):
                await here.client.push(account(), ONE, request_id="call-1")
        here.clock.seconds += 10
        for _ in range(2):
            with pytest.raises(ZendeskRefused):
                await here.client.push(account(), ONE, request_id="call-1")
        assert len(here.zendesk.requests) == 3
