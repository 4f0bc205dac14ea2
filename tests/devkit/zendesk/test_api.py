# SPDX-License-Identifier: Apache-2.0
"""The JSON API, over the production application."""

from __future__ import annotations

import asyncio
import functools
import json

import pytest
from falcon import inspect
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk.api.app import create_app
from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource


class Api:
    """The application, asked as one on this machine asks it."""

    def __init__(self, conductor: ASGIConductor) -> None:
        self._conductor = conductor

    async def request(self, method: str, path: str, host: str = "127.0.0.1", **options):
        return await self._conductor.simulate_request(method, path, host=host, **options)

    def __getattr__(self, method: str):
        return functools.partial(self.request, method.upper())


@pytest.fixture
async def api(zendesk):
    async with ASGIConductor(create_app(zendesk)) as conductor:
        yield Api(conductor)


async def installed(api, service) -> dict:
    created = await api.post("/api/integrations", json={"manifest_url": service.manifest_url})
    assert created.status_code == 201
    return created.json


async def with_account(api, service) -> dict:
    integration = await installed(api, service)
    path = f"/api/integrations/{integration['id']}/accounts"
    created = await api.post(path, json={"answers": service.good_answers})
    assert created.status_code == 201, created.text
    await api.get("/api/wait", params={"account": created.json["id"], "pulls": 1})
    return created.json


async def test_the_whole_story_can_be_told_through_the_api(api, zendesk, service):
    account = await with_account(api, service)
    service.resources = [resource("c1", "question")]
    pulled = await api.post(f"/api/accounts/{account['id']}/pull", json={})
    assert (pulled.json["received"], pulled.json["problem"]) == (1, "")
    (ticket,) = (await api.get("/api/tickets")).json["tickets"]
    assert (ticket["subject"], ticket["status"], ticket["requester"]) == ("question", "new", "Ann")
    assert ticket["via"]["channel"] == "any_channel"
    info = ticket["via"]["source"]["from"]["service_info"]
    assert info["registered_integration_service_external_id"] == "org.example.scripted"
    assert (info["supports_channelback"], info["integration_service_instance_name"]) == (True, account["name"])

    comment = (await api.post("/api/tickets/1/comments", json={"body": "answer", "wait": 10})).json
    assert (comment["author"], comment["reply"]["status"]) == ("Agent", "delivered")
    shown = (await api.get("/api/tickets/1")).json
    assert [each["body"] for each in shown["comments"]] == ["question", "answer"]
    assert shown["comments"][1]["reply"]["attempts"][0]["outcome"] == "delivered"
    reply = (await api.get(f"/api/replies/{comment['reply']['id']}")).json
    assert reply["external_id"] == "reply-1"
    assert len((await api.get("/api/replies", params={"status": "delivered"})).json["replies"]) == 1

    link = (await api.get("/api/comments/1/clickthrough")).json
    assert (link["title"], link["status"]) == ("The page", 200)
    closed = await api.patch("/api/tickets/1", json={"status": "closed"})
    assert closed.json["status"] == "closed"
    assert (await api.get("/api/tickets", params={"status": "open"})).json == {"tickets": []}


async def test_accounts_are_switched_edited_and_deleted(api, zendesk, service):
    account = await with_account(api, service)
    path = f"/api/accounts/{account['id']}"
    assert (await api.patch(path, json={"active": False})).json["active"] is False
    assert (await api.post(f"{path}/pull", json={})).status_code == 409
    assert (await api.patch(path, json={"active": True, "paused": True})).json["paused"] is True
    assert (await api.patch(path, json={"interval_seconds": 7})).json["interval_seconds"] == 7
    edited = await api.post(f"{path}/edit", json={"answers": [{**service.good_answers, "password": "wrong"}]})
    assert edited.status_code == 422
    assert edited.json["problems"] == ["The site refuses this password."]
    assert {"name": "password", "kind": "password", "label": "Password"} in edited.json["page"]["fields"]
    assert (await api.post(f"{path}/edit", json={"answers": service.good_answers})).status_code == 200
    assert len((await api.get("/api/accounts")).json["accounts"]) == 1
    assert (await api.delete(path, json={})).status_code == 204
    assert (await api.get("/api/accounts")).json == {"accounts": []}


