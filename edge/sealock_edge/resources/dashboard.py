# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/dashboard`: whether this integration works, for those who run it."""

from __future__ import annotations

from collections.abc import Iterator

from falcon.asgi import Request, Response

from sealock.connector.v1.describe_pb2 import DescribeResponse
from sealock_edge.connectors import ConnectorError
from sealock_edge.endpoints import Endpoint
from sealock_edge.integration import Call, Integration
from sealock_edge.pages import Pages
from sealock_edge.resources.abilities import abilities


class Dashboard:
    """A page without anything secret: it is open to everybody."""

    endpoint = Endpoint.DASHBOARD

    def __init__(self, edge_version: str, pages: Pages) -> None:
        self._edge_version = edge_version
        self._pages = pages

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: dashboard_url."""
        call: Call = req.context.call
        try:
            await integration.connector.ask(call.request_id)
        except ConnectorError:
            ready = False
        else:
            ready = True
        description = integration.connector.description
        self._pages.answer(
            resp,
            "dashboard.html",
            integration=integration.config,
            ready=ready,
            described=description is not None,
            edge_version=self._edge_version,
            facts=list(_facts(description)) if description is not None else [],
            abilities=abilities(description),
        )


def _facts(description: DescribeResponse) -> Iterator[tuple[str, str]]:
    yield "Origin", description.display_name
    if description.version:
        yield "Connector version", description.version
    limits = description.limits
    if limits.reply_max_chars:
        yield "Longest reply", f"{limits.reply_max_chars:,}"
    if limits.HasField("reply_window"):
        yield "Replies are possible for", _length(limits.reply_window.seconds)
    if description.clickthrough_hosts:
        yield "Links lead to", ", ".join(sorted(description.clickthrough_hosts))


def _length(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds} s"
