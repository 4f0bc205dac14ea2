# SPDX-License-Identifier: Apache-2.0
"""A list of more tickets than a page shows goes on, and is searched by words of which each sign means itself."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk.web import tickets
from tests.devkit.zendesk.scripted_service import resource
from tests.devkit.zendesk.web.conftest import words

SUBJECTS = ("100% sure", "snake_case", 'the pier\'s "lamp"', "\u0645\u062c\u0644\u0633 \u202epier", "<b>bold</b> & co")


@pytest.fixture
async def many(zendesk, service, account):
    """One ticket for each subject, which a person of its own asked."""
    service.resources = [
        resource(f"c{place}", text, author={"external_id": f"p{place}", "name": f"Person {place}"})
        for place, text in enumerate(SUBJECTS)
    ]
    await zendesk.pull(account.id)
    zendesk.reply(2, "Nobody else said zebra.", public=False)


def subjects(page) -> list[str]:
    return [node.text() for node in page.css("a.subject")]


@pytest.mark.usefixtures("many")
async def test_a_long_list_goes_on_to_its_last_ticket_and_back(browser, monkeypatch):
    monkeypatch.setattr(tickets, "SHOWN", 2)
    path, seen = "/tickets", []
    for _ in range(3):
        page = await browser.open(path)
        seen += subjects(page)
        [*further] = page.css("a.older")
        path = further[0].attributes["href"] if further else ""
    assert (sorted(seen), path) == (sorted(SUBJECTS), "")
    assert "5 to 5" in words(page, "p.turn")
    [earlier] = page.css("a.newer")
    assert len(subjects(await browser.open(earlier.attributes["href"]))) == 2
    assert "not as long" in words(await browser.open("/tickets?after=99"))
    await browser.open("/tickets?after=-1", status=400)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("%25", ["100% sure"]),
        ("_", ["snake_case"]),
        ("'", ['the pier\'s "lamp"']),
        ("%22lamp", ['the pier\'s "lamp"']),
        ("%E2%80%AEpier", ["\u0645\u062c\u0644\u0633 \u202epier"]),
        ("%D9%85%D8%AC%D9%84", ["\u0645\u062c\u0644\u0633 \u202epier"]),
        ("%3Cb%3E", ["<b>bold</b> & co"]),
        ("SURE", ["100% sure"]),
        ("Person+2", ['the pier\'s "lamp"']),
        ("zebra", ["snake_case"]),
        ("%231", ["100% sure"]),
        ("%22+OR+%22%22%3D%22", []),
    ],
)
async def test_a_search_takes_every_sign_for_itself(browser, search, found):
    page = await browser.open(f"/tickets?search={search}")
    assert subjects(page) == found
    assert ("Nothing found" in words(page)) == (not found)
    assert page.css_first("#f-search").attributes["value"]
