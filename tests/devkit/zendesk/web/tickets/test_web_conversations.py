# SPDX-License-Identifier: Apache-2.0
"""Long conversations, and words in any language and direction."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource
from tests.devkit.zendesk.web.conftest import words

ARABIC = "هل العبارة تعمل يوم الأحد؟"


@pytest.fixture
async def long(zendesk, service, account):
    """A ticket of 200 comments."""
    service.resources = [resource("c0", "comment 0")] + [
        resource(f"c{number}", f"comment {number}", thread_id="c0") for number in range(1, 200)
    ]
    await zendesk.pull(account.id)
    return zendesk.store.tickets.comments(1)


async def test_the_middle_of_200_comments_is_folded_and_the_newest_is_marked(browser, zendesk, long):
    page = await browser.open("/tickets/1")
    assert [node.attributes["id"] for node in page.css("article")] == [f"comment-{each.id}" for each in long]
    folded = page.css("details#middle article")
    assert (words(page, "#middle > summary"), len(folded)) == ("183 earlier comments", 183)
    assert "open" not in page.css_first("#middle").attributes
    assert page.css_first("#newest").parent.attributes["id"] == f"comment-{long[-1].id}"


async def test_a_short_conversation_is_not_folded(browser, zendesk, service, account):
    service.resources = [resource("c0")]
    await zendesk.pull(account.id)
    page = await browser.open("/tickets/1")
    assert (page.css("#middle"), len(page.css("#newest"))) == ([], 1)


async def test_a_reply_that_did_not_arrive_is_not_hidden_in_the_middle(browser, zendesk, service, account):
    service.resources = [resource("c0")]
    await zendesk.pull(account.id)
    service.script[CHANNELBACK] = [Canned(status=422)]
    await zendesk.settled(zendesk.reply(1, "It is red."))
    service.resources = [resource(f"c{number}", thread_id="c0") for number in range(1, 60)]
    for number in range(3):
        zendesk.reply(1, f"note {number}", public=False)
    zendesk.store.tickets.update_comment(10, undelivered=True)
    await zendesk.pull(account.id)
    zendesk.store.tickets.update_comment(10, undelivered=True)
    assert "open" in (await browser.open("/tickets/1")).css_first("#middle").attributes


async def test_one_can_skip_to_the_reply_and_to_the_newest_comment(browser, zendesk, long):
    page = await browser.open("/tickets/1")
    assert [node.attributes["href"] for node in page.css("a.skip")] == ["#main", "#newest", "#body"]
    zendesk.agents.change_ticket(1, {"status": "closed"})
    assert [node.attributes["href"] for node in (await browser.open("/tickets/1")).css("a.skip")] == [
        "#main",
        "#newest",
    ]


async def test_links_and_buttons_of_a_ticket_differ_in_name(browser, zendesk, service, long):
    for number in range(3):
        service.script[CHANNELBACK] = [Canned(status=422)]
        await zendesk.settled(zendesk.reply(1, f"It is red {number}."))
        zendesk.store.tickets.update_comment(200 + number, undelivered=True)
    page = await browser.open("/tickets/1")
    names = [words(node, "*") for node in page.css("main a.out, main button, main summary")]
    assert sorted(set(names)) == sorted(names)


async def test_what_people_wrote_has_its_own_direction(browser, zendesk, service, account):
    author = {"external_id": "noor", "name": "نور"}
    info = [{"type": "t", "data": {"a": ARABIC}}]
    service.resources = [
        resource("c1", ARABIC, author=author, display_info=info),
        resource("c2", "x", html_message=f"<p>{ARABIC}</p>"),
    ]
    await zendesk.pull(account.id)
    zendesk.store.accounts.update(account.id, name="حساب")
    for path in ("/tickets", "/tickets/1", "/tickets/2", "/channels", "/channels/1", "/accounts/1"):
        page = await browser.open(path)
        for node in page.css("main *"):
            own = node.text(deep=False)
            if any("\u0600" <= letter <= "\u06ff" for letter in own) and "avatar" not in (
                node.attributes.get("class") or ""
            ):
                assert is_directed(node), (path, node.html)


def is_directed(node) -> bool:
    while node is not None and node.tag != "main":
        if node.tag == "bdi" or node.attributes.get("dir") == "auto":
            return True
        node = node.parent
    return False


async def test_an_avatar_has_the_initial_behind_it(browser, zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    zendesk.store.users.update(1, image_url="https://origin.example/a.png")
    avatar = (await browser.open("/tickets/1")).css_first("article .avatar")
    assert (avatar.text(), avatar.css_first("img").attributes["alt"]) == ("A", "")


async def test_a_note_says_who_reads_it_and_what_the_button_does(browser, zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    page = await browser.open("/tickets/1")
    assert words(page, "#readers .if-note") == "Only colleagues see this"
    assert (words(page, "#send .if-public"), words(page, "#send .if-note")) == ("Send", "Add note")
