# SPDX-License-Identifier: Apache-2.0
"""Broken answers of channelback and of the event callback."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.broken.conftest import CANARY, at
from tests.devkit.zendesk.scripted_service import CHANNELBACK, EVENTS, Canned, resource

STATUS = ("", "HTTP 200", "protocol")
HTML = ("", "content type application/json", "documented", "text/html")
ONE_ID = ("external_id", "the same external_id for the same request_unique_identifier", "documented", "2 different ids")
GOOD = {"external_id": "r1"}


@pytest.fixture
async def ticket(zendesk, service, account):
    service.resources = [resource("c1", "question")]
    await zendesk.pull(account.id)
    service.resources = []
    return zendesk.tickets()[0]


def answer(**keys) -> Canned:
    return Canned({key: value for key, value in {**GOOD, **keys}.items() if value is not ...})


REFUSED = {
    "no external_id": (answer(external_id=..., id=CANARY), [("external_id", "required", "schema", "nothing")]),
    "empty external_id": (
        answer(external_id=""),
        [("external_id", "at least 1 character", "schema", "an empty string")],
    ),
    "external_id of 256": (
        answer(external_id=CANARY.ljust(256, "x")),
        [("external_id", "at most 255 characters", "schema", "256 characters")],
    ),
    "integer external_id": (answer(external_id=4711), [("external_id", "a string", "schema", "a number")]),
    "external_id as null": (answer(external_id=None), [("external_id", "a string", "schema", "null")]),
    "white space before external_id": (
        answer(external_id=f" {CANARY}"),
        [("external_id", "no white space at either end", "schema", "white space")],
    ),
    "white space after external_id": (
        answer(external_id=f"{CANARY}\n"),
        [("external_id", "no white space at either end", "schema", "white space")],
    ),
    "allow_channelback as string": (
        answer(allow_channelback=CANARY),
        [("allow_channelback", "a boolean", "schema", "a string")],
    ),
    "metadata_needs_update as number": (
        answer(metadata_needs_update=1),
        [("metadata_needs_update", "a boolean", "schema", "a number")],
    ),
    "metadata of 5001": (
        answer(metadata=CANARY.ljust(5_001)),
        [("metadata", "at most 5000 characters", "schema", "5001 characters")],
    ),
    "metadata as object": (answer(metadata={CANARY: 1}), [("metadata", "a string", "schema", "an object")]),
    "array": (Canned([GOOD]), [("", "a JSON object", "schema", "an array")]),
    "empty body": (Canned(b"", content_type="application/json"), [("", "JSON", "protocol", "nothing")]),
    "HTML": (Canned(f"<p>{CANARY}"), [HTML, ("", "JSON", "protocol", "HTML or XML")]),
    "NaN": (
        Canned(b'{"external_id": NaN}', content_type="application/json"),
        [("", "JSON", "protocol", "NaN")],
    ),
    "201": (Canned(GOOD, 201), [(*STATUS, "HTTP 201")]),
    "202": (Canned(GOOD, 202), [(*STATUS, "HTTP 202")]),
    "204": (Canned(b"", 204), [(*STATUS, "HTTP 204")]),
    "302": (Canned(GOOD, 302, {"location": f"/{CANARY}"}), [(*STATUS, "HTTP 302")]),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_an_answer_that_breaks_a_rule_fails_the_reply_at_once_and_ties_nothing(
    zendesk, service, evidence, account, ticket, case
):
    broken, violations = REFUSED[case]
    service.script[CHANNELBACK] = [broken]
    comment = zendesk.reply(ticket.id, "answer")
    reply = await zendesk.settled(comment)
    assert (reply.status, reply.external_id, len(reply.tries)) == ("failed", "", 1)
    assert reply.problem
    assert CANARY not in reply.problem
    assert await evidence.violations() == at("channelback", *violations)
    assert evidence.stored(account) == (account.metadata, "state-1", 2)
    assert zendesk.store.tickets.comment(comment.id).external_id is None
    assert zendesk.store.tickets.get(ticket.id).allow_channelback
    service.resources = [resource("r1", "the same reply, pulled")]
    assert (await zendesk.pull(account.id)).received == 1, "its id is not tied to the failed reply"


TAKEN = {
    "external_id beyond ASCII": (
        answer(external_id=f"{CANARY}-é"),
        [("external_id", "ASCII only", "documented", "other characters")],
    ),
    "external_id of 255": (answer(external_id="x" * 255), []),
    "metadata of 5000": (answer(metadata="x" * 5_000), []),
    "HTML says its type": (Canned(json.dumps(GOOD)), [HTML]),
    "duplicate keys": (
        Canned(b'{"external_id": "canary-4711", "external_id": "r1"}', content_type="application/json"),
        [("", "each key once in an object", "advice", "1 more than once; the last one counts")],
    ),
    "unknown keys": (answer(url=f"https://{CANARY}.example/"), []),
    "another resource's id": (
        answer(external_id="c1"),
        [
            (
                "external_id",
                "an id that is not another resource's: a pull must not bring replies back",
                "advice",
                "the id of a resource that was imported",
            )
        ],
    ),
}


@pytest.mark.parametrize("case", TAKEN)
async def test_an_answer_that_is_only_careless_delivers_the_reply(zendesk, service, evidence, ticket, case):
    careless, violations = TAKEN[case]
    service.script[CHANNELBACK] = [careless]
    reply = await zendesk.settled(zendesk.reply(ticket.id, "answer"))
    assert reply.status == "delivered"
    assert await evidence.violations() == at("channelback", *violations)


async def test_another_id_on_a_repetition_is_told(zendesk, service, evidence, ticket):
    zendesk.faults.switch_on({"call": "channelback", "kind": "lose answer", "times": 1})
    service.script[CHANNELBACK] = [answer(external_id=f"{CANARY}-1"), Canned("", 503), answer(external_id="r2")]
    reply = await zendesk.settled(zendesk.reply(ticket.id, "answer"))
    assert (reply.status, reply.external_id, len(reply.tries)) == ("delivered", "r2", 3)
    assert await evidence.violations() == at("channelback", ONE_ID)
    service.script[CHANNELBACK] = [answer(external_id="r3")]
    await zendesk.settled(zendesk.reply(ticket.id, "another answer"))
    assert len(await evidence.violations()) == 1, "each reply has an id of its own"


async def test_another_id_on_a_call_that_came_twice_is_told(zendesk, service, evidence, ticket):
    zendesk.faults.switch_on({"call": "channelback", "kind": "duplicate"})
    service.script[CHANNELBACK] = [answer(external_id=f"{CANARY}-1"), answer(external_id=f"{CANARY}-2")]
    assert (await zendesk.settled(zendesk.reply(ticket.id, "answer"))).status == "delivered"
    assert await evidence.violations() == at("channelback", ONE_ID)


@pytest.mark.parametrize("slow", [Canned(GOOD, delay=30), Canned(GOOD, drip=0.1)], ids=["hangs", "never ends"])
async def test_an_answer_that_does_not_come_in_time_is_told_and_the_reply_repeated(
    zendesk, service, evidence, ticket, slow
):
    zendesk.change_settings({"channelback_timeout_seconds": 1})
    service.script[CHANNELBACK] = [slow]
    reply = await zendesk.settled(zendesk.reply(ticket.id, "answer"))
    assert [attempt.outcome for attempt in reply.tries] == ["timeout", "delivered"]
    rule = ("", "the whole answer within 1 seconds", "protocol", "no end in time")
    assert await evidence.violations() == at("channelback", rule)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
async def test_a_service_that_says_it_failed_breaks_no_rule(zendesk, service, evidence, ticket, status):
    zendesk.change_settings({"channelback_retries": 0})
    service.script[CHANNELBACK] = [Canned({"error_info": "no"}, status)]
    assert (await zendesk.settled(zendesk.reply(ticket.id, "answer"))).problem == f"HTTP {status}: no"
    assert await evidence.violations() == []


TAKES = ("", "a status of 2xx", "protocol")
HEALTHY = ("", "HTTP 200", "protocol")
SLOW = ("", "the whole answer within 0.5 seconds", "protocol", "no end in time")


@pytest.mark.parametrize(
    ("answer", "violations"),
    [
        (Canned(CANARY, 404), [(*TAKES, "HTTP 404")]),
        (Canned(CANARY, 302, {"location": f"/{CANARY}"}), [(*TAKES, "HTTP 302")]),
        (Canned(CANARY, 500), [(*TAKES, "HTTP 500")]),
        (Canned(CANARY, 401), [(*TAKES, "HTTP 401")]),
        (Canned("", 503), []),
        (Canned("", 429), []),
        (Canned(CANARY, delay=30), [SLOW]),
        (Canned(CANARY, drip=0.2), [SLOW]),
    ],
    ids=["404", "302", "500", "401", "503 for now", "429 for now", "hangs", "never ends"],
)
async def test_events_that_are_not_taken_are_told_once_and_not_sent_again(
    zendesk, service, evidence, account, answer, violations
):
    if SLOW in violations:
        zendesk.change_settings({"event_timeout_seconds": 0.5})
    service.script[EVENTS] = [answer]
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert await evidence.violations() == at("event_callback", *violations)
    assert zendesk.store.events.all(1)[0].status == "failed"
    assert "1 events for Scripted not delivered" in evidence.console.getvalue()
    zendesk.change_settings({"event_timeout_seconds": 30})
    zendesk.lifecycle.activate(zendesk.store.accounts.get(account.id))
    await zendesk.wait_until(zendesk.is_idle)
    sent = [event["type_id"] for event in service.events()]
    assert sent.count("deactivate_integration_instance") == 1
    assert sent.count("activate_integration_instance") == 1
    assert [event.status for event in zendesk.store.events.all(100)].count("failed") == 1


@pytest.mark.parametrize("body", [b"", b"\xff", b"<p>", b"{}"])
async def test_what_is_said_to_an_event_does_not_matter(zendesk, service, evidence, account, body):
    service.script[EVENTS] = [Canned(body)]
    zendesk.lifecycle.deactivate(account, "api")
    await zendesk.wait_until(zendesk.is_idle)
    assert await evidence.violations() == []


@pytest.mark.parametrize(
    ("answer", "violations", "problem"),
    [
        (Canned(CANARY, 404), [(*HEALTHY, "HTTP 404")], "HTTP 404"),
        (Canned("", 204), [(*HEALTHY, "HTTP 204")], "HTTP 204"),
        (Canned("", 302, {"location": "/healthy"}), [(*HEALTHY, "HTTP 302")], "HTTP 302"),
        (Canned("", 500), [(*HEALTHY, "HTTP 500")], "HTTP 500"),
        (Canned("", 503), [], "HTTP 503"),
        (Canned("", delay=30), [SLOW], "timeout"),
    ],
    ids=["404", "204", "302", "500", "503 is an answer", "hangs"],
)
async def test_a_healthcheck_that_is_neither_well_nor_away_is_told(
    zendesk, service, evidence, account, answer, violations, problem
):
    if SLOW in violations:
        zendesk.change_settings({"page_timeout_seconds": 0.5})
    service.script["/healthcheck"] = [answer]
    integration = zendesk.store.integrations.get(account.integration_id)
    assert (await zendesk.healthcheck(integration))[1] == problem
    assert await evidence.violations() == at("healthcheck", *violations)
    assert (await zendesk.pull(account.id)).problem == "", "pulls go on"
