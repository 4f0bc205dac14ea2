# SPDX-License-Identifier: Apache-2.0
"""All views of the three programs, their routes from their own tables, and the routes that show no page."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from falcon import inspect

from sealock_devkit.emulators.guestbook.app import create_app as create_guestbook
from sealock_devkit.emulators.guestbook.entries import Entries
from sealock_devkit.emulators.guestbook.faults import Faults
from sealock_devkit.zendesk.web.app import create_web_app
from sealock_edge.routes import minimal_edge, routes_of
from tests.browser.views.of_the_edge import EDGE_VIEWS, NO_PAGES_OF_THE_EDGE
from tests.browser.views.of_the_guestbook import GUESTBOOK_VIEWS, NO_PAGES_OF_THE_GUESTBOOK
from tests.browser.views.of_zendesk import NO_PAGES_OF_ZENDESK, ZENDESK_VIEWS

ALL_VIEWS = (*EDGE_VIEWS, *ZENDESK_VIEWS, *GUESTBOOK_VIEWS)
NO_PAGES = {**NO_PAGES_OF_THE_EDGE, **NO_PAGES_OF_ZENDESK, **NO_PAGES_OF_THE_GUESTBOOK}
"""By route: what is there instead."""
TRANSLATED_VIEWS = EDGE_VIEWS


WITHIN = re.compile(r"\(.*?\)")
"""The limits of a number in a path."""


def all_routes() -> set[str]:
    """Program, method and path."""
    return edge_routes() | zendesk_routes() | guestbook_routes()


def edge_routes() -> set[str]:
    return {
        f"edge {method} {path}"
        for listener, method, path in routes_of(minimal_edge())
        if listener == "public" and method != "HEAD"
    }


def zendesk_routes() -> set[str]:
    nothing: Any = SimpleNamespace(context=SimpleNamespace(changes=None), faults=None)
    return _routes("zendesk", create_web_app(nothing, lambda: True))


def guestbook_routes() -> set[str]:
    with Entries(":memory:", clock=lambda: None) as entries:
        app = create_guestbook(entries, name="g", title="", token="", faults=Faults(), switches=False)
        return {route for route in _routes("guestbook", app) if " /api/" not in route}


def _routes(program: str, app: Any) -> set[str]:
    return {
        f"{program} {method.method} {WITHIN.sub('', route.path)}"
        for route in inspect.inspect_routes(app)
        for method in route.methods
        if not method.internal
    }
