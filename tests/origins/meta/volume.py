# SPDX-License-Identifier: Apache-2.0
"""Everything that many people wrote, whose life goes on while it is pulled and Meta limits those who read much."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from grpc import StatusCode
from grpc.aio import AioRpcError

from sealock_connector import OriginThrottled, OriginUnavailable
from sealock_connector._serving.options import parse
from sealock_devkit.emulators.meta import content
from sealock_devkit.emulators.meta.graph.call import Usage
from sealock_devkit.emulators.meta.settings import Clock
from sealock_origins.meta.budget import Budgets
from tests.connector.scripted_origin import quick
from tests.devkit.meta.callers import NOON
from tests.origins.meta.failures.agents import die_and_return

PEOPLE = 40
LONG_SEEDS = [(1, 26), *((0.4, seed) for seed in range(1, 13))]


class Life(ABC):
    """
    The life of one account, by a seed, and what has to come of it.

    `threads` has all that people wrote, and the account in its own inbox, with the thread of each. What was deleted or
    hidden before it came is in `may_miss`; what was hidden at any time, and so may come late, in `late`.
    """

    def __init__(self, meta, account, chance, *, hidden_too=False):
        self.meta, self.account, self.chance = meta, account, chance
        self.threads, self.may_miss, self.late = {}, set(), set()
        self.posts, self.comments, self.messages = [], [], []
        self.deeds, self.over = 0, False
        self._hidden_too = hidden_too
        self._came = set()

    def begin(self, comments, messages):
        """Write what is there before the first pull, once there are posts."""
        for _ in range(comments):
            self._pass(self.chance.choice([0, 0, 1, 5]))
            self.comment()
        for _ in range(messages):
            self._pass(self.chance.choice([0, 1]))
            self.message()

    def came(self, items):
        """Take note of what a pull brought."""
        self._came.update(items)

    def go_on(self):
        """Let some things happen, unless it is over."""
        if self.over:
            return
        for _ in range(self.chance.randrange(1, 12)):
            self._pass(self.chance.choice([0, 0, 1, 5]))
            self.chance.choice(self._possible())()
            self.deeds += 1

    def comment(self):
        """Somebody comments on a post or a comment."""
        there = self._there(self.comments)
        above = self.chance.choice(there if there and self.chance.random() < 0.4 else self._there(self.posts))
        written = self._written_below(above, f"Comment {len(self.comments)}", self._somebody())
        self.comments.append(written)
        self.threads[written.id] = self.threads.get(above.id, written.id)
        if self.is_out_of_sight(written):
            self._hidden([written])

    def message(self):
        """Somebody sends a message."""
        name = self._somebody()
        self._keep_message(self.meta.message(f"Message {len(self.messages)}", person=name, account=self.account), name)

    def message_from_the_inbox(self):
        """The account's people write to somebody who wrote."""
        written = self._there(self.messages)
        if written:
            person = self.meta.store.conversations[self.chance.choice(written).conversation_id].person_id
            name = self.meta.store.people[person].name
            sent = self.meta.do("page_message", person=name, account=self.account, text=f"Sent {len(self.messages)}")
            self._keep_message(self.meta.store.messages[sent], name)

    def own_comment(self):
        """The account comments: that is no news."""
        above = self.chance.choice(self._there(self.comments) or self._there(self.posts))
        self.meta.do("page_comment", account=self.account, target=above.id, text="From the account")

    def edit(self):
        """Somebody edits what they wrote."""
        mine = [each for each in self._there(self.messages) if each.by_person] + self._editable()
        if mine:
            self._do_as_its_author("edit", self.chance.choice(mine), text=f"Edited {self.deeds}")

    def delete_comment(self):
        """Somebody deletes a comment, and the answers to it are gone too."""
        if there := self._there(self.comments):
            comment = self.chance.choice(there)
            self._gone(each for each in self.comments if self._is_in(each, comment))
            self._do_as_its_author("delete", comment)

    def _is_in(self, comment, above):
        """Whether a comment is another one, or below it."""
        written = {each.id: each for each in self.comments}
        while comment is not None and comment.id != above.id:
            comment = written.get(comment.parent_id)
        return comment is not None

    def take_back(self):
        """Somebody takes a message back."""
        if there := [each for each in self._there(self.messages) if each.by_person]:
            message = self.chance.choice(there)
            self._gone([message])
            self._do_as_its_author("delete", message)

    def hide(self):
        """The account hides a comment, or shows one again."""
        if there := self._there(self.comments):
            comment = self.chance.choice([each for each in there if each.hidden][:1] * 2 + there[-5:])
            self.hide_comment(comment, hidden=not comment.hidden)
            self._hidden([comment])

    @abstractmethod
    def hide_comment(self, comment, *, hidden):
        """Hide a comment or show it."""

    def is_out_of_sight(self, comment):
        """Whether what it is below is hidden."""
        return False

    def _possible(self):
        often = [self.comment, self.message] * 3
        seldom = [self.edit, self.hide, self.delete_comment, self.take_back]
        return [*often, *seldom, self.message_from_the_inbox, self.own_comment]

    def _editable(self):
        return []

    @abstractmethod
    def _written_below(self, above, text, name):
        """A comment of the person of this name, below a post or a comment."""

    def _keep_message(self, message, name):
        self.messages.append(message)
        self.threads[message.id] = self.meta.scoped(name, self.account)

    def _do_as_its_author(self, deed, thing, **more):
        author = getattr(thing, "author_id", None) or self.meta.store.conversations[thing.conversation_id].person_id
        self.meta.do(deed, target=thing.id, person=self.meta.store.people[author].name, account=self.account, **more)

    def _hidden(self, things):
        if not self._hidden_too:
            self._gone(things)
            self.late.update(each.id for each in things)

    def _gone(self, things):
        things = list(things)
        self.may_miss.update({each.id for each in things} - self._came)

    def _somebody(self):
        return f"Person {self.chance.randrange(PEOPLE)}"

    def _pass(self, seconds):
        self.meta.store.clock.advance(seconds)

    @staticmethod
    def _there(things):
        return [each for each in things if not each.deleted]


