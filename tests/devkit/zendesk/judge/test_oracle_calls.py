# SPDX-License-Identifier: Apache-2.0
"""Everything that the local Zendesk says to a service: each call of a long story has the documented shape and size."""

from __future__ import annotations

import json

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.engine.files import NewFile
from tests.devkit.zendesk.scripted_service import ADMIN, CHANNELBACK, EVENTS, PULL, Canned, resource
from tests.zendesk_schemas import EVENT_SCHEMAS, requires_schemas, valid, valid_event

RESOURCE_EVENTS = {
    "comment_on_new_ticket",
    "comment_on_existing_ticket",
    "comment_on_follow_up_ticket",
    "external_id_associated_with_channelback",
}
FORMS = {
    ADMIN: (
        {"return_url", "subdomain", "locale", "name", "metadata", "state"},
        {"instance_push_id", "zendesk_access_token"},
    ),
    PULL: ({"metadata", "state"}, set()),
    CHANNELBACK: (
        {"message", "metadata", "request_unique_identifier"},
        {"parent_id", "thread_id", "recipient_id", "file_urls[]"},
    ),
    "/file/a.png": ({"metadata"}, set()),
}
"""The fields of each form: those that are always there, and those that may be."""
MOST = {
    "message": 65_535,
    "parent_id": 511,
    "thread_id": 511,
    "recipient_id": 255,
    "metadata": 5_000,
    "state": 5_000,
    "request_unique_identifier": 255,
    "instance_push_id": 255,
    "name": 255,
}
"""The documented limits of what a service is sent, in characters."""
CODES = {
    "success",
    "already_imported",
    "could_not_locate_parent_external_resource",
    "processing_error",
    "halted",
}
LONG_ID = "x" * 255


@pytest.fixture
async def story(over_tls):
    """Every kind of call, with everything as long as it may be."""
    service, zendesk = over_tls
    service.manifest |= {"push_client_id": "client", "channelback_files": True}
    zendesk.context.address = "https://demo.example"
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [{**service.good_answers, "Site": "x" * 255}])
    await zendesk.edit_account(account, [{**service.good_answers, "password": "p" * 4_000}])
    author = {"external_id": "a" * 255, "name": "n" * 255}
    file_url = f"{service.url}/file/a.png"
    first = resource(LONG_ID, "m" * 65_535, author=author, thread_id="t" * 255, file_urls=[file_url])
    service.resources = [first, resource("c2", thread_id="t" * 255), resource("c3", parent_id="c2")]
    service.state = "s" * 5_000
    service.script["/file/a.png"] = [Canned(b"png", content_type="image/png")]
    await zendesk.pull(account.id)
    files = [NewFile("a b.png", "image/png", b"png"), NewFile("é.txt", "text/plain", b"")]
    await zendesk.settled(zendesk.reply(1, "r" * 65_535, files=files))
    service.script[CHANNELBACK] = [Canned("", 503), Canned({"error_info": "e" * 9_000}, 422)]
    await zendesk.settled(zendesk.reply(1, "again"))
    zendesk.agents.change_ticket(1, {"status": "closed"})
    service.resources.append(resource("c4", thread_id="t" * 255))
    service.script[PULL] = [Canned({"external_resources": service.resources}), Canned("", 503), Canned({"state": 1})]
    for _ in range(3):
        await zendesk.pull(account.id)
    account = zendesk.lifecycle.deactivate(zendesk.store.accounts.get(account.id), "api")
    account = zendesk.lifecycle.activate(account)
    pushed = [await _push(zendesk, account) for _ in range(2)]
    zendesk.lifecycle.deactivate(account, "error", "too many failures")
    zendesk.lifecycle.delete_user(1)
    zendesk.lifecycle.remove_integration(integration.id)
    await zendesk.wait_until(zendesk.is_idle)
    return service, zendesk, pushed


async def _push(zendesk, account):
    resources = [
        resource("p1"),
        resource("p2", parent_id="p1"),
        resource("p3", parent_id="nobody"),
        resource("p4", thread_id="t"),
    ]
    body = {"instance_push_id": account.instance_push_id, "request_id": "r" * 64, "external_resources": resources}
    valid("push_parameters", body)
    async with ASGIConductor(create_app(zendesk)) as conductor:
        headers = {"authorization": f"Bearer {account.access_token}"}
        return await conductor.simulate_post("/api/v2/any_channel/push", host="127.0.0.1", headers=headers, json=body)


@requires_schemas
async def test_every_call_of_a_long_story_has_the_documented_shape(story):
    service, zendesk, pushed = story
    _check_events(service)
    _check_forms(service)
    _check_push_answers(pushed)
    found = {(each.endpoint, each.rule) for each in zendesk.store.violations.all()}
    carried = ("admin_ui", "no page shows a secret that was typed before")
    assert found == {("pull", "required"), ("pull", "a string"), carried}


def _check_events(service) -> None:
    for path, headers, form in service.received:
        if path == EVENTS:
            assert headers["content-type"] == "application/json"
            assert set(json.loads(dict(form)["json"])) == {"events"}
    events = service.events()
    for event in events:
        valid_event(event)
    assert {event["type_id"] for event in events} == set(EVENT_SCHEMAS)
    sent = [each for event in events for each in event["data"].get("resource_events", [])]
    assert {each["type_id"] for each in sent} == RESOURCE_EVENTS
    pulls = [event for event in events if event["type_id"] == "pull_request"]
    duplicates = [each for event in pulls for each in event["data"]["duplicate_external_ids"]]
    assert {"external_id", "request_id", "ticket_id", "comment_id"} in [set(each) for each in duplicates]
    assert {"error" in event for event in pulls} == {True, False}


def _check_forms(service) -> None:
    seen = set()
    for path, headers, form in service.received:
        if path not in FORMS:
            continue
        seen.add(path)
        always, sometimes = FORMS[path]
        names = {name for name, _ in form}
        assert always <= names <= always | sometimes
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        assert all(len(value) <= MOST.get(name, 5_000) for name, value in form)
        repeated = {name for name in names if sum(name == other for other, _ in form) > 1}
        assert repeated <= {"file_urls[]"}
    assert seen == set(FORMS)


def _check_push_answers(answers) -> None:
    for answer in answers:
        assert answer.status_code == 200
        assert set(answer.json) == {"results"}
        for result in answer.json["results"]:
            assert set(result) == {"external_resource_id", "status"}
            assert result["status"]["code"] in CODES
            assert set(result["status"]) <= {"code", "description"}
    codes = [[result["status"]["code"] for result in answer.json["results"]] for answer in answers]
    lost = "could_not_locate_parent_external_resource"
    assert codes == [["success", "success", lost, "halted"], ["already_imported", "already_imported", lost, "halted"]]
    assert answers[0].json["results"][2]["status"]["description"] == "nobody"
