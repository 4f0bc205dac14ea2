# SPDX-License-Identifier: Apache-2.0
"""The journal of HTTP calls, secrets as dots, and what the service did in them against the protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sealock_devkit.zendesk.store.database import Condition, Database, Journal, Part, Unknown, is_value

TO_SERVICE = (
    "manifest",
    "admin_ui",
    "pull",
    "channelback",
    "event_callback",
    "file",
    "healthcheck",
    "clickthrough",
)
TO_ZENDESK = ("push", "validate_token", "report_error", "attachment")
Direction = Literal["to service", "to zendesk"]

WENT_WRONG = """problem != '' OR note != '' OR status IS NULL OR status >= 400
  OR (status >= 300 AND kind NOT IN ('manifest', 'admin_ui', 'clickthrough', 'attachment'))
  OR id IN (SELECT call_id FROM violations)"""


OF_TICKET = (
    """ticket_id = ? OR request_id IN (SELECT request_id FROM resources WHERE ticket_id = ? AND request_id != '')"""
)
SHORTEST_INDEXED = 3
"""Shorter words are looked for in every call."""
DIGITS = 19


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, of the service or by it."""

    id: int
    kind: str
    """
    Calls of the service: `manifest`, `admin_ui`, `pull`, `channelback`, `event_callback`, `file`,
    `clickthrough` or `healthcheck`. Calls that it made: `push`, `validate_token`, `report_error` or `attachment`.
    """
    integration_id: int | None
    account_id: int | None
    request_id: str
    method: str
    url: str
    """Without the values of its query; of a call that the service made, the path only."""
    headers: str
    """The request's headers that matter, as a JSON array of pairs."""
    sent: str
    """The form's or body's fields as a JSON array of pairs, secrets as dots; for events their kinds."""
    body: str
    """A JSON body, secrets as dots; empty when there was none, or a too long one."""
    status: int | None
    answer: str
    """The beginning of a JSON answer, secrets as dots; for other answers their type and size."""
    results: str
    """What a push was answered for each resource, as a JSON array of results."""
    problem: str
    fault: str
    """The fault that was switched on for it."""
    milliseconds: float
    started_at: str
    note: str = ""
    """What an answer that is none of a failure asks people to do something about; empty for most."""
    ticket_id: int | None = None
    """The one ticket that it is for; of a pull or push its request says which."""
    idle: bool = False
    """Whether it brought nothing: a pull without news, or events that tell of such pulls only."""

    @property
    def direction(self) -> Direction:
        """Who called whom."""
        return "to zendesk" if self.kind in TO_ZENDESK else "to service"


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; `None` for any."""

    account: int | None = None
    integration: int | None = None
    kind: str | None = None
    direction: Direction | None = None
    request: str | None = None
    """A request id: that of one pull or push, or of all attempts of one channelback."""
    wrong: bool = False
    """Only those without an answer, with a refusal or an error for one, or with violations in it."""
    ticket: int | None = None
    """Those for a ticket: what brought its comments, its replies, files and links."""
    search: str | None = None
    """A number, a request id, or any text that was sent or answered."""
    idle: bool | None = None
    """Whether they brought nothing."""

    @property
    def conditions(self) -> list[Condition]:
        """What the wanted calls meet, as SQL."""
        found = [
            *is_value("account_id", self.account),
            *is_value("integration_id", self.integration),
            *is_value("kind", self.kind),
            *is_value("request_id", self.request),
        ]
        if self.direction is not None:
            kinds = TO_SERVICE if self.direction == "to service" else TO_ZENDESK
            found.append(Condition(f"kind IN ({', '.join('?' * len(kinds))})", kinds))
        if self.ticket is not None:
            found.append(Condition(OF_TICKET, (self.ticket, self.ticket)))
        if self.search is not None:
            found.append(_says(self.search))
        if self.idle is not None:
            found.append(Condition("idle" if self.idle else "NOT idle"))
        return [*found, Condition(WENT_WRONG)] if self.wrong else found


def _says(words: str) -> Condition:
    """A call has these words somewhere, or this number."""
    number = int(words) if words.isascii() and words.isdigit() and len(words) < DIGITS else -1
    if len(words) < SHORTEST_INDEXED:
        text = "SELECT id FROM calls_as_text WHERE instr(text, ?)"
        return Condition(f"id = ? OR id IN ({text})", (number, words))
    as_json = json.dumps(words, ensure_ascii=False)[1:-1]
    phrases = " OR ".join('"' + each.replace('"', '""') + '"' for each in (words, as_json))
    return Condition("id = ? OR id IN (SELECT rowid FROM calls_text WHERE calls_text MATCH ?)", (number, phrases))


class CallStore:
    """Calls by number."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._journal = Journal(database, CallRecord, "SELECT * FROM calls", "id")

    def add(self, keep: int, **values: Any) -> int:
        """Remember a call and forget those beyond the newest `keep`; its number."""
        number = self._database.insert("calls", **values)
        self._database.run("DELETE FROM calls WHERE id <= ?", number - keep)
        return number

    def note(self, number: int, note: str) -> None:
        """Say of a call what its answer asks for."""
        self._database.update("calls", number, note=note)

    def brought_nothing(self, number: int) -> None:
        """Say of a call that there was nothing in it."""
        self._database.update("calls", number, idle=True)

    def tickets(self, call: CallRecord) -> list[int]:
        """The tickets that a call was for, or brought comments for."""
        sql = """SELECT DISTINCT ticket_id FROM resources WHERE request_id = ? AND request_id != ''
                 AND ticket_id IS NOT NULL ORDER BY ticket_id"""
        found = {row["ticket_id"] for row in self._database.rows(sql, call.request_id)}
        return sorted(found | ({call.ticket_id} if call.ticket_id else set()))

    def between(self, wanted: CallFilter, newer: int | None, older: int, part: Part) -> tuple[int, list[CallRecord]]:
        """How many are wanted after the one call and before the other, and the newest of them, the oldest first."""
        bounds = [*wanted.conditions, Condition("id > ?", (older,))]
        part = Part(part.limit, before=newer)
        return self._journal.count(bounds, part), self._journal.find(bounds, part)

    def belong_to(self, integration_id: int, manifest_url: str) -> None:
        """Give the calls for a manifest, and what broke in them, to the integration that came of it."""
        read = "kind = 'manifest' AND integration_id IS NULL AND url = ?"
        found = f"endpoint = 'manifest' AND call_id IN (SELECT id FROM calls WHERE {read})"  # noqa: S608
        self._database.run(f"UPDATE violations SET integration_id = ? WHERE {found}", integration_id, manifest_url)  # noqa: S608
        self._database.run(f"UPDATE calls SET integration_id = ? WHERE {read}", integration_id, manifest_url)  # noqa: S608

    def get(self, number: int) -> CallRecord:
        """The call of this number. Raises `Unknown`."""
        call = self._database.one(CallRecord, "SELECT * FROM calls WHERE id = ?", number)
        if call is None:
            raise Unknown(f"there is no call {number}, or it is forgotten")
        return call

    def find(self, wanted: CallFilter, part: Part) -> list[CallRecord]:
        """A part of the wanted calls, the oldest first."""
        return self._journal.find(wanted.conditions, part)

    def count(self, wanted: CallFilter, part: Part = Part()) -> int:  # noqa: B008 - it is frozen
        """How many calls are wanted, before or after the part's number."""
        return self._journal.count(wanted.conditions, part)

    def all(self, *, kind: str | None = None, account_id: int | None = None, limit: int = 100) -> list[CallRecord]:
        """The newest calls, in order."""
        return self.find(CallFilter(kind=kind, account=account_id), Part(limit))


