# SPDX-License-Identifier: Apache-2.0
"""What the protocol says of accounts and their hints, of every store that there is."""

from __future__ import annotations

import asyncio

import pytest

from sealock_edge.store import Hint, Told
from sealock_edge.store.store import (
    HINT_SECONDS,
    MOST_HINTS,
    MOST_OFFERED,
    MOST_UNWATCHED,
    WATCH_SECONDS,
)

A, B, PAGE, OTHER = "account-a", "account-b", "page", "other-page"


def hints(*numbers, told=1):
    return [Hint(f"h{number}", f"sealed-{number}-{told}") for number in numbers]


def ids(given):
    return [hint.id for hint in given]


async def watch(store, account=A, watched=PAGE, *, metadata="m", state="s", after="s", read=()):
    """A pull, from Zendesk's call to the answer."""
    given = await store.pulled(account, metadata, state)
    await store.answered(account, metadata, watched=watched, metadata=metadata, state=after, read=read)
    return given


async def test_the_metadata_that_was_noted_last_is_found(store):
    assert await store.find(A) is None
    await store.note(A, "m1")
    assert await store.find(A) == "m1"
    await store.pulled(A, "m2", "s")
    assert await store.find(A) == "m2"
    await store.answered(A, "m2", watched="", metadata="m3", state="s", read=())
    assert await store.find(A) == "m3"
    assert await store.find(B) is None


async def test_metadata_from_too_long_ago_is_not_found(store, clock):
    await store.note(A, "m")
    clock.pass_by(HINT_SECONDS - 1)
    assert await store.find(A) == "m"
    clock.pass_by(2)
    assert await store.find(A) is None
    assert await store.claim(A, "o", 60) is None


async def test_hints_come_oldest_first_to_the_next_pull_and_again_until_they_arrived(store):
    await watch(store)
    await store.tell(PAGE, hints(1, 2))
    await store.tell(PAGE, hints(3))
    given = await store.pulled(A, "m", "s")
    assert list(given) == hints(1, 2, 3)
    await store.answered(A, "m", watched=PAGE, metadata="m", state="s1", read=given[:2])
    assert ids(await store.pulled(A, "m", "s")) == ["h1", "h2", "h3"], "Zendesk has not seen the answer"
    assert ids(await store.pulled(A, "m", "s1")) == ["h3"]
    assert ids(await store.pulled(A, "m", "s1")) == ["h3"], "asked again"


async def test_an_answer_that_was_lost_loses_no_hint_that_a_later_one_carried(store):
    await watch(store)
    await store.tell(PAGE, hints(1))
    for state in ("s1", "s2"):
        given = await store.pulled(A, "m", "s")
        await store.answered(A, "m", watched=PAGE, metadata="m", state=state, read=given)
    assert await store.pulled(A, "m", "s2") == ()


async def test_a_hint_that_was_told_again_while_it_was_read_is_read_once_more(store):
    await watch(store)
    await store.tell(PAGE, hints(1))
    given = await store.pulled(A, "m", "s")
    await store.tell(PAGE, hints(1, told=2))
    await store.answered(A, "m", watched=PAGE, metadata="m", state="s1", read=given)
    assert await store.pulled(A, "m", "s1") == tuple(hints(1, told=2))


async def test_a_hint_that_was_told_again_after_it_was_read_is_read_once_more(store):
    await watch(store)
    await store.tell(PAGE, hints(1))
    await watch(store, after="s1", read=hints(1))
    await store.tell(PAGE, hints(1, told=2))
    assert await store.pulled(A, "m", "s1") == tuple(hints(1, told=2))


async def test_what_is_told_twice_because_an_answer_was_lost_is_one_telling(store):
    await watch(store)
    await store.tell(PAGE, hints(1))
    await watch(store, after="s1", read=hints(1))
    await store.tell(PAGE, hints(1))
    assert await store.pulled(A, "m", "s1") == ()


async def test_what_is_told_again_waits_as_long_as_if_it_was_new(store, clock):
    await watch(store)
    await store.tell(PAGE, hints(1, 2))
    clock.pass_by(HINT_SECONDS - 10)
    await watch(store)
    await store.tell(PAGE, hints(1, told=2))
    clock.pass_by(20)
    assert await store.pulled(A, "m", "s") == tuple(hints(1, told=2))


async def test_more_than_a_pull_is_given_have_their_turn_though_none_is_read(store):
    await watch(store)
    await store.tell(PAGE, hints(*range(250)))
    given = [ids(await store.pulled(A, "m", "s")) for _ in range(3)]
    assert [len(each) for each in given] == [MOST_OFFERED] * 3
    assert given[0] + given[1] + given[2] == [f"h{number}" for number in [*range(250), *range(50)]]
    claim = await store.claim(A, "o", 60)
    assert ids(claim.hints) == [f"h{number}" for number in range(50, 150)]


@pytest.mark.parametrize("watched_before", [True, False])
async def test_beyond_the_most_hints_the_oldest_go(store, watched_before):
    if watched_before:
        await watch(store)
    assert (await store.tell(PAGE, hints(*range(MOST_HINTS)))).dropped == 0
    assert (await store.tell(PAGE, hints(*range(MOST_HINTS, MOST_HINTS + 5)))).dropped == 5
    given = await watch(store) or await store.pulled(A, "m", "s")
    assert ids(given)[0] == "h5"


