# SPDX-License-Identifier: Apache-2.0
"""A thousand comments and three hundred messages of two Pages, with all that Meta does to those who read much."""

from __future__ import annotations

import random

import httpx2
import pytest

from sealock_connector.testing import LOOPBACK
from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Settings
from sealock_origins.facebook.connector import Facebook
from tests.devkit.meta.callers import Meta
from tests.origins.facebook.conftest import account
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

COMMENTS, POSTS, MESSAGES = 500, 15, 150
"""Of each Page, before it is pulled. So many posts are by the Page, and by visitors."""
FEWEST_POSTS, MOST_POSTS = 20, 40


@pytest.fixture
async def meta(clock):  # noqa: F811
    """The emulator, whose time moves only when a test or the connector waits."""
    settings = Settings(require_proof=True, counted_hours=1, page_calls_per_day=150, messenger_calls_per_day=90)
    async with (
        running_meta(clock=clock, settings=settings) as site,
        httpx2.AsyncClient(trust_env=False, timeout=20) as http,
    ):
        yield Meta(site, http)


@pytest.fixture
async def connector(meta, tmp_path, days):  # noqa: F811
    """The connector, in the emulator's time."""
    (tmp_path / "secret").write_text(meta.store.keys.app_secret)
    options = {
        "app-id": meta.store.keys.app_id,
        "app-secret-file": tmp_path / "secret",
        "graph-url": meta.site.host("graph.facebook.com"),
        "allow-network": LOOPBACK,
        "listen": "127.0.0.1:0",
    }
    arguments = ["--insecure", *(f"--{name}={value}" for name, value in options.items())]
    async with in_the_emulators_time(meta, Facebook, arguments, days) as client:
        yield client


class PageLife(Life):
    """The life of a Page: posts are written, edited, hidden and deleted too."""

    def fill(self):
        """Write all that is there before the first pull."""
        for _ in range(POSTS):
            self.visitor_post()
            self.page_post()
        self.begin(COMMENTS, MESSAGES)

    def visitor_post(self):
        """Somebody posts on the Page."""
        if len(self._there(self.posts)) < MOST_POSTS:
            post = self.meta.visitor_post("Post", account=self.account, person=self._somebody())
            self.posts.append(post)
            self.threads[post.id] = post.id

    def page_post(self):
        """The Page posts: that is no news."""
        if len(self._there(self.posts)) < MOST_POSTS:
            self.posts.append(self.meta.site.emulator.page_posts.write_post(self.account.id, self.account.id, "News"))

    def hide_comment(self, comment, *, hidden):
        """Hide a comment or show it."""
        self.meta.site.emulator.page_posts.hide_comment(comment, hidden=hidden)

    def hide_post(self):
        """The Page hides a post, or shows one again."""
        post = self.chance.choice(self._there(self.posts))
        self.meta.site.emulator.page_posts.hide_post(post, hidden=not post.hidden)
        self._hidden([post, *(each for each in self.comments if each.post_id == post.id)])

    def delete_post(self):
        """A post is deleted, and everything below it is gone too."""
        if len(self._there(self.posts)) <= FEWEST_POSTS:
            return
        post = self.chance.choice(self._there(self.posts)[-5:])
        self._gone([post, *(each for each in self.comments if each.post_id == post.id)])
        self.meta.do("page_delete", target=post.id, account=self.account)

    def is_out_of_sight(self, comment):
        """Whether its post is hidden."""
        return self.meta.store.posts[comment.post_id].hidden

    def _possible(self):
        return [*super()._possible(), self.visitor_post, self.page_post, self.hide_post, self.delete_post]

    def _editable(self):
        return self._there(self.comments) + [each for each in self._there(self.posts) if each.id in self.threads]

    def _written_below(self, above, text, name):
        return self.meta.comment(above, text, person=name, account=self.account)


def item_and_thread(resource):
    """The ids within the external ids, which name the Page and the post too."""
    return resource.external_id.rpartition("/")[2], resource.thread_id.rpartition("/")[2]


@pytest.mark.timeout(240)
async def test_everything_visible_comes_exactly_once_and_in_order(meta, connector, days, quota):  # noqa: F811
    start, throttled = int(meta.store.now()) - 60, 0
    lives = [
        PageLife(meta, meta.page, random.Random(26)),
        PageLife(meta, meta.other_page, random.Random(27), hidden_too=True),
    ]
    for life in lives:
        life.fill()
    for life, hidden_too in zip(lives, (False, True), strict=True):
        page = life.account
        token = meta.tokens.page_token(meta.user_token, page.id).id
        named = {"page": page.id, "name": page.name, "token": token, "hidden_too": hidden_too}
        values = account(**named, since=start, messages_since=start)
        keys = [("pages", page.id), ("messenger", page.id)]
        days.life = life
        resources, waits = await pull_everything(meta, connector, values, item_and_thread, life, quota, keys)
        throttled += waits
        assert len(resources) > 600
        once_and_in_order(resources, item_and_thread, life)
    within_the_quota(quota, throttled)
