# SPDX-License-Identifier: Apache-2.0
"""Rules of pulls, and of what their resources hold, that no other file proves."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.zendesk import Settings
from tests.devkit.zendesk.scripted_service import ADMIN_STEP, PULL, Canned, resource, return_page

FINALIZER = Settings().finalizer_url


async def pull(zendesk, service, account, *resources):
    service.resources = list(resources)
    return await zendesk.pull(account.id)


def test_the_numbers_without_a_setting_are_the_documented_or_reported_ones():
    now = Settings()
    assert (now.pull_interval_seconds, now.pull_timeout_seconds) == (120, 60)
    assert now.resources_refused_above == 256
    assert now.manifest_poll_seconds >= 3_600
    assert 200 <= now.rest_calls_per_minute <= 2_500
    assert (now.invalid_resource, now.state_saved) == ("refuse all", "on acceptance")


async def test_the_first_pull_sends_the_state_that_the_admin_ui_gave(zendesk, service):
    integration = await zendesk.install(service.manifest_url)
    fields = {"name": "n", "metadata": "m", "state": 'first "state"'}
    service.script[ADMIN_STEP] = [Canned(return_page(FINALIZER, fields))]
    await zendesk.add_account(integration, [service.good_answers])
    assert await zendesk.wait_until(lambda: bool(service.calls(PULL)))
    assert service.calls(PULL)[0] == {"metadata": "m", "state": 'first "state"'}


async def test_an_empty_list_is_an_answer(zendesk, service, account):
    service.script[PULL] = [Canned({"external_resources": []})]
    result = await zendesk.pull(account.id)
    assert (result.problem, result.received) == ("", 0)
    assert zendesk.store.violations.all() == []


@pytest.mark.parametrize(("setting", "at_once"), [("on acceptance", "later"), ("after conversion", "state-1")])
async def test_when_a_state_counts_is_a_setting(zendesk, service, account, setting, at_once):
    zendesk.change_settings({"state_saved": setting})
    service.script[PULL] = [Canned({"external_resources": [resource("c1")], "state": "later"})]
    await zendesk.puller.pull(account.id)
    assert zendesk.store.resources.waiting_count() > 0
    assert zendesk.store.accounts.get(account.id).state == at_once
    await zendesk.wait_until(zendesk.is_idle)
    assert zendesk.store.accounts.get(account.id).state == "later"


async def test_what_a_resource_leaves_out_has_the_usual_meaning(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", author={"external_id": "u-7"}))
    (comment,) = zendesk.store.tickets.comments(1)
    assert (comment.public, comment.html_body) == (True, "")
    assert (comment.display_info, comment.file_urls) == ("[]", "[]")
    assert zendesk.store.tickets.get(1).allow_channelback
    assert zendesk.store.users.all()[0].name == "u-7"


async def test_an_authors_fields_and_locale_are_kept_and_a_locale_of_nowhere_is_no_error(zendesk, service, account):
    fields = [{"id": "notes", "value": "a note"}, {"id": 360, "value": ["x"]}]
    author = {"external_id": "ann", "locale": "xx-nowhere", "fields": fields}
    assert (await pull(zendesk, service, account, resource("c1", author=author))).problem == ""
    (user,) = zendesk.store.users.all()
    assert (user.locale, json.loads(user.fields)) == ("xx-nowhere", fields)
    assert zendesk.store.violations.all() == []


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ({"id": "nobody_knows_this", "value": 1}, True),
        ({"id": "status", "value": "no such status"}, False),
        ({"id": "subject", "value": ["not", "text"]}, False),
        ({"id": "tags", "value": ["a", "b"]}, True),
        ({"id": 360_000, "value": {"any": None}}, True),
    ],
)
async def test_a_ticket_field_that_means_nothing_changes_nothing(zendesk, service, account, field, kept):
    assert (await pull(zendesk, service, account, resource("c1", "text", fields=[field]))).problem == ""
    (ticket,) = zendesk.tickets()
    assert (ticket.subject, ticket.status, json.loads(ticket.fields)) == ("text", "new", [field] if kept else [])


async def test_there_is_no_mail_address_to_match_a_user_by(zendesk, service, account):
    authors = [{"external_id": "a", "name": "Ann", "email": "x@e.example"}, {"external_id": "b", "name": "Ann"}]
    await pull(zendesk, service, account, *(resource(each["external_id"], author=each) for each in authors))
    assert [user.external_id for user in zendesk.store.users.all()] == ["a", "b"]
