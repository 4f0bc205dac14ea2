# SPDX-License-Identifier: Apache-2.0
"""A thousand comments and three hundred messages of two accounts, with all that Meta does to those who read much."""

from __future__ import annotations

import random

import httpx2
import pytest

from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Settings
from sealock_origins.instagram.connector import Instagram
from tests.devkit.meta.callers import Meta
from tests.origins.instagram.conftest import account
from tests.origins.meta.life import Life
from tests.origins.meta.volume import (
    clock,  # noqa: F401
    days,  # noqa: F401
    in_the_emulators_time,
    once_and_in_order,
    pull_everything,
    quota,  # noqa: F401
    within_the_quota,
)

COMMENTS, POSTS, MESSAGES = 500, 18, 150
"""Of each account, before it is pulled."""
FEWEST_POSTS, MOST_POSTS = 12, 22
"""Comments on the 25 newest posts are pulled, and the emulator begins with three."""


@pytest.fixture
async def meta(clock):  # noqa: F811
    """The emulator, whose time moves only when a test or the connector waits."""
    settings = Settings(require_proof=True, counted_hours=1, instagram_calls_per_day=150)
    async with (
        running_meta(clock=clock, settings=settings) as site,
        httpx2.AsyncClient(trust_env=False, timeout=20) as http,
    ):
        yield Meta(site, http)


@pytest.fixture
async def connector(meta, arguments, days):  # noqa: F811
    """The connector, in the emulator's time."""
    async with in_the_emulators_time(meta, Instagram, arguments, days) as client:
        yield client


class AccountLife(Life):
    """The life of an account on Instagram, where comments cannot be edited."""

    def fill(self):
        """Write all that is there before the first pull."""
        for _ in range(POSTS):
            self.publish()
        self.begin(COMMENTS, MESSAGES)

    def publish(self):
        """The account publishes: that is no news."""
        if len(self._there(self.posts)) < MOST_POSTS:
            photo = self.meta.media.photo
            self.posts.append(self.meta.site.emulator.instagram_posts.publish(self.account.id, "News", photo))

    def delete_post(self):
        """A post is deleted, and what is below it cannot be seen any more."""
        if len(self._there(self.posts)) <= FEWEST_POSTS:
            return
        post = self.chance.choice(self._there(self.posts)[-5:])
        below = [each for each in self.comments if each.media_id == post.id]
        self._gone(below)
        self.comments = [each for each in self.comments if each not in below]
        self.meta.do("page_delete", target=post.id, account=self.account)

    def hide_comment(self, comment, *, hidden):
        """Hide a comment or show it."""
        self.meta.site.emulator.instagram_posts.hide(comment, hidden=hidden)

    def _possible(self):
        return [*super()._possible(), self.publish, self.delete_post]

    def _written_below(self, above, text, name):
        return self.meta.media_comment(above, text, person=name, account=self.account)


def item_and_thread(resource):
    """The ids within the external ids, which name the post too."""
    kind, parts = resource.external_id.split("/")[1], resource.external_id.split("/")
    thread = resource.thread_id.split("/")
    return (parts[3], thread[2] if kind == "message" else thread[3])


@pytest.mark.timeout(240)
async def test_everything_visible_comes_exactly_once_and_in_order(meta, connector, days, quota):  # noqa: F811
    start, throttled = int(meta.store.now()) - 60, 0
    other = meta.store.instagrams[meta.other_page.instagram_id]
    lives = [AccountLife(meta, meta.instagram, random.Random(26)), AccountLife(meta, other, random.Random(27))]
    for life in lives:
        life.fill()
    by_facebook = {"own_id": other.id, "token": meta.tokens.page_token(meta.user_token, meta.other_page.id).id}
    for life, login, changes in zip(lives, ("instagram", "facebook"), ({}, by_facebook), strict=True):
        instagram = life.account
        values = {**account(meta, login), "since": start, "messages_since": start, "id": instagram.id, **changes}
        values |= {"username": instagram.username, "page": meta.other_page.id if changes else "", "mentions": False}
        days.life = life
        keys = [("instagram", instagram.id)]
        resources, waits = await pull_everything(meta, connector, values, item_and_thread, life, quota, keys)
        throttled += waits
        assert len(resources) > 600
        once_and_in_order(resources, item_and_thread, life)
    within_the_quota(quota, throttled)
