# SPDX-License-Identifier: Apache-2.0
"""However many comments wait for moderation, each comes once it is approved."""

from __future__ import annotations

from random import Random

import pytest

from sealock_origins.wordpress import position
from sealock_origins.wordpress.position import MAX_BYTES, Position
from tests.origins.wordpress.fake_site import COMMENTS, Answer, FakeSite, account_values, comment
from tests.origins.wordpress.pulls.pulled import Pulls

MANY = 1_500
FEWER = 500


class Flooded:
    """A site with comments of which many wait, as its REST API lists them."""

    def __init__(self, waiting, many=MANY):
        self.all = {number: comment(number) for number in range(1, many + 1)}
        for number in waiting:
            self.all[number]["status"] = "hold"

    def approve(self, *numbers):
        for number in numbers:
            self.all[number]["status"] = "approved"

    def __call__(self, query):
        wanted = map(int, query["include"].split(",")) if "include" in query else self.all
        listed = [self.all[each] for each in wanted if each in self.all]
        if query.get("status") == "hold":
            listed = [each for each in listed if each["status"] == "hold"]
        start = int(query.get("offset", 0))
        part = listed[start : start + int(query["per_page"])]
        return Answer(part, headers={"x-wp-total": str(len(listed))})


async def test_of_a_thousand_comments_that_wait_the_oldest_comes_too(connector):
    waiting = [number for number in range(1, MANY + 1) if number % 3]
    site = Flooded(waiting)
    async with FakeSite() as fake:
        fake.answers = {COMMENTS: site}
        pulls = Pulls(connector, account_values(fake))
        assert len(await pulls.texts()) == MANY - len(waiting)
        assert len(Position.load(pulls.state).waiting) == len(waiting)
        site.approve(1, 2, 500, 1_499)
        came = []
        for _ in range(5):
            fake.asked.clear()
            came += await pulls.texts()
            assert len(fake.asked) < 12
        assert sorted(came) == sorted(f"Comment {number}" for number in (1, 2, 500, 1_499))
        site.approve(*waiting)
        for _ in range(5):
            came += await pulls.texts()
    assert len(came) == len(set(came)) == len(waiting)


async def test_comments_for_which_the_state_had_no_room_come_once_they_are_approved(connector, monkeypatch, caplog):
    monkeypatch.setattr(position, "MAX_BYTES", 140)
    random = Random(7)
    waiting = [number for number in range(1, FEWER + 1) if random.random() < 0.6]
    site = Flooded(waiting, FEWER)
    async with FakeSite() as fake:
        fake.answers = {COMMENTS: site}
        pulls = Pulls(connector, account_values(fake))
        assert len(await pulls.texts()) == FEWER - len(waiting)
        known = Position.load(pulls.state)
        assert len(known.waiting) < len(waiting), (len(known.waiting), len(waiting), len(pulls.state))
        assert "are given up" in caplog.text
        first, last, newest = waiting[0], max(set(waiting) - set(known.waiting)), waiting[-1]
        assert await pulls.texts() == []
        site.approve(first, last, newest)
        came = []
        for _ in range(8):
            came += await pulls.texts()
        assert {f"Comment {number}" for number in (first, last, newest)} <= set(came)
        assert Position.load(pulls.state).given_up.last
        assert [await pulls.texts() for _ in range(3)] == [[], [], []]
        site.approve(*waiting)
        for _ in range(16):
            came += await pulls.texts()
    assert {f"Comment {number}" for number in waiting} <= set(came)
    assert Position.load(pulls.state).given_up.last == 0


CROWDS = [
    ("in a row", 20_000, lambda random, number: 1),
    ("of which every second is another's", 8_000, lambda random, number: random.choice((1, 1, 2, 3))),
    ("far apart", 2_000, lambda random, number: random.randrange(1, 300)),
]


@pytest.mark.parametrize(("count", "gap"), [crowd[1:] for crowd in CROWDS], ids=[crowd[0] for crowd in CROWDS])
def test_a_state_has_room_for_comments_that_wait(count, gap):
    random, ids, last = Random(7), [], 9_000_000
    for number in range(count):
        last += gap(random, number)
        ids.append(last)
    known = Position(settled=last, rank=last, waiting=tuple(ids))
    for number in range(60):
        known = known.with_seen(last + number + 1)
    state = known.dump()
    assert len(state) <= MAX_BYTES
    assert Position.load(state).waiting == tuple(ids)
