# SPDX-License-Identifier: Apache-2.0
"""The pages of calls in both directions, of event callbacks, and of violations."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.requests import call_filter, event_filter, part_of, view_of, violation_filter
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import as_curl, redacted_json
from sealock_devkit.zendesk.store import CallFilter, CallRecord, EventRecord, Part, Violation, ViolationFilter
from sealock_devkit.zendesk.store.events import STATUSES
from sealock_devkit.zendesk.store.journal import SOURCES, TO_SERVICE, TO_ZENDESK, Direction
from sealock_devkit.zendesk.web.listing import SHOWN, Names, address, choice, export, position, views, whose
from sealock_devkit.zendesk.web.pages import Pages

DIRECTIONS: tuple[tuple[Direction, str], ...] = (("to service", "to the service"), ("to zendesk", "to Zendesk"))
ONE_BY_ONE = ("kind", "request", "search", "wrong", "nothing")
"""Filters of somebody who looks for calls of all sorts."""
IN_FOLD, IN_FOLDS = 20, 60
"""How many calls stand in a fold, and in all folds of a page; the rest is a page of its own."""
VALUE_IN_LIST = 500
COMMAND_IN_LIST = 4_000


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call for the pages, secrets as dots."""

    call: CallRecord
    account: str
    integration: str
    fields: list[tuple[str, str]]
    curl: str
    """Empty when there is no command for it."""
    violations: list[Violation]

    @property
    def state(self) -> str:
        """How it went: `good`, `bad`, or `` for a redirect."""
        status = self.call.status
        if self.call.problem or status is None or status >= 400:
            return "bad"
        return "good" if status < 300 else ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Calls one after the other that brought nothing."""

    before: int
    """The number of the call that they came after; 0 for none."""
    count: int
    rows: list[CallRow]
    """The newest of them."""
    address: str
    """Where they are one by one."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with its body as text, secrets as dots."""

    event: EventRecord
    account: str
    integration: str
    body: str


def call_row(zendesk: LocalZendesk, names: Names, call: CallRecord, base: str) -> CallRow:
    """A call; `base` is where this Zendesk listens."""
    violations = zendesk.store.violations.find(ViolationFilter(call=call.id), Part())
    fields = [_pair(each) for each in json.loads(call.sent)]
    account, integration = _name(names.accounts, call.account_id), _name(names.integrations, call.integration_id)
    return CallRow(call, account, integration, fields, as_curl(call, base), violations)


def event_row(names: Names, event: EventRecord) -> EventRow:
    """An event for the pages, secrets as dots."""
    body = json.dumps(redacted_json(json.loads(event.body)), ensure_ascii=False, indent=2)
    account, integration = _name(names.accounts, event.account_id), _name(names.integrations, event.integration_id)
    return EventRow(event, account, integration, body)


def _name(names: dict[int, str], number: int | None) -> str:
    return "" if number is None else names.get(number, str(number))


def _pair(each: Any) -> tuple[str, str]:
    name, value = each
    return str(name), str(value)


