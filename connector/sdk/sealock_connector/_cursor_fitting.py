# SPDX-License-Identifier: Apache-2.0
"""Making a cursor fit into its bytes: what is given up first when it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sealock_connector._cursor_bytes import MOST_BYTES, Group, Snapshot, encode

_OLDER_GROUPS = 7
_MOST_AT_ONCE = 100_000
"""Entries of one instant that are worth reading back at each pull, however few bytes they take."""


@dataclass(frozen=True, slots=True)
class Entry:
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
        data = encode(replace(snapshot, groups=tuple(_group(snapshot.newest, group) for group in groups)))
        if len(data) <= most_bytes:
            return data
        if older:
            older = older[1:]
            snapshot = replace(snapshot, floor=older[0][0].at if older else snapshot.newest)
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
    return replace(snapshot, bar=newest[count - 1].text or snapshot.bar), newest[count:]