async def test_what_zendesk_keeps_can_be_read_and_falsified(api, zendesk, service):
    account = await with_account(api, service)
    path = f"/api/accounts/{account['id']}"
    secrets = (await api.get(f"{path}/secrets")).json
    assert secrets["metadata"] == zendesk.store.accounts.get(account["id"]).metadata
    await api.patch(path, json={"metadata": "forged", "state": "old"})
    await api.post(f"{path}/pull", json={})
    assert service.calls(PULL)[-1] == {"metadata": "forged", "state": "old"}


async def test_integrations_are_read_again_asked_for_health_and_removed(api, service):
    integration = await installed(api, service)
    path = f"/api/integrations/{integration['id']}"
    service.manifest["name"] = "Renamed"
    assert (await api.post(f"{path}/manifest", json={})).json["manifest"]["name"] == "Renamed"
    assert (await api.get(f"{path}/health")).json == {"status": 200, "problem": ""}
    assert (await api.get(f"{path}/accounts")).json == {"accounts": []}
    assert len((await api.get("/api/integrations")).json["integrations"]) == 1
    assert (await api.delete(path, json={})).status_code == 204
    assert (await api.get("/api/integrations")).json == {"integrations": []}


async def test_waiting_ends_when_what_is_waited_for_holds(api, zendesk, service):
    account = await with_account(api, service)

    async def later() -> None:
        await asyncio.sleep(0.2)
        service.resources = [resource("c1"), resource("c2")]
        await zendesk.pull(account["id"])

    task = asyncio.create_task(later())
    waited = await api.get("/api/wait", params={"tickets": 2, "comments": 2, "idle": "true", "timeout": 20})
    await task
    assert (waited.json["met"], waited.json["tickets"], waited.json["idle"]) == (True, 2, True)
    pulls = zendesk.store.accounts.get(account["id"]).pulls
    more = {"account": account["id"], "pulls": pulls + 1, "timeout": 0.1}
    assert (await api.get("/api/wait", params=more)).json["met"] is False
    assert (await api.get("/api/wait", params={**more, "pulls": pulls})).json["met"] is True


async def test_users_are_listed_and_deleted(api, zendesk, service):
    account = await with_account(api, service)
    service.resources = [resource("c1")]
    await zendesk.pull(account["id"])
    (user,) = (await api.get("/api/users")).json["users"]
    assert (user["name"], user["external_id"]) == ("Ann", "ann")
    assert (await api.delete(f"/api/users/{user['id']}", json={})).status_code == 204
    assert (await api.get("/api/users")).json == {"users": []}
    await zendesk.wait_until(zendesk.is_idle)
    assert service.events()[-1]["data"]["author"] == {"external_id": "ann"}


async def test_settings_and_faults_are_shown_and_changed(api, service):
    assert (await api.get("/api/settings")).json["unknown_parent"] == "new ticket"
    assert (await api.patch("/api/settings", json={"unknown_parent": "error"})).json["unknown_parent"] == "error"
    fault = {"call": "channelback", "kind": "lose answer", "times": 2}
    assert (await api.post("/api/faults", json=fault)).status_code == 201
    (on,) = (await api.get("/api/faults")).json["faults"]
    assert (on["kind"], on["times"]) == ("lose answer", 2)
    await api.delete("/api/faults", json={})
    assert (await api.get("/api/faults")).json == {"faults": [], "used_up": []}
    numbers = [(await api.post("/api/faults", json=fault)).json["id"] for _ in range(2)]
    await api.delete(f"/api/faults/{numbers[0]}", json={})
    assert [each["id"] for each in (await api.get("/api/faults")).json["faults"]] == numbers[1:]


async def test_the_journal_shows_calls_events_and_violations_without_secrets(api, zendesk, service):
    service.manifest["push_client_id"] = "client"
    account = await with_account(api, service)
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(account["id"]).pulls == 1)
    service.script[PULL] = [Canned({"external_resources": [], "metadata": "x" * 5_001})]
    await api.post(f"/api/accounts/{account['id']}/pull", json={})
    await zendesk.wait_until(zendesk.is_idle)
    calls = await api.get("/api/calls", params={"kind": "pull", "account": account["id"], "limit": 1})
    (call,) = calls.json["calls"]
    assert (call["status"], call["method"]) == (200, "POST")
    assert [name for name, _ in call["sent"]] == ["metadata", "state"]
    (violation,) = (await api.get("/api/violations")).json["violations"]
    assert (violation["path"], violation["call_id"]) == ("metadata", call["id"])
    events = (await api.get("/api/events", params={"limit": 2})).json["events"]
    assert [event["type_id"] for event in events] == ["pull_request", "pull_request"]
    await api.delete("/api/violations", json={})
    assert (await api.get("/api/status")).json["violations"] == 0
    stored = zendesk.store.accounts.get(account["id"])
    for path in ("calls", "events", "accounts", "integrations", "status", "settings", "users", "tickets", "violations"):
        shown = (await api.get(f"/api/{path}")).text
        for secret in ("hunter-2-secret", stored.metadata, stored.access_token, "event-token-1"):
            assert secret not in shown, path


