# SPDX-License-Identifier: Apache-2.0
"""What stands at the origin beside what stands in Zendesk: nothing lost, nothing twice, nothing out of order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sealock_devkit.ledger.logbook import Entry


@dataclass(frozen=True, slots=True)
class Arrived:
    """A comment of a ticket that has a name at the origin, in the order in which the ticket got them."""

    ticket: int
    external_id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply of an agent and what became of it in Zendesk."""

    text: str
    delivered: bool


@dataclass(slots=True)
class Reckoning:
    """What does not add up; nothing, if all of it is empty."""

    lost: list[str] = field(default_factory=list)
    """Entries that are on no ticket."""
    doubled: list[str] = field(default_factory=list)
    """Entries that are there twice, on one ticket or two."""
    out_of_order: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    """Entries on another ticket than the rest of their conversation."""
    replies_lost: list[str] = field(default_factory=list)
    """Replies that are said to be delivered, and are not at the origin."""
    replies_doubled: list[str] = field(default_factory=list)
    tokens_lost: list[str] = field(default_factory=list)
    """Places whose renewed token was lost, and no kill tells why."""

    @property
    def adds_up(self) -> bool:
        """Whether each thing is there once."""
        return not self.problems()

    def problems(self) -> list[str]:
        """What does not add up, a line each."""
        named: Mapping[str, Sequence[str]] = {
            "lost": self.lost,
            "doubled": self.doubled,
            "out of order": self.out_of_order,
            "on another ticket": self.misplaced,
            "delivered, and not at the origin": self.replies_lost,
            "posted twice": self.replies_doubled,
            "token lost": self.tokens_lost,
        }
        return [f"{what}: {each}" for what, these in named.items() for each in these]


def reckon(entries: Sequence[Entry], arrived: Sequence[Arrived], replies: Sequence[Answered]) -> Reckoning:
    """Compare. `arrived` is in the order of each ticket."""
    found = Reckoning()
    written = {entry.name: entry for entry in entries}
    times = Counter(each.external_id for each in arrived)
    for name, entry in written.items():
        if not entry.mark and not times[name]:
            found.lost.append(f"{name} ({entry.text})")
        if times[name] > 1:
            found.doubled.append(f"{name} ({entry.text}), {times[name]} times")
    _compare_tickets(written, arrived, found)
    posted = Counter(entry.text for entry in entries if entry.mark)
    for reply in replies:
        if reply.delivered and not posted[reply.text]:
            found.replies_lost.append(reply.text)
        if posted[reply.text] > 1:
            found.replies_doubled.append(f"{reply.text}, {posted[reply.text]} times")
    return found


def _compare_tickets(written: Mapping[str, Entry], arrived: Sequence[Arrived], found: Reckoning) -> None:
    tickets: dict[tuple[str, int], int] = {}
    newest: dict[int, int] = defaultdict(int)
    for each in arrived:
        entry = written.get(each.external_id)
        if entry is None or entry.mark:
            continue
        if tickets.setdefault((entry.place, entry.thread), each.ticket) != each.ticket:
            found.misplaced.append(each.external_id)
        if entry.id < newest[each.ticket]:
            found.out_of_order.append(f"{each.external_id} on ticket {each.ticket}")
        newest[each.ticket] = max(newest[each.ticket], entry.id)
