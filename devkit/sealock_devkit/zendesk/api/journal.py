# SPDX-License-Identifier: Apache-2.0
"""What was recorded: calls, events, violations; a part of them, or all as a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol, TypeVar

import falcon
from falcon import MEDIA_JSON
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.requests import call_filter, event_filter, part_of, view_of, violation_filter
from sealock_devkit.zendesk.api.views import call_view, event_view
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.store import Part, ViolationFilter

PIECE = 200


class Numbered(Protocol):
    """A row of a journal."""

    @property
    def id(self) -> int:
        """The number by which a journal is ordered."""


Row = TypeVar("Row", bound=Numbered)


def is_download(request: Request) -> bool:
    """Whether `download=true` is asked for. Raises falcon's 400."""
    return bool(request.get_param_as_bool("download", default=False))


def send_file(response: Response, name: str, find: Callable[[Part], list[Row]], view: Callable[[Row], Any]) -> None:
    """
    Answer `{"NAME": [...]}` as a file NAME.json, all rows that `find` has, the oldest first.

    Others get their turn between the pieces: a journal may be long.
    """
    response.content_type = MEDIA_JSON
    response.downloadable_as = f"{name}.json"
    response.stream = _pieces(name, find, view)


async def _pieces(name: str, find: Callable[[Part], list[Row]], view: Callable[[Row], Any]) -> AsyncIterator[bytes]:
    yield f'{{"{name}": ['.encode()
    last, between = 0, ""
    while rows := find(Part(PIECE, after=last)):
        yield (between + ", ".join(json.dumps(view(row), ensure_ascii=False) for row in rows)).encode()
        last, between = rows[-1].id, ", "
        await asyncio.sleep(0)
    yield b"]}"


USUAL = 100


class Calls:
    """`/api/calls`: calls in both directions; `/api/calls/{number}`: one of them."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._store = zendesk.store

    async def on_get(self, request: Request, response: Response) -> None:
        """A part of those that the filter wants, the oldest first."""
        wanted, part = call_filter(request), part_of(request, USUAL)
        if is_download(request):
            send_file(response, "calls", partial(self._store.calls.find, wanted), call_view)
            return
        response.media = {"calls": [call_view(call) for call in self._store.calls.find(wanted, part)]}

    async def on_get_number(self, _request: Request, response: Response, number: int) -> None:
        """One call, with the violations found in it and the events that it carried."""
        call = self._store.calls.get(number)
        violations = self._store.violations.find(ViolationFilter(call=number), Part())
        response.media = {
            **call_view(call),
            "violations": [asdict(each) for each in violations],
            "events": [event_view(event) for event in self._store.events.of_call(number)],
        }


class Events:
    """`/api/events`: event callbacks; with `by=batch` the calls that carried them."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._store = zendesk.store

    async def on_get(self, request: Request, response: Response) -> None:
        """A part of those that the filter wants, the oldest first."""
        wanted, part, view = event_filter(request), part_of(request, USUAL), view_of(request, "batch")
        events = self._store.events
        if is_download(request):
            send_file(response, "events", partial(events.find, wanted), event_view)
        elif view == "batch":
            response.media = {
                "batches": [
                    {**call_view(call), "events": [event_view(event) for event in events.of_call(call.id)]}
                    for call in events.batches(wanted, part)
                ]
            }
        else:
            response.media = {"events": [event_view(each) for each in events.find(wanted, part)]}


class Violations:
    """`/api/violations`: what the service did against the protocol; with `by=rule` the rules, and how often."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._store = zendesk.store

    async def on_get(self, request: Request, response: Response) -> None:
        """Those that the filter wants, the oldest first; all of them when there is no limit."""
        wanted, part, view = violation_filter(request), part_of(request, None), view_of(request, "rule")
        violations = self._store.violations
        if is_download(request):
            send_file(response, "violations", partial(violations.find, wanted), asdict)
        elif view == "rule":
            response.media = {"rules": [asdict(rule) for rule in violations.by_rule(wanted)]}
        else:
            response.media = {"violations": [asdict(each) for each in violations.find(wanted, part)]}

    async def on_delete(self, _request: Request, response: Response) -> None:
        """Forget all violations."""
        self._store.violations.clear()
        response.status = falcon.HTTP_204
