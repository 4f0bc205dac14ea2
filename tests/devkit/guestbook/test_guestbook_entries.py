# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_devkit.emulators.guestbook.entries import MAX_AUTHOR_CHARS, MAX_TEXT_CHARS, BadEntry, Entries
from tests.origins.guestbook.sites import NOON, StoppedClock


def book(clock=None):
    return Entries(":memory:", clock=clock or StoppedClock())


def sign(entries, text="Hello", **more):
    return entries.add(**{"author": "Anna", "author_id": "visitor-a", "text": text, **more})


def test_an_answer_to_an_answer_is_in_the_first_entrys_conversation():
    with book() as entries:
        root = sign(entries)
        answer = sign(entries, "Hi", parent=root.id)
        deeper = sign(entries, "Ho", parent=answer.id)
        assert root.thread == answer.thread == deeper.thread == root.id
        assert entries.thread(root.id) == [root, answer, deeper]


def test_instants_are_whole_seconds_and_never_go_back():
    clock = StoppedClock(NOON + timedelta(microseconds=999_999))
    with book(clock) as entries:
        first = sign(entries)
        clock.forward(-3_600)
        second = sign(entries)
        assert first.created_at == second.created_at == NOON


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("author", {"author": " \n"}),
        ("author", {"author": "a" * (MAX_AUTHOR_CHARS + 1)}),
        ("text", {"text": ""}),
        ("text", {"text": "a" * (MAX_TEXT_CHARS + 1)}),
        ("text", {"text": "a\x00b"}),
        ("parent", {"parent": 7}),
    ],
)
def test_a_bad_entry_is_refused_by_its_field(field, values):
    with book() as entries:
        with pytest.raises(BadEntry) as refused:
            sign(entries, **values)
        assert refused.value.field == field
        assert entries.get(1) is None


def test_line_ends_of_browsers_become_plain_ones():
    with book() as entries:
        assert sign(entries, " a\r\nb\rc ").text == "a\nb\nc"


def test_entries_outlive_the_process_that_wrote_them(tmp_path):
    with Entries(tmp_path / "entries.sqlite", clock=StoppedClock()) as entries:
        written = sign(entries)
    with Entries(tmp_path / "entries.sqlite", clock=StoppedClock()) as entries:
        assert entries.get(written.id) == written


@given(gaps=st.lists(st.integers(0, 2), min_size=1, max_size=40), page=st.integers(1, 7))
def test_walking_page_by_page_meets_every_entry_once(gaps, page):
    clock = StoppedClock()
    with book(clock) as entries:
        for gap in gaps:
            clock.forward(gap)
            sign(entries)
        instant, after, met = NOON, 0, []
        while found := entries.since(instant, after=after, limit=page):
            met += [entry.id for entry in found]
            instant, after = found[-1].created_at, found[-1].id
        assert met == list(range(1, len(gaps) + 1))


def test_a_mark_finds_its_entries_and_no_mark_finds_none():
    with book() as entries:
        sign(entries)
        marked = sign(entries, mark="x")
        assert entries.marked("x") == [marked]
        assert entries.marked("") == []
