# SPDX-License-Identifier: Apache-2.0
"""The guestbook's public pages: what visitors write is text, and other sites' pages cannot write for them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from sealock_devkit.emulators.guestbook.entries import Entry
from tests.origins.guestbook.sites import NOON
from tests.safety.answer_checks import first_difference, skeleton, weaknesses
from tests.safety.hostile_values import HARMLESS, HOSTILE
from tests.safety.programs import guestbook_rows
from tests.safety.programs.routes import answer_to, method_of

PAGES = ("/", "/entries/1", "/?answer_to=3", "/?answer_to=%22%3E%3Cscript%3Ecanary()%3C/script%3E&before=9")


async def test_no_words_of_a_visitor_become_a_part_of_a_page():
    async with guestbook_rows.running(HARMLESS) as harmless, guestbook_rows.running(HOSTILE) as hostile:
        for path in PAGES:
            one, other = await harmless.client.get(path), await hostile.client.get(path)
            assert weaknesses(other.text, other.headers) == []
            assert first_difference(skeleton(one.text), skeleton(other.text)) == "", path


async def test_no_refused_entry_becomes_a_part_of_the_page_that_shows_it_again(guestbook):
    known = set()
    for form in ({"text": ""}, {"author": ""}, {"answer_to": "999"}):
        answer = await guestbook.client.post("/", data={"author": "word", "text": "word", "answer_to": "", **form})
        assert answer.status_code == 422
        known |= set(skeleton(answer.text))
    for value in HOSTILE:
        for form in ({"text": ""}, {"author": ""}, {"answer_to": value}):
            fields = {"author": value, "text": value, "answer_to": "", **form}
            answer = await guestbook.client.post("/", data=fields)
            assert answer.status_code in {400, 422}
            if answer.status_code == 422:
                assert weaknesses(answer.text, answer.headers) == []
                assert set(skeleton(answer.text)) <= known


async def test_no_page_of_another_site_writes_or_reads(guestbook):
    own, before = guestbook.url, everything(guestbook)
    near = (
        own.replace("127.0.0.1", "localhost"),
        own.replace("http", "https"),
        f"{own}.evil.example",
        "http://127.0.0.1",
    )
    for route, row in guestbook_rows.GUESTBOOK.items():
        for origin in ("null", "https://evil.example", *near):
            answer = await answer_to(guestbook.client, route, row, guestbook.names, headers={"Origin": origin})
            assert answer.status_code == 403, route
    assert everything(guestbook) == before


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8700", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example.", "",
        "127.0.0.1@evil.example", "[::1].evil.example", "0x7f.1", "localhost/", "localhost:1:2",
    ],
)  # fmt: skip
async def test_a_name_that_only_leads_here_shows_and_changes_nothing(guestbook, host):
    before = everything(guestbook)
    for route, row in guestbook_rows.GUESTBOOK.items():
        answer = await answer_to(guestbook.client, route, row, guestbook.names, headers={"Host": host})
        assert answer.status_code in {400, 403}, route
        assert "Ada" not in answer.text
    assert everything(guestbook) == before


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "10.1.2.3", "[::1]", "[2606:4700::1]:8700"]
)
async def test_its_own_names_and_any_address_are_answered(guestbook, host):
    assert (await guestbook.client.get("/", headers={"Host": host})).status_code == 200


async def test_no_method_that_promises_to_change_nothing_changes_anything(guestbook):
    before = everything(guestbook)
    for route, row in guestbook_rows.GUESTBOOK.items():
        for method in ("GET", "HEAD", "OPTIONS"):
            path = f"{row.path.partition('?')[0]}?author=a&text=b&name=x"
            headers = {"X-HTTP-Method-Override": method_of(route)}
            await answer_to(guestbook.client, route, row, guestbook.names, method=method, path=path, headers=headers)
    assert everything(guestbook) == before


def everything(guestbook: guestbook_rows.Guestbook) -> tuple[list[Entry], dict[str, object]]:
    """Its entries with their files, and its switches."""
    site = guestbook.site
    return site.entries.since(NOON - timedelta(days=1), after=0, limit=999), asdict(site.faults)
