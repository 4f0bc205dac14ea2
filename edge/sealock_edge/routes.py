# SPDX-License-Identifier: Apache-2.0
"""THE table: every path that the edge answers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

from falcon.asgi import App, Request, Response

from sealock_edge.endpoints.about import About
from sealock_edge.endpoints.admin_ui import AdminStep, AdminUi
from sealock_edge.endpoints.channelback import Channelback
from sealock_edge.endpoints.clickthrough import Clickthrough
from sealock_edge.endpoints.dashboard import Dashboard
from sealock_edge.endpoints.event_callback import EventCallback
from sealock_edge.endpoints.file import File
from sealock_edge.endpoints.healthcheck import Healthcheck
from sealock_edge.endpoints.manifest import Manifest
from sealock_edge.endpoints.probes import Livez, MetricsPage, Readyz
from sealock_edge.endpoints.pull import Pull
from sealock_edge.endpoints.sign_in import SignInCallback


@dataclass(frozen=True, slots=True)
class PublicResources:
    """What Zendesk, browsers and origins reach."""

    manifest: Manifest
    admin_ui: AdminUi
    admin_step: AdminStep
    sign_in_callback: SignInCallback
    pull: Pull
    channelback: Channelback
    clickthrough: Clickthrough
    event_callback: EventCallback
    file: File
    healthcheck: Healthcheck
    about: About
    dashboard: Dashboard


@dataclass(frozen=True, slots=True)
class InternalResources:
    """What only the cluster reaches."""

    livez: Livez
    readyz: Readyz
    metrics: MetricsPage


def public_routes(resources: PublicResources) -> list[tuple[str, Any]]:
    """Path and resource; `{integration}` is a table's name in the configuration."""
    return [
        # What Zendesk calls
        ("/{integration}/manifest.json", resources.manifest),
        ("/{integration}/pull", resources.pull),
        ("/{integration}/channelback", resources.channelback),
        ("/{integration}/event_callback", resources.event_callback),
        ("/{integration}/files/{sealed}/{name}", resources.file),
        ("/{integration}/healthcheck", resources.healthcheck),
        # What an administrator's browser calls, in a frame inside Zendesk
        ("/{integration}/admin_ui", resources.admin_ui),
        ("/{integration}/admin_ui/step", resources.admin_step),
        ("/{integration}/admin_ui/callback", resources.sign_in_callback),
        # What people open
        ("/{integration}/clickthrough", resources.clickthrough),
        ("/{integration}/about", resources.about),
        ("/{integration}/dashboard", resources.dashboard),
    ]


def internal_routes(resources: InternalResources) -> list[tuple[str, Any]]:
    """Path and resource."""
    return [
        ("/livez", resources.livez),
        ("/readyz", resources.readyz),
        ("/metrics", resources.metrics),
    ]


def add_routes(app: App[Request, Response], routes: list[tuple[str, Any]]) -> None:
    """Make the application answer them; a slash at the end makes no difference."""
    app.req_options.strip_url_path_trailing_slash = True
    for path, resource in routes:
        app.add_route(path, resource)


def listing() -> Iterator[str]:
    """The table for people: listener, method and path of everything."""
    # The classes stand in for their objects: only their methods' names are looked at.
    public = public_routes(PublicResources(**get_type_hints(PublicResources)))
    internal = internal_routes(InternalResources(**get_type_hints(InternalResources)))
    for listener, routes in (("public", public), ("internal", internal)):
        for path, resource in routes:
            for method in _methods(dir(resource)):
                yield f"{listener:<9} {method:<5} {path}"


def _methods(names: Iterable[str]) -> list[str]:
    return [name.removeprefix("on_").upper() for name in names if name in ("on_get", "on_head", "on_post")]


if __name__ == "__main__":
    sys.stdout.write("\n".join(listing()) + "\n")
