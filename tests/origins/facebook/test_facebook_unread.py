# SPDX-License-Identifier: Apache-2.0
"""What cannot be read when its turn comes: it holds nothing up, is told once, and comes when it can be read."""

from __future__ import annotations

import logging

import pytest

from sealock_connector import Cause, ConnectorError, Miss, OriginUnavailable
from sealock_origins.meta import inbox
from sealock_origins.meta.messages import MESSAGE_FIELDS
from sealock_origins.meta.position import EVERY_PULL, MOST_BYTES, MOST_UNLISTED, MOST_UNREAD, InboxPosition, Unread
from tests.origins.facebook.conftest import account
from tests.origins.meta.fake_graph import PAGE, error

DAY = 86_400
NEVER = [error(200, status=403)] * 999


@pytest.fixture
def misses(monkeypatch):
    """What is counted of conversations."""
    counted = []
    monkeypatch.setattr(inbox, "count_miss", counted.append)
    return counted


def closed(graph, *people, answers=NEVER):
    graph.faults.update({f"GET /t_{person}/messages": list(answers) for person in people})


def asked(graph, person):
    return graph.calls.count(f"GET /t_{person}/messages")


def words(page):
    return [each.message for each in page.resources]


async def pulled(connector, state=b""):
    """A page, whatever the pull ended with."""
    try:
        return await connector.pull(account(visitor_posts=False, comments=False), state)
    except ConnectorError as failure:
        return failure


@pytest.mark.parametrize("age", [0, 30 * DAY])
async def test_a_conversation_that_cannot_be_read_comes_days_later(graph, connector, misses, caplog, age):
    graph.message("7007", "Before")
    graph.now += 5
    graph.message("7008", "Fine")
    graph.now += age
    closed(graph, "7007")
    page = await pulled(connector)
    assert words(page) == ["Fine"]
    assert (type(page.interruption), page.interruption.cause) == (OriginUnavailable, Cause.RIGHT_MISSING)
    for number in range(60):
        graph.now += 3_600
        if number % 10 == 0:
            graph.message("7008", f"News {number}")
        page = await pulled(connector, page.state)
        assert words(page) == ([f"News {number}"] if number % 10 == 0 else [])
        assert page.interruption is None
    assert EVERY_PULL < asked(graph, "7007") / len(MESSAGE_FIELDS) < 25
    graph.faults.clear()
    graph.now += DAY
    graph.message("7008", "Later")
    page = await pulled(connector, page.state)
    assert sorted(words(page)) == ["Before", "Later"]
    assert words(await pulled(connector, page.state)) == []
    assert misses == [Miss.POSTPONED]
    told = [
        each.message for each in caplog.records if each.levelno >= logging.WARNING and "conversation" in each.message
    ]
    assert len(told) == 1


async def test_what_was_read_of_a_conversation_before_is_not_read_again(graph, connector):
    graph.message("7007", "First")
    state = (await pulled(connector)).state
    graph.now += 5
    graph.message("7007", "Second")
    closed(graph, "7007")
    state = (await pulled(connector, state)).state
    graph.now += 5 * DAY
    graph.message("7008", "Of another")
    state = (await pulled(connector, state)).state
    graph.now += 5 * DAY
    graph.faults.clear()
    assert words(await pulled(connector, state)) == ["Second"]


async def test_too_many_that_cannot_be_read_are_given_up_aloud(graph, connector, misses, caplog):
    people = [str(8000 + number) for number in range(MOST_UNREAD + 3)]
    graph.message("7008", "Fine")
    for person in people:
        graph.now += 200
        graph.message(person, f"From {person}")
    closed(graph, *people)
    page = await pulled(connector)
    assert words(page) == ["Fine"]
    assert (misses.count(Miss.POSTPONED), misses.count(Miss.GIVEN_UP)) == (len(people), 3)
    assert sum("is given up" in each.message for each in caplog.records if each.levelno == logging.ERROR) == 3
    graph.faults.clear()
    graph.now += DAY
    assert len(words(await pulled(connector, page.state))) == MOST_UNREAD


