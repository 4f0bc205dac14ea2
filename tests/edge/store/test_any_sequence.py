# SPDX-License-Identifier: Apache-2.0
"""Whatever is asked of a store in whatever order, it answers as a plain list of facts does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count

import pytest
import valkey
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from sealock_edge.store import Claim, Hint, MemoryStore, SqliteStore, Told
from sealock_edge.store.store import HINT_SECONDS, MOST_OFFERED, WATCH_SECONDS
from sealock_edge.store.valkey import ValkeyStore
from tests.edge.store.conftest import LIFE, Clock

ACCOUNTS = st.sampled_from(["a", "b", "c"])
WATCHED = st.sampled_from(["page", "other", "third"])
SHORT = st.sampled_from(["x", "y", "z"])
OWNERS = st.sampled_from(["o1", "o2"])
HINTS = st.lists(st.builds(Hint, st.sampled_from(["h1", "h2", "h3", "h4"]), SHORT), max_size=3)
PASSING = st.sampled_from([1.0, 30.0, WATCH_SECONDS, HINT_SECONDS / 2, HINT_SECONDS])


@dataclass
class Fact:
    """A hint that waits for somebody."""

    waits_for: str
    hint: Hint
    until: float
    read_for: str = ""


@dataclass
class Account:
    metadata: str
    until: float
    state: str | None = None
    pushed: str | None = None
    pulled_at: float = 0.0
    watched: str = ""
    tells: int = 0
    owner: str = ""
    claimed_until: float = 0.0


@dataclass
class Model:
    """What a store has to know, looked through from the beginning each time."""

    clock: Clock
    accounts: dict[str, Account] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    pauses: dict[str, float] = field(default_factory=dict)

    def known(self, name):
        found = self.accounts.get(name)
        if found is not None and found.until <= self.clock.now:
            self.forget(name)
            return None
        return found

    def forget(self, name):
        self.accounts.pop(name, None)
        self.facts = [fact for fact in self.facts if fact.waits_for != name]

    def note(self, name, metadata):
        found = self.known(name) or self.accounts.setdefault(name, Account(metadata, 0.0))
        found.metadata, found.until = metadata, self.clock.now + LIFE
        return found

    def all_waiting(self, name):
        return tuple(fact.hint for fact in self.facts if fact.waits_for == name and fact.until > self.clock.now)

    def waiting(self, name):
        return self.all_waiting(name)[:MOST_OFFERED]

    def told(self, name, hints):
        self.facts = [fact for fact in self.facts if fact.until > self.clock.now]
        for hint in hints:
            same = [fact for fact in self.facts if (fact.waits_for, fact.hint.id) == (name, hint.id)]
            if not same:
                self.facts.append(Fact(name, hint, self.clock.now + HINT_SECONDS))
            elif same[0].hint != hint:
                same[0].hint, same[0].until, same[0].read_for = hint, self.clock.now + HINT_SECONDS, ""

    def pulled(self, name, metadata, state):
        found = self.note(name, metadata)
        if found.pulled_at + HINT_SECONDS <= self.clock.now:
            found.watched = ""
        if found.state != state:
            found.state, found.pushed = state, None
        found.pulled_at = self.clock.now
        self.facts = [fact for fact in self.facts if (fact.waits_for, fact.read_for) != (name, state)]
        return self.waiting(name)

    def answered(self, name, called_with, watched, metadata, state, read):
        found = self.known(name)
        if found is None:
            return
        for fact in self.facts:
            if fact.waits_for == name and fact.hint in read:
                fact.read_for = state
        if found.metadata == called_with:
            self.note(name, metadata)
            if found.watched != watched:
                found.watched = watched
                self.told(name, self.waiting("unwatched " + watched))

    def tell(self, watched, hints):
        now = self.clock.now
        watching = [
            name
            for name in list(self.accounts)
            if (found := self.known(name)) and found.watched == watched and found.pulled_at + HINT_SECONDS > now
        ]
        if not watching:
            self.told("unwatched " + watched, hints)
        for name in watching:
            self.accounts[name].tells += 1
            self.told(name, hints)
        return sorted(name for name in watching if self.accounts[name].pulled_at + WATCH_SECONDS > now)

    def claim(self, name, owner, seconds):
        found = self.known(name)
        if found is None or found.state is None:
            return None
        if found.owner not in ("", owner) and found.claimed_until > self.clock.now:
            return None
        found.owner, found.claimed_until = owner, self.clock.now + seconds
        state = found.pushed if found.pushed is not None else found.state
        return Claim(found.metadata, state, self.waiting(name), found.tells)

    def owned(self, name, owner):
        found = self.known(name)
        return found if found and found.owner == owner and found.claimed_until > self.clock.now else None

    def pushed(self, name, owner, state, read):
        found = self.owned(name, owner)
        if found is None:
            return False
        found.pushed = state
        self.facts = [fact for fact in self.facts if not (fact.waits_for == name and fact.hint in read)]
        return True

    def release(self, name, owner, tells):
        found = self.owned(name, owner)
        if found is None:
            return True
        if found.tells != tells:
            return False
        found.owner, found.claimed_until = "", 0.0
        return True


class AnyStore(RuleBasedStateMachine):
    """A store beside the model."""

    def __init__(self, made, loop):
        super().__init__()
        self.clock = Clock()
        self.loop = loop
        self.model = Model(self.clock)
        self.store = made(self.clock)
        self.do(self.store.open())

    def do(self, asked):
        return self.loop.run_until_complete(asked)

    def teardown(self):
        self.do(self.store.close())

    @rule(seconds=PASSING)
    def time_passes(self, seconds):
        self.clock.pass_by(seconds)

    @rule(name=ACCOUNTS, metadata=SHORT)
    def note(self, name, metadata):
        self.do(self.store.note(name, metadata))
        self.model.note(name, metadata)

    @rule(name=ACCOUNTS)
    def find(self, name):
        found = self.model.known(name)
        assert self.do(self.store.find(name)) == (found.metadata if found else None)

    @rule(name=ACCOUNTS, metadata=SHORT, state=SHORT)
    def pulled(self, name, metadata, state):
        assert self.do(self.store.pulled(name, metadata, state)) == self.model.pulled(name, metadata, state)

    @rule(name=ACCOUNTS, called_with=SHORT, watched=WATCHED | st.just(""), metadata=SHORT, state=SHORT, read=HINTS)
    def answered(self, name, called_with, watched, metadata, state, read):
        self.do(self.store.answered(name, called_with, watched=watched, metadata=metadata, state=state, read=read))
        self.model.answered(name, called_with, watched, metadata, state, read)

    @rule(name=ACCOUNTS, watched=WATCHED, metadata=SHORT, state=SHORT, after=SHORT)
    def a_whole_pull(self, name, watched, metadata, state, after):
        read = self.do(self.store.pulled(name, metadata, state))
        assert read == self.model.pulled(name, metadata, state)
        self.answered(name, metadata, watched, metadata, after, list(read))

    @rule(watched=WATCHED, hints=HINTS)
    def tell(self, watched, hints):
        told = self.do(self.store.tell(watched, hints))
        assert Told(tuple(sorted(told.accounts)), told.dropped) == Told(tuple(self.model.tell(watched, hints)))

    @rule(name=ACCOUNTS, owner=OWNERS, seconds=st.sampled_from([20.0, 60.0]))
    def claim(self, name, owner, seconds):
        assert self.do(self.store.claim(name, owner, seconds)) == self.model.claim(name, owner, seconds)

    @rule(name=ACCOUNTS, owner=OWNERS, state=SHORT, read=HINTS)
    def pushed(self, name, owner, state, read):
        done = self.do(self.store.pushed(name, owner, state=state, read=read))
        assert done == self.model.pushed(name, owner, state, read)

    @rule(name=ACCOUNTS, owner=OWNERS, tells=st.integers(0, 3))
    def release(self, name, owner, tells):
        assert self.do(self.store.release(name, owner, tells)) == self.model.release(name, owner, tells)

    @rule(what=SHORT, seconds=st.sampled_from([20.0, 60.0]))
    def pause(self, what, seconds):
        self.do(self.store.pause(what, seconds))
        self.model.pauses[what] = max(self.model.pauses.get(what, 0), self.clock.now + seconds)

    @precondition(lambda self: self.model.pauses)
    @rule(what=SHORT)
    def paused(self, what):
        left = max(0, self.model.pauses.get(what, 0) - self.clock.now)
        assert self.do(self.store.paused(what)) == pytest.approx(left, abs=0.01)

    @rule(name=ACCOUNTS)
    def forget(self, name):
        self.do(self.store.forget(name))
        self.model.forget(name)


@pytest.fixture
def makers(tmp_path, emptied):
    numbers = count()

    def in_valkey(clock):
        with valkey.Valkey(port=emptied.port) as client:
            client.flushall()
        return ValkeyStore(emptied.url, LIFE, clock=clock)

    return {
        "memory": lambda clock: MemoryStore(clock, LIFE),
        "sqlite": lambda clock: SqliteStore(tmp_path / str(next(numbers)), clock, LIFE, lasting=False),
        "valkey": in_valkey,
    }


@pytest.mark.parametrize("kind", ["memory", "sqlite", "valkey"])
def test_a_store_answers_as_its_model(makers, kind):
    with asyncio.Runner() as runner:
        run_state_machine_as_test(
            lambda: AnyStore(makers[kind], runner.get_loop()),
            settings=settings(
                max_examples=60,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
