# SPDX-License-Identifier: Apache-2.0
"""A reply that did not arrive is told where an agent looks, and goes back into the composer whole."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk.engine.files import NewFile
from sealock_devkit.zendesk.rest.rest_api import ReportedErrors
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource
from tests.devkit.zendesk.web.conftest import words

MAILBOX = "This member has closed their mailbox."


@pytest.fixture
async def tickets(zendesk, service, account):
    """Three tickets, the third with the latest activity."""
    service.manifest["channelback_files"] = True
    await zendesk.installer.read_again(1)
    service.resources = [resource("c1", "one"), resource("c2", "two"), resource("c3", "three")]
    await zendesk.pull(account.id)
    return account


async def refused(zendesk, service, body="It is red.", *files, ticket=1, status=422):
    service.script[CHANNELBACK] = [Canned({"error_info": MAILBOX}, status)]
    comment = zendesk.reply(ticket, body, files=files)
    await zendesk.settled(comment)
    return comment


async def delivered(zendesk, body="It is red.", ticket=1):
    comment = zendesk.reply(ticket, body)
    await zendesk.settled(comment)
    return comment


def of_list(page):
    return [(words(row, "a.subject"), words(row, ".state")) for row in page.css("tbody tr")]


async def test_a_refused_reply_is_at_the_head_of_the_list_and_counted(browser, zendesk, service, tickets):
    comment = await refused(zendesk, service)
    await delivered(zendesk, ticket=2)
    page = await browser.open("/tickets")
    assert of_list(page) == [("one", "reply failed"), ("two", "open"), ("three", "new")]
    assert "3 in all, 1 waiting for an answer, 1 with a reply that did not arrive" in words(page)
    assert page.css_first("#ticket-1").attributes["class"] == "waits trouble"
    assert page.css_first("#ticket-1 a.state").attributes["href"] == f"/tickets/1#comment-{comment.id}"


async def test_its_page_has_the_reason_at_the_reply_in_red(browser, zendesk, service, tickets):
    comment = await refused(zendesk, service)
    page = await browser.open("/tickets/1")
    assert words(page, "#head #trouble") == "reply failed"
    assert "undelivered" in page.css_first(f"#comment-{comment.id}").attributes["class"].split()
    assert MAILBOX in words(page, f"#comment-{comment.id} .sent.failed")


async def test_a_reply_that_fails_after_its_last_try_waits_too(browser, zendesk, service, tickets):
    zendesk.change_settings({"channelback_retries": 1})
    service.script[CHANNELBACK] = [Canned(status=503), Canned(status=503)]
    await zendesk.settled(zendesk.reply(1, "Soon."))
    assert of_list(await browser.open("/tickets"))[0] == ("one", "reply failed")


@pytest.mark.parametrize("status", ["open", "solved", "closed"])
async def test_a_delivered_reply_that_is_reported_as_failed_later_waits_whatever_was_done_since(
    browser, zendesk, tickets, status
):
    await delivered(zendesk)
    zendesk.agents.change_ticket(1, {"status": status})
    assert words(await browser.open("/tickets"), "#ticket-1 .state") == status
    assert ReportedErrors(zendesk.context).report(tickets, "reply-1", "A moderator took it away.")
    page = await browser.open("/tickets")
    assert of_list(page)[0] == ("one", "reply failed")
    assert words(await browser.open("/tickets/1"), "article.undelivered .sent").endswith("A moderator took it away.")


async def test_a_reply_that_could_not_be_sent_at_all_waits_too(browser, zendesk, tickets):
    zendesk.lifecycle.deactivate(tickets, "api")
    comment = zendesk.reply(1, "It is red.")
    assert of_list(await browser.open("/tickets"))[0] == ("one", "reply not sent")
    assert (
        words(await browser.open("/tickets/1"), f"#again-{comment.id}")
        == f"Put it back into the reply: comment {comment.id}"
    )


async def test_one_button_puts_text_and_files_back_and_they_are_sent_again(browser, zendesk, service, tickets):
    files = [NewFile("a b.txt", "text/plain", b"one"), NewFile("c.bin", "a/b", b"two")]
    comment = await refused(zendesk, service, "Line one\nLine <two>", *files)
    button = (await browser.open("/tickets/1")).css_first(f"#again-{comment.id}")
    form = button.parent.attributes
    assert (form["method"], form["action"], button.attributes["name"]) == ("get", "/tickets/1#composer", "again")

    page = await browser.open(f"/tickets/1?again={comment.id}")
    assert page.css_first("#composer textarea").text() == "Line one\nLine <two>"
    kept = [box.attributes["name"] for box in page.css("#again input[type=checkbox]") if "checked" in box.attributes]
    assert (words(page, "#again label bdi"), len(kept)) == ("a b.txt c.bin", 2)

    sent = {"body": "Line one", "kind": "public", "again": str(comment.id), kept[0]: "1"}
    assert (await browser.send("/tickets/1/comments", sent)).status_code == 303
    await zendesk.wait_until(lambda: zendesk.store.replies.count("delivered") == 1)
    assert service.calls(CHANNELBACK)[-1]["message"] == "Line one"
    newest = zendesk.store.tickets.comments(1)[-1]
    [file] = zendesk.store.files.of_comment(newest.id)
    assert (file.name, zendesk.store.files.content(file.id)) == ("a b.txt", b"one")
    assert of_list(await browser.open("/tickets"))[0] == ("one", "open")
    assert (await browser.open("/tickets/1")).css("#trouble, .again") == []


async def test_what_is_refused_here_keeps_that_it_stands_in_place_of_another(browser, zendesk, service, tickets):
    comment = await refused(zendesk, service, "It is red.", NewFile("a.txt", "text/plain", b"one"))
    [file] = zendesk.store.files.of_comment(comment.id)
    answer = await browser.send("/tickets/1/comments", {"body": " ", "again": str(comment.id)})
    assert (answer.status_code, f'name="again" value="{comment.id}"' in answer.text) == (422, True)
    assert f"keep-{file.id}" not in answer.text
    answer = await browser.send(
        "/tickets/1/comments", {"body": "x" * 65_536, "again": str(comment.id), f"keep-{file.id}": "1"}
    )
    assert (answer.status_code, f'name="keep-{file.id}"' in answer.text) == (422, True)


async def test_a_second_failure_stays_when_the_first_was_sent_again(browser, zendesk, service, tickets):
    first = await delivered(zendesk, "first")
    second = await delivered(zendesk, "second")
    for number in (1, 2):
        assert ReportedErrors(zendesk.context).report(tickets, f"reply-{number}", "gone")
    await browser.send("/tickets/1/comments", {"body": "first", "again": str(first.id)})
    page = await browser.open("/tickets/1")
    assert [node.attributes["id"] for node in page.css(".again button[name=again]")] == [f"again-{second.id}"]


async def test_any_other_public_reply_deals_with_failures_and_a_note_does_not(browser, zendesk, service, tickets):
    await refused(zendesk, service)
    zendesk.reply(1, "They closed it.", public=False)
    assert of_list(await browser.open("/tickets"))[0] == ("one", "reply failed")
    await delivered(zendesk, "Another way.")
    assert of_list(await browser.open("/tickets"))[0] == ("one", "open")


@pytest.mark.parametrize("status", ["solved", "closed"])
async def test_solving_or_closing_deals_with_it(browser, zendesk, service, tickets, status):
    await refused(zendesk, service)
    zendesk.agents.change_ticket(1, {"status": status})
    assert ("one", status) in of_list(await browser.open("/tickets"))


async def test_it_can_be_left_at_that_on_a_closed_ticket_too(browser, zendesk, tickets):
    comment = await delivered(zendesk)
    zendesk.agents.change_ticket(1, {"status": "closed"})
    assert ReportedErrors(zendesk.context).report(tickets, "reply-1", "gone")
    page = await browser.open("/tickets/1")
    assert (len(page.css(f"#leave-{comment.id}")), page.css(f"#again-{comment.id}")) == (1, [])
    assert (await browser.send(f"/tickets/1/comments/{comment.id}/leave")).status_code == 303
    assert ("one", "closed") in of_list(await browser.open("/tickets"))


async def test_another_tickets_reply_or_a_delivered_one_is_not_put_back(browser, zendesk, service, tickets):
    others = await refused(zendesk, service, "secret of ticket two", ticket=2)
    fine = await delivered(zendesk, "fine")
    for number in (others.id, fine.id, 999, "x"):
        page = await browser.open(f"/tickets/1?again={number}")
        assert page.css_first("#composer textarea").text() == ""
    assert (await browser.send(f"/tickets/1/comments/{others.id}/leave")).status_code == 303
    assert words(await browser.open("/tickets"), "#ticket-2 .state") == "reply failed"


async def test_the_api_says_that_a_reply_failed(browser, zendesk, service, tickets):
    await refused(zendesk, service)
    tickets = (await browser.client.get("/api/tickets")).json()["tickets"]
    assert [each["reply_failed"] for each in tickets] == [True, False, False]
