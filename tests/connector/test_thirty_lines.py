# SPDX-License-Identifier: Apache-2.0
"""A simple origin's whole connector in about thirty lines: notes of a board, pulled and answered over its JSON API."""

from __future__ import annotations

import inspect
import json
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from sealock_connector import (
    Author,
    Connector,
    ConnectorError,
    Cursor,
    Done,
    ExternalResource,
    Field,
    Form,
    Posted,
    Problem,
    Pulled,
    origin_client,
)
from sealock_connector.answers import json_of
from sealock_connector.testing import ChannelbackCase, PullCase, running
from tests.connector.loopback_http import Answer, site


class Board(Connector):
    origin, display_name = "board", "Board"

    async def open(self):
        self.http = origin_client(allowed_networks=self.allowed_networks)

    async def close(self):
        await self.http.aclose()

    async def setup(self, step):
        if (site := step.answers.get("site")) and (await self.http.get(f"{site}/notes")).is_success:
            return Done(account_name=site, account={"site": site})
        problems = [Problem("No board answers there.", "site")] if site else []
        return Form("site", "Connect a board", [Field("site", "Its address")], problems=problems)

    async def pull(self, pull):
        cursor = Cursor.load(pull.state)
        response = await self.http.get(f"{pull.account['site']}/notes", params={"since": cursor.since or ""})
        for note in json_of(response):
            at = datetime.fromisoformat(note["at"])
            if (at, note["id"]) not in cursor:
                cursor = cursor.seen(at, note["id"])
                yield Pulled(ExternalResource(note["id"], note["text"], at, Author(note["by"])), after=cursor)

    async def channelback(self, reply):
        note = {"text": reply.message, "to": reply.parent_id or reply.thread_id}
        response = await self.http.post(f"{reply.account['site']}/notes", json=note)
        return Posted(json_of(response)["id"])


NOTES = [
    {"id": "1", "at": "2026-01-01T10:00:00+00:00", "by": "ann", "text": "Hello"},
    {"id": "2", "at": "2026-01-01T10:00:00+00:00", "by": "ben", "text": "Me too"},
    {"id": "3", "at": "2026-01-01T11:00:00+00:00", "by": "ann", "text": "And now?"},
]


@pytest.fixture
async def board():
    notes = list(NOTES)

    def answer(request):
        if request.method == "POST":
            notes.append({"id": str(len(notes) + 1), "at": "2026-01-02T00:00:00+00:00", "by": "us"})
            return Answer(201, json.dumps(notes[-1]).encode())
        since = parse_qs(urlsplit(request.target).query).get("since", [""])[0].replace(" ", "T")
        return Answer(body=json.dumps([note for note in notes if note["at"] >= since]).encode())

    async with site(answer) as served:
        yield served


@pytest.fixture
async def client(board):
    async with running(Board()) as client:
        yield client


async def test_it_is_set_up_once_the_board_answers(client, board):
    form = await client.setup()
    assert isinstance(form, Form)
    assert form.problems == ()
    done = await client.setup("site", {"site": board.url})
    assert done == Done(board.url, {"site": board.url})


async def test_notes_become_resources_each_once(client, board):
    account = {"site": board.url}
    page = await PullCase("all", account, ids=["1", "2", "3"], messages=["Hello", "Me too", "And now?"]).check(client)
    await PullCase("nothing new", account, page.state, ids=[]).check(client)


async def test_a_page_may_end_between_two_notes_of_one_second(client, board):
    first = await client.pull({"site": board.url}, max_resources=1)
    second = await client.pull({"site": board.url}, first.state)
    assert (first.ids, second.ids) == (["1"], ["2", "3"])


async def test_a_reply_is_posted_once_for_its_key(client, board):
    case = ChannelbackCase("a reply", {"site": board.url}, "Welcome", thread_id="1", key="k", external_id="4")
    await case.check(client)
    await case.check(client)
    assert [request.method for request in board.requests].count("POST") == 1


async def test_a_case_that_does_not_hold_fails(client, board):
    with pytest.raises(AssertionError, match="ids: expected"):
        await PullCase("wrong ids", {"site": board.url}, ids=["9"]).check(client)
    with pytest.raises(AssertionError, match="did not come"):
        await PullCase("no error", {"site": board.url}, raises=ConnectorError).check(client)
    with pytest.raises(AssertionError, match="expected no error"):
        await PullCase("an error", {}, ids=[]).check(client)


def test_it_is_about_thirty_lines():
    assert len(inspect.getsource(Board).splitlines()) <= 35
