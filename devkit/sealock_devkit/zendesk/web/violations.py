# SPDX-License-Identifier: Apache-2.0
"""Violations: one by one, or by the rules that they break."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.filters import part_of, view_of, violation_filter
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.store.violations import SOURCES
from sealock_devkit.zendesk.web.listing import SHOWN, Names, choice, export, sheet, views, whose
from sealock_devkit.zendesk.web.pages import Pages


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
            count=store.count(wanted),
            filters_on=[
                *whose(names, request),
                choice("endpoint", "Endpoint", store.endpoints(), request),
                choice("source", "Source", SOURCES, request),
            ],
            views=views(request, ("", "One by one"), ("rule", "By rule")),
            sheet=sheet(request, [each.id for each in found], lambda part: store.count(wanted, part)),
            export=export(request, "/api/violations"),
        )

    async def on_post_forget(self, _request: Request, _response: Response) -> None:
        """Forget all."""
        self._zendesk.store.violations.clear()
        self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther("/violations")
