# SPDX-License-Identifier: Apache-2.0
"""What the local Zendesk does, rule by rule, where no other test tells it."""

from __future__ import annotations

import json

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk import Settings
from sealock_devkit.zendesk.api.app import create_app
from tests.devkit.zendesk.scripted_service import ADMIN_STEP, CHANNELBACK, PULL, Canned, resource, return_page

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


@pytest.mark.parametrize("missing", ["", "channelback_url", "clickthrough_url"])
async def test_a_ticket_says_which_channel_it_came_from_and_what_that_can_do(zendesk, service, missing):
    service.manifest["urls"].pop(missing, None)
    account = await zendesk.add_account(await zendesk.install(service.manifest_url), [service.good_answers])
    await pull(zendesk, service, account, resource("c1", allow_channelback=False))
    async with ASGIConductor(create_app(zendesk)) as conductor:
        ticket = (await conductor.simulate_get("/api/tickets/1", host="127.0.0.1")).json
    assert ticket["allow_channelback"] is False
    assert ticket["via"] == {
        "channel": "any_channel",
        "source": {
            "from": {
                "service_info": {
                    "supports_channelback": missing != "channelback_url",
                    "supports_clickthrough": missing != "clickthrough_url",
                    "registered_integration_service_name": "Scripted",
                    "registered_integration_service_external_id": "org.example.scripted",
                    "integration_service_instance_name": account.name,
                }
            },
            "to": {},
            "rel": None,
        },
    }


async def test_the_latest_resource_says_whether_replies_are_allowed(zendesk, service, account):
    allowed = []
    for number, allow in enumerate([{}, {"allow_channelback": False}, {"allow_channelback": True}, {}]):
        await pull(zendesk, service, account, resource(f"c{number}", thread_id="t", **allow))
        allowed.append(zendesk.store.tickets.get(1).allow_channelback)
    assert allowed == [True, False, True, True]


async def test_every_order_of_the_same_resources_makes_the_same_comments_once(zendesk, service, account):
    resources = [resource(f"c{number}", thread_id="t") for number in range(4)]
    for turn in range(4):
        await pull(zendesk, service, account, *resources[turn:], *resources[:turn])
    assert [comment.external_id for comment in zendesk.store.tickets.comments(1)] == ["c0", "c1", "c2", "c3"]


async def test_display_info_is_kept_with_its_comment_by_type(zendesk, service, account):
    info = [{"type": "guid-1", "data": {"id": "7"}}, {"type": "guid-2", "data": {"id": "8"}}]
    await pull(zendesk, service, account, resource("c1", display_info=info), resource("c2", thread_id="c1"))
    async with ASGIConductor(create_app(zendesk)) as conductor:
        ticket = (await conductor.simulate_get("/api/tickets/1", host="127.0.0.1")).json
    assert [comment["display_info"] for comment in ticket["comments"]] == [info, []]


@pytest.fixture
async def ticket(zendesk, service, account):
    service.resources = [resource("c1", "question", author={"external_id": "ann-7", "name": "Ann"})]
    await zendesk.pull(account.id)
    service.resources = []
    return zendesk.tickets()[0]


async def sent(zendesk, service, ticket, text="answer"):
    await zendesk.settled(zendesk.reply(ticket.id, text))
    return service.calls(CHANNELBACK)[-1]


async def test_a_reply_goes_to_the_requester_with_the_accounts_metadata_and_without_the_state(
    zendesk, service, account, ticket
):
    form = await sent(zendesk, service, ticket)
    assert (form["recipient_id"], form["metadata"]) == ("ann-7", account.metadata)
    assert set(form) == {
        "message",
        "parent_id",
        "thread_id",
        "recipient_id",
        "metadata",
        "request_unique_identifier",
    }
    headers = [headers for path, headers, _ in service.received if path == CHANNELBACK][-1]
    assert headers["content-type"] == "application/x-www-form-urlencoded"


async def test_each_reply_has_an_identifier_of_its_own(zendesk, service, ticket):
    forms = [await sent(zendesk, service, ticket, "the same text") for _ in range(3)]
    assert len({form["request_unique_identifier"] for form in forms}) == 3


async def test_renewed_metadata_is_what_the_next_call_sends(zendesk, service, ticket):
    service.script[CHANNELBACK] = [Canned({"external_id": "r1", "metadata": "renewed"})]
    await sent(zendesk, service, ticket)
    assert (await sent(zendesk, service, ticket))["metadata"] == "renewed"


