# SPDX-License-Identifier: Apache-2.0
"""Budgets of calls: what their headers say, and who has to wait."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.graph import App, Endpoint


class Time:
    """Time that passes when somebody sleeps."""

    def __init__(self):
        self.now = 1_000.0
        self.slept = []

    def clock(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def budgets(time):
    return Budgets(clock=time.clock, sleep=time.sleep)


def business(used, minutes=0):
    told = {"type": "pages", "call_count": used, "total_cputime": 2, "estimated_time_to_regain_access": minutes}
    return {"x-business-use-case-usage": json.dumps({"77": [told]})}


def app(used):
    return {"x-app-usage": json.dumps({"call_count": 3, "total_time": used, "total_cputime": 0})}


@pytest.mark.parametrize("headers", [business, app])
@pytest.mark.parametrize(("used", "slower"), [(0, False), (79.9, False), (80, True), (95, True), (99, True)])
async def test_calls_are_slower_from_eighty_percent(budgets, time, headers, used, slower):
    budgets.learn("1001", headers(used))
    await budgets.admit("1001")
    assert bool(time.slept) is slower
    assert all(0 < seconds <= 2 for seconds in time.slept)


async def test_a_full_budget_stops_calls_for_as_many_minutes_as_meta_says(budgets, time):
    budgets.learn("1001", business(100, minutes=7))
    for waited, left in ((0, 420), (60, 360), (359, 1)):
        time.now = 1_000 + 60 * (waited // 60) if waited != 359 else 1_419
        with pytest.raises(OriginThrottled) as refused:
            await budgets.admit("1001")
        assert refused.value.retry_after == timedelta(seconds=left)
    assert budgets.pause("1001") == timedelta(seconds=1)
    time.now = 1_421
    await budgets.admit("1001")
    assert budgets.pause("1001") is None


async def test_an_answer_that_says_a_shorter_time_does_not_end_a_longer_pause(budgets):
    budgets.learn("1001", business(100, minutes=30))
    budgets.learn("1001", business(100, minutes=2))
    assert budgets.pause("1001") == timedelta(minutes=30)


@pytest.mark.parametrize("headers", [business, app])
@pytest.mark.parametrize("used", [100, 250])
async def test_a_full_budget_without_a_time_pauses_until_all_that_was_counted_is_an_hour_old(budgets, headers, used):
    budgets.learn("1001", headers(used))
    assert budgets.pause("1001") == timedelta(hours=1)


@pytest.mark.parametrize(("used", "pulls"), [(94.9, True), (95, False), (99, False)])
async def test_pulls_end_at_ninety_five_percent_and_replies_go_on(budgets, used, pulls):
    budgets.learn("1001", business(used))
    await budgets.admit("1001")
    if pulls:
        await budgets.admit("1001", pulling=True)
        return
    with pytest.raises(OriginThrottled) as refused:
        await budgets.admit("1001", pulling=True)
    assert timedelta(minutes=4) < refused.value.retry_after <= timedelta(minutes=5)


async def test_pulls_ask_again_after_longer_and_longer_pauses(budgets, time):
    budgets.learn("1001", business(97))
    asked = []
    for _ in range(6):
        with pytest.raises(OriginThrottled) as refused:
            await budgets.admit("1001", pulling=True)
        asked.append(round(refused.value.retry_after.total_seconds() / 60))
        time.now += refused.value.retry_after.total_seconds() + 200
        await budgets.admit("1001", pulling=True)
        budgets.learn("1001", business(97))
    assert asked == [5, 10, 20, 40, 60, 60]
    budgets.learn("1001", business(40))
    await budgets.admit("1001", pulling=True)
    budgets.learn("1001", business(95))
    with pytest.raises(OriginThrottled) as refused:
        await budgets.admit("1001", pulling=True)
    assert refused.value.retry_after <= timedelta(minutes=5), "what was learnt of the last time is over"


async def test_what_a_pull_asks_without_an_answer_counts_too(budgets, time):
    budgets.learn("1001", business(97))
    time.now += 301
    await budgets.admit("1001", pulling=True)
    with pytest.raises(OriginThrottled):
        await budgets.admit("1001", pulling=True)


class Counted:
    """A budget of so many calls within so many seconds, as Meta counts it."""

    def __init__(self, limit, seconds):
        self.limit, self.seconds, self.calls = limit, seconds, deque()

    def used(self, now):
        while self.calls and self.calls[0] <= now - self.seconds:
            self.calls.popleft()
        return len(self.calls)


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from([(3_600, 100), (3_600, 200), (86_400, 600)]),
    st.sampled_from([1, 20, 100]),
    st.integers(0, 30),
    st.integers(0, 2**32),
)
async def test_pulls_never_ask_while_the_budget_is_used_up(counted, calls_a_pull, lost, seed):
    """Whether Meta counts an hour or a day, and with answers lost."""
    time, chance = Time(), random.Random(seed)
    budgets, meta = Budgets(clock=time.clock, sleep=time.sleep), Counted(counted[1], counted[0])
    for _ in range(150):
        wait = 60
        try:
            for _ in range(calls_a_pull):
                async with budgets.call("1001", pulling=True):
                    assert meta.used(time.now) < meta.limit
                    meta.calls.append(time.now)
                    if lost <= chance.randrange(100):
                        budgets.learn("1001", business(100 * meta.used(time.now) // meta.limit))
        except OriginThrottled as refused:
            wait = refused.retry_after.total_seconds()
        time.now += wait


async def side_by_side(budgets, headers):
    """Four calls at once, each answered so; what came of them, and how many were under way together."""
    under_way, most = [], []

    async def call():
        async with budgets.call("1001"):
            under_way.append(1)
            most.append(len(under_way))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            under_way.pop()
            budgets.learn("1001", headers)

    results = await asyncio.gather(*(call() for _ in range(4)), return_exceptions=True)
    return [type(each) for each in results], max(most)


async def test_soon_after_an_answer_calls_go_side_by_side(budgets):
    budgets.learn("1001", business(10))
    assert await side_by_side(budgets, business(11)) == ([type(None)] * 4, 4)


@pytest.mark.parametrize("silence", [0, 60])
async def test_after_a_silence_one_call_goes_first_and_its_answer_is_waited_for(budgets, time, silence):
    if silence:
        budgets.learn("1001", business(10))
        time.now += silence
    results, _ = await side_by_side(budgets, business(100, minutes=5))
    assert results == [type(None), *[OriginThrottled] * 3]


async def test_calls_that_are_refused_without_a_word_on_how_long_come_less_and_less_often(budgets, time):
    pauses = []
    for _ in range(9):
        budgets.refuse("1001")
        pause = budgets.pause("1001") or timedelta()
        pauses.append(round(pause.total_seconds() / 60))
        time.now += max(pause.total_seconds(), 3)
        await budgets.admit("1001")
    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    budgets.take("1001")
    budgets.refuse("1001")
    assert budgets.pause("1001") is None


class Breaking:
    """A client whose answers have headers, and break off after that."""

    status_code = 200

    def __init__(self, headers):
        self.headers = headers

    @asynccontextmanager
    async def stream(self, *_args, **_more):
        yield self

    async def aread(self):
        raise OriginUnavailable("the connection to the origin broke")


async def test_what_an_answers_headers_say_holds_though_its_body_breaks_off(budgets):
    endpoint = Endpoint(Breaking(business(100, minutes=7)), "https://graph.example", "v26.0", App("1", "s"), budgets)
    with pytest.raises(OriginUnavailable):
        await endpoint.graph("token", account="1001").get("1001/feed")
    assert budgets.pause("1001") == timedelta(minutes=7)


async def test_a_budget_concerns_its_account_alone(budgets, time):
    budgets.learn("1001", business(100, minutes=7))
    await budgets.admit("1002")
    assert time.slept == []


async def test_what_was_told_long_ago_is_not_believed(budgets, time):
    budgets.learn("1001", business(95))
    time.now += 121
    await budgets.admit("1001")
    assert time.slept == []


async def test_calls_come_one_after_the_other_at_their_pace(budgets, time):
    for _ in range(5):
        await budgets.pace("1001", per_second=2)
    assert time.now == 1_002.0


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_headers_that_nobody_understands_change_nothing(header):
    budgets = Budgets()
    budgets.learn("1001", {"x-app-usage": header, "x-business-use-case-usage": header})
    assert budgets.pause("1001") is None


@given(
    st.dictionaries(
        st.text(), st.lists(st.dictionaries(st.sampled_from(["call_count", "type"]), st.none() | st.text())) | st.none()
    )
)
def test_odd_usage_of_a_business_changes_nothing(told):
    budgets = Budgets()
    budgets.learn("1001", {"x-business-use-case-usage": json.dumps(told)})
    assert budgets.pause("1001") is None
