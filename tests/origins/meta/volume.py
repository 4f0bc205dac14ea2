# SPDX-License-Identifier: Apache-2.0
"""Everything that many people wrote, pulled while Meta does all that it does to those who read much."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_connector._options import parse
from sealock_devkit.origins.meta.usage import Usage
from sealock_origins.meta.usage import Budgets
from tests.sdk.scripted_origin import quick

LIMITS = ["pages_limit", "custom_limit", "page_limit", "app_limit", "service"]
PEOPLE = 40


def in_the_emulators_time(meta, connector_class, arguments):
    """Serves a connector that lives in the emulator's time: what it waits, passes there."""

    async def wait(seconds):
        meta.world.clock.advance(seconds)

    def now():
        return datetime.fromtimestamp(meta.world.now(), UTC)

    connector = connector_class(now=now, budgets=Budgets(clock=meta.world.now, sleep=wait))
    parse(connector, arguments, environ={})
    return quick(connector)


@pytest.fixture
def over_quota(monkeypatch):
    """The calls that were made although the budget was used up."""
    over, spend = [], Usage._spend

    def watched(usage, key, limit, *more):
        budget = usage._budgets.get(key)
        if budget and budget.used(usage._world.now()) >= limit:
            over.append((key, usage._world.now()))
        spend(usage, key, limit, *more)

    monkeypatch.setattr(Usage, "_spend", watched)
    return over


def disturb(faults, number, chance):
    """What goes wrong in one pull."""
    faults.errors = [chance.choice(LIMITS)] if number % 7 == 3 else []
    faults.empty_pages = 1
    faults.drop_midway, faults.fail = int(number % 9 == 4), int(number % 11 == 5)
    faults.slow_seconds = 0.02 if number % 5 == 2 else 0


async def pull_everything(meta, connector, values, chance):
    """All resources of an account, and how often the connector had to wait."""
    resources, state, throttled = [], b"", 0
    for number in range(400):
        undisturbed = number % 6 == 1
        disturb(meta.world.faults, 0 if undisturbed else number, chance)
        wait = None
        try:
            pulled = await connector.pull(values, state, max_resources=89, seconds=2 if number % 5 == 2 else None)
        except (OriginThrottled, OriginUnavailable) as refused:
            wait = refused
        else:
            resources += pulled.resources
            state, wait = pulled.state, pulled.interruption
            if not pulled.more and not pulled.resources and wait is None and undisturbed:
                return resources, throttled
        throttled += isinstance(wait, OriginThrottled)
        pause = wait.retry_after.total_seconds() if wait and wait.retry_after else 0
        meta.world.clock.advance(pause + 60)
    raise AssertionError("the pulls do not end")


def once_and_in_order(resources, item_and_thread, expected, alive):
    """Check that everything that is `alive` came once, on its thread, and each thread in its order."""
    found = [item_and_thread(each) for each in resources]
    assert Counter(found) == Counter(pair for pair in expected.items() if pair[0] in alive)
    threads = {}
    for each in resources:
        threads.setdefault(each.thread_id, []).append(each.created_at)
    assert all(moments == sorted(moments) for moments in threads.values())


def within_the_quota(over_quota, episodes):
    """Check the calls over the quota against how often the connector had to wait."""
    assert episodes > 4
    assert len(over_quota) <= episodes, "one call asks whether the pause is over, where Meta did not say how long it is"
    assert len(set(over_quota)) == len(over_quota), "never two of them together"
