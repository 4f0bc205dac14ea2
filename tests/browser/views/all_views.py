# SPDX-License-Identifier: Apache-2.0
"""All views of the four programs, their routes from their own tables, and the routes that show no page."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

from falcon import inspect

from sealock_devkit.emulators.guestbook.app import create_app as create_guestbook
from sealock_devkit.emulators.guestbook.entries import Entries
from sealock_devkit.emulators.guestbook.faults import Faults
from sealock_devkit.emulators.meta.app import create_app as create_meta
from sealock_devkit.zendesk.transcripts.opened import OpenedTranscripts
from sealock_devkit.zendesk.web.app import create_web_app
from sealock_edge.routes import minimal_edge, routes_of
from tests.browser.views.of_arabic import ARABIC_EDGE_VIEWS, ARABIC_VIEWS
from tests.browser.views.of_meta import META_VIEWS, NO_PAGES_OF_META
from tests.browser.views.of_origins import ORIGIN_VIEWS
from tests.browser.views.of_the_edge import EDGE_VIEWS, NO_PAGES_OF_THE_EDGE
from tests.browser.views.of_the_guestbook import GUESTBOOK_VIEWS, NO_PAGES_OF_THE_GUESTBOOK
from tests.browser.views.of_zendesk import NO_PAGES_OF_ZENDESK, ZENDESK_VIEWS

TRANSLATED_VIEWS = (*EDGE_VIEWS, *ORIGIN_VIEWS, *ARABIC_EDGE_VIEWS)
"""Only the edge's pages and the connectors' forms are translated."""
ALL_VIEWS = (*TRANSLATED_VIEWS, *ZENDESK_VIEWS, *ARABIC_VIEWS, *GUESTBOOK_VIEWS, *META_VIEWS)
NO_PAGES = {**NO_PAGES_OF_THE_EDGE, **NO_PAGES_OF_ZENDESK, **NO_PAGES_OF_THE_GUESTBOOK, **NO_PAGES_OF_META}
"""By route: what is there instead."""

WITHIN = re.compile(r"\(.*?\)")
"""The limits of a number in a path."""


def all_routes() -> set[str]:
    """Program, method and path."""
    return edge_routes() | zendesk_routes() | guestbook_routes() | meta_routes()


def edge_routes() -> set[str]:
    return {
        f"edge {method} {path}"
        for listener, method, path in routes_of(minimal_edge())
        if listener == "public" and method != "HEAD"
    }


def zendesk_routes() -> set[str]:
    nothing: Any = SimpleNamespace(context=SimpleNamespace(changes=None), faults=None)
    return _routes("zendesk", create_web_app(nothing, OpenedTranscripts(), lambda: True))


def guestbook_routes() -> set[str]:
    with Entries(":memory:", clock=lambda: None) as entries:
        app = create_guestbook(entries, name="g", title="", token="", faults=Faults(), switches=False)
        return {route for route in _routes("guestbook", app) if " /api/" not in route}


def meta_routes() -> set[str]:
    """Without the vendor's API and the switches of tests."""
    nothing: Any = MagicMock()
    programs = ("/graph.", "/dev/")
    return {
        route
        for route in _routes("meta", create_meta(nothing, switches=True))
        if not any(each in route for each in programs)
    }


def _routes(program: str, app: Any) -> set[str]:
    return {
        f"{program} {method.method} {WITHIN.sub('', route.path)}"
        for route in inspect.inspect_routes(app)
        for method in route.methods
        if not method.internal
    }
