# SPDX-License-Identifier: Apache-2.0
"""Pull answers that are wrong on purpose as a whole: what is said of each, and what becomes of state and resources."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.broken.conftest import CANARY, at
from tests.devkit.zendesk.scripted_service import PULL, Canned, resource

STATUS = ("", "HTTP 200", "protocol")
HTML = ("", "content type application/json", "documented", "text/html")
NO_TYPE = ("", "content type application/json", "documented", "application/octet-stream")
REQUIRED = ("external_resources", "required", "schema", "nothing")
GOOD = {"external_resources": [resource("c1")], "state": "after"}


def answer(**keys) -> Canned:
    return Canned({**GOOD, **keys})


def raw(text: bytes) -> Canned:
    return Canned(text, content_type="application/json")


def not_json(found: str):
    return ("", "JSON", "protocol", found)


def many(count: int) -> list[dict]:
    return [resource(f"c{number}", thread_id="t") for number in range(count)]


REFUSED = {
    "no external_resources": (Canned({"state": CANARY}), [REQUIRED]),
    "empty object": (Canned({}), [REQUIRED]),
    "array": (Canned([resource(CANARY)]), [("", "a JSON object", "schema", "an array")]),
    "a string": (raw(f'"{CANARY}"'.encode()), [("", "a JSON object", "schema", "a string")]),
    "external_resources as object": (
        answer(external_resources={CANARY: 1}),
        [("external_resources", "an array", "schema", "an object")],
    ),
    "external_resources as null": (
        answer(external_resources=None),
        [("external_resources", "an array", "schema", "null")],
    ),
    "a resource that is text": (
        answer(external_resources=[CANARY]),
        [("external_resources[0]", "an object", "schema", "a string")],
    ),
    "state as object": (answer(state={"cursor": CANARY}), [("state", "a string", "schema", "an object")]),
    "state as number": (answer(state=4711), [("state", "a string", "schema", "a number")]),
    "state as null": (answer(state=None), [("state", "a string", "schema", "null")]),
    "state of 5001": (
        answer(state=CANARY.ljust(5_001)),
        [("state", "at most 5000 characters", "schema", "5001 characters")],
    ),
    "metadata as object": (answer(metadata={"token": CANARY}), [("metadata", "a string", "schema", "an object")]),
    "metadata of 5001": (
        answer(metadata=CANARY.ljust(5_001)),
        [("metadata", "at most 5000 characters", "schema", "5001 characters")],
    ),
    "metadata_needs_update as string": (
        answer(metadata_needs_update="true"),
        [("metadata_needs_update", "a boolean", "schema", "a string")],
    ),
    "257 resources": (
        answer(external_resources=many(257)),
        [("external_resources", "at most 256 items", "schema", "257 items")],
    ),
    "empty body": (Canned(b"", content_type="application/json"), [not_json("nothing")]),
    "empty body without type": (Canned(b"", content_type=""), [(*HTML[:3], "none"), not_json("nothing")]),
    "HTML": (Canned(f"<p>{CANARY}"), [HTML, not_json("HTML or XML")]),
    "bytes": (Canned(b"\xff" + CANARY.encode()), [NO_TYPE, not_json("bytes that are not UTF-8")]),
    "cut": (raw(b'{"external_resources": ['), [not_json("an error in line 1, column 25")]),
    "Infinity": (raw(b'{"external_resources": [-Infinity]}'), [not_json("-Infinity")]),
    "half a character": (raw(b'{"state": "\\udc00 canary-4711"}'), [not_json("half a character")]),
    "201": (Canned(GOOD, 201), [(*STATUS, "HTTP 201")]),
    "204": (Canned(b"", 204), [(*STATUS, "HTTP 204")]),
    "206": (Canned(GOOD, 206), [(*STATUS, "HTTP 206")]),
    "302": (Canned(GOOD, 302, {"location": f"/{CANARY}"}), [(*STATUS, "HTTP 302")]),
    "304": (Canned(b"", 304), [(*STATUS, "HTTP 304")]),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_pull_answer_that_breaks_a_rule_changes_nothing_and_what_it_brought_may_come_again(
    zendesk, service, evidence, account, case
):
    broken, violations = REFUSED[case]
    service.script[PULL] = [broken, Canned(GOOD)]
    before = evidence.stored(account)
    result = await zendesk.pull(account.id)
    assert result.problem
    assert CANARY not in result.problem
    assert await evidence.violations() == at("pull", *violations)
    assert evidence.stored(account) == before
    now = zendesk.store.accounts.get(account.id)
    assert (now.active, now.failures, now.needs_update) == (True, 1, False)
    assert (await zendesk.pull(account.id)).received == 1
    assert evidence.stored(account) == (account.metadata, "after", 1)
    assert len(zendesk.store.violations.all()) == len(violations)
    await zendesk.wait_until(zendesk.is_idle)
    sent = [event for event in service.events() if event["type_id"] == "pull_request"][-2:]
    assert [event.get("error") for event in sent] == [result.problem, None]


FAILED = {
    400: Canned({"error_info": "bad"}, 400),
    401: Canned("", 401),
    403: Canned("", 403),
    404: Canned("<p>", 404),
    429: Canned("", 429),
    500: Canned("<p>", 500),
    503: Canned("", 503),
}


@pytest.mark.parametrize("status", FAILED)
async def test_a_service_that_says_it_failed_breaks_no_rule(zendesk, service, evidence, account, status):
    service.script[PULL] = [FAILED[status]]
    before = evidence.stored(account)
    assert (await zendesk.pull(account.id)).problem.startswith(f"HTTP {status}")
    assert await evidence.violations() == []
    assert evidence.stored(account) == before


TAKEN = {
    "text/json": (
        Canned(json.dumps(GOOD).encode(), content_type="text/json"),
        [("", "content type application/json", "documented", "text/json")],
    ),
    "duplicate keys": (
        raw(b'{"state": "canary-4711", "external_resources": [], "state": "after"}'),
        [("", "each key once in an object", "advice", "1 more than once; the last one counts")],
    ),
    "duplicate keys deep inside": (
        raw(json.dumps(GOOD).replace('"name": ', '"name": "canary-4711", "name": ').encode()),
        [("", "each key once in an object", "advice", "1 more than once; the last one counts")],
    ),
    "unknown keys": (answer(next_page=CANARY, meta={"a": [CANARY]}), []),
    "byte by byte": (Canned(GOOD, drip=0.0005), []),
    "a charset": (Canned(json.dumps(GOOD).encode(), content_type="Application/JSON; charset=utf-8"), []),
    "state of 5000": (answer(state="x" * 5_000), []),
    "metadata of 5000": (answer(metadata="x" * 5_000), []),
    "200 resources": (answer(external_resources=many(200)), []),
    "201 resources": (
        answer(external_resources=many(201)),
        [("external_resources", "at most 200 items", "documented", "201 items")],
    ),
    "256 resources": (
        answer(external_resources=many(256)),
        [("external_resources", "at most 200 items", "documented", "256 items")],
    ),
    "a resource twice": (
        answer(external_resources=[resource(CANARY), resource("c2"), resource(CANARY)]),
        [("external_resources[2].external_id", "each resource once in an answer", "advice", "the id of item 0")],
    ),
    "a child before its parent": (
        answer(external_resources=[resource("c2", parent_id=CANARY), resource(CANARY)]),
        [("external_resources[0].parent_id", "parents before their children", "advice", "the id of item 1")],
    ),
}


@pytest.mark.parametrize("case", TAKEN)
async def test_a_pull_answer_that_is_only_careless_is_taken_and_says_so(zendesk, service, evidence, account, case):
    careless, violations = TAKEN[case]
    service.script[PULL] = [careless]
    result = await zendesk.pull(account.id)
    assert result.problem == ""
    assert await evidence.violations() == at("pull", *violations)
    metadata, state, count = evidence.stored(account)
    assert count == result.received
    body = careless.body if isinstance(careless.body, dict) else GOOD
    assert (state, metadata) == (body["state"], body.get("metadata", account.metadata))


@pytest.mark.parametrize("slow", [Canned(GOOD, delay=30), Canned(GOOD, drip=0.1)], ids=["hangs", "never ends"])
async def test_a_pull_answer_that_does_not_come_in_time_is_told(zendesk, service, evidence, account, slow):
    zendesk.change_settings({"pull_timeout_seconds": 0.5})
    service.script[PULL] = [slow]
    assert (await zendesk.pull(account.id)).problem == "timeout"
    rule = ("", "the whole answer within 0.5 seconds", "protocol", "no end in time")
    assert await evidence.violations() == at("pull", rule)
    assert evidence.stored(account)[1:] == ("state-1", 0)


async def test_an_answer_of_a_hundred_megabytes_is_not_read_to_its_end(zendesk, service, evidence, account):
    zendesk.change_settings({"pull_timeout_seconds": 50})
    service.script[PULL] = [Canned(b" " * 1_000_000, content_type="application/json", times=100)]
    assert (await zendesk.pull(account.id)).problem == "answer too large"
    assert await evidence.violations() == at("pull", ("", "at most 67108864 bytes", "protocol", "more"))
    assert (await zendesk.pull(account.id)).problem == ""


async def test_an_answer_that_ends_too_early_is_a_broken_connection(zendesk, service, evidence, account):
    service.script[PULL] = [Canned(GOOD, length=10_000)]
    assert (await zendesk.pull(account.id)).problem.startswith("network error")
    assert await evidence.violations() == []
    assert evidence.stored(account)[1:] == ("state-1", 0)


async def test_the_same_id_with_other_content_is_no_violation_and_changes_nothing(zendesk, service, evidence, account):
    service.script[PULL] = [Canned(GOOD)]
    await zendesk.pull(account.id)
    changed = resource("c1", "edited", author={"external_id": "bob"}, thread_id="t9")
    service.script[PULL] = [Canned({"external_resources": [changed]})]
    result = await zendesk.pull(account.id)
    assert (result.received, result.duplicates) == (0, 1)
    assert await evidence.violations() == []
    assert [comment.body for comment in zendesk.store.tickets.comments(1)] == ["hello"]
    assert [user.external_id for user in zendesk.store.users.all()] == ["ann"]
