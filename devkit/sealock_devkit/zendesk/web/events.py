# SPDX-License-Identifier: Apache-2.0
"""Event callbacks: one by one, or as the calls that carried them."""

from __future__ import annotations

from functools import partial

from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.filters import event_filter, part_of, view_of
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.store import CallRecord
from sealock_devkit.zendesk.store.events import STATUSES
from sealock_devkit.zendesk.web.calls import CallRow, EventRow, call_row, event_row
from sealock_devkit.zendesk.web.listing import SHOWN, Names, choice, export, sheet, views, whose
from sealock_devkit.zendesk.web.pages import Pages

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
            sheet=sheet(request, numbers, count, most),
            export=export(request, "/api/events"),
        )

    def _batch(self, names: Names, call: CallRecord, base: str) -> tuple[CallRow, list[EventRow]]:
        carried = [event_row(names, event) for event in self._zendesk.store.events.of_call(call.id)]
        return call_row(self._zendesk, names, call, base), carried