REFUSALS = [
    ("GET", "/api/tickets/7", None, 404, "there is no ticket 7"),
    ("GET", "/api/accounts/7", None, 404, "there is no account 7"),
    ("POST", "/api/accounts/7/pull", {}, 404, "there is no account 7"),
    ("GET", "/api/integrations/7", None, 404, "there is no integration 7"),
    ("DELETE", "/api/users/7", {}, 404, "there is no user 7"),
    ("GET", "/api/comments/7/clickthrough", None, 404, "there is no comment 7"),
    ("GET", "/api/replies/7", None, 404, "there is no reply 7"),
    ("GET", "/api/nowhere", None, 404, "404 Not Found"),
    ("PUT", "/api/tickets", {}, 405, "405 Method Not Allowed"),
    ("POST", "/api/integrations", {}, 400, "manifest_url is a string of at least one character"),
    ("POST", "/api/integrations", {"manifest_url": "u", "more": 1}, 400, "there is no more here"),
    ("POST", "/api/integrations", [], 400, "the body is a JSON object"),
    ("POST", "/api/integrations", {"manifest_url": "http://s.example/"}, 422, "the manifest's URL must be https"),
    ("POST", "/api/integrations", {"manifest_url": "\ud800"}, 400, "the body holds half a character"),
    ("POST", "/api/tickets/1/comments", {"body": "b", "public": 1}, 400, "public is true or false"),
    ("POST", "/api/tickets/1/comments", {"body": "b", "wait": 1000}, 400, "wait is a number of seconds up to 120"),
    ("POST", "/api/tickets/1/comments", {"body": "b"}, 404, "there is no ticket 1"),
    ("PATCH", "/api/settings", {"no_such": 1}, 400, "there is no setting no_such"),
    ("POST", "/api/faults", {"call": "x"}, 400, "call is one of"),
    ("GET", "/api/wait?nothing=1", None, 400, "one cannot wait for nothing"),
    ("GET", "/api/wait?account=7", None, 404, "there is no account 7"),
    ("GET", "/api/calls?limit=0", None, 400, "Invalid parameter"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "error"), REFUSALS)
async def test_what_cannot_be_done_is_refused_in_words(api, method, path, body, status, error):
    sent = {"body": json.dumps(body), "headers": {"content-type": "application/json"}}
    options = {} if body is None else sent
    answer = await api.request(method, path, **options)
    assert answer.status_code == status, answer.text
    assert error in answer.json["error"]


@pytest.mark.parametrize(
    "body",
    [{"active": "yes"}, {"paused": 1}, {"metadata": 7}, {"state": None}, {"interval_seconds": -1}, {"name": "new"}],
)
async def test_an_accounts_switches_are_checked(api, service, body):
    account = await with_account(api, service)
    assert (await api.patch(f"/api/accounts/{account['id']}", json=body)).status_code == 400


async def test_what_an_agent_cannot_do_is_refused_in_words(api, zendesk, service):
    account = await with_account(api, service)
    service.resources = [resource("c1")]
    await zendesk.pull(account["id"])
    for body, error in [
        ({"status": "gone"}, "status is one of"),
        ({"subject": "s"}, "a ticket's subject cannot be changed"),
    ]:
        answer = await api.patch("/api/tickets/1", json=body)
        assert (answer.status_code, answer.json["error"][: len(error)]) == (422, error)
    assert (await api.patch("/api/tickets/1", json={"requester_id": 99})).status_code == 404
    assert service.calls(CHANNELBACK) == []


async def test_pages_of_other_sites_cannot_use_it(api):
    foreign = await api.get("/api/status", host="zendesk.evil.example")
    assert foreign.status_code == 403
    form = await api.post("/api/integrations", body="{}", headers={"content-type": "text/plain"})
    assert form.status_code == 415
    nothing = await api.delete("/api/faults")
    assert nothing.status_code == 415


def test_every_route_says_what_it_is_for(zendesk):
    routes = inspect.inspect_routes(create_app(zendesk))
    assert len(routes) == 36
    assert all(route.path.startswith(("/api/", "/attachments/")) for route in routes)
