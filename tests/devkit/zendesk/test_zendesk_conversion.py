# SPDX-License-Identifier: Apache-2.0
"""What becomes of a resource's parts: ticket fields, users, HTML, notes, times."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.zendesk.engine.conversion import clean_html
from tests.devkit.zendesk.scripted_service import resource


async def pull(zendesk, service, account, *resources):
    service.resources = list(resources)
    return await zendesk.pull(account.id)


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
    assert (await zendesk.settled(comment), comment.problem) == (None, "the origin allows no reply to this")
    await pull(zendesk, service, account, resource("c2", thread_id="c1"))
    assert (await zendesk.settled(zendesk.reply(1, "answer"))).status == "delivered"
