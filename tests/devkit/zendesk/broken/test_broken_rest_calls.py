# SPDX-License-Identifier: Apache-2.0
"""Calls of the REST API that are wrong on purpose: what is answered, what is said of each, and that nothing is made."""

from __future__ import annotations

import json

import pytest

from tests.devkit.zendesk.broken.conftest import CANARY, at
from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource

PUSH, VALIDATE, REPORT = "push", "validate_token", "channelback/report_error"
KINDS = {PUSH: "push", VALIDATE: "validate_token", REPORT: "report_error"}
GOOD = {PUSH: {"external_resources": []}, VALIDATE: {}, REPORT: {"external_id": "reply-1"}}
MISSING = ("required", "schema", "nothing")
EMPTY = ("at least 1 character", "schema", "an empty string")


@pytest.fixture
async def call(zendesk, service, evidence):
    """Calls the REST API as the account, with a body that is good but for its changes; `...` takes a key away."""
    service.manifest["push_client_id"] = "client"
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)

    async def post(path: str, changes: dict | bytes, content_type: str = "application/json"):
        body = changes
        if isinstance(changes, dict):
            whole = {"instance_push_id": account.instance_push_id, **GOOD[path], **changes}
            body = json.dumps({key: value for key, value in whole.items() if value is not ...}).encode()
        headers = {"authorization": f"Bearer {account.access_token}", "content-type": content_type}
        return await evidence.client.post(f"/api/v2/any_channel/{path}", content=body, headers=headers)

    return post


def long(most: int, length: int):
    return (f"at most {most} characters", "schema", f"{length} characters")


EVERYWHERE = {
    "no instance_push_id": ({"instance_push_id": ...}, [("instance_push_id", *MISSING)]),
    "empty instance_push_id": ({"instance_push_id": ""}, [("instance_push_id", *EMPTY)]),
    "instance_push_id of 256": ({"instance_push_id": CANARY.ljust(256, "x")}, [("instance_push_id", *long(255, 256))]),
    "instance_push_id as number": ({"instance_push_id": 7}, [("instance_push_id", "a string", "schema", "a number")]),
    "empty request_id": ({"request_id": ""}, [("request_id", *EMPTY)]),
    "request_id of 65": ({"request_id": CANARY.ljust(65, "x")}, [("request_id", *long(64, 65))]),
    "request_id as object": ({"request_id": {CANARY: 1}}, [("request_id", "a string", "schema", "an object")]),
    "array": (b"[]", [("", "a JSON object", "schema", "an array")]),
    "nothing": (b"", [("", "JSON", "protocol", "nothing")]),
    "a form": (b"instance_push_id=canary-4711", [("", "JSON", "protocol", "an error in line 1, column 1")]),
    "invalid UTF-8": (b'{"a": "\xe9"}', [("", "JSON", "protocol", "bytes that are not UTF-8")]),
    "NaN": (b'{"a": NaN}', [("", "JSON", "protocol", "NaN")]),
}
OF_PUSH = {
    "no external_resources": ({"external_resources": ...}, [("external_resources", *MISSING)]),
    "external_resources as object": (
        {"external_resources": {CANARY: 1}},
        [("external_resources", "an array", "schema", "an object")],
    ),
    "257 resources": (
        {"external_resources": [resource(f"r{number}") for number in range(257)]},
        [("external_resources", "at most 256 items", "schema", "257 items")],
    ),
    "one broken resource": (
        {"external_resources": [resource("p1"), resource(CANARY, "", created_at=CANARY), resource("p3")]},
        [
            ("external_resources[1].message", *EMPTY),
            (
                "external_resources[1].created_at",
                "a date-time such as 2015-09-08T22:48:09Z",
                "schema",
                "another text",
            ),
        ],
    ),
}
OF_REPORT = {
    "no external_id": ({"external_id": ...}, [("external_id", *MISSING)]),
    "external_id of 256": ({"external_id": CANARY.ljust(256, "x")}, [("external_id", *long(255, 256))]),
    "external_id with edges": (
        {"external_id": f" {CANARY}"},
        [("external_id", "no white space at either end", "schema", "white space")],
    ),
    "external_id as number": ({"external_id": 7}, [("external_id", "a string", "schema", "a number")]),
    "description of 512": ({"description": CANARY.ljust(512)}, [("description", *long(511, 512))]),
    "description as array": ({"description": [CANARY]}, [("description", "a string", "schema", "an array")]),
}
REFUSED = [
    *((path, case, *each) for path in KINDS for case, each in EVERYWHERE.items()),
    *((PUSH, case, *each) for case, each in OF_PUSH.items()),
    *((REPORT, case, *each) for case, each in OF_REPORT.items()),
]


