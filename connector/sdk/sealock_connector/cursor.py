# SPDX-License-Identifier: Apache-2.0
"""
A position in an origin's list that no boundary can lose or double.

Origins list by time, and times are not unique: a page may end in the middle of a second. A `Cursor` is the newest
instant that was seen together with the ids that were seen at it, so that the next fetch begins *at* that instant,
inclusive, and what was seen is skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Self

from sealock_connector._cursor_bytes import LONGEST_ID, MOST_BYTES, Entry, Snapshot, decode, fitted, key_of
from sealock_connector.errors import InvalidRequest

ItemId = str | int
_FEWEST_BYTES = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY_SECONDS, _SECOND = 86_400, 1_000_000


class _Log:
    """What was seen, shared by the cursors of one pull: each knows how much of it is its own."""

    __slots__ = ("_asked", "entries", "index")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.index: dict[int, int] = {}
        self._asked: tuple[datetime, ItemId, Entry] | None = None

    def entry(self, instant: datetime, item: ItemId) -> Entry:
        """
        What would be remembered of an item. A naive instant raises `ValueError`.

        Who asks whether an item was seen says next that it is: so it is read once.
        """
        asked = self._asked
        if asked is not None and asked[0] is instant and asked[1] is item:
            return asked[2]
        text = str(item)
        entry = Entry(_microseconds(instant), key_of(text), text)
        self._asked = instant, item, entry
        return entry

    def add(self, entry: Entry) -> None:
        self.index[entry.key] = len(self.entries)
        self.entries.append(entry)

    def first(self, length: int, *, without: int | None = None) -> _Log:
        """A log of its own with the first entries, except the one of a key."""
        log = _Log()
        for entry in self.entries[:length]:
            if entry.key != without:
                log.add(entry)
        return log


class _Place(NamedTuple):
    """Where a cursor stands. Instants are microseconds since 1970."""

    newest: int
    floor: int
    bar: str = ""
    last: str = ""
    ordered: bool = True

    @classmethod
    def begun(cls, at: int, floor: int, text: str) -> _Place:
        """The place after the first item at a new instant."""
        ordered = _storable(text)
        return cls(at, floor, "", text if ordered else "", ordered)

    def moved(self, at: int, text: str) -> _Place:
        """The place after one more item."""
        if at > self.newest:
            # What only the bar covers is not remembered: the overlap must not reach back to it.
            return self.begun(at, self.newest + 1 if self.bar else self.floor, text)
        if at < self.newest or not self.ordered:
            return self
        ordered = _storable(text) and _order(text) > _order(self.last)
        return _Place(self.newest, self.floor, self.bar, text if ordered else "", ordered)


class _Bounds(NamedTuple):
    """What `load` was told. The overlap is in microseconds."""

    overlap: int
    start: datetime | None
    most_bytes: int


class Cursor:
    """
    Where a pull goes on: fetch what is new from `since` on, inclusive, oldest first; skip what is `in` the cursor;
    and yield each item with the cursor of `seen`:

    ```python
    cursor = Cursor.load(pull.state)
    async for entry in site.entries(since=cursor.since):
        if (entry.created_at, entry.id) not in cursor:
            cursor = cursor.seen(entry.created_at, entry.id)
            yield Pulled(as_resource(entry), after=cursor)
    ```

    With an `overlap` the fetch begins that much earlier, so that items which become visible late, with an instant
    in the past, are not lost: every id within the overlap is remembered.

    A cursor turns into at most 3,500 bytes, or as many as `most_bytes` says (at least 1,000) where a state holds more
    than a cursor; then it remembers proportionally fewer ids. Whole numbers are kept as ranges, so that thousands of
    neighbouring ones take a few hundred bytes; other ids take eight bytes each (a hash), so that some 400 of them may
    share the overlap. If there are more, the overlap shrinks as far as it must. If more share one single instant,
    those with the smallest ids count as seen without being remembered, provided that the origin lists equal instants
    by id: then nothing is lost but an item that turns up late, at that very instant, with an id below those. Where the
    origin lists them in another order, the ids seen first are forgotten and come again (Zendesk skips items that it
    has).

    Cursors do not change: `seen` gives a new one, in constant time.
    """

    __slots__ = ("_bounds", "_length", "_log", "_place")

    def __init__(self, bounds: _Bounds, place: _Place | None, log: _Log, length: int) -> None:
        """`load` makes cursors. `length` is how much of the log is this one's."""
        self._bounds = bounds
        self._place = place
        self._log = log
        self._length = length

    @classmethod
    def load(
        cls,
        state: bytes,
        *,
        overlap: timedelta = timedelta(0),
        start: datetime | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> Self:
        """
        The cursor that `dump` turned into these bytes; for an empty state one that begins at `start`.

        Raises `InvalidRequest` for bytes that are no cursor.
        """
        if not _FEWEST_BYTES <= most_bytes <= MOST_BYTES:
            raise ValueError(f"most_bytes: is not from {_FEWEST_BYTES:,} to {MOST_BYTES:,}")
        log, bounds = _Log(), _Bounds(overlap // _MICROSECOND, start, most_bytes)
        if not state:
            return cls(bounds, None, log, 0)
        try:
            snapshot = decode(state)
        except (ValueError, IndexError):
            raise InvalidRequest("state: is not a cursor") from None
        for group in snapshot.groups:
            for key in sorted(group.keys):
                log.add(Entry(snapshot.newest - group.age, key, ""))
        place = _Place(snapshot.newest, snapshot.floor, snapshot.bar, snapshot.last, snapshot.ordered)
        return cls(bounds, place, log, len(log.entries))

    @property
    def since(self) -> datetime | None:
        """The instant to fetch from, inclusive; None if everything is new."""
        return self._bounds.start if self._place is None else _EPOCH + self._since(self._place) * _MICROSECOND

    @property
    def newest(self) -> datetime | None:
        """The newest instant that was seen; None if nothing was."""
        return None if self._place is None else _EPOCH + self._place.newest * _MICROSECOND

    @property
    def keys_at_newest(self) -> list[int]:
        """The keys, as `key_of` gives them, of the items that were seen at the newest instant and are remembered."""
        newest = self._place.newest if self._place is not None else None
        return [entry.key for entry in self._log.entries[: self._length] if entry.at == newest]

    @staticmethod
    def key_of(item: ItemId) -> int:
        """The number by which an item is remembered: an id that is a whole number itself, else a hash."""
        return key_of(str(item))

    def __contains__(self, item: ItemId | tuple[datetime, ItemId]) -> bool:
        """
        Whether the item was seen: an `(instant, id)`, or an id alone.

        Give the instant where you have it: then items before `since`, and those of a flood that counts as seen,
        are in the cursor too.
        """
        if not isinstance(item, tuple):
            return self._remembers(key_of(str(item)))
        at, key, text = self._log.entry(*item)
        place = self._place
        if place is not None:
            if at < self._since(place):
                return True
            if place.bar and at == place.newest and _order(text) <= _order(place.bar):
                return True
        return self._remembers(key)

    def seen(self, instant: datetime, item: ItemId) -> Self:
        """The cursor after this item too. A naive instant raises `ValueError`."""
        entry = self._log.entry(instant, item)
        at, key, text = entry
        log, length = self._log, self._length
        if self._remembers(key):
            if log.entries[log.index[key]].at >= at:
                return self
            log = log.first(length, without=key)
        elif len(log.entries) != length:
            log = log.first(length)
        log.add(entry)
        if self._place is None:
            begin, start = at - self._bounds.overlap, self._bounds.start
            floor = begin if start is None else min(at, max(begin, _microseconds(start)))
            place = _Place.begun(at, floor, text)
        else:
            place = self._place.moved(at, text)
        return type(self)(self._bounds, place, log, len(log.entries))

    def dump(self) -> bytes:
        """The cursor as a state, of at most `most_bytes`; empty if nothing was seen."""
        place = self._place
        if place is None:
            return b""
        snapshot = Snapshot(place.newest, self._since(place), place.bar, place.last, place.ordered, ())
        return fitted(snapshot, self._log.entries[: self._length], self._bounds.most_bytes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cursor) and self.dump() == other.dump()

    def __hash__(self) -> int:
        return hash(self.dump())

    def __repr__(self) -> str:
        return f"Cursor(since={self.since}, remembered={self._length})"

    def _since(self, place: _Place) -> int:
        return max(place.newest - self._bounds.overlap, place.floor)

    def _remembers(self, key: int) -> bool:
        return self._log.index.get(key, self._length) < self._length


def _microseconds(instant: datetime) -> int:
    if instant.utcoffset() is None:
        raise ValueError("a cursor takes aware instants")
    since = instant - _EPOCH
    return (since.days * _DAY_SECONDS + since.seconds) * _SECOND + since.microseconds


def _order(text: str) -> tuple[int, str]:
    """The order of ids: whole numbers by size, before all others by spelling."""
    return (0, text.zfill(LONGEST_ID)) if text.isascii() and text.isdecimal() else (1, text)


def _storable(text: str) -> bool:
    try:
        return len(text.encode()) <= LONGEST_ID
    except UnicodeEncodeError:
        return False
