# SPDX-License-Identifier: Apache-2.0
"""
A cursor as bytes: groups of ids by age, whole numbers as ranges, other ids as hashes.

And what is given up first where the bytes are too few.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

MOST_BYTES = 3_500
LONGEST_ID = 255
_VERSION = 1
MOST_KEYS = 200_000
"""Keys that are worth reading back at each pull, however few bytes they take."""
_FIRST_INSTANT, _LAST_INSTANT = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999."""
_HASH_BYTES = 8
_ORDERED = 1


class Group(NamedTuple):
    """Ids that were seen at one age, or up to it; the age is in microseconds before the newest instant."""

    age: int
    keys: frozenset[int]


class Snapshot(NamedTuple):
    """What a cursor's bytes hold. Instants are microseconds since 1970."""

    newest: int
    floor: int
    bar: str
    last: str
    ordered: bool
    groups: tuple[Group, ...]


def key_of(text: str) -> int:
    """An id as a key: a whole number is itself, any other id a negative hash."""
    if text.isascii() and text.isdecimal() and (text[0] != "0" or text == "0") and len(text) <= 18:
        return int(text)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES).digest()
    return -1 - int.from_bytes(digest, "big")


def encode(snapshot: Snapshot) -> bytes:
    """The snapshot as bytes; the caller sees to their length."""
    out = bytearray([_VERSION, _ORDERED if snapshot.ordered else 0])
    _put(out, _zigzag(snapshot.newest))
    _put(out, snapshot.newest - snapshot.floor)
    _put_text(out, snapshot.bar)
    _put_text(out, snapshot.last)
    _put(out, len(snapshot.groups))
    for group in snapshot.groups:
        _put(out, group.age)
        _put_numbers(out, sorted(key for key in group.keys if key >= 0))
        _put_hashes(out, sorted(key for key in group.keys if key < 0))
    return bytes(out)


def decode(data: bytes) -> Snapshot:
    """The snapshot; `ValueError` or `IndexError` for bytes that `encode` does not make."""
    if len(data) > MOST_BYTES or data[0] != _VERSION:
        raise ValueError("not a cursor")
    reader = _Reader(data, at=2)
    newest = _unzigzag(reader.number())
    floor = newest - reader.number()
    bar, last = reader.text(), reader.text()
    groups = []
    for _ in range(reader.number()):
        age = reader.number()
        groups.append(Group(age, frozenset([*reader.numbers(), *reader.hashes()])))
    if reader.at != len(data):
        raise ValueError("not a cursor")
    if floor < _FIRST_INSTANT or newest > _LAST_INSTANT:
        raise ValueError("not a cursor")
    return Snapshot(newest, floor, bar, last, bool(data[1] & _ORDERED), tuple(groups))


class _Reader:
    def __init__(self, data: bytes, *, at: int) -> None:
        self._data = data
        self._keys_left = MOST_KEYS
        self.at = at

    def number(self) -> int:
        byte = self._data[self.at]
        if byte < 0x80:
            self.at += 1
            return byte
        value = shift = 0
        while True:
            byte = self._data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 70:
                raise ValueError("not a number")

    def bytes(self, count: int) -> bytes:
        part = self._data[self.at : self.at + count]
        if len(part) != count:
            raise ValueError("too short")
        self.at += count
        return part

    def text(self) -> str:
        return self.bytes(self.number()).decode()

    def numbers(self) -> Iterator[int]:
        end = 0
        for _ in range(self.number()):
            start = end + self.number()
            end = start + self.number() + 1
            self._keys_left -= end - start
            if self._keys_left < 0:
                raise ValueError("too many")
            yield from range(start, end)

    def hashes(self) -> Iterator[int]:
        for _ in range(self.number()):
            yield -1 - int.from_bytes(self.bytes(_HASH_BYTES), "big")


def _put(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _put_text(out: bytearray, text: str) -> None:
    encoded = text.encode()
    _put(out, len(encoded))
    out += encoded


def _put_numbers(out: bytearray, numbers: list[int]) -> None:
    runs = list(_runs(numbers))
    _put(out, len(runs))
    end = 0
    for start, length in runs:
        _put(out, start - end)
        _put(out, length - 1)
        end = start + length


def _put_hashes(out: bytearray, hashes: list[int]) -> None:
    _put(out, len(hashes))
    for key in hashes:
        out += (-1 - key).to_bytes(_HASH_BYTES, "big")


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    start = length = 0
    for number in numbers:
        if length and number == start + length:
            length += 1
            continue
        if length:
            yield start, length
        start, length = number, 1
    if length:
        yield start, length


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _unzigzag(value: int) -> int:
    return value >> 1 if not value & 1 else -((value + 1) >> 1)


_OLDER_GROUPS = 7
_MOST_AT_ONCE = 100_000
"""Entries of one instant that are worth remembering."""


class Entry(NamedTuple):
    """An id that was seen: its instant in microseconds, its key, and its text where that is known."""

    at: int
    key: int
    text: str


def fitted(snapshot: Snapshot, entries: Sequence[Entry], most_bytes: int = MOST_BYTES) -> bytes:
    """
    The snapshot's bytes with as many of the entries as fit into `most_bytes`.

    Given up first, as far as needed: the oldest instants, by beginning later. Then, of the entries at the newest
    instant, those that were seen first: they count as seen up to the last of them if they came in the ids' order,
    and are forgotten otherwise.
    """
    kept = [entry for entry in entries if entry.at >= snapshot.floor]
    newest = [entry for entry in kept if entry.at == snapshot.newest]
    older = _grouped([entry for entry in kept if entry.at < snapshot.newest])
    while len(newest) > _MOST_AT_ONCE:
        snapshot, newest = _shortened(snapshot, newest)
    while True:
        groups = [*older, newest] if newest else older
        if sum(map(len, groups)) <= MOST_KEYS:
            data = encode(snapshot._replace(groups=tuple(_group(snapshot.newest, group) for group in groups)))
            if len(data) <= most_bytes:
                return data
        if older:
            older = older[1:]
            snapshot = snapshot._replace(floor=older[0][0].at if older else snapshot.newest)
        else:
            snapshot, newest = _shortened(snapshot, newest)


def _grouped(entries: list[Entry]) -> list[list[Entry]]:
    """The entries by instant, the oldest first, neighbouring instants together so that the groups are few."""
    entries = sorted(entries, key=lambda entry: entry.at)
    most = -(-len(entries) // _OLDER_GROUPS)
    groups: list[list[Entry]] = []
    for entry in entries:
        if groups and (len(groups[-1]) < most or groups[-1][-1].at == entry.at):
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return groups


def _group(newest: int, entries: list[Entry]) -> Group:
    return Group(newest - entries[-1].at, frozenset(entry.key for entry in entries))


def _shortened(snapshot: Snapshot, newest: list[Entry]) -> tuple[Snapshot, list[Entry]]:
    """Without the quarter that was seen first."""
    count = max(len(newest) // 4, 1)
    if not snapshot.ordered:
        return snapshot, newest[count:]
    # Ids that came with the state have no text: the bar is the next one whose text is known.
    while count < len(newest) and not newest[count - 1].text:
        count += 1
    return snapshot._replace(bar=newest[count - 1].text or snapshot.bar), newest[count:]