@pytest.mark.parametrize(
    ("path", "body", "violations"),
    [(path, body, violations) for path, _, body, violations in REFUSED],
    ids=[f"{KINDS[path]}: {case}" for path, case, *_ in REFUSED],
)
async def test_a_call_that_breaks_the_schema_is_refused_and_told(zendesk, evidence, call, path, body, violations):
    answer = await call(path, body)
    assert (answer.status_code, answer.json()["error"]) == (422, "RecordInvalid")
    first = violations[0]
    assert answer.json()["description"] == f"{first[0] or 'the body'}: {first[1]}, got {first[3]}"
    assert CANARY not in answer.text
    assert await evidence.violations() == at(KINDS[path], *violations)
    assert (zendesk.tickets(), zendesk.store.replies.all()) == ([], [])


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize(
    ("content_type", "detail"),
    [
        ("text/plain", "text/plain"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("", "none"),
    ],
)
async def test_a_body_that_does_not_say_it_is_json_is_refused_and_told(evidence, call, path, content_type, detail):
    answer = await call(path, {}, content_type)
    assert (answer.status_code, answer.json()["error"]) == (415, "UnsupportedMediaType")
    assert await evidence.violations() == at(KINDS[path], ("", "content type application/json", "protocol", detail))


async def test_a_type_with_a_charset_is_json(evidence, call):
    assert (await call(VALIDATE, {}, "Application/JSON; charset=utf-8")).status_code == 200
    assert await evidence.violations() == []


async def test_keys_that_come_twice_are_told(zendesk, evidence, call):
    push_id = zendesk.store.accounts.all()[0].instance_push_id
    body = f'{{"instance_push_id": "{CANARY}", "instance_push_id": "{push_id}"}}'
    assert (await call(VALIDATE, body.encode())).status_code == 200
    rule = ("", "each key once in an object", "advice", "1 more than once; the last one counts")
    assert await evidence.violations() == at("validate_token", rule)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (PUSH, {"request_id": "x" * 64}),
        (PUSH, {"external_resources": [resource(f"r{number}") for number in range(256)]}),
        (VALIDATE, {"request_id": "x"}),
        (REPORT, {"description": "x" * 511, "request_id": "x" * 64}),
        (REPORT, {"description": ""}),
    ],
)
async def test_what_is_as_long_as_the_schema_allows_breaks_no_rule(zendesk, service, evidence, call, path, changes):
    service.script[PULL] = [Canned({"external_resources": [resource("c1")]})]
    await zendesk.pull(1)
    service.script[CHANNELBACK] = [Canned({"external_id": "reply-1"})]
    await zendesk.settled(zendesk.reply(1, "answer"))
    assert (await call(path, changes)).status_code == 200
    assert await evidence.violations() == []


async def test_one_broken_resource_of_a_push_is_by_setting_only_itself_refused(zendesk, evidence, call):
    zendesk.change_settings({"push_invalid_resource": "processing error"})
    answer = await call(PUSH, {"external_resources": [resource("p1"), resource("p2", ""), resource("p3")]})
    results = answer.json()["results"]
    assert [result["status"]["code"] for result in results] == ["success", "processing_error", "halted"]
    assert await evidence.violations() == at("push", ("external_resources[1].message", *EMPTY))
    assert len(zendesk.tickets()) == 1
