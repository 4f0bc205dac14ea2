# SPDX-License-Identifier: Apache-2.0
"""Meta's budgets are kept: slower from 80 %, no calls at 100 %."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import OriginThrottled
from sealock_origins.meta.usage import Budgets


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


async def test_a_full_budget_without_a_time_pauses_all_the_same(budgets):
    budgets.learn("1001", app(100))
    assert budgets.pause("1001") == timedelta(minutes=5)


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
