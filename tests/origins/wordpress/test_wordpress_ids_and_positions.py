# SPDX-License-Identifier: Apache-2.0
"""What Zendesk keeps: external ids, and the state of pulls. What is made is read back, everything else is refused."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import InvalidRequest, NotFound
from sealock_origins.wordpress.ids import (
    MAX_SITE_CHARS,
    BadSite,
    CommentId,
    canonical_site,
    guest_id,
    reply_user_agent,
    reply_user_agent_prefix,
    same_site,
    user_id,
)
from sealock_origins.wordpress.position import MAX_BYTES, MOST_WAITING, WINDOW, Position

TYPED = [
    ("https://blog.example.com", "https://blog.example.com"),
    ("blog.example.com", "https://blog.example.com"),
    ("  https://Blog.Example.COM/  ", "https://blog.example.com"),
    ("https://blog.example.com:443/news/", "https://blog.example.com/news"),
    ("http://blog.example.com:8080", "http://blog.example.com:8080"),
    ("https://blog.example.com/wp-admin/profile.php", "https://blog.example.com"),
    ("https://example.com/blog/wp-login.php", "https://example.com/blog"),
    ("https://example.com/wp-json/", "https://example.com"),
    ("https://bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe"),
    ("http://[::1]:8080/", "http://[::1]:8080"),
]

REFUSED = [
    "",
    "https://",
    "ftp://blog.example.com",
    "javascript:alert(1)",
    "https://user:secret@blog.example.com",
    "https://blog.example.com/?p=1",
    "https://blog.example.com/#top",
    "https://blog.example.com:99999",
    "https://blog example.com",
    "https://exa<mple.com",
    f"https://{'a' * 63}.{'b' * 63}.{'c' * 63}.example.com",
    f"https://blog.example.com/{'a' * 200}",
]

NOT_OURS = [
    "",
    "1",
    "https://blog.example.com/?p=1",
    "https://blog.example.com/?p=1#comment-",
    "https://blog.example.com/?p=0#comment-1",
    "https://blog.example.com/?p=1#comment-01",
    "https://blog.example.com/?p=1#comment-1\n",
    "https://blog.example.com/?p=1#comment-٣",
    "https://blog.example.com//?p=1#comment-1",
    "https://BLOG.example.com/?p=1#comment-1",
    "https://user@blog.example.com/?p=1#comment-1",
    "https://good.example\\@evil.example/?p=1#comment-1",
    "javascript://blog.example.com/?p=1#comment-1",
    "https://blog.example.com/wp-admin/?p=1#comment-1",
    f"https://blog.example.com/?p=1#comment-{'9' * 21}",
]


@pytest.mark.parametrize(("typed", "site"), TYPED)
def test_there_is_one_way_to_write_a_site(typed, site):
    assert canonical_site(typed) == site
    assert canonical_site(site) == site


@pytest.mark.parametrize("typed", REFUSED)
def test_what_cannot_be_a_site_is_refused_with_a_sentence(typed):
    with pytest.raises(BadSite) as refused:
        canonical_site(typed)
    assert str(refused.value).endswith(".")
    assert "secret" not in str(refused.value)


@given(st.text(max_size=300))
def test_any_typed_text_is_a_site_or_refused(typed):
    try:
        site = canonical_site(typed)
    except BadSite:
        return
    assert canonical_site(site) == site
    assert site.isascii()
    assert len(site) <= MAX_SITE_CHARS


@given(
    st.sampled_from([site for _, site in TYPED]),
    st.integers(min_value=1, max_value=2**64 - 1),
    st.integers(min_value=1, max_value=2**64 - 1),
)
def test_an_external_id_is_read_back_as_it_was_made(site, post, comment):
    external_id = str(CommentId(site, post, comment))
    assert CommentId.read(external_id) == CommentId(site, post, comment)
    assert external_id.isascii()


def test_the_longest_external_id_fits():
    site = canonical_site("https://example.com/" + "a" * (MAX_SITE_CHARS - len("https://example.com/")))
    assert len(str(CommentId(site, 2**64 - 1, 2**64 - 1))) <= 255
    assert len(guest_id(site, "key", name="n" * 1000, email="e" * 1000)) <= 255


@pytest.mark.parametrize("external_id", NOT_OURS)
def test_an_id_that_this_connector_does_not_make_is_not_found(external_id):
    with pytest.raises(NotFound):
        CommentId.read(external_id)


@given(st.text())
def test_any_text_is_an_id_or_not_found(external_id):
    try:
        found = CommentId.read(external_id)
    except NotFound:
        return
    assert str(found) == external_id


def test_a_guest_is_the_same_person_whatever_the_case_of_the_address():
    one = guest_id("https://a.example", "key", name="Ada", email="Ada@Example.test")
    assert one == guest_id("https://a.example", "key", name="Ada ", email="ada@example.test")
    assert one != guest_id("https://a.example", "key", name="Ada", email="ada@elsewhere.test")
    assert one != guest_id("https://a.example", "other key", name="Ada", email="ada@example.test")
    assert "ada" not in one.lower().removeprefix("https://a.example")


def test_users_of_different_sites_are_different_people():
    assert user_id("https://a.example", 1) != user_id("https://b.example", 1)


def test_a_site_stays_the_same_when_it_moves_to_https():
    assert same_site("http://a.example/blog", "https://a.example/blog")
    assert not same_site("https://a.example/blog", "https://a.example")


def test_a_replys_user_agent_names_its_account_and_nothing_else():
    user_agent = reply_user_agent("account-1", "key-1")
    assert user_agent.startswith(reply_user_agent_prefix("account-1"))
    assert user_agent != reply_user_agent("account-1", "key-2")
    assert not user_agent.startswith(reply_user_agent_prefix("account-2"))
    assert "account-1" not in user_agent
    assert "key-1" not in user_agent
    assert len(user_agent) <= 254


NUMBERS = st.integers(min_value=1, max_value=2**64 - 1)


def test_an_empty_state_is_the_beginning():
    assert Position.load(b"") == Position()


@pytest.mark.parametrize("state", [b"x", b"{}", b"[1]", b"[1,2,3,4]", b'["a",0,[],[]]', b"[1,0,[null],[]]", b"\xff"])
def test_a_state_of_somebody_else_is_refused(state):
    with pytest.raises(InvalidRequest):
        Position.load(state)


@given(st.sets(NUMBERS, max_size=WINDOW), st.sets(NUMBERS, max_size=50))
def test_a_position_is_read_back_as_it_was_written(seen, waiting):
    position = Position(
        settled=min(seen, default=1) - 1, rank=7, seen=tuple(sorted(seen)), waiting=tuple(sorted(waiting))
    )
    assert Position.load(position.dump()) == position


@given(st.integers(min_value=0), st.integers(min_value=300, max_value=400), st.integers(min_value=9, max_value=64))
def test_a_state_is_never_too_large_and_gives_up_the_oldest_waiting_first(seed, count, bits):
    random, ids = Random(seed), set[int]()
    while len(ids) < count:
        ids.add(random.randrange(1, 2**bits))
    position = Position()
    for each in ids:
        position = position.with_waiting(each)
    kept = Position.load(position.dump())
    assert len(position.dump()) <= MAX_BYTES
    assert kept.waiting == tuple(sorted(ids))[-len(kept.waiting) :]
    assert len(kept.waiting) >= 90


def test_ordinary_numbers_leave_room_for_all_that_may_wait():
    position = Position(settled=9_000_000)
    for each in range(9_000_001, 9_000_001 + 5 * MOST_WAITING, 3):
        position = position.with_waiting(each)
    assert len(Position.load(position.dump()).waiting) == MOST_WAITING


@given(
    st.lists(NUMBERS, max_size=WINDOW + 40, unique=True)
    | st.lists(NUMBERS, min_size=WINDOW + 1, max_size=WINDOW + 40, unique=True)
)
def test_what_was_seen_stays_known(ids):
    position = Position()
    for count, each in enumerate(sorted(ids), 1):
        assert not position.knows(each)
        position = position.with_seen(each)
        assert all(position.knows(known) for known in sorted(ids)[:count])
    assert len(position.seen) <= WINDOW
    assert position.rank == max(0, len(ids) - WINDOW)
