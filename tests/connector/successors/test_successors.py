# SPDX-License-Identifier: Apache-2.0
"""Who presents an account gets its newest successor; the store alone is worth nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_connector import (
    Account,
    AccountRevoked,
    MemoryOutbox,
    OriginThrottled,
    OriginUnavailable,
    OriginUnreached,
    OutboxUnavailable,
    Successors,
)
from tests.connector.scripted_origin import QUICK

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Watched(MemoryOutbox):
    """An outbox that shows what it was given, and can be away."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: datetime.now(UTC) + self.passed)
        self.finished: dict[str, bytes] = {}
        self.away = False
        self.passed = timedelta()

    async def claim(self, key, owner, lease):
        self._check()
        return await super().claim(key, owner, lease)

    async def finish(self, key, result):
        self._check()
        self.finished[key] = result
        await super().finish(key, result)

    def _check(self) -> None:
        if self.away:
            raise OutboxUnavailable("away")


class Tokens:
    """An origin whose tokens work once and whose accounts are good for two hours."""

    def __init__(self) -> None:
        self.now = NOW
        self.spent: list[str] = []
        self.errors: list[Exception] = []

    def secret(self, account):
        return account["token"]

    def expires_at(self, account):
        return datetime.fromisoformat(account["ends"])

    async def renew(self, account):
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        if account["token"] in self.spent:
            raise AccountRevoked("reused")
        self.spent.append(account["token"])
        return {"token": f"{account['token']}+", "ends": (self.now + timedelta(hours=2)).isoformat()}


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def store():
    return Watched()


def successors(store, tokens, **more):
    return Successors(store, "plain", times=QUICK, now=lambda: tokens.now, **more)


def account(token="first", minutes=0.0, account_id="account-1"):
    return Account(account_id, {"token": token, "ends": (NOW + timedelta(minutes=minutes)).isoformat()})


@pytest.mark.parametrize(
    ("minutes", "renewed"), [(-60, True), (0, True), (9.9, True), (10.1, False), (600, False)], ids=str
)
async def test_an_account_is_renewed_ten_minutes_before_it_ends(store, tokens, minutes, renewed):
    newest = await successors(store, tokens).newest(account(minutes=minutes), tokens)
    assert newest["token"] == ("first+" if renewed else "first")
    assert bool(store.finished) is renewed


async def test_what_the_store_holds_says_nothing_of_account_and_secrets(store, tokens):
    await successors(store, tokens).newest(account("a-secret-refresh-token"), tokens)
    ((key, held),) = store.finished.items()
    for readable in (b"secret", b"token", b"account-1", b"plain"):
        assert readable not in key.encode() + held


async def test_the_same_secret_in_another_account_or_origin_leads_to_nothing(store, tokens):
    await successors(store, tokens).newest(account(), tokens)
    others = [(successors(store, tokens), account(account_id="account-2"))]
    others.append((Successors(store, "other", now=lambda: tokens.now), account()))
    for other, given_account in others:
        with pytest.raises(AccountRevoked):
            await other.newest(given_account, tokens)
    assert len(store.finished) == 1


async def test_a_record_that_somebody_changed_is_not_believed(store, tokens):
    await successors(store, tokens).newest(account(), tokens)
    ((key, held),) = store.finished.items()
    other = Watched()
    await other.finish(key, held[:-1] + bytes([held[-1] ^ 1]))
    with pytest.raises(OriginUnreached):
        await successors(other, tokens).newest(account(), tokens)
    assert (await successors(other, tokens).newest(account(minutes=5), tokens))["token"] == "first"


async def test_a_chain_of_successors_is_followed_and_a_circle_ends(store, tokens):
    newest = account()
    for _ in range(10):
        newest = await successors(store, tokens).newest(newest, tokens)
        tokens.now += timedelta(hours=3)
    tokens.now -= timedelta(hours=3)
    assert (await successors(store, tokens).newest(account(), tokens)).values == newest.values
    tokens.renew = renews_to_the_same
    with pytest.raises(AccountRevoked):
        await successors(store, tokens).newest(account("circle"), tokens)


async def renews_to_the_same(account):
    return account.values


@pytest.mark.parametrize(
    "error",
    [OriginThrottled(), OriginUnreached(), OriginUnavailable(), RuntimeError("a fault of the author")],
    ids=repr,
)
async def test_an_account_that_is_still_good_is_used_where_it_cannot_be_renewed(store, tokens, error):
    tokens.errors = [error, error]
    if isinstance(error, RuntimeError):
        with pytest.raises(RuntimeError):
            await successors(store, tokens).newest(account(minutes=5), tokens)
        return
    assert (await successors(store, tokens).newest(account(minutes=5), tokens))["token"] == "first"
    await asyncio.sleep(0.2)
    with pytest.raises(type(error)):
        await successors(store, tokens).newest(account(), tokens)


async def test_a_lost_answer_of_the_origin_is_asked_for_once_more(store, tokens):
    tokens.errors = [OriginUnavailable("the answer was lost")]
    with pytest.raises(OriginUnavailable):
        await successors(store, tokens).newest(account(), tokens)
    assert (await successors(store, tokens).newest(account(), tokens))["token"] == "first+"


async def test_a_secret_that_another_replica_has_just_spent_leads_to_what_that_one_got(store, tokens):
    slow = asyncio.Event()
    ordinary = tokens.renew

    async def renewed_while_another_finishes(given):
        values = await ordinary(given)
        store.passed += QUICK.lease  # it stood still
        slow.set()
        await asyncio.sleep(0.05)
        return values

    tokens.renew = renewed_while_another_finishes
    renewing = asyncio.create_task(successors(store, tokens).newest(account(), tokens))
    await slow.wait()
    tokens.renew = ordinary
    assert (await successors(store, tokens).newest(account(), tokens))["token"] == "first+"
    assert (await renewing)["token"] == "first+"
    assert tokens.spent == ["first"]


async def test_a_refused_secret_revokes_and_is_tried_again_next_time(store, tokens):
    tokens.spent = ["first"]
    for _ in range(2):
        with pytest.raises(AccountRevoked):
            await successors(store, tokens).newest(account(), tokens)
    tokens.spent = []
    assert (await successors(store, tokens).newest(account(), tokens))["token"] == "first+"


async def test_an_empty_secret_is_a_fault_of_the_author(store, tokens):
    with pytest.raises(ValueError, match="not empty"):
        await successors(store, tokens).newest(account(""), tokens)


@given(
    st.lists(st.sampled_from(["pull", "pull with the first", "store away", "store back", "hours pass"]), max_size=30)
)
@settings(max_examples=60, deadline=None)
def test_no_secret_is_spent_twice_whatever_is_lost(steps):
    async def play():
        store, tokens = Watched(), Tokens()
        one, two = successors(store, tokens), successors(store, tokens)
        first = newest = account()
        for number, step in enumerate(steps):
            store.away = step == "store away" if step.startswith("store") else store.away
            if step == "hours pass":
                tokens.now += timedelta(hours=3)
            if step.startswith("pull"):
                came = first if step == "pull with the first" else newest
                try:
                    newest = await (one, two)[number % 2].newest(came, tokens)
                except OriginUnreached:
                    assert store.away
        for each in (one, two):
            await each.settle(0)
        assert len(tokens.spent) == len(set(tokens.spent))

    asyncio.run(play())