FIRST_SEED = 26
SEEDS = [(0.4, FIRST_SEED), *(pytest.param(share, seed, marks=pytest.mark.long) for share, seed in LONG_SEEDS)]
"""Which share of everything is there before the first pull, and by which seed it all goes."""
DEATHS = ["password", "removed", "expired", "checkpoint", "blocking_checkpoint", "session", "unconfirmed"]
CLOSED = ["scope", "permission", "service", "gone", "too_much"]
"""How a conversation, or a post's comments, are refused to be read."""
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
            self.over.append((key, usage._store.now()))
        self._spend(usage, key, limit, *more)
        self.full += self._used(key) >= limit

    def leave_one(self, key):
        """Another app uses up the budget, but for one call. Where nothing was called yet, there is none to use up."""
        if self._usage is None:
            return
        budget, left = self._usage._budgets.get(key), self._usage._limit(key[0]) - self._used(key)
        if budget and left:
            budget.count(self._usage._store.now(), left - 1)

    def _used(self, key):
        budget = self._usage._budgets.get(key)
        return budget.used(self._usage._store.now()) if budget else 0


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


class Rhythm:
    """In which pulls things go wrong, by a seed: each kind in every so many of them."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        names = ("too_much", "closed", "limit", "dropped", "failed", "left_one")
        every = dict(zip(names, (6, 10, 7, 9, 11, 5), strict=True)) if seed == FIRST_SEED else {}
        self._every = every or {name: self.chance.randrange(3, 12) for name in names}
        self._at = {name: self.chance.randrange(each) for name, each in self._every.items()}

    def is_time(self, name, number):
        """Whether it goes wrong in the pull of this number."""
        return number % self._every[name] == self._at[name]

    def disturb(self, faults, number, closable=()):
        """
        What goes wrong in one pull, or nothing with a `number` below 0.

        Lists may be too long to be given, and conversations and posts may be closed to the app.
        """
        on = {name: number >= 0 and self.is_time(name, number) for name in self._every}
        faults.too_much_above = self.chance.choice([3, 10, 30]) if on["too_much"] else 0
        closed = self.chance.sample(closable, min(2, len(closable))) if on["closed"] else []
        faults.refused_reads = {each: self.chance.choice(CLOSED) for each in closed}
        faults.errors = [self.chance.choice(LIMITS)] if on["limit"] else []
        faults.empty_pages = 1
        faults.drop_midway, faults.fail = int(on["dropped"]), int(on["failed"])
        faults.slow_seconds = 0.02 if number % 5 == 2 else 0


async def pull_everything(
    meta, connector, values, item_and_thread, life, quota, keys, *, rhythm, agents, return_with, lively_pulls
):
    """
    All resources of an account whose life goes on meanwhile, and how often the connector had to wait.

    Halfway the account dies, and is connected again with what `return_with` gives.
    """
    resources, state, throttled = [], b"", 0
    for number in range(600):
        undisturbed = number % 6 == 1
        life.over = number >= lively_pulls
        closable = [each.id for each in meta.store.conversations if each.owner_id == life.account.id]
        closable += [each.id for each in life.posts if not each.deleted]
        rhythm.disturb(meta.store.faults, -1 if undisturbed else number, closable)
        wait = None
        try:
            pulled = await connector.pull(values, state, max_resources=89, seconds=2 if number % 5 == 2 else None)
        except (OriginThrottled, OriginUnavailable) as refused:
            wait = refused
        except AioRpcError as late:
            if late.code() is not StatusCode.DEADLINE_EXCEEDED:
                raise
        else:
            resources += pulled.resources
            life.came(item for item, _ in map(item_and_thread, pulled.resources))
            state, wait = pulled.state, pulled.interruption
            if not life.over:
                values = await agents.answer(values, pulled.resources)
            if number > lively_pulls and not pulled.more and not pulled.resources and wait is None and undisturbed:
                return resources, throttled
        throttled += isinstance(wait, OriginThrottled)
        pause = wait.retry_after.total_seconds() if wait and wait.retry_after else 0
        meta.store.clock.advance(pause + 60)
        life.go_on()
        if rhythm.is_time("left_one", number):
            quota.leave_one(rhythm.chance.choice(keys))
        if number == lively_pulls // 2:
            values = await die_and_return(meta, connector, values, state, rhythm.chance.choice(DEATHS), return_with)
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
