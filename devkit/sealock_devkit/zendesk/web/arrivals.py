# SPDX-License-Identifier: Apache-2.0
"""How what the origin has came here: by which pull or push, and how long after it was written."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from sealock_devkit.zendesk.rest.push import KNOWN, SUCCESS
from sealock_devkit.zendesk.store import CallRecord, PullRecord, Store


@dataclass(frozen=True, slots=True)
class Arrival:
    """One pull or push, with what it brought."""

    kind: str
    """`pull` or `push`."""
    call_id: int | None
    started_at: str
    status: int | None
    received: int
    duplicates: int
    milliseconds: float
    problem: str
    asks_update: bool = False
    reason: str = ""
    seconds: float | None = None
    """How old its newest item was when it was in the ticket; `None` if it brought none."""


def arrivals(store: Store, account_id: int, limit: int) -> list[Arrival]:
    """An account's last pulls and pushes, the newest first."""
    pulls = store.pulls.of_account(account_id, limit)
    pushes = store.calls.all(kind="push", account_id=account_id, limit=limit)
    after = store.pulls.arrivals([*(each.request_id for each in pulls), *(each.request_id for each in pushes)])
    found = [_of_pull(each, after.get(each.request_id) if each.received else None) for each in pulls]
    found += [_of_push(each, after.get(each.request_id)) for each in pushes]
    return sorted(found, key=lambda each: each.started_at, reverse=True)[:limit]


def _of_pull(pull: PullRecord, seconds: float | None) -> Arrival:
    return Arrival(
        "pull",
        pull.call_id,
        pull.started_at,
        pull.status,
        pull.received,
        pull.duplicates,
        pull.milliseconds,
        pull.problem,
        pull.asks_update,
        pull.reason,
        seconds,
    )


def _of_push(call: CallRecord, seconds: float | None) -> Arrival:
    codes = Counter(each["status"]["code"] for each in json.loads(call.results))
    failed = ", ".join(f"{count} {code}" for code, count in codes.items() if code not in {SUCCESS, KNOWN})
    brought = seconds if codes[SUCCESS] else None
    return Arrival(
        "push",
        call.id,
        call.started_at,
        call.status,
        codes[SUCCESS],
        codes[KNOWN],
        call.milliseconds,
        call.problem or failed,
        seconds=brought,
    )


def age(seconds: float) -> str:
    """A length of time for people, in its largest unit."""
    for most, unit, length in ((100, "s", 1), (6_000, "min", 60), (172_800, "h", 3_600)):
        if seconds < most:
            number = seconds / length
            return f"{number:.1f} {unit}" if number < 10 and unit == "s" else f"{number:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"
