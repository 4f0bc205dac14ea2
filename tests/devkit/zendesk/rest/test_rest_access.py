# SPDX-License-Identifier: Apache-2.0
"""Who may call the REST API, how often, and what is remembered of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sealock_devkit.zendesk.rest.access import RateLimit
from tests.devkit.zendesk.conftest import added
from tests.devkit.zendesk.scripted_service import resource
from tests.zendesk_schemas import EXAMPLES, requires_schemas

PATHS = ["push", "validate_token", "channelback/report_error"]


@pytest.mark.parametrize("path", ["validate_token", "validate_token.json"])
async def test_a_token_that_fits_its_id_is_answered_null(rest, path):
    answer = await rest.call(path, {"request_id": "r"})
    assert (answer.status_code, answer.text) == (200, "null")
    assert answer.headers["content-type"] == "application/json"


@requires_schemas
async def test_the_example_of_validate_token_is_taken(rest):
    body = json.loads((EXAMPLES / "docs_validate_token_request.json").read_text("utf-8"))
    assert (await rest.call("validate_token", json.dumps(body))).status_code == 404
    body["instance_push_id"] = rest.account.instance_push_id
    assert (await rest.call("validate_token", body)).text == "null"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("authorization", ["Bearer wrong", "Bearer ", "Bearer é", "Basic {token}", "{token}", ""])
async def test_without_an_accounts_token_there_is_nothing(rest, path, authorization):
    header = authorization.replace("{token}", rest.account.access_token)
    answer = await rest.call(path, {}, authorization=header.encode().decode("latin-1"))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("path", PATHS)
async def test_an_id_of_nobody_is_not_found_and_anothers_is_forbidden(zendesk, service, rest, path):
    body = {"external_resources": [], "external_id": "x"}
    nobody = await rest.call(path, {**body, "instance_push_id": "nobody"})
    assert nobody.status_code == 404
    service.good_answers["Site"] = "https://other.example"
    (integration,) = zendesk.store.integrations.all()
    other = await zendesk.add_account(integration, [service.good_answers])
    anothers = await rest.call(path, {**body, "instance_push_id": other.instance_push_id})
    assert (anothers.status_code, anothers.json["error"]) == (403, "Forbidden")


async def test_a_token_ends_with_its_account_and_with_the_next_edit(zendesk, service, rest):
    edited = await zendesk.edit_account(rest.account, [service.good_answers])
    assert (await rest.call("validate_token", {})).status_code == 401
    assert (await rest.call("validate_token", {}, account=edited)).status_code == 200
    zendesk.lifecycle.delete(edited)
    assert (await rest.call("validate_token", {}, account=edited)).status_code == 401


async def test_an_integration_without_push_client_id_cannot_push(zendesk, service, rest):
    del service.manifest["push_client_id"]
    await zendesk.installer.read_again(rest.account.integration_id)
    assert (await rest.push(resource("p1"))).status_code == 403


@pytest.mark.parametrize(("setting", "status"), [("refused", 403), ("accepted", 200)])
async def test_what_an_inactive_accounts_push_does_is_a_setting(zendesk, rest, setting, status):
    zendesk.change_settings({"push_inactive_account": setting})
    zendesk.lifecycle.deactivate(rest.account, "api")
    assert (await rest.push(resource("p1"))).status_code == status


async def test_too_many_calls_are_told_when_to_come_again(zendesk, rest):
    zendesk.change_settings({"rest_calls_per_minute": 2})
    answers = [await rest.call("validate_token", {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-rate-limit"] for answer in answers] == ["2", "2", "2"]
    assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    zendesk.change_settings({"rest_calls_per_minute": 0})
    unlimited = await rest.call("validate_token", {})
    assert (unlimited.status_code, "x-rate-limit" in unlimited.headers) == (200, False)


def test_a_minute_later_calls_are_taken_again():
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    limit = RateLimit(lambda: now[0])
    assert limit.take(1).retry_after is None
    now[0] += timedelta(seconds=18.5)
    assert limit.take(1).retry_after == 42
    now[0] += timedelta(seconds=41.5)
    assert limit.take(1).retry_after is None


async def test_every_call_is_in_the_journal_and_no_secret_is(zendesk, rest):
    await rest.push(resource("p1"))
    await rest.call("validate_token", {"request_id": "r-1"}, token="wrong-canary")
    await rest.call("channelback/report_error", {"external_id": "x", "metadata": "canary"})
    calls = zendesk.store.calls.all()[-3:]
    assert [(each.kind, each.status) for each in calls] == [
        ("push", 200),
        ("validate_token", 401),
        ("report_error", 404),
    ]
    assert calls[0].account_id == rest.account.id
    assert json.loads(calls[0].answer)["results"][0]["status"] == {"code": "success"}
    assert calls[1].problem
    shown = str(calls)
    assert "•••" in shown
    assert "canary" not in shown
    assert rest.account.access_token not in shown


async def test_pages_of_other_sites_cannot_call_it(rest):
    answer = await rest.conductor.simulate_post("/api/v2/any_channel/push", host="evil.example", json={})
    assert answer.status_code == 403


async def test_accounts_of_two_integrations_push_to_their_own(zendesk, service, rest):
    service.manifest_url += "?second"
    second = await added(zendesk, service)
    for account in (rest.account, second):
        assert (await rest.push(resource("same"), account=account)).status_code == 200
    assert [ticket.account_id for ticket in zendesk.tickets()] == [rest.account.id, second.id]


@pytest.mark.parametrize("path", PATHS)
async def test_a_token_lives_as_long_as_the_setting_says(zendesk, service, rest, monkeypatch, path):
    body = {"external_resources": [], "external_id": "x"}
    zendesk.change_settings({"access_token_minutes": 30, "report_unknown_id": "ignored"})
    assert (await rest.call(path, body)).status_code == 200
    now = datetime.now(UTC)
    monkeypatch.setattr(zendesk.context, "clock", lambda: now + timedelta(minutes=31))
    ended = await rest.call(path, body)
    assert (ended.status_code, ended.json["description"]) == (401, "the access token has ended")
    edited = await zendesk.edit_account(rest.account, [service.good_answers])
    assert (await rest.call(path, body, account=edited)).status_code == 200
    zendesk.change_settings({"access_token_minutes": 0})
    monkeypatch.setattr(zendesk.context, "clock", lambda: now + timedelta(days=400))
    assert (await rest.call(path, body, account=edited)).status_code == 200


async def test_a_token_that_is_given_again_does_not_begin_anew(zendesk, service, rest, monkeypatch):
    zendesk.change_settings({"access_token_minutes": 30, "edit_token": "same"})
    now = datetime.now(UTC)
    monkeypatch.setattr(zendesk.context, "clock", lambda: now + timedelta(minutes=29))
    edited = await zendesk.edit_account(rest.account, [service.good_answers])
    monkeypatch.setattr(zendesk.context, "clock", lambda: now + timedelta(minutes=31))
    assert (await rest.call("validate_token", {}, account=edited)).status_code == 401


async def test_without_approval_of_the_push_client_there_is_no_push(zendesk, service, rest):
    zendesk.change_settings({"push_client": "refused"})
    answer = await rest.push(resource("p1"))
    assert (answer.status_code, "not approved" in answer.json["description"]) == (403, True)
    zendesk.change_settings({"push_client": "gets no token"})
    visit = zendesk.accounts.visit(rest.account.integration_id)
    assert not {"instance_push_id", "zendesk_access_token"} & {name for name, _ in visit.fields}
