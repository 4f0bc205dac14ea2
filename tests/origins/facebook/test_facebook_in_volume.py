# SPDX-License-Identifier: Apache-2.0
"""A thousand comments and three hundred messages of two Pages, with all that Meta does to those who read much."""

from __future__ import annotations

import random

import httpx2
import pytest

from sealock_connector.testing._running import LOOPBACK
from sealock_devkit.origins.meta.settings import Settings
from sealock_devkit.origins.meta.site import running_meta
from sealock_origins.facebook.connector import Facebook
from tests.devkit.meta.callers import Meta
from tests.origins.facebook.conftest import account
from tests.origins.meta.volume import (
    PEOPLE,
    in_the_emulators_time,
    once_and_in_order,
    over_quota,  # noqa: F401
    pull_everything,
    within_the_quota,
)

COMMENTS, POSTS, MESSAGES = 1_000, 60, 300


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
    """The connector, in the emulator's time."""
    (tmp_path / "secret").write_text(meta.world.keys.app_secret)
    options = {
        "app-id": meta.world.keys.app_id,
        "app-secret-file": tmp_path / "secret",
        "graph-url": meta.site.host("graph.facebook.com"),
        "allow-network": LOOPBACK,
        "listen": "127.0.0.1:0",
    }
    arguments = ["--insecure", *(f"--{name}={value}" for name, value in options.items())]
    async with in_the_emulators_time(meta, Facebook, arguments) as client:
        yield client


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


def item_and_thread(resource):
    """The ids within the external ids, which name the Page and the post too."""
    return resource.external_id.rpartition("/")[2], resource.thread_id.rpartition("/")[2]


@pytest.mark.timeout(240)
async def test_everything_visible_comes_exactly_once_and_in_order(meta, connector, over_quota):  # noqa: F811
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
        once_and_in_order(resources, item_and_thread, expected[page.id], alive)
    within_the_quota(over_quota, episodes)
