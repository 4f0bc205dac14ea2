# SPDX-License-Identifier: Apache-2.0
"""Tickets as agents see and answer them."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk.rest.rest_api import ReportedErrors
from sealock_devkit.zendesk.web.pages import without_code
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource
from tests.devkit.zendesk.web.conftest import words

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


async def pulled(zendesk, service, account, *resources):
    service.resources = list(resources)
    await zendesk.pull(account.id)


async def replied(browser, zendesk, body="It is red.", kind="public"):
    answer = await browser.send("/tickets/1/comments", {"body": body, "kind": kind})
    assert answer.status_code == 303, answer.text
    await zendesk.wait_until(lambda: zendesk.store.replies.count("waiting") == 0)
    return await browser.open("/tickets/1")


async def test_the_list_shows_channel_requester_state_and_last_comment(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1", "Is it blue?"))
    row = words(await browser.open("/tickets"), "tbody tr")
    for part in ("Is it blue?", "#1", "Scripted", account.name, "Ann", "new", "waits for an answer"):
        assert part in row
    zendesk.reply(1, "It is red.")
    row = words(await browser.open("/tickets"), "tbody tr")
    assert "Agent: It is red." in row
    assert "waits for an answer" not in row


async def test_the_latest_activity_comes_first(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1", "one"), resource("c2", "two"))
    zendesk.reply(1, "again", public=False)
    page = await browser.open("/tickets")
    assert [node.text() for node in page.css("a.subject")] == ["one", "two"]


async def test_a_resource_leads_to_its_comment_and_is_waited_for(browser, zendesk, service, account):
    for missing in ("/tickets/of?resource=https%3A%2F%2Fbook%2F%3Cb%3E2", "/tickets/of"):
        assert "Not here yet" in words(await browser.open(missing))
    await pulled(zendesk, service, account, resource("https://book/1"), resource("https://book/<b>2"))
    answer = await browser.client.get("/tickets/of?resource=https%3A%2F%2Fbook%2F%3Cb%3E2")
    assert (answer.status_code, answer.headers["location"]) == (302, "/tickets/2#comment-2")


async def test_a_reply_shows_how_far_it_got(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    page = await replied(browser, zendesk)
    assert words(page, ".sent") == "delivered as reply-1"


async def test_a_repeated_reply_says_how_often(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    service.script[CHANNELBACK] = [Canned(status=503), Canned(status=503)]
    page = await replied(browser, zendesk)
    assert words(page, ".sent") == "delivered as reply-1, repeated 2 times"
    assert len(page.css("ol.tries li")) == 3


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("HTTP 422: It is too long.", "It is too long."),
        ("HTTP 503", "no reason was given (503)"),
        ("no answer within 60 s", "no answer within 60 s"),
        ("HTTP 401: two\nlines", "two\nlines"),
        ("HTTP 4220: x", "HTTP 4220: x"),
    ],
)
def test_agents_read_sentences_and_no_codes(problem, told):
    assert without_code(problem) == told


async def test_a_failed_reply_shows_why(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    service.script[CHANNELBACK] = [Canned(f"<p>{SCRIPT}", status=422)]
    page = await replied(browser, zendesk)
    reply = zendesk.store.replies.get(1)
    assert reply.problem == "HTTP 422"
    assert words(page, ".sent") == "failed: no reason was given (422)"
    assert page.css("main script") == []


def words_of(text: str) -> str:
    return " ".join(text.split())


async def test_a_reply_under_way_is_sending(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    service.script[CHANNELBACK] = [Canned({"external_id": "slow"}, delay=5)]
    await browser.send("/tickets/1/comments", {"body": "Soon.", "kind": "public"})
    assert words(await browser.open("/tickets/1"), ".sent") == "sending"


async def test_a_reply_that_is_repeated_says_what_its_tries_answered(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    zendesk.change_settings({"channelback_backoff_seconds": 60})
    service.script[CHANNELBACK] = [Canned({"error_info": "the database rests"}, status=503)]
    comment = zendesk.reply(1, "Soon.")
    await zendesk.wait_until(lambda: zendesk.store.replies.by_comment(comment.id).tries != [])
    page = await browser.open("/tickets/1")
    assert words(page, "#conversation[data-live] .sent.sending") == "sending again: the database rests"
    assert "HTTP 503: the database rests" in words(page, "ol.tries li")


async def test_an_error_that_is_reported_late_is_shown_where_it_was_delivered(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    await replied(browser, zendesk)
    before = zendesk.context.changes.count
    assert ReportedErrors(zendesk.context).report(account, "reply-1", f"HTML is not supported {SCRIPT}")
    assert zendesk.context.changes.count > before
    page = await browser.open("/tickets/1")
    said = f"delivered as reply-1, and reported as failed later: HTML is not supported {SCRIPT}"
    assert words(page, "#conversation[data-live] .sent.reported") == said
    assert page.css("main script") == []


async def test_a_closed_ticket_and_its_follow_up_lead_to_each_other(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1", "one"))
    zendesk.agents.change_ticket(1, {"status": "closed"})
    await pulled(zendesk, service, account, resource("c2", "two", thread_id="c1"))
    closed, follow_up = await browser.open("/tickets/1"), await browser.open("/tickets/2")
    assert closed.css_first("#head .follow-up").attributes["href"] == "/tickets/2"
    assert words(closed, "#head .follow-up") == "#2 two"
    assert follow_up.css_first("#head a#follows").attributes["href"] == "/tickets/1"
    assert closed.css("#composer") == []
    refused = await browser.send("/tickets/1/comments", {"body": "late"})
    assert (refused.status_code, "the ticket is closed" in refused.text) == (422, True)


async def test_an_end_users_answer_opens_a_solved_ticket_again(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1", "one"))
    await browser.send("/tickets/1/status", {"status": "solved"})
    page = await browser.open("/tickets/1")
    assert (len(page.css("#open")), page.css("#solve")) == (1, [])
    await pulled(zendesk, service, account, resource("c2", "two", thread_id="c1"))
    assert words(await browser.open("/tickets/1"), "#head .state") == "open"


async def test_without_tickets_the_page_says_what_to_do_first(browser, zendesk, service):
    page = await browser.open("/tickets")
    assert page.css_first("#tickets ol a").attributes["href"] == "/channels"
    integration = await zendesk.install(service.manifest_url)
    page = await browser.open("/tickets")
    assert "Scripted is installed." in words(page, "#tickets li.past")
    assert page.css_first("#tickets ol a").attributes["href"] == "/channels/1/accounts/new"
    await zendesk.add_account(integration, [service.good_answers])
    page = await browser.open("/tickets")
    assert page.css_first("#tickets a").attributes["href"] == "/accounts/1"


async def test_the_list_says_how_many_wait_for_an_answer(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"), resource("c2"), resource("c3"))
    zendesk.reply(1, "answer")
    zendesk.reply(2, "a note", public=False)
    zendesk.agents.change_ticket(3, {"status": "solved"})
    page = await browser.open("/tickets")
    assert "3 in all, 1 waiting for an answer" in words(page)
    assert [row.attributes["id"] for row in page.css("tr.waits")] == ["ticket-2"]
    assert words(page, "#ticket-2 .avatar") == "A"


async def test_a_note_is_marked_and_stays_here(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    page = await replied(browser, zendesk, "Ask Bob first.", "note")
    assert words(page, ".note .tag") == "internal note"
    assert service.calls(CHANNELBACK) == []


async def test_the_longest_reply_arrives_whole_and_one_more_character_is_refused_and_kept(
    browser, zendesk, service, account
):
    await pulled(zendesk, service, account, resource("c1"))
    await replied(browser, zendesk, "é" * 65_535)
    assert service.calls(CHANNELBACK)[0]["message"] == "é" * 65_535
    answer = await browser.send("/tickets/1/comments", {"body": "x" * 65_536, "kind": "note"})
    assert (answer.status_code, "a comment has 1 to 65535 characters" in answer.text) == (422, True)
    assert "x" * 65_536 in answer.text


async def test_lines_end_as_the_origin_expects_them(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    await replied(browser, zendesk, "one\r\ntwo")
    assert service.calls(CHANNELBACK)[0]["message"] == "one\ntwo"


async def test_a_reply_that_cannot_go_out_says_so_before_and_after(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1", allow_channelback=False))
    assert "no reply to this is possible any more" in words(await browser.open("/tickets/1"), "#obstacle")
    page = await replied(browser, zendesk)
    assert words(page, ".sent") == "not sent to Scripted: no reply to this is possible any more"


async def test_a_ticket_is_solved_opened_and_closed(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c1"))
    for status in ("solved", "open", "closed"):
        assert (await browser.send("/tickets/1/status", {"status": status})).status_code == 303
        assert words(await browser.open("/tickets/1"), ".heading .state") == status
    assert (await browser.open("/tickets/1")).css("textarea") == []
    refused = await browser.send("/tickets/1/status", {"status": "open"})
    assert (refused.status_code, "a closed ticket stays closed" in refused.text) == (422, True)
    assert (await browser.send("/tickets/1/status", {"status": "gone"})).status_code == 422


async def test_a_comment_leads_to_the_origin(browser, zendesk, service, account):
    await pulled(zendesk, service, account, resource("c/1 &"))
    link = (await browser.open("/tickets/1")).css_first("a.out").attributes
    assert link["href"] == f"{service.url}/clickthrough?external_id=c%2F1%20%26"
    assert link["rel"] == "noopener noreferrer"


async def test_what_an_origin_adds_is_shown(browser, zendesk, service, account):
    info = [{"type": "org.example.stars", "data": {"stars": 4, "note": SCRIPT}}]
    await pulled(zendesk, service, account, resource("c1", display_info=info))
    page = await browser.open("/tickets/1")
    assert words(page, "details summary") == "org.example.stars"
    assert '"stars": 4' in words(page, "details pre")
    assert page.css("main script, main img") == []


async def test_script_in_words_and_names_is_shown_and_not_run(browser, zendesk, service, account):
    author = {"external_id": "eve", "name": f'Eve"{SCRIPT}'}
    await pulled(zendesk, service, account, resource("c1", f"Look: {SCRIPT}", author=author))
    await replied(browser, zendesk, SCRIPT, "note")
    for path in ("/tickets", "/tickets/1"):
        page = await browser.open(path)
        assert "<script>alert(1)</script>" in words(page)
        assert page.css("body script, main img, [onerror]") == []


async def test_html_is_cleaned(browser, zendesk, service, account):
    html = f"""<b>bold</b>{SCRIPT}<a href="javascript:alert(1)" onclick="alert(1)">a</a><style>*{{}}</style>
        <img src="data:image/png;base64,AA"><iframe src="https://e.example"></iframe><form action="/x"><button>b"""
    await pulled(zendesk, service, account, resource("c1", html_message=html))
    page = await browser.open("/tickets/1")
    assert words(page, ".body b") == "bold"
    assert page.css("main script, main style, main iframe, .body form, .body button, [onclick], [onerror]") == []
    assert [
        node for node in page.css(".body a, .body img") if node.attributes.get("href") or node.attributes.get("src")
    ] == []


@pytest.mark.parametrize(
    ("image_url", "shown"),
    [
        ("https://origin.example/a.png", True),
        ("http://origin.example/a.png", False),
        ("javascript:alert(1)", False),
        ("data:image/svg+xml,<svg onload=alert(1)>", False),
    ],
)
async def test_an_avatar_is_shown_only_over_https(browser, zendesk, service, account, image_url, shown):
    await pulled(zendesk, service, account, resource("c1"))
    zendesk.store.users.update(1, image_url=image_url)
    images = (await browser.open("/tickets/1")).css("img")
    assert [image.attributes["src"] for image in images] == ([image_url] if shown else [])


@pytest.mark.parametrize("path", ["/tickets", "/tickets/1", "/calls", "/accounts/1", "/events"])
async def test_every_page_says_in_which_zone_its_times_are(browser, zendesk, service, account, path):
    await pulled(zendesk, service, account, resource("c1", "Is it blue?"))
    assert words(await browser.open(path), "body > footer") == "Times are in UTC."
