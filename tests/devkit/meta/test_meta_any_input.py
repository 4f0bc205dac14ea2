# SPDX-License-Identifier: Apache-2.0
"""Whatever is written, asked for or paged through: nothing is lost, and nothing breaks."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_devkit.emulators.meta.graph.errors import GraphError
from sealock_devkit.emulators.meta.graph.nodes import Entry, Listing, Pager, Query
from sealock_devkit.emulators.meta.graph.params import Wanted, read_fields, written
from sealock_devkit.emulators.meta.records import Person
from sealock_devkit.emulators.meta.settings import Clock, Faults, Settings
from sealock_devkit.emulators.meta.store import AppKeys, Database, Store
from tests.devkit.meta.callers import NOON

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=12)
ARGUMENTS = st.text(st.characters(blacklist_characters="(){}", blacklist_categories=("Cs",)), max_size=12).map(
    str.strip
)


def wanted(inner):
    selections = st.none() | st.lists(inner, max_size=3).map(tuple)
    return st.builds(Wanted, NAMES, st.dictionaries(NAMES, ARGUMENTS, max_size=3), selections)


FIELDS = st.lists(st.recursive(st.builds(Wanted, NAMES), wanted, max_leaves=12), min_size=1, max_size=4).map(tuple)


def a_store() -> Store:
    clock = Clock(lambda: NOON)
    keys = AppKeys("1", "a" * 32, "2", "b" * 32)
    return Store(":memory:", keys=keys, clock=clock, settings=Settings(), faults=Faults())


def read(text: str) -> tuple[Wanted, ...] | int:
    """What a text asks for, or the code that it is refused with."""
    try:
        return read_fields(text)
    except GraphError as error:
        return error.kind.code


@given(FIELDS)
@settings(deadline=None)
def test_fields_are_read_as_they_were_written(fields):
    assert read(written(fields)) in (fields, 2500)


@given(FIELDS, st.sampled_from([" ", "\n", "  "]))
@settings(deadline=None)
def test_space_between_fields_means_nothing(fields, space):
    plain = written(fields)
    if "(" not in plain:
        assert read(plain.replace(",", f",{space}").replace("{", f"{{{space}").replace("}", f"}}{space}")) == read(
            plain
        )


@given(st.text(max_size=60) | st.text("a,.(){}", max_size=20))
@settings(deadline=None)
def test_any_text_is_read_or_refused_with_2500(text):
    found = read(text)
    assert found == 2500 or read(written(found)) == found


def test_fields_nest_eight_deep_and_no_deeper():
    assert read("a{" * 8 + "b" + "}" * 8) != 2500
    assert read("a{" * 9 + "b" + "}" * 9) == 2500


STEPS = st.lists(st.tuples(st.sampled_from(["add", "delete"]), st.integers(0, 40)), min_size=0, max_size=60)


@given(STEPS, st.integers(1, 9), st.lists(st.integers(0, 6), max_size=6))
@settings(deadline=None)
def test_a_list_is_paged_completely_whatever_happens_meanwhile(steps, limit, meanwhile):
    """What was there at the beginning and stays is seen exactly once, in order, however the list grows."""
    store = a_store()
    alive: dict[int, bool] = {}
    for what, number in steps:
        if what == "add":
            alive[len(alive)] = True
        elif alive:
            alive[number % len(alive)] = False

    def listing() -> Listing:
        return Listing([Entry([at, str(at)], at if kept else None) for at, kept in sorted(alive.items())])

    pager, before = Pager(store), [at for at, kept in alive.items() if kept]
    seen: list[int] = []
    query = Query(limit=str(limit))
    for page in range(200):
        cut = pager.cut("x", listing(), query)
        assert len(cut.values) <= limit
        seen += cut.values
        if page < len(meanwhile):
            alive[len(alive)] = True
        if not cut.has_next:
            break
        query = Query(limit=str(limit), after=cut.after)
    assert [at for at in seen if at in before] == before
    assert len(seen) == len(set(seen))


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 7), st.integers(1, 4))
@settings(deadline=None)
def test_empty_pages_and_gaps_hide_nothing(kept, limit, empty):
    store = a_store()
    store.faults.empty_pages = empty
    listing = Listing([Entry([at, str(at)], at if shown else None) for at, shown in enumerate(kept)])
    pager, query, seen = Pager(store), Query(limit=str(limit)), []
    while True:
        cut = pager.cut("x", listing, query)
        seen += cut.values
        if not cut.has_next:
            break
        query = Query(limit=str(limit), after=cut.after)
    assert seen == [at for at, shown in enumerate(kept) if shown]


@given(st.integers(1, 30), st.integers(1, 7))
@settings(deadline=None)
def test_a_list_can_be_walked_backwards(length, limit):
    pager = Pager(a_store())
    listing = Listing([Entry([at, str(at)], at) for at in range(length)])
    last = pager.cut("x", listing, Query(limit="100"))
    seen, before = [], last.after
    while True:
        cut = pager.cut("x", listing, Query(limit=str(limit), before=before))
        seen = cut.values + seen
        if not cut.has_previous:
            break
        before = cut.before
    assert seen == list(range(length - 1))


def test_records_are_there_again_after_a_restart(tmp_path):
    database = Database(tmp_path / "records.sqlite")
    people = database.table("people", Person)
    people.put(Person("1", "Ann", "ann"))
    changed = people.put(Person("2", "Ben", "ben"))
    changed.blocked.append("7")
    people.put(changed)
    people.remove("1")
    assert database.count("person", start=5) == 5
    database.keep("f", b"data")
    database.close()

    again = Database(tmp_path / "records.sqlite")
    assert [(each.id, each.blocked) for each in again.table("people", Person)] == [("2", ["7"])]
    assert again.count("person", start=5) == 6
    assert again.content("f") == b"data"
    again.close()
