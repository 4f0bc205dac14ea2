# SPDX-License-Identifier: Apache-2.0
"""However an account's life and its pulls are mixed, cut and limited: everything comes, nothing twice, in order."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_connector.testing import running
from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Clock, Settings
from sealock_origins.instagram.connector import Instagram
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.inbox import SETTLING
from tests.devkit.meta.callers import NOON, Meta
from tests.origins.instagram.conftest import account, no_time
from tests.origins.meta.failures.agents import Agents
from tests.origins.meta.volume import (
    LIVELY_PULLS,
    SEEDS,
    Life,
    Rhythm,
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
        httpx2.AsyncClient(trust_env=False, verify=False, timeout=20) as http,
    ):
        yield Meta(site, http)


@pytest.fixture
async def connector(meta, arguments, days):  # noqa: F811
    """The connector, in the emulator's time."""
    async with in_the_emulators_time(meta, Instagram, arguments, days) as client:
        yield client


class AccountLife(Life):
    """The life of an account on Instagram, where comments cannot be edited."""

    def fill(self, share):
        """Write a share of all that can be there before the first pull."""
        for _ in range(POSTS):
            self.publish()
        self.begin(int(COMMENTS * share), int(MESSAGES * share))

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


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("share", "seed"), SEEDS)
async def test_everything_visible_comes_exactly_once_and_in_order(
    meta,
    connector,
    days,  # noqa: F811
    quota,  # noqa: F811
    share,
    seed,
):
    start, throttled = int(meta.store.now()) - 60, 0
    other = meta.store.instagrams[meta.other_page.instagram_id]
    lives = [AccountLife(meta, meta.instagram, random.Random(seed)), AccountLife(meta, other, random.Random(seed + 1))]
    for life in lives:
        life.fill(share)
    by_facebook = {"own_id": other.id, "page": meta.other_page.id}

    def page_token():
        meta.user_token = meta.sign_in(meta.owner)
        return meta.tokens.page_token(meta.user_token, meta.other_page.id).id

    def own_token():
        return meta.sign_in_on_instagram(meta.instagram).id

    logins = [("instagram", {}, own_token), ("facebook", by_facebook, page_token)]
    for life, (login, changes, token) in zip(lives, logins, strict=True):
        instagram = life.account
        values = {**account(meta, login), "since": start, "messages_since": start, "page": "", **changes}
        values |= {"id": instagram.id, "username": instagram.username, "mentions": False, "token": token()}
        days.life = life
        keys = [("instagram", instagram.id)]
        agents = Agents(meta, connector, random.Random(seed + 2))
        resources, waits = await pull_everything(
            meta,
            connector,
            values,
            item_and_thread,
            life,
            quota,
            keys,
            rhythm=Rhythm(seed),
            agents=agents,
            return_with=token,
            lively_pulls=int(LIVELY_PULLS * share),
        )
        throttled += waits
        assert len(resources) > 600 * share
        once_and_in_order(resources, item_and_thread, life)
        agents.each_came_once()
    within_the_quota(quota, throttled)


WHO = st.sampled_from(["Ann Example", "Ben Sample", ""])
"""Who comments or writes; empty: the account itself."""
FAULTS = st.sampled_from(["", "", "drop_midway", "fail", "instagram_limit", "service"])
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 30, 90, 600])),
    st.tuples(st.just("publish")),
    st.tuples(st.just("comment"), st.integers(0, 9), WHO),
    st.tuples(st.just("answer"), st.integers(0, 9), WHO),
    st.tuples(st.just("message"), st.sampled_from(["Ann Example", "Ben Sample", "Cleo"]), st.booleans()),
    st.tuples(st.just("pull"), st.integers(1, 4), FAULTS, st.integers(0, 5)),
)
MOST_MESSAGES = 18
"""With one person: of a conversation only the twenty newest messages can be read."""
MOST_OF_A_STORY = 20


