# SPDX-License-Identifier: Apache-2.0
"""Every route of the three programs that have pages, from their own tables."""

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
        app = create_guestbook(entries, title="", token="", faults=Faults(), switches=False)
        return {route for route in _routes("guestbook", app) if " /api/" not in route}


def _routes(program: str, app: Any) -> set[str]:
    return {
        f"{program} {method.method} {WITHIN.sub('', route.path)}"
        for route in inspect.inspect_routes(app)
        for method in route.methods
        if not method.internal
    }
