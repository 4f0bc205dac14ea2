# SPDX-License-Identifier: Apache-2.0
"""However a Page's life and its pulls are mixed, cut and broken: everything comes, nothing twice, in order."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_connector.testing import running
from sealock_origins.facebook.account import ASKED_FOR
from sealock_origins.facebook.connector import Facebook
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.inbox import SETTLING
from tests.origins.facebook.conftest import account, no_time
from tests.origins.meta.fake_graph import APP_ID, APP_SECRET, PAGE, FakeGraph, error

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


def told(steps, arguments, page_size):
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


@example(HALF_DONE, 1)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=40), st.sampled_from([1, 3, 100]))
def test_everything_comes_once_and_in_order(tmp_path, steps, page_size):
    secret = tmp_path / "secret"
    secret.write_text(APP_SECRET)
    story = told(steps, (f"--app-id={APP_ID}", f"--app-secret-file={secret}"), page_size)
    ids = [each.external_id for each in story.brought]
    assert sorted(ids) == sorted(expected(story.graph))
    threads = {}
    for each in story.brought:
        threads.setdefault(each.thread_id, []).append(each)
    for thread, items in threads.items():
        assert [item.created_at for item in items] == sorted(item.created_at for item in items)
        assert thread not in ids or items[0].external_id == thread
    assert story.longest <= 3_700