class Story:
    """An account's life, the pulls of it, what they brought and what they have to: items with their threads."""

    def __init__(self, meta, connector, login):
        self.meta, self.connector, self.state = meta, connector, b""
        self.values = account(meta, login, mentions=False)
        self.posts, self.comments, self.brought, self.expected, self.wrote = [meta.media], [], [], {}, {}

    async def play(self, steps):
        for name, *details in steps:
            await getattr(self, name)(*details)
        faults = self.meta.store.faults
        faults.errors, faults.fail, faults.drop_midway = [], 0, 0
        self.meta.store.clock.advance(SETTLING.total_seconds() + 1)
        while await self.pull(3):
            pass

    async def wait(self, seconds):
        self.meta.store.clock.advance(seconds)

    async def publish(self):
        if len(self.posts) < MOST_OF_A_STORY:
            photo = self.meta.media.photo
            self.posts.append(self.meta.site.emulator.instagram_posts.publish(self.meta.instagram.id, "News", photo))

    async def comment(self, number, who):
        self._write(self.posts[number % len(self.posts)], who)

    async def answer(self, number, who):
        if self.comments:
            self._write(self.comments[number % len(self.comments)], who)

    def _write(self, above, who):
        deed, author = ("comment", who) if who else ("page_comment", "Somebody")
        done = self.meta.do(deed, target=above.id, text="How much?", person=author, account=self.meta.instagram)
        comment = self.meta.store.media_comments[done]
        self.comments.append(comment)
        if who:
            self.expected[comment.id] = comment.parent_id or comment.id

    async def message(self, person, from_account):
        self.wrote[person] = self.wrote.get(person, 0) + 1
        if self.wrote[person] <= MOST_MESSAGES:
            deed = "page_message" if from_account else "message"
            done = self.meta.do(deed, text="Hello", person=person, account=self.meta.instagram)
            self.expected[done] = self.meta.scoped(person, self.meta.instagram)

    async def pull(self, most, fault="", after=0):
        faults = self.meta.store.faults
        if fault in {"drop_midway", "fail"}:
            setattr(faults, fault, 1)
        else:
            faults.errors = [""] * after + [fault] if fault else []
        with suppress(OriginUnavailable, OriginThrottled):
            page = await self.connector.pull(self.values, self.state, max_resources=most)
            self.brought += page.resources
            self.state = page.state
            return page.more or page.resources
        return None


def played(steps, login, tmp_path):
    async def play():
        frozen = Clock()
        frozen.freeze()
        frozen.set(NOON)
        strict = Settings(require_proof=True, conversation_calls_per_second=0)
        async with running_meta(clock=frozen, settings=strict, delivers=False) as site:
            async with httpx2.AsyncClient(trust_env=False, verify=False) as http:
                meta = Meta(site, http)
            connector = Instagram(now=lambda: datetime.fromtimestamp(frozen.now(), UTC), budgets=Budgets(sleep=no_time))
            async with running(connector, *_arguments(meta, tmp_path)) as client:
                story = Story(meta, client, login)
                await story.play(steps)
            return story

    return asyncio.run(play())


def _arguments(meta, tmp_path):
    keys = meta.store.keys
    (tmp_path / "app").write_text(keys.app_secret)
    (tmp_path / "instagram").write_text(keys.instagram_app_secret)
    options = {
        "app-id": keys.app_id,
        "app-secret-file": tmp_path / "app",
        "instagram-app-id": keys.instagram_app_id,
        "instagram-app-secret-file": tmp_path / "instagram",
        "graph-url": meta.site.host("graph.facebook.com"),
        "instagram-graph-url": meta.site.host("graph.instagram.com"),
    }
    return [f"--{name}={value}" for name, value in options.items()]


@pytest.mark.timeout(900)
@settings(
    max_examples=max(30, settings.default.max_examples // 5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(STEPS, max_size=30), st.sampled_from(["facebook", "instagram"]))
def test_everything_comes_once_and_in_order(tmp_path, steps, login):
    story = played(steps, login, tmp_path)
    found = [item_and_thread(each) for each in story.brought]
    assert sorted(found) == sorted(story.expected.items())
    threads = {}
    for each, (_, thread) in zip(story.brought, found, strict=True):
        threads.setdefault(thread, []).append(each)
    for items in threads.values():
        assert [item.created_at for item in items] == sorted(item.created_at for item in items)
