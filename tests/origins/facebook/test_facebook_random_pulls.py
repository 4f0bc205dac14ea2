# SPDX-License-Identifier: Apache-2.0
"""However a Page's life and its pulls are mixed, cut, broken and limited: everything comes, nothing twice, in order."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_connector.testing import LOOPBACK, running
from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Settings
from sealock_origins.facebook.account import ASKED_FOR
from sealock_origins.facebook.connector import Facebook
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.inbox import SETTLING
from tests.devkit.meta.callers import Meta
from tests.origins.facebook.conftest import account, no_time
from tests.origins.meta.failures.agents import Agents
from tests.origins.meta.fake_graph import APP_ID, APP_SECRET, PAGE, FakeGraph, error
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

COMMENTS, POSTS, MESSAGES = 500, 15, 150
"""Of each Page, before it is pulled. So many posts are by the Page, and by visitors."""
FEWEST_POSTS, MOST_POSTS = 20, 40


@pytest.fixture
async def meta(clock):  # noqa: F811
    """The emulator, whose time moves only when a test or the connector waits."""
    settings = Settings(
        require_proof=True, counted_hours=1, page_calls_per_day=150, messenger_calls_per_day=90, comment_levels=3
    )
    async with (
        running_meta(clock=clock, settings=settings) as site,
        httpx2.AsyncClient(trust_env=False, verify=False, timeout=20) as http,
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

    def fill(self, share):
        """Write a share of all that can be there before the first pull."""
        for _ in range(POSTS):
            self.visitor_post()
            self.page_post()
        self.begin(int(COMMENTS * share), int(MESSAGES * share))

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
    lives = [
        PageLife(meta, meta.page, random.Random(seed)),
        PageLife(meta, meta.other_page, random.Random(seed + 1), hidden_too=True),
    ]
    for life in lives:
        life.fill(share)
    for life, hidden_too in zip(lives, (False, True), strict=True):
        page = life.account

        def token(page=page):
            meta.user_token = meta.sign_in(meta.owner)
            return meta.tokens.page_token(meta.user_token, page.id).id

        named = {"page": page.id, "name": page.name, "token": token(), "hidden_too": hidden_too}
        values = account(**named, since=start, messages_since=start)
        keys = [("pages", page.id), ("messenger", page.id)]
        days.life = life
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


PEOPLE = st.sampled_from(["7007", "7008", "", PAGE])
FAULTS = {"lost": "lose", "throttled": error(80001), "failing": error(2, status=500)}
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 30, 90, 600])),
    st.tuples(st.just("post"), st.sampled_from(["7007", PAGE])),
    st.tuples(st.just("comment"), st.integers(0, 9), PEOPLE),
    st.tuples(st.just("answer"), st.integers(0, 9), PEOPLE),
    st.tuples(st.just("message"), st.sampled_from(["7007", "7008", "7009"]), st.booleans()),
    st.tuples(st.just("pull"), st.integers(1, 4), st.sampled_from(["", "", "lost", "throttled"]), st.integers(0, 5)),
)


class Story:
    """A Page's life, the pulls of it, and what they brought."""

    def __init__(self, graph, connector):
        self.graph, self.connector = graph, connector
        self.state, self.brought = b"", []
        self.longest = 0

    async def play(self, steps):
        for name, *details in steps:
            await getattr(self, name)(*details)
        self.graph.faults.clear()
        self.graph.now += int(SETTLING.total_seconds()) + 1
        while await self.pull(3):
            pass

    async def wait(self, seconds):
        self.graph.now += seconds

    async def post(self, who):
        self.graph.post(who)

    async def comment(self, number, who):
        if posts := list(self.graph.posts):
            self.graph.comment(posts[number % len(posts)], who)

    async def answer(self, number, who):
        if tops := [each for each in self.graph.comments.values() if each.parent in self.graph.posts]:
            top = tops[number % len(tops)]
            self.graph.comment(top.parent, who, parent=top.id)

    async def message(self, person, from_page):
        self.graph.message(*((PAGE, "Hello", person) if from_page else (person,)))

    async def pull(self, most, fault="", after=0):
        self.graph.faults["*"] = [None] * after + [FAULTS[fault]] if fault else []
        with suppress(OriginUnavailable, OriginThrottled):
            page = await self.connector.pull(account(), self.state, max_resources=most)
            self.brought += page.resources
            self.state = page.state
            self.longest = max(self.longest, len(page.state))
            return page.more or page.resources
        return None


def expected(graph):
    """The external ids of everything that is to come."""
    ids = {f"facebook:{PAGE}/post/{post.id}" for post in graph.posts.values() if post.who != PAGE}
    for comment in graph.comments.values():
        if comment.who != PAGE:
            top = graph.comments.get(comment.parent, comment)
            ids.add(f"facebook:{PAGE}/comment/{top.parent}/{comment.id}")
    for message in graph.messages.values():
        person = message.parent if message.who == PAGE else message.who
        ids.add(f"facebook:{PAGE}/message/{person}/{message.id}")
    return ids


def played(steps, arguments, page_size):
    async def play():
        async with FakeGraph() as graph:
            graph.grants["scopes"] = list(ASKED_FOR)
            graph.page_size = page_size
            connector = Facebook(now=lambda: datetime.fromtimestamp(graph.now, UTC), budgets=Budgets(sleep=no_time))
            async with running(connector, f"--graph-url={graph.url}", *arguments) as client:
                story = Story(graph, client)
                await story.play(steps)
            return story

    return asyncio.run(play())


HALF_DONE = [
    *(("message", "7008", number > 0) for number in range(4)),
    ("pull", 1, "", 0),
    ("wait", 600),
    ("message", "7009", False),
    ("pull", 3, "", 0),
]
"""A pull ends between messages of one second, and the next one in the middle of the same."""


@pytest.mark.timeout(900)
@example(HALF_DONE, 1)
@settings(
    max_examples=max(60, settings.default.max_examples // 5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(STEPS, max_size=40), st.sampled_from([1, 3, 100]))
def test_everything_comes_once_and_in_order(tmp_path, steps, page_size):
    secret = tmp_path / "secret"
    secret.write_text(APP_SECRET)
    story = played(steps, (f"--app-id={APP_ID}", f"--app-secret-file={secret}"), page_size)
    ids = [each.external_id for each in story.brought]
    assert sorted(ids) == sorted(expected(story.graph))
    threads = {}
    for each in story.brought:
        threads.setdefault(each.thread_id, []).append(each)
    for thread, items in threads.items():
        assert [item.created_at for item in items] == sorted(item.created_at for item in items)
        assert thread not in ids or items[0].external_id == thread
    assert story.longest <= 3_700