SOURCES = ("schema", "protocol", "documented", "advice")
INDEX = re.compile(r"\[\d+\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Violation:
    """One break of one rule. It never holds the value that broke it."""

    id: int
    integration_id: int | None
    account_id: int | None
    call_id: int | None
    endpoint: str
    path: str
    """Where in the answer: `external_resources[3].author.name`."""
    rule: str
    source: str
    """Who says so: `schema`, `documented`, `protocol` or `advice`."""
    detail: str
    found_at: str


@dataclass(frozen=True, slots=True)
class ViolationFilter:
    """Which violations are wanted; `None` for any."""

    account: int | None = None
    integration: int | None = None
    endpoint: str | None = None
    source: str | None = None
    call: int | None = None

    @property
    def conditions(self) -> list[Condition]:
        """What the wanted violations meet, as SQL."""
        return [
            *is_value("account_id", self.account),
            *is_value("integration_id", self.integration),
            *is_value("endpoint", self.endpoint),
            *is_value("source", self.source),
            *is_value("call_id", self.call),
        ]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """All violations of one rule at one place, whichever item of a list it was."""

    endpoint: str
    path: str
    """Without numbers: `external_resources[].author.name`."""
    rule: str
    source: str
    count: int
    first_at: str
    last: Violation


class ViolationStore:
    """Violations, the oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._journal = Journal(database, Violation, "SELECT * FROM violations", "id")

    def add(self, keep: int, **values: Any) -> None:
        """Remember a violation, values by column, and forget those beyond the newest `keep`."""
        number = self._database.insert("violations", **values)
        self._database.run("DELETE FROM violations WHERE id <= ?", number - keep)

    def all(self) -> list[Violation]:
        """All of them."""
        return self._database.all(Violation, "SELECT * FROM violations ORDER BY id")

    def find(self, wanted: ViolationFilter, part: Part) -> list[Violation]:
        """A part of the wanted violations, the oldest first."""
        return self._journal.find(wanted.conditions, part)

    def by_rule(self, wanted: ViolationFilter) -> list[BrokenRule]:
        """The wanted violations by what they break, the most frequent first."""
        return by_rule(self.find(wanted, Part()))

    def endpoints(self) -> list[str]:
        """Where there are violations."""
        rows = self._database.rows("SELECT DISTINCT endpoint FROM violations ORDER BY endpoint")
        return [row["endpoint"] for row in rows]

    def clear(self) -> None:
        """Forget all violations."""
        self._database.run("DELETE FROM violations")

    def count(self, wanted: ViolationFilter = ViolationFilter(), part: Part = Part()) -> int:  # noqa: B008
        """How many are wanted, before or after the part's number."""
        return self._journal.count(wanted.conditions, part)


def by_rule(violations: Iterable[Violation]) -> list[BrokenRule]:
    """Violations by what they break, the most frequent first."""
    groups: dict[tuple[str, str, str, str], list[Violation]] = {}
    for each in violations:
        key = (each.endpoint, INDEX.sub("[]", each.path), each.rule, each.source)
        groups.setdefault(key, []).append(each)
    rules = [BrokenRule(*key, len(found), found[0].found_at, found[-1]) for key, found in groups.items()]
    return sorted(rules, key=lambda rule: (-rule.count, -rule.last.id))
