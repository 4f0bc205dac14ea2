# SPDX-License-Identifier: Apache-2.0
"""Everything that many people wrote, pulled while Meta does all that it does to those who read much."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_connector._serving.options import parse
from sealock_devkit.emulators.meta import content
from sealock_devkit.emulators.meta.graph.call import Usage
from sealock_devkit.emulators.meta.settings import Clock
from sealock_origins.meta.budget import Budgets
from tests.connector.scripted_origin import quick
from tests.devkit.meta.callers import NOON

LIMITS = ["pages_limit", "custom_limit", "page_limit", "app_limit", "service"]
LIVELY_PULLS = 60
"""In so many pulls, and between them, things happen."""


class Days:
    """What happens while the connector waits in the middle of a pull."""

    def __init__(self):
        self.life = None

    def wait(self):
        if self.life is not None and self.life.chance.random() < 0.5:
            self.life.go_on()


def in_the_emulators_time(meta, connector_class, arguments, days):
    """Serves a connector that lives in the emulator's time: what it waits, passes there, and life goes on."""

    async def wait(seconds):
        meta.store.clock.advance(seconds)
        days.wait()

    def now():
        return datetime.fromtimestamp(meta.store.now(), UTC)

    connector = connector_class(now=now, budgets=Budgets(clock=meta.store.now, sleep=wait))
    parse(connector, arguments, environ={})
    return quick(connector)


class Quota:
    """Watches the emulator's budgets: the calls `over` one that was used up, and how often one was `full`."""

    def __init__(self, spend):
        self.over, self.full = [], 0
        self._spend, self._usage = spend, None

    def watch(self, usage, key, limit, *more):
        self._usage = usage
        if self._used(key) >= limit:
            self.over.append((key, usage._world.now()))
        self._spend(usage, key, limit, *more)
        self.full += self._used(key) >= limit

    def leave_one(self, key):
        """Another app uses up the budget, but for one call."""
        budget, left = self._usage._budgets.get(key), self._usage._limit(key[0]) - self._used(key)
        if budget and left:
            budget.count(self._usage._world.now(), left - 1)

    def _used(self, key):
        budget = self._usage._budgets.get(key)
        return budget.used(self._usage._world.now()) if budget else 0


@pytest.fixture
def clock(monkeypatch):
    """A time that only tests and connectors move, and messages with the same ids each time."""
    numbers = random.Random(26)
    drawn = SimpleNamespace(token_urlsafe=lambda length: f"{numbers.getrandbits(6 * length):0{2 * length}x}"[:length])
    monkeypatch.setattr(content, "secrets", drawn)
    clock = Clock()
    clock.freeze()
    clock.set(NOON)
    return clock


@pytest.fixture
def days():
    """What happens in the middle of pulls."""
    return Days()


@pytest.fixture
def quota(monkeypatch):
    """What becomes of the budgets."""
    quota = Quota(Usage._spend)

    def spend(usage, key, limit, *more):
        quota.watch(usage, key, limit, *more)

    monkeypatch.setattr(Usage, "_spend", spend)
    return quota


def disturb(faults, number, chance):
    """What goes wrong in one pull."""
    faults.errors = [chance.choice(LIMITS)] if number % 7 == 3 else []
    faults.empty_pages = 1
    faults.drop_midway, faults.fail = int(number % 9 == 4), int(number % 11 == 5)
    faults.slow_seconds = 0.02 if number % 5 == 2 else 0


async def pull_everything(meta, connector, values, item_and_thread, life, quota, keys):
    """All resources of an account whose life goes on meanwhile, and how often the connector had to wait."""
    resources, state, throttled = [], b"", 0
    for number in range(600):
        undisturbed = number % 6 == 1
        life.over = number >= LIVELY_PULLS
        disturb(meta.store.faults, 0 if undisturbed else number, life.chance)
        wait = None
        try:
            pulled = await connector.pull(values, state, max_resources=89, seconds=2 if number % 5 == 2 else None)
        except (OriginThrottled, OriginUnavailable) as refused:
            wait = refused
        else:
            resources += pulled.resources
            life.came(item for item, _ in map(item_and_thread, pulled.resources))
            state, wait = pulled.state, pulled.interruption
            if number > LIVELY_PULLS and not pulled.more and not pulled.resources and wait is None and undisturbed:
                return resources, throttled
        throttled += isinstance(wait, OriginThrottled)
        pause = wait.retry_after.total_seconds() if wait and wait.retry_after else 0
        meta.store.clock.advance(pause + 60)
        life.go_on()
        if number % 13 == 6:
            quota.leave_one(life.chance.choice(keys))
    raise AssertionError("the pulls do not end")


def once_and_in_order(resources, item_and_thread, life):
    """
    Check that everything came once, on its thread, and each thread in its order.

    What was hidden or deleted before it came may be missing; what was hidden may come late.
    """
    found = [item_and_thread(each) for each in resources]
    assert [pair for pair, times in Counter(found).items() if times > 1] == [], "what came twice"
    assert set(found) <= set(life.threads.items())
    came = {item for item, _ in found}
    assert set(life.threads) - life.may_miss - came == set(), "what is lost"
    assert len(life.may_miss - came) < len(came) / 2, "most of it came, or this says little"
    threads = {}
    for each, (item, thread) in zip(resources, found, strict=True):
        if item not in life.late:
            threads.setdefault(thread, []).append(each.created_at)
    assert all(moments == sorted(moments) for moments in threads.values())


def within_the_quota(quota, throttled):
    """Check that nobody asked while a budget was used up, and that this came near often enough."""
    assert quota.over == []
    assert quota.full > 2
    assert throttled > 6
