# SPDX-License-Identifier: Apache-2.0
"""A thousand comments and three hundred messages of two Pages, with all that Meta does to those who read much."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_connector._options import parse
from sealock_connector.testing._running import LOOPBACK
from sealock_devkit.origins.meta.settings import Settings
from sealock_devkit.origins.meta.site import running_meta
from sealock_devkit.origins.meta.usage import Usage
from sealock_origins.facebook.connector import Facebook
from sealock_origins.meta.usage import Budgets
from tests.devkit.meta.callers import Meta
from tests.origins.facebook.conftest import account
from tests.sdk.scripted_origin import quick

LIMITS = ["pages_limit", "custom_limit", "page_limit", "app_limit", "service"]
COMMENTS, POSTS, MESSAGES, PEOPLE = 1_000, 60, 300, 40


@pytest.fixture
async def meta():
    """The emulator, whose time moves only when a test or the connector waits."""
    settings = Settings(require_proof=True, page_calls_per_day=150, messenger_calls_per_day=90)
    async with (
        running_meta(settings=settings) as site,
        httpx2.AsyncClient(trust_env=False, timeout=20) as http,
    ):
        site.world.clock.freeze()
        yield Meta(site, http)


@pytest.fixture
async def connector(meta, tmp_path):
    """The connector, which lives in the emulator's time: what it waits, passes there."""
    async with connecting(meta, tmp_path) as client:
        yield client


@asynccontextmanager
async def connecting(meta, folder):
    async def wait(seconds):
        meta.world.clock.advance(seconds)

    (folder / "secret").write_text(meta.world.keys.app_secret)
    now = lambda: datetime.fromtimestamp(meta.world.now(), UTC)  # noqa: E731
    connector = Facebook(now=now, budgets=Budgets(clock=meta.world.now, sleep=wait))
    options = {
        "app-id": meta.world.keys.app_id,
        "app-secret-file": folder / "secret",
        "graph-url": meta.site.host("graph.facebook.com"),
        "allow-network": LOOPBACK,
        "listen": "127.0.0.1:0",
    }
    parse(connector, ["--insecure", *(f"--{name}={value}" for name, value in options.items())], environ={})
    async with quick(connector) as client:
        yield client


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


def fill(meta, page, chance):
    """Write everything on a Page; what is to be found of it: ids of comments and messages, with their threads."""
    posts = [meta.visitor_post(f"Post {number}", account=page) for number in range(POSTS // 4)]
    posts += [meta.site.domain.walls.write_post(page.id, page.id, f"News {number}") for number in range(POSTS // 4)]
    found = {post.id: post.id for post in posts[: POSTS // 4]}
    comments = []
    for number in range(COMMENTS // 2):
        meta.world.clock.advance(chance.choice([0, 0, 1, 5]))
        above = chance.choice(comments) if comments and chance.random() < 0.4 else chance.choice(posts)
        comment = meta.comment(above, f"Comment {number}", person=f"Person {number % PEOPLE}", account=page)
        comments.append(comment)
        found[comment.id] = found.get(above.id, comment.id)
    for number in range(MESSAGES // 2):
        meta.world.clock.advance(chance.choice([0, 1]))
        name = f"Person {number % PEOPLE}"
        found[meta.message(f"Message {number}", person=name, account=page).id] = meta.scoped(name, page)
    return comments, found


def edit_and_delete(meta, page, comments, chance):
    for number, comment in enumerate(chance.sample(comments, 60)):
        name = meta.world.people[comment.author_id].name
        if number % 2:
            meta.do("edit", target=comment.id, text="Edited", person=name, account=page)
        elif not any(each.parent_id == comment.id for each in comments):
            meta.do("delete", target=comment.id, person=name, account=page)


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


@pytest.mark.timeout(240)
async def test_everything_visible_comes_exactly_once_and_in_order(meta, connector, over_quota):
    chance = random.Random(26)
    start = int(meta.world.now()) - 60
    expected = {}
    for page in (meta.page, meta.other_page):
        comments, expected[page.id] = fill(meta, page, chance)
        edit_and_delete(meta, page, comments, chance)
    tables = (meta.world.comments, meta.world.posts, meta.world.messages)
    alive = {each.id for table in tables for each in table if not each.deleted}
    episodes = 0
    for page in (meta.page, meta.other_page):
        token = meta.tokens.page_token(meta.user_token, page.id).id
        values = account(page=page.id, name=page.name, token=token, since=start, messages_since=start)
        resources, throttled = await pull_everything(meta, connector, values, chance)
        episodes += throttled
        found = [(each.external_id.rpartition("/")[2], each.thread_id.rpartition("/")[2]) for each in resources]
        assert Counter(found) == Counter(pair for pair in expected[page.id].items() if pair[0] in alive)
        threads = {}
        for each in resources:
            threads.setdefault(each.thread_id, []).append(each.created_at)
        assert all(moments == sorted(moments) for moments in threads.values())
    assert episodes > 4
    assert len(over_quota) <= episodes, "one call asks whether the pause is over, where Meta did not say how long it is"
    assert len(set(over_quota)) == len(over_quota), "never two of them together"