def pretty(text: str) -> str:
    """JSON on lines; a text that is not whole JSON as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


class CallsPage:
    """`/calls`: the newest calls first."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """A part of those that the filter wants; those that brought nothing are folded between the others."""
        store, names, wanted = self._zendesk.store, Names(self._zendesk.store), call_filter(request)
        folds = not any(request.get_param(name) for name in ONE_BY_ONE)
        listed = replace(wanted, idle=False) if folds else wanted
        calls = store.calls.find(listed, part_of(request, SHOWN))[::-1]
        where = position(request, [call.id for call in calls], lambda part: store.calls.count(listed, part))

        def row(call: CallRecord) -> CallRow:
            return call_row(self._zendesk, names, call, request.prefix)

        self._pages.answer(
            response,
            "calls.html",
            here="calls",
            lines=self._folded(request, listed, calls, row, last=not where.older) if folds else list(map(row, calls)),
            filters_on=[
                *whose(names, request),
                choice("kind", "Kind", (*TO_SERVICE, *TO_ZENDESK), request),
                choice("direction", "Direction", DIRECTIONS, request, "both ways"),
                choice("wrong", "Show", [("true", "only what went wrong")], request, "everything"),
            ],
            wanted=wanted,
            of_all_requests=address(request, request=""),
            of_all_tickets=address(request, ticket=""),
            folds=folds,
            one_by_one=address(request, nothing="shown"),
            folded=address(request, nothing="") if request.get_param("nothing") else "",
            position=where,
            export=export(request, "/api/calls"),
            most={"value": VALUE_IN_LIST, "command": COMMAND_IN_LIST},
        )

    def _folded(
        self,
        request: Request,
        listed: CallFilter,
        calls: list[CallRecord],
        row: Callable[[CallRecord], CallRow],
        *,
        last: bool,
    ) -> list[CallRow | Fold]:
        """The calls, each after those that came later and brought nothing; `last`: and those before all of them."""
        store, folded, left = self._zendesk.store.calls, replace(listed, idle=True), IN_FOLDS
        lines: list[CallRow | Fold] = []
        later = store.find(listed, Part(1, after=calls[0].id)) if calls else []
        newer = later[0].id if later else None
        for call in [*calls, None] if last else calls:
            count, found = store.between(folded, newer, call.id if call else 0, Part(min(left, IN_FOLD)))
            if count:
                way = address(request, nothing="shown", before=str(newer) if newer else "")
                lines.append(Fold(call.id if call else 0, count, list(map(row, found[::-1])), way))
            left -= len(found)
            if call:
                lines.append(row(call))
                newer = call.id
        return lines


class CallPage:
    """`/calls/{number}`: one call."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response, number: int) -> None:
        """All that is known about it."""
        store, names = self._zendesk.store, Names(self._zendesk.store)
        call = store.calls.get(number)
        same = store.calls.count(CallFilter(request=call.request_id)) if call.request_id else 0
        self._pages.answer(
            response,
            "call.html",
            here="calls",
            row=call_row(self._zendesk, names, call, request.prefix),
            headers=json.loads(call.headers),
            body=pretty(call.body),
            answer=pretty(call.answer),
            results=json.loads(call.results),
            events=[event_row(names, event) for event in store.events.of_call(number)],
            same_request=same,
            tickets=[store.tickets.get(each) for each in store.calls.tickets(call)],
        )


BATCHES_SHOWN = 25


class EventsPage:
    """`/events`: the newest event callbacks first; with `by=batch` the newest calls that carried some."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """A part of those that the filter wants."""
        store, wanted = self._zendesk.store.events, event_filter(request)
        names = Names(self._zendesk.store)
        by_call = bool(view_of(request, "batch"))
        events, batches = [], []
        if by_call:
            calls = store.batches(wanted, part_of(request, BATCHES_SHOWN))[::-1]
            batches = [self._batch(names, call, request.prefix) for call in calls]
            numbers, count, most = [call.id for call in calls], partial(store.batch_count, wanted), BATCHES_SHOWN
        else:
            found = store.find(wanted, part_of(request, SHOWN))[::-1]
            events = [event_row(names, event) for event in found]
            numbers, count, most = [event.id for event in found], partial(store.count, wanted), SHOWN
        self._pages.answer(
            response,
            "events.html",
            here="events",
            events=events,
            batches=batches,
            filters_on=[
                *whose(names, request),
                choice("kind", "Kind", store.kinds(), request),
                choice("status", "State", STATUSES, request),
            ],
            views=views(request, ("", "One by one"), ("batch", "By call")),
            position=position(request, numbers, count, most),
            export=export(request, "/api/events"),
        )

    def _batch(self, names: Names, call: CallRecord, base: str) -> tuple[CallRow, list[EventRow]]:
        carried = [event_row(names, event) for event in self._zendesk.store.events.of_call(call.id)]
        return call_row(self._zendesk, names, call, base), carried


class ViolationsPage:
    """`/violations`: what the service did against the protocol, the newest first; with `by=rule` the rules."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """A part of those that the filter wants."""
        store, names, wanted = self._zendesk.store.violations, Names(self._zendesk.store), violation_filter(request)
        by_rule = bool(view_of(request, "rule"))
        found = [] if by_rule else store.find(wanted, part_of(request, SHOWN))[::-1]
        self._pages.answer(
            response,
            "violations.html",
            here="violations",
            rules=store.by_rule(wanted) if by_rule else [],
            rows=found,
            names=names,
            wanted=wanted,
            of_all_calls=address(request, call=""),
            count=store.count(wanted),
            filters_on=[
                *whose(names, request),
                choice("endpoint", "Endpoint", store.endpoints(), request),
                choice("source", "Source", SOURCES, request),
            ],
            views=views(request, ("", "One by one"), ("rule", "By rule")),
            position=position(request, [each.id for each in found], lambda part: store.count(wanted, part)),
            export=export(request, "/api/violations"),
        )

    async def on_post_forget(self, _request: Request, _response: Response) -> None:
        """Forget all violations."""
        self._zendesk.store.violations.clear()
        self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther("/violations")