async def test_an_answer_without_allow_channelback_allows_it(zendesk, service, ticket):
    service.script[CHANNELBACK] = [Canned({"external_id": "r1"}), Canned({"external_id": "r2"})]
    await sent(zendesk, service, ticket)
    assert zendesk.store.tickets.get(ticket.id).allow_channelback
    assert (await sent(zendesk, service, ticket))["message"] == "answer"


async def test_a_reply_that_is_pulled_later_is_skipped_and_listed_as_known(zendesk, service, account, ticket):
    form = await sent(zendesk, service, ticket)
    service.resources = [resource("reply-1", "answer", thread_id="c1"), resource("c2", thread_id="c1")]
    result = await zendesk.pull(account.id)
    assert (result.received, result.duplicates) == (1, 1)
    comments = zendesk.store.tickets.comments(ticket.id)
    assert [comment.external_id for comment in comments] == ["c1", "reply-1", "c2"]
    await zendesk.wait_until(zendesk.is_idle)
    pulled = [event for event in service.events() if event["type_id"] == "pull_request"][-1]
    assert pulled["data"]["duplicate_external_ids"] == [
        {
            "external_id": "reply-1",
            "request_id": form["request_unique_identifier"],
            "ticket_id": ticket.id,
            "comment_id": comments[1].id,
        }
    ]


def test_how_often_and_how_long_a_reply_is_repeated_has_a_default():
    now = Settings()
    assert (now.channelback_timeout_seconds, now.channelback_retries) == (60, 4)
    assert (now.channelback_401, now.channelback_ids, now.channelback_parent) == ("fail", "both", "latest")


async def newest_event(zendesk, service, kind: str) -> dict:
    """The newest event of a kind."""
    await zendesk.wait_until(zendesk.is_idle)
    return [event for event in service.events() if event["type_id"] == kind][-1]


async def test_each_kind_tells_what_it_is_about(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    reply = await zendesk.settled(zendesk.reply(1, "answer"))
    pulled = await newest_event(zendesk, service, "pull_request")
    assert set(pulled["data"]) == {"integration_instance_name", "url", "request_id", "duplicate_external_ids"}
    assert pulled["data"]["url"] == service.url + PULL
    assert (await newest_event(zendesk, service, "channelback"))["data"] == {
        "integration_instance_name": account.name,
        "url": service.url + CHANNELBACK,
        "request_id": reply.request_unique_identifier,
    }
    about = {"manifest_url": service.manifest_url}
    assert (await newest_event(zendesk, service, "create_integration"))["data"] == about
    zendesk.lifecycle.delete_user(1)
    assert (await newest_event(zendesk, service, "destroy_user_identity"))["data"] == {
        "author": {"external_id": "ann"},
        "metadata": account.metadata,
    }
    zendesk.lifecycle.remove_integration(account.integration_id)
    assert (await newest_event(zendesk, service, "destroy_integration"))["data"] == about
    assert (await newest_event(zendesk, service, "destroy_integration_instance"))["data"] == {
        "metadata": account.metadata
    }


async def test_no_event_carries_the_push_id_or_the_token(zendesk, service):
    service.manifest["push_client_id"] = "client"
    account = await zendesk.add_account(await zendesk.install(service.manifest_url), [service.good_answers])
    zendesk.lifecycle.delete(account)
    await zendesk.wait_until(zendesk.is_idle)
    assert len(service.events()) >= 3
    for event in service.events():
        assert account.instance_push_id not in str(event)
        assert account.access_token not in str(event)


async def test_a_change_of_a_tickets_status_sends_nothing(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    before = len(service.received)
    for status in ("open", "pending", "solved", "closed"):
        zendesk.agents.change_ticket(1, {"status": status})
    await zendesk.wait_until(zendesk.is_idle)
    assert len(service.received) == before


async def test_an_account_is_named_by_the_metadata_that_it_has_then(zendesk, service, account):
    zendesk.store.accounts.update(account.id, metadata="renewed")
    zendesk.lifecycle.deactivate(zendesk.store.accounts.get(account.id), "api")
    event = await newest_event(zendesk, service, "deactivate_integration_instance")
    assert event["data"] == {"metadata": "renewed", "deactivated_by": "api"}
