# SPDX-License-Identifier: Apache-2.0
"""A thousand comments and three hundred messages of two accounts, with all that Meta does to those who read much."""

from __future__ import annotations

import random

import httpx2
import pytest

from sealock_devkit.origins.meta.settings import Settings
from sealock_devkit.origins.meta.site import running_meta
from sealock_origins.instagram.connector import Instagram
from tests.devkit.meta.callers import Meta
from tests.origins.instagram.conftest import account
from tests.origins.meta.volume import (
    PEOPLE,
    in_the_emulators_time,
    once_and_in_order,
    over_quota,  # noqa: F401
    pull_everything,
    within_the_quota,
)

COMMENTS, POSTS, MESSAGES = 500, 20, 150
"""Of each account."""


@pytest.fixture
async def meta():
    """The emulator, whose time moves only when a test or the connector waits."""
    settings = Settings(require_proof=True, instagram_calls_per_day=150, messenger_calls_per_day=90)
    async with running_meta(settings=settings) as site, httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        site.world.clock.freeze()
        yield Meta(site, http)


@pytest.fixture
async def connector(meta, arguments):
    """The connector, in the emulator's time."""
    async with in_the_emulators_time(meta, Instagram, arguments) as client:
        yield client


def fill(meta, instagram, chance):
    """Write everything to an account; what is to be found of it: ids of comments and messages, with their threads."""
    photo = meta.media.photo
    posts = [meta.site.domain.gallery.publish(instagram.id, f"News {number}", photo) for number in range(POSTS)]
    comments, found = [], {}
    for number in range(COMMENTS):
        meta.world.clock.advance(chance.choice([0, 0, 1, 5]))
        above = chance.choice(comments) if comments and chance.random() < 0.4 else chance.choice(posts)
        name = f"Person {number % PEOPLE}"
        comment = meta.media_comment(above, f"Comment {number}", person=name, account=instagram)
        comments.append(comment)
        found[comment.id] = found.get(above.id, comment.id)
    for number in range(MESSAGES):
        meta.world.clock.advance(chance.choice([0, 1]))
        name = f"Person {number % PEOPLE}"
        found[meta.message(f"Message {number}", person=name, account=instagram).id] = meta.scoped(name, instagram)
    return comments, found


def delete(meta, instagram, comments, chance):
    for comment in chance.sample(comments, 40):
        if not any(each.parent_id == comment.id for each in comments):
            name = meta.world.people[comment.author_id].name
            meta.do("delete", target=comment.id, person=name, account=instagram)


def item_and_thread(resource):
    """The ids within the external ids, which name the post too."""
    kind, parts = resource.external_id.split("/")[1], resource.external_id.split("/")
    thread = resource.thread_id.split("/")
    return (parts[3], thread[2] if kind == "message" else thread[3])


@pytest.mark.timeout(240)
async def test_everything_visible_comes_exactly_once_and_in_order(meta, connector, over_quota):  # noqa: F811
    chance = random.Random(26)
    start = int(meta.world.now()) - 60
    other = meta.world.instagrams[meta.other_page.instagram_id]
    expected = {}
    for instagram in (meta.instagram, other):
        comments, expected[instagram.id] = fill(meta, instagram, chance)
        delete(meta, instagram, comments, chance)
    alive = {
        each.id for table in (meta.world.media_comments, meta.world.messages) for each in table if not each.deleted
    }
    episodes = 0
    for instagram, changes in (
        (meta.instagram, {}),
        (other, {"own_id": other.id, "token": meta.tokens.page_token(meta.user_token, meta.other_page.id).id}),
    ):
        login = "facebook" if changes else "instagram"
        values = {**account(meta, login), "since": start, "messages_since": start, "id": instagram.id, **changes}
        values |= {"username": instagram.username, "page": meta.other_page.id if changes else "", "mentions": False}
        resources, throttled = await pull_everything(meta, connector, values, chance)
        episodes += throttled
        assert len(resources) > 600
        once_and_in_order(resources, item_and_thread, expected[instagram.id], alive)
    within_the_quota(over_quota, episodes)
