# SPDX-License-Identifier: Apache-2.0
"""A transcript has what happened, or a part of it, and nothing that must not go to others."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.zendesk.store import CallFilter
from sealock_devkit.zendesk.transcripts import writing
from sealock_devkit.zendesk.transcripts.masking import masked_json, without_addresses_secrets
from tests.devkit.zendesk.conftest import added
from tests.devkit.zendesk.scripted_service import resource
from tests.devkit.zendesk.web.conftest import record_again, words
from tests.devkit.zendesk.web.transcripts.conftest import WORDS, rows, transcript

IN_ADDRESSES = ("SECRETSIGNATURE", "AVATARSECRET", "FILESECRET", "event-token-1", "hunter-2-secret")


def secrets_of(zendesk) -> list[str]:
    """All that is kept for the service, and what stands in addresses of files."""
    found = list(IN_ADDRESSES)
    for account in zendesk.store.accounts.all():
        found += [account.metadata, account.state, account.access_token, account.instance_push_id]
    for row in zendesk.store.database.rows("SELECT token, storage_key FROM files"):
        found += list(row)
    return [each for each in found if each]


@pytest.mark.parametrize("kept", ["kept", "dots"])
async def test_no_secret_is_in_it(browser, zendesk, lived, kept):
    text = (await transcript(browser, f"words={kept}")).decode()
    assert len(secrets_of(zendesk)) > 8
    assert [each for each in secrets_of(zendesk) if each in text] == []
    assert "INSIDE" not in text


async def test_a_secret_that_somebody_wrote_down_is_not_in_it_either(browser, zendesk, lived):
    secret = 'quo"ted\\secret'
    zendesk.store.accounts.update(lived.id, metadata=secret)
    zendesk.reply(1, f"I put {secret} here", public=False)
    text = (await transcript(browser)).decode()
    assert "I put ••• here" in text
    assert json.dumps(secret)[1:-1] not in text


@pytest.mark.parametrize("query", ["words=dots", ""])
async def test_without_words_neither_names_nor_what_people_wrote_is_in_it(browser, zendesk, lived, query):
    content = await transcript(browser, query)
    for said in (WORDS, "Second question", "We mend it", "Nobody sees", "Only for us", "Ann", "Bob Quay", "plan.txt"):
        assert said not in content.decode()
    assert {user["name"] for user in rows(content, "users")} == {"Person 1"}
    [pull] = [call for call in rows(content, "calls") if '"c1"' in call["answer"]]
    [found] = json.loads(pull["answer"])["external_resources"]
    assert (found["external_id"], found["created_at"]) == ("c1", "2026-01-02T03:04:05Z")
    assert found["message"] == f"••• ({len(WORDS)} characters)"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"message": "hi", "id": "a1", "n": 5}', '{"message": "••• (2 characters)", "id": "a1", "n": 5}'),
        ('{"a_id": [{"user_id": 1}, "words"]}', '{"a_id": [{"user_id": 1}, "••• (5 characters)"]}'),
        ('{"author": {"name": "An\\"n"', '{"author": {"name": "••• (5 characters)"'),
        ('{"message": "cut her', '{"message": "••• (7 characters)'),
        ('{"external_id": "cut', '{"external_id": "••• (3 characters)'),
        ('["x", ["y"]]', '["••• (1 characters)", ["••• (1 characters)"]]'),
        ("text/html, 20 bytes", "text/html, 20 bytes"),
        ('"whole"', '"••• (5 characters)"'),
        ("", ""),
    ],
)
def test_texts_of_json_are_masked_even_where_it_is_cut(text, masked):
    assert masked_json(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("see https://a.example/x?key=SECRET&n=2#top and", "see https://a.example/x?key=•••&n=•••#top and"),
        ("https://a.example/?SECRET", "https://a.example/?•••"),
        ('<a href=\\"https://me:SECRET@a.example/?t=SECRET\\">', '<a href=\\"https://a.example/?t=•••\\">'),
        ("HTTPS://me:SECRET@a.example", "HTTPS://a.example"),
        ("https://a.example/x/?a=•••", "https://a.example/x/?a=•••"),
        ("is it 5? a=b", "is it 5? a=b"),
    ],
)
def test_secrets_in_addresses_are_dots_wherever_they_stand(text, masked):
    assert without_addresses_secrets(text) == masked


@pytest.fixture
async def neighbour(zendesk, service, lived):
    """Another account, with a ticket of its own."""
    service.resources = [resource("n1", "From next door", author={"external_id": "zoe", "name": "Zoe Next"})]
    found = await added(zendesk, service)
    service.resources = []
    return found


async def test_it_is_of_one_account_or_ticket_or_channel(browser, zendesk, lived, neighbour):
    whole = await transcript(browser)
    assert len(rows(whole, "calls")) == zendesk.store.calls.count(CallFilter())
    assert len(rows(whole, "tickets")) == len(zendesk.tickets()) > 2
    account = await transcript(browser, f"account={lived.id}&words=kept")
    assert {row["id"] for row in rows(account, "accounts")} == {lived.id}
    assert {call["account_id"] for call in rows(account, "calls")} == {lived.id}
    assert len(rows(account, "calls")) == zendesk.store.calls.count(CallFilter(account=lived.id))
    assert "From next door" not in account.decode()
    assert "Zoe" not in account.decode()
    ticket = await transcript(browser, "ticket=2&words=kept")
    assert {row["ticket_id"] for row in rows(ticket, "comments")} == {2}
    assert len(rows(ticket, "calls")) == zendesk.store.calls.count(CallFilter(ticket=2))
    assert WORDS not in ticket.decode()
    channel = await transcript(browser, f"integration={neighbour.integration_id}&words=kept")
    assert {row["id"] for row in rows(channel, "integrations")} == {neighbour.integration_id}


async def test_pages_of_tickets_accounts_and_channels_lead_to_their_transcript(browser, lived):
    for path, kind in (("/tickets/2", "ticket"), (f"/accounts/{lived.id}", "account"), ("/channels/1", "integration")):
        [link] = [
            node.attributes["href"]
            for node in (await browser.open(path)).css("main a")
            if (node.attributes["href"] or "").startswith("/transcripts")
        ]
        page = await browser.open(link)
        [hidden] = page.css("#download input[type=hidden]")
        assert hidden.attributes["name"] == kind
    assert "Second question" in words(await browser.open("/transcripts?ticket=2"), "#download-title")


async def test_the_page_says_what_is_in_it_before_the_download(browser, lived):
    said = words(await browser.open("/transcripts"), "#download")
    assert "accounts' metadata and state (their sizes only)" in said
    assert "contents of files and pictures" in said
    page = await browser.open("/transcripts")
    assert [node.attributes.get("checked") for node in page.css("input[name=words]")] == [None, None]


async def test_what_there_is_not_has_no_transcript(browser, lived):
    for query, status in (("ticket=99", 404), ("account=99", 404), ("ticket=x", 400), ("ticket=1&account=1", 400)):
        await browser.open(f"/transcripts?{query}", status)
        await browser.open(f"/transcripts/download?{query}", status)
    await browser.open("/transcripts/download?tickt=1", 400)


async def test_the_oldest_calls_are_left_out_where_there_is_no_room(browser, zendesk, lived, monkeypatch):
    whole = await transcript(browser)
    record_again(zendesk, "pull", 40)
    monkeypatch.setattr(writing, "CALLS_UNTIL", len(whole))
    content = await transcript(browser)
    calls = [call["id"] for call in rows(content, "calls")]
    count = zendesk.store.calls.count(CallFilter())
    assert 0 < len(calls) < count
    assert calls == sorted(calls, reverse=True)
    assert calls[0] == zendesk.store.calls.all()[-1].id
    [end] = rows(content, "end")
    assert end["left_out"] == count - len(calls)
    assert {each["call_id"] for each in rows(content, "deliveries")} <= set(calls)


async def test_too_much_is_said_beside_the_button(browser, lived, monkeypatch):
    monkeypatch.setattr(writing, "MAX_BYTES", 2_000)
    page = await browser.open("/transcripts/download?words=kept", 422)
    assert "take one account, or one ticket" in words(page, "#download [role=alert]")
