# SPDX-License-Identifier: Apache-2.0
"""What was recorded: calls, events, violations."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.download import is_download, send_file
from sealock_devkit.zendesk.api.filters import call_filter, event_filter, part_of, view_of, violation_filter
from sealock_devkit.zendesk.api.views import call_view, event_view
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.store import Part, ViolationFilter

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
        """Forget them."""
        self._store.violations.clear()
        response.status = falcon.HTTP_204
