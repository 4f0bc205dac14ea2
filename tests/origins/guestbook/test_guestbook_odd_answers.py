# SPDX-License-Identifier: Apache-2.0
"""Guestbooks whose hosts put something around, in front of or in place of what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from sealock_connector import AccountRevoked, Cause, OriginUnavailable
from tests.connector.loopback_http import Answer, Request, site

HTML = {"content-type": "text/html; charset=UTF-8"}
MOST = 2 * 1024 * 1024


def entry(number: int, text: str) -> dict[str, object]:
    at = f"2026-03-01T12:{number // 60:02}:{number % 60:02}Z"
    return {
        "id": number,
        "thread": number,
        "author": "Anna",
        "author_id": "visitor-anna",
        "text": text,
        "created_at": at,
        "mark": "",
    }


def guestbook(*texts: str, around: tuple[str, str] = ("", ""), broken: int = 0) -> Callable[[Request], Answer]:
    """A guestbook with these entries; the one with the number `broken` is none."""
    entries = [entry(number, text) for number, text in enumerate(texts, 1)]
    if broken:
        entries[broken - 1] = {"id": "x"}

    def answer(request: Request) -> Answer:
        asked = {name: value[0] for name, value in parse_qs(urlsplit(request.target).query).items()}
        left = [each for number, each in enumerate(entries, 1) if number > int(asked["after"])]
        limit = int(asked["limit"])
        page = json.dumps({"entries": left[:limit], "more": len(left) > limit})
        return Answer(body=(around[0] + page + around[1]).encode(), headers=HTML)

    return answer


async def texts(connector, answer: Callable[[Request], Answer]) -> list[str]:
    async with site(answer) as origin:
        pulled = await connector.pull_all({"site": origin.url, "token": "x", "start": ""})
    return [each.message for each in pulled.resources]


async def test_a_notice_before_and_a_comment_after_what_it_answers_are_passed_over(connector):
    around = ("<br />\n<b>Deprecated</b>: x[0] in <b>/srv/a.php</b> on line <b>1</b><br />\n", "<!-- cached -->")
    assert await texts(connector, guestbook("Hello", "Again", around=around)) == ["Hello", "Again"]


async def test_entries_that_are_too_much_at_once_come_a_few_at_a_time(connector):
    long = [str(number) + "x" * (MOST // 5) for number in range(12)]
    assert [text[:1] for text in await texts(connector, guestbook(*long))] == [text[:1] for text in long]


async def test_an_entry_that_cannot_be_read_keeps_back_no_other(connector):
    assert await texts(connector, guestbook("first", "second", "third", broken=2)) == ["first", "third"]


@pytest.mark.parametrize(
    ("status", "headers", "body", "cause"),
    [
        (401, {**HTML, "www-authenticate": "Basic realm=x"}, b"<h1>401</h1>", Cause.HOST_PASSWORD),
        (403, {**HTML, "cf-mitigated": "challenge"}, b"<title>Just a moment...</title>", Cause.CHALLENGE),
        (403, HTML, b"<h1>Forbidden</h1>", Cause.FIREWALL),
        (403, {}, b'{"message":"Access denied by Imunify360 bot-protection."}', Cause.FIREWALL),
        (503, {"retry-after": "60"}, b"", Cause.MAINTENANCE),
        (404, HTML, b"<h1>Not found</h1>", Cause.NOT_ITS_API),
        (200, HTML, b"<title>Account suspended</title>", Cause.SUSPENDED),
        (200, {}, b'{"entries":[{"id":"x"}],"more":true}', Cause.UNREADABLE),
        (200, {}, b'{"entries":7}', Cause.UNREADABLE),
    ],
)
async def test_what_answers_in_its_place_is_not_taken_for_the_guestbook_or_a_wrong_token(
    connector, status, headers, body, cause
):
    async with site(lambda _request: Answer(status, body, headers)) as origin:
        with pytest.raises(OriginUnavailable) as failed:
            await connector.pull({"site": origin.url, "token": "x", "start": ""})
    assert failed.value.cause is cause


async def test_the_guestbook_s_own_refusal_is_a_wrong_token(connector):
    body = b'{"title": "401 Unauthorized", "description": "The token is missing or wrong."}'
    async with site(lambda _request: Answer(401, body)) as origin:
        with pytest.raises(AccountRevoked):
            await connector.pull({"site": origin.url, "token": "x", "start": ""})


async def test_the_form_says_what_answers_at_the_address(connector):
    async with site(lambda _request: Answer(503, headers={"retry-after": "60"})) as origin:
        form = await connector.setup("site", {"site": origin.url, "token": "x"})
    assert [problem.message for problem in form.problems] == [str(Cause.MAINTENANCE.sentence_about("Guestbook"))]
