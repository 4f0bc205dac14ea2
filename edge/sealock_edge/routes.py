# SPDX-License-Identifier: Apache-2.0
"""Lists what the built application answers: `python -m sealock_edge.routes` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from falcon.inspect import inspect_routes
from prometheus_client import CollectorRegistry

from sealock_edge.app import Edge, create_app, utc_now
from sealock_edge.config import read
from sealock_edge.sealing import KeyRing

_MINIMAL: Final = {
    "edge": {"public_url": "https://channels.example.com", "keys": "keys"},
    "zendesk": {"subdomains": ["example"]},
    "integrations": {"example": {"id": "org.example", "name": "Example", "target": "dns:///example:9443"}},
}


class Route(NamedTuple):
    """A path on one of the two listeners, and a method that it answers."""

    listener: str
    method: str
    path: str


def minimal_edge() -> Edge:
    """The edge with the least configuration that it takes, and without keys: enough to look at, not to call."""
    ring = KeyRing(Path(), utc_now, {})
    return create_app(read(_MINIMAL, {}), ring=ring, version="", registry=CollectorRegistry())


def routes_of(edge: Edge) -> Iterator[Route]:
    """Every route of both listeners, but not what the framework answers by itself."""
    for listener, app in (("public", edge.public), ("internal", edge.internal)):
        for route in inspect_routes(app):
            for method in route.methods:
                if not method.internal:
                    yield Route(listener, method.method, route.path)


if __name__ == "__main__":
    for listed in routes_of(minimal_edge()):
        sys.stdout.write(f"{listed.listener:<9} {listed.method:<5} {listed.path}\n")