async def test_where_none_can_be_read_none_is_given_up(graph, connector, misses):
    people = [str(8000 + number) for number in range(2 * MOST_UNREAD)]
    for person in people:
        graph.message(person, f"From {person}")
        graph.now += 1
    closed(graph, *people)
    state = b""
    for _ in range(3 * MOST_UNREAD):
        graph.now += 600
        answer = await pulled(connector, state)
        if not isinstance(answer, ConnectorError):
            answer, state = answer.interruption, answer.state
        assert answer is None or answer.cause is Cause.RIGHT_MISSING
    graph.faults.clear()
    graph.now += 2 * DAY
    assert sorted(words(await pulled(connector, state))) == [f"From {person}" for person in people]
    assert Miss.GIVEN_UP not in misses


async def test_a_conversation_that_is_listed_no_more_is_given_up_aloud(graph, connector, misses):
    graph.message("7008", "Fine")
    graph.now += 1
    lost = graph.message("7007", "Lost")
    closed(graph, "7007")
    page = await pulled(connector)
    del graph.messages[lost]
    for _ in range(2 * MOST_UNLISTED):
        graph.now += DAY
        page = await pulled(connector, page.state)
    assert misses == [Miss.POSTPONED, Miss.GIVEN_UP]


async def test_where_meta_only_failed_it_is_asked_for_soon_again(graph, connector):
    graph.message("7008", "Fine")
    graph.now += 1
    graph.message("7007", "Delayed")
    closed(graph, "7007", answers=[error(2, status=500)] * 999)
    page = await pulled(connector)
    for _ in range(100):
        graph.now += 300
        page = await pulled(connector, page.state)
    graph.faults.clear()
    graph.now += 20 * 60
    assert words(await pulled(connector, page.state)) == ["Delayed"]


def test_what_is_unread_fits_into_the_position_and_is_read_back():
    position = InboxPosition.begin(1_000)
    for number in range(200):
        position = position.with_message(f"t_{number}", f"m_{number}", 5_000 + number, last=True)
    for number in range(MOST_UNREAD):
        for second in range(5):
            position = position.with_message(f"u_{number}", f"m_{second}", 9_000, last=False)
        position = position.with_unread(f"u_{number}", 9_500, 20_000, passing=False)
    assert position.with_unread("one more", 9_500, 20_000, passing=False) is None
    assert len(position.dump()) <= MOST_BYTES
    assert InboxPosition.load(position.dump()) == position
    settled = position.with_conversation(50_000).settled()
    assert settled.knows("others", "m", 9_500)
    assert not settled.knows("u_3", "m", 9_500)
    assert settled.knows("u_3", "m", 8_999)
    assert settled.not_before(9_501).unread == {}


def test_a_position_of_before_is_read_and_begins_without_what_is_unread():
    position = InboxPosition.begin(1_000).with_message("t", "m", 2_000, last=True)
    assert position.dump()[0] == 1
    assert InboxPosition.load(position.dump()).unread == {}


def test_the_intervals_grow_to_a_day():
    unread, now, gaps = Unread(1_000), 2_000, []
    for _ in range(40):
        waited = 0
        while not unread.is_due(now + waited):
            waited += 60
        gaps.append(waited)
        now += waited
        unread = unread.again(1_000, now, passing=False)
    assert gaps[: EVERY_PULL + 1] == [0] * (EVERY_PULL + 1)
    assert gaps == sorted(gaps)
    assert gaps[-1] == DAY


async def test_a_page_of_conversations_at_meta_is_not_asked_for_one_by_one(graph, connector):
    """One that is far down in the list costs a call for each hundred, and only when its turn comes."""
    graph.message("7007", "Far down")
    closed(graph, "7007")
    graph.now += 1
    graph.message("7008", "Fine")
    state = (await pulled(connector)).state
    for number in range(150):
        graph.now += 1_000
        graph.message(str(8000 + number), "Other")
    graph.calls.clear()
    await pulled(connector, state)
    assert graph.calls.count(f"GET /{PAGE}/conversations") <= 3
