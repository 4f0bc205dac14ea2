# SPDX-License-Identifier: Apache-2.0
"""Which ticket a resource goes to, and what it becomes there."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.zendesk.engine.conversion import clean_html
from tests.devkit.zendesk.scripted_service import EVENTS, resource


def comments(zendesk):
    return [comment for ticket in zendesk.tickets() for comment in zendesk.store.tickets.comments(ticket.id)]


@pytest.mark.parametrize(
    ("message", "fields", "subject"),
    [
        ("One line", [], "One line"),
        ("\n  First \nsecond", [], "First"),
        ("x" * 200, [], "x" * 149 + "…"),
        ("text", [{"id": "subject", "value": "Given"}], "Given"),
        ("text", [{"id": "subject", "value": 7}], "text"),
        (" ", [], "(no subject)"),
    ],
)
async def test_a_ticket_has_a_subject(zendesk, service, account, message, fields, subject):
    await pull(zendesk, service, account, resource("c1", message, fields=fields))
    assert zendesk.tickets()[0].subject == subject


async def test_ticket_fields_are_applied_when_the_ticket_is_made_and_never_later(zendesk, service, account):
    fields = [{"id": "status", "value": "pending"}, {"id": 360, "value": ["a"]}]
    await pull(zendesk, service, account, resource("c1", fields=fields))
    later = [{"id": "status", "value": "solved"}, {"id": "subject", "value": "other"}]
    await pull(zendesk, service, account, resource("c2", thread_id="c1", fields=later))
    (ticket,) = zendesk.tickets()
    assert (json.loads(ticket.fields), ticket.subject, ticket.status) == (fields, "hello", "open")


async def test_one_author_is_one_user_and_keeps_the_first_name(zendesk, service, account):
    renamed = {"external_id": "ann", "name": "Anna", "image_url": "https://a.example/2.png"}
    await pull(zendesk, service, account, resource("c1"), resource("c2", author=renamed))
    (user,) = zendesk.store.users.all()
    assert (user.external_id, user.name) == ("ann", "Ann")
    zendesk.change_settings({"author_updates": "always"})
    await pull(zendesk, service, account, resource("c3", author=renamed))
    (user,) = zendesk.store.users.all()
    assert (user.name, user.image_url) == ("Anna", "https://a.example/2.png")


@pytest.mark.parametrize(("scope", "count"), [("integration", 1), ("account", 2)])
async def test_an_author_is_one_user_within_the_scope_that_is_set(zendesk, service, account, scope, count):
    zendesk.change_settings({"author_scope": scope})
    integration = zendesk.store.integrations.get(account.integration_id)
    other = await zendesk.add_account(integration, [service.good_answers])
    await pull(zendesk, service, account, resource("c1"))
    await pull(zendesk, service, other, resource("c1"))
    assert len(zendesk.store.users.all()) == count


async def test_an_author_without_a_name_is_called_by_the_external_id(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", author={"external_id": "u-7"}))
    assert zendesk.store.users.all()[0].name == "u-7"


async def test_a_deleted_user_who_writes_again_is_a_new_user(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1"))
    zendesk.lifecycle.delete_user(1)
    await pull(zendesk, service, account, resource("c2", thread_id="c1"))
    assert [user.id for user in zendesk.store.users.all()] == [2]


async def test_an_internal_note_is_not_public(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", internal_note=True), resource("c2"))
    assert [comment.public for comment in comments(zendesk)] == [False, True]


async def test_a_comment_has_the_origins_time_unless_set_otherwise(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", created_at="2026-01-02T03:04:05.25+02:00"))
    zendesk.change_settings({"comment_time": "arrival"})
    await pull(zendesk, service, account, resource("c2"))
    first, second = comments(zendesk)
    assert first.created_at == "2026-01-02T01:04:05.250Z"
    assert second.created_at == second.added_at


async def test_display_info_and_files_stay_with_the_comment(zendesk, service, account):
    info, files = [{"type": "g", "data": {"a": [1]}}], ["https://f.example/a.png"]
    await pull(zendesk, service, account, resource("c1", display_info=info, file_urls=files))
    (comment,) = comments(zendesk)
    assert (json.loads(comment.display_info), json.loads(comment.file_urls)) == (info, files)


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<p>Hi <b>you</b><br>there</p>", "<p>Hi <b>you</b><br>there</p>"),
        ("<script>alert(1)</script>x", "x"),
        ("<style>p{}</style><p onclick='x()'>y</p>", "<p>y</p>"),
        ("<iframe src='https://e.example'></iframe>z", "z"),
        ("<a href='javascript:x()'>l</a>", '<a rel="noopener noreferrer">l</a>'),
        ("<a href='https://e.example/'>l</a>", '<a href="https://e.example/" rel="noopener noreferrer">l</a>'),
        ("<img src='http://e.example/a.png'>", "<img>"),
        ("<img src='https://e.example/a.png' onerror='x()'>", '<img src="https://e.example/a.png">'),
        ("", ""),
    ],
)
def test_html_keeps_only_what_a_comment_may_have(html, cleaned):
    assert clean_html(html) == cleaned


async def test_a_resource_that_forbids_replies_closes_the_channel_until_one_allows_them(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", allow_channelback=False))
    comment = zendesk.reply(1, "answer")
    assert (await zendesk.settled(comment), comment.problem) == (None, "no reply to this is possible any more")
    await pull(zendesk, service, account, resource("c2", thread_id="c1"))
    assert (await zendesk.settled(zendesk.reply(1, "answer"))).status == "delivered"


async def pull(zendesk, service, account, *resources):
    """Pull these, and wait until nothing is under way."""
    service.resources = list(resources)
    result = await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    return result


def tickets(zendesk) -> dict[int, list[str]]:
    """The external ids on each ticket."""
    return {
        ticket.id: [comment.external_id for comment in zendesk.store.tickets.comments(ticket.id)]
        for ticket in zendesk.tickets()
    }


def last_event(service, kind="resources_created_from_external_ids") -> dict:
    return [event for event in service.events() if event["type_id"] == kind][-1]


async def test_an_imported_resource_is_skipped_whatever_it_says_now(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", "first", thread_id="t1"))
    result = await pull(zendesk, service, account, resource("c1", "edited", thread_id="t2"))
    assert (result.received, result.duplicates) == (0, 1)
    assert [comment.body for comment in zendesk.store.tickets.comments(1)] == ["first"]
    (duplicate,) = last_event(service, "pull_request")["data"]["duplicate_external_ids"]
    first_pull = last_event(service)["data"]["request_id"]
    assert duplicate == {"external_id": "c1", "request_id": first_pull, "ticket_id": 1, "comment_id": 1}


async def test_a_resource_twice_in_one_answer_is_one_comment(zendesk, service, account):
    result = await pull(zendesk, service, account, resource("c1"), resource("c1"))
    assert (result.received, result.duplicates) == (1, 1)
    duplicate = last_event(service, "pull_request")["data"]["duplicate_external_ids"][0]
    assert set(duplicate) == {"external_id", "request_id"}  # not converted when the pull ended
    assert tickets(zendesk) == {1: ["c1"]}


async def test_a_new_thread_is_a_new_ticket_and_an_open_one_gets_the_comment(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", thread_id="t1"), resource("c2", thread_id="t2"))
    assert [event["type_id"] for event in last_event(service)["data"]["resource_events"]] == [
        "comment_on_new_ticket",
        "comment_on_new_ticket",
    ]
    await pull(zendesk, service, account, resource("c3", thread_id="t1"))
    assert tickets(zendesk) == {1: ["c1", "c3"], 2: ["c2"]}
    assert last_event(service)["data"]["resource_events"] == [
        {"type_id": "comment_on_existing_ticket", "external_id": "c3", "comment_id": 3, "ticket_id": 1}
    ]


@pytest.mark.parametrize(
    ("follow_ups", "numbering", "event", "follows"),
    [
        (True, "old", {"type_id": "comment_on_follow_up_ticket", "ticket_id": 2, "follow_up_ticket_id": 1}, 1),
        (True, "new", {"type_id": "comment_on_follow_up_ticket", "ticket_id": 1, "follow_up_ticket_id": 2}, 1),
        (False, "old", {"type_id": "comment_on_new_ticket", "ticket_id": 2}, None),
    ],
)
@pytest.mark.parametrize("by", ["thread_id", "parent_id"])
async def test_an_answer_to_a_closed_ticket_makes_another(
    zendesk, service, account, follow_ups, numbering, event, follows, by
):
    zendesk.change_settings({"follow_up_ticket_id": numbering})
    service.manifest["create_followup_tickets"] = follow_ups
    await zendesk.installer.read_again(account.integration_id)
    await pull(zendesk, service, account, resource("c1"))
    zendesk.agents.change_ticket(1, {"status": "closed"})
    await pull(zendesk, service, account, resource("c2", **{by: "c1"}))
    assert last_event(service)["data"]["resource_events"] == [{"external_id": "c2", "comment_id": 2, **event}]
    assert zendesk.store.tickets.get(2).follow_up_of == follows
    await pull(zendesk, service, account, resource("c3", **{by: "c1"}), resource("c4", parent_id="c2"))
    assert tickets(zendesk) == {1: ["c1"], 2: ["c2", "c3", "c4"]}, "the thread leads to the newest ticket"


async def test_an_answer_to_a_closed_ticket_by_parent_can_be_set_to_make_a_plain_ticket(zendesk, service, account):
    zendesk.change_settings({"closed_parent": "new ticket"})
    await pull(zendesk, service, account, resource("c1"))
    zendesk.agents.change_ticket(1, {"status": "closed"})
    await pull(zendesk, service, account, resource("c2", parent_id="c1"))
    assert (tickets(zendesk), zendesk.store.tickets.get(2).follow_up_of) == ({1: ["c1"], 2: ["c2"]}, None)


async def test_a_known_parent_leads_to_its_ticket(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1"), resource("c2", parent_id="c1"))
    await pull(zendesk, service, account, resource("c3", parent_id="c2"))
    assert tickets(zendesk) == {1: ["c1", "c2", "c3"]}


async def test_an_answer_to_the_agents_reply_leads_to_its_ticket(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1"))
    await zendesk.settled(zendesk.reply(1, "answer"))
    await pull(zendesk, service, account, resource("c2", parent_id="reply-1"))
    assert tickets(zendesk) == {1: ["c1", "reply-1", "c2"]}


async def test_an_unknown_parent_is_a_new_ticket_each_time(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1", parent_id="0"), resource("c2", parent_id="0"))
    assert tickets(zendesk) == {1: ["c1"], 2: ["c2"]}


async def test_an_unknown_parent_can_be_set_to_be_an_error_and_the_resource_may_come_again(zendesk, service, account):
    zendesk.change_settings({"unknown_parent": "error"})
    await pull(zendesk, service, account, resource("c2", parent_id="c1"), resource("c3"))
    assert tickets(zendesk) == {1: ["c3"]}
    await pull(zendesk, service, account, resource("c1"), resource("c2", parent_id="c1"), resource("c3"))
    assert tickets(zendesk) == {1: ["c3"], 2: ["c1", "c2"]}


async def test_neither_id_is_a_new_ticket_whose_thread_is_its_first_resource(zendesk, service, account):
    await pull(zendesk, service, account, resource("c1"), resource("c2"), resource("c3", thread_id="c1"))
    assert tickets(zendesk) == {1: ["c1", "c3"], 2: ["c2"]}


async def test_both_ids_are_an_error_unless_set_otherwise(zendesk, service, account):
    both = resource("c2", thread_id="t1", parent_id="c1")
    await pull(zendesk, service, account, resource("c1"), both)
    assert tickets(zendesk) == {1: ["c1"]}
    zendesk.change_settings({"both_ids": "thread_id"})
    await pull(zendesk, service, account, both)
    assert tickets(zendesk) == {1: ["c1"], 2: ["c2"]}


@pytest.mark.parametrize(
    ("status", "after"), [("new", "new"), ("pending", "open"), ("solved", "open"), ("hold", "open")]
)
async def test_a_comment_opens_a_ticket_that_waited_or_was_solved(zendesk, service, account, status, after):
    await pull(zendesk, service, account, resource("c1"))
    zendesk.agents.change_ticket(1, {"status": status})
    await pull(zendesk, service, account, resource("c2", thread_id="c1"))
    assert zendesk.store.tickets.get(1).status == after


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("account", {1: ["c1"], 2: ["c1"]}), ("integration", {1: ["c1"]}), ("subdomain", {1: ["c1"]})],
)
async def test_ids_are_unique_within_the_scope_that_is_set(zendesk, service, account, scope, expected):
    zendesk.change_settings({"id_scope": scope})
    integration = zendesk.store.integrations.get(account.integration_id)
    other = await zendesk.add_account(integration, [service.good_answers])
    await pull(zendesk, service, account, resource("c1"))
    await pull(zendesk, service, other, resource("c1"))
    assert tickets(zendesk) == expected


async def test_resources_are_converted_in_the_order_in_which_they_came(zendesk, service, account):
    first = [resource(f"a{n}", f"{n}", thread_id=f"t{n % 3}") for n in range(120)]
    await pull(zendesk, service, account, *first)
    await pull(zendesk, service, account, *first, *(resource(f"b{n}", thread_id="t0") for n in range(60)))
    bodies = [comment.body for comment in zendesk.store.tickets.comments(2)]
    assert bodies == [str(n) for n in range(120) if n % 3 == 1]
    assert [len(ids) for ids in tickets(zendesk).values()] == [100, 40, 40]


async def test_each_request_has_its_own_event_of_what_became_of_it(zendesk, service, account):
    before = len(service.calls(EVENTS))
    await pull(zendesk, service, account, resource("c1"))
    await pull(zendesk, service, account, resource("c2"))
    created = [each for each in service.events() if each["type_id"] == "resources_created_from_external_ids"]
    pulls = [each["data"]["request_id"] for each in service.events() if each["type_id"] == "pull_request"]
    assert [each["data"]["request_id"] for each in created] == pulls[-2:]
    assert len(service.calls(EVENTS)) > before