async def test_all_accounts_that_watch_are_told_and_no_other(store):
    for account in (A, B):
        await watch(store, account)
    await watch(store, "account-c", OTHER)
    await watch(store, "account-d", "")
    told = await store.tell(PAGE, hints(1))
    assert sorted(told.accounts) == [A, B]
    assert [ids(await store.pulled(each, "m", "s")) for each in (A, B)] == [["h1"], ["h1"]]
    assert [await store.pulled(each, "m", "s") for each in ("account-c", "account-d")] == [(), ()]


async def test_an_account_watches_what_it_was_answered_last(store):
    await watch(store)
    await watch(store, watched=OTHER)
    assert await store.tell(PAGE, hints(1)) == Told(())
    assert (await store.tell(OTHER, hints(2))).accounts == (A,)
    assert ids(await store.pulled(A, "m", "s")) == ["h2"]
    await watch(store, watched=PAGE)
    assert set(ids(await store.pulled(A, "m", "s"))) == {"h1", "h2"}, "what came while nobody watched"
    await watch(store, watched="")
    assert await store.tell(PAGE, hints(3)) == Told(())


async def test_hints_that_nobody_watched_for_wait_for_each_that_watches_then(store):
    assert await store.tell(PAGE, hints(1, 2)) == Told(())
    for account in (A, B):
        assert await watch(store, account) == ()
        assert ids(await store.pulled(account, "m", "s")) == ["h1", "h2"]


async def test_hints_that_nobody_watched_for_are_not_for_ever(store, clock):
    await store.tell(PAGE, hints(1))
    clock.pass_by(HINT_SECONDS + 1)
    await watch(store)
    assert await store.pulled(A, "m", "s") == ()


async def test_they_wait_for_so_many_origin_accounts_and_the_one_told_longest_ago_goes(store, clock):
    for number in range(MOST_UNWATCHED + 1):
        await store.tell(f"page-{number}", hints(1))
        clock.pass_by(1)
    for number, expected in ((0, []), (1, ["h1"]), (MOST_UNWATCHED, ["h1"])):
        await watch(store, watched=f"page-{number}")
        assert ids(await store.pulled(A, "m", "s")) == expected
        await store.forget(A)


async def test_a_webhook_without_hints_tells_who_watches(store):
    assert await store.tell(PAGE, ()) == Told(())
    await watch(store)
    assert await store.tell(PAGE, ()) == Told((A,))
    assert (await store.claim(A, "o", 60)).tells == 1


async def test_an_account_that_zendesk_stopped_calling_for_is_given_hints_but_not_pulled_for(store, clock):
    for account in (A, B):
        await watch(store, account)
    clock.pass_by(WATCH_SECONDS - 1)
    await watch(store, B)
    clock.pass_by(2)
    assert (await store.tell(PAGE, hints(1))).accounts == (B,)
    assert ids(await store.pulled(A, "m", "s")) == ["h1"]
    assert sorted((await store.tell(PAGE, ())).accounts) == [A, B], "Zendesk calls again, whatever comes of it"


async def test_an_account_whose_pulls_fail_goes_on_watching(store, clock):
    await watch(store)
    for _ in range(5):
        clock.pass_by(WATCH_SECONDS - 1)
        await store.pulled(A, "m", "s")
    assert (await store.tell(PAGE, hints(1))).accounts == (A,)


async def test_an_account_that_was_away_for_long_gets_what_nobody_watched_for_meanwhile(store, clock):
    await watch(store)
    clock.pass_by(HINT_SECONDS - 5)
    await store.note(A, "m")
    clock.pass_by(10)
    assert await store.tell(PAGE, hints(1)) == Told(())
    await watch(store)
    assert ids(await store.pulled(A, "m", "s")) == ["h1"]


async def test_an_answer_to_a_call_from_before_the_account_was_edited_changes_only_its_hints(store):
    await watch(store)
    await store.tell(PAGE, hints(1))
    given = await store.pulled(A, "before", "s")
    await store.pulled(A, "after", "s")
    await store.answered(A, "after", watched=OTHER, metadata="after", state="s2", read=())
    await store.answered(A, "before", watched=PAGE, metadata="before, renewed", state="s1", read=given)
    assert await store.find(A) == "after"
    assert (await store.tell(OTHER, ())).accounts == (A,)
    assert await store.pulled(A, "after", "s1") == ()


async def test_renewed_metadata_is_what_goes_on(store):
    await store.pulled(A, "m", "s")
    await store.answered(A, "m", watched=PAGE, metadata="renewed", state="s1", read=())
    assert (await store.claim(A, "o", 60)).metadata == "renewed"
    await store.answered(A, "m", watched=PAGE, metadata="renewed otherwise", state="s2", read=())
    assert await store.find(A) == "renewed", "it was the slower of two calls with the same metadata"


async def test_an_account_that_was_forgotten_is_not_known_until_zendesk_calls_for_it(store):
    await watch(store)
    await store.tell(PAGE, hints(1))
    given = await store.pulled(A, "m", "s")
    await store.forget(A)
    await store.answered(A, "m", watched=PAGE, metadata="m", state="s1", read=given)
    assert await store.find(A) is None
    assert await store.tell(PAGE, hints(2)) == Told(())
    assert await store.claim(A, "o", 60) is None
    await store.forget(A)
    await watch(store)
    assert ids(await store.pulled(A, "m", "s")) == ["h2"]


async def test_one_owner_at_a_time_has_an_account(store, clock):
    assert await store.claim(A, "o", 60) is None
    await store.note(A, "m")
    assert await store.claim(A, "o", 60) is None, "nobody knows where to go on"
    await watch(store, after="s1")
    claims = await asyncio.gather(*(store.claim(A, f"o{number}", 60) for number in range(20)))
    (first,) = [number for number, claim in enumerate(claims) if claim is not None]
    assert claims[first].state == "s"
    clock.pass_by(59)
    assert await store.claim(A, "other", 60) is None
    assert await store.claim(A, f"o{first}", 60) is not None
    clock.pass_by(59)
    assert await store.claim(A, "other", 60) is None
    clock.pass_by(2)
    assert await store.claim(A, "other", 60) is not None
    assert await store.claim(A, f"o{first}", 60) is None


async def test_a_claim_goes_on_where_the_last_push_ended_until_zendesk_calls_with_another_state(store):
    await watch(store)
    assert (await store.claim(A, "o", 60)).state == "s"
    assert await store.pushed(A, "o", state="p1", read=())
    assert (await store.claim(A, "o", 60)).state == "p1"
    await store.pulled(A, "m", "s")
    assert (await store.claim(A, "o", 60)).state == "p1"
    await store.pulled(A, "m", "s1")
    assert (await store.claim(A, "o", 60)).state == "s1"
    await store.pulled(A, "m", "s")
    assert (await store.claim(A, "o", 60)).state == "s"


async def test_hints_that_were_pushed_are_gone_but_for_those_told_again(store):
    await watch(store)
    await store.tell(PAGE, hints(1, 2, 3))
    claim = await store.claim(A, "o", 60)
    await store.tell(PAGE, hints(2, told=2))
    assert await store.pushed(A, "o", state="p", read=claim.hints[:2])
    assert set(await store.pulled(A, "m", "s")) == {*hints(3), *hints(2, told=2)}


async def test_who_has_no_claim_any_more_changes_nothing(store, clock):
    await watch(store)
    await store.tell(PAGE, hints(1))
    assert not await store.pushed(A, "o", state="p", read=hints(1)), "it never had one"
    await store.claim(A, "o", 60)
    clock.pass_by(61)
    assert not await store.pushed(A, "o", state="p", read=hints(1))
    assert await store.release(A, "o", 0)
    other = await store.claim(A, "other", 60)
    assert not await store.pushed(A, "o", state="p", read=hints(1))
    assert await store.release(A, "o", 99)
    assert (other.state, list(other.hints)) == ("s", hints(1))
    assert await store.claim(A, "third", 60) is None


async def test_a_claim_ends_unless_a_webhook_told_meanwhile(store):
    await watch(store)
    claim = await store.claim(A, "o", 60)
    await store.tell(PAGE, ())
    assert not await store.release(A, "o", claim.tells)
    assert not await store.release(A, "o", claim.tells), "asked again"
    claim = await store.claim(A, "o", 60)
    assert await store.release(A, "o", claim.tells)
    assert await store.release(A, "o", claim.tells)
    assert await store.claim(A, "other", 60) is not None


async def test_a_longer_pause_stays(store, clock):
    assert await store.paused("zendesk:1") == 0
    await store.pause("zendesk:1", 60)
    await store.pause("zendesk:1", 30)
    assert 59 < await store.paused("zendesk:1") <= 60
    clock.pass_by(40)
    await store.pause("zendesk:1", 60)
    assert 59 < await store.paused("zendesk:1") <= 60
    assert await store.paused("zendesk:2") == 0
    clock.pass_by(61)
    assert await store.paused("zendesk:1") == 0


async def test_texts_of_any_kind_are_kept_as_they_are(store):
    odd = "é𝄞'\"\\\n\r\t%?;--"
    await watch(store, odd, odd, metadata=odd, state=odd, after=odd + "1")
    await store.tell(odd, [Hint(odd, odd)])
    claim = await store.claim(odd, odd, 60)
    assert (claim.metadata, claim.state, claim.hints) == (odd, odd, (Hint(odd, odd),))
    assert await store.pushed(odd, odd, state="p", read=claim.hints)
    assert await store.pulled(odd, odd, odd) == ()


async def test_many_at_once_lose_nothing(store):
    await watch(store)
    await asyncio.gather(*(store.tell(PAGE, hints(number)) for number in range(90)))
    assert sorted(ids(await store.pulled(A, "m", "s"))) == sorted(ids(hints(*range(90))))
    assert (await store.claim(A, "o", 60)).tells == 90
