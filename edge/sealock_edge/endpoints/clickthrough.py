# SPDX-License-Identifier: Apache-2.0
"""`GET /{integration}/clickthrough?external_id=...`: an agent's browser wants the page of an item."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from ipaddress import ip_address
from urllib.parse import urlsplit

import falcon
from falcon.asgi import Request, Response

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughRequest
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import ConnectorError, ConnectorRefused
from sealock_edge.outcomes import Endpoint
from sealock_edge.pages import Pages
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form

_QUERY = FormSpec(FormField("external_id", limits.EXTERNAL_ID_CHARS, required=True))
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,2000}", re.ASCII | re.IGNORECASE)
_NETLOC = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_HTTPS_PORT = 443
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class Clickthrough:
    """Redirects to hosts that were declared; for any other the agent is asked on a page that names it."""

    endpoint = Endpoint.CLICKTHROUGH

    def __init__(self, pages: Pages, *, loopback_http: bool) -> None:
        """`loopback_http`: pages of this machine may be plain http (development)."""
        self._pages = pages
        self._loopback_http = loopback_http

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: clickthrough."""
        call: Call = req.context.call
        query = read_form(req.query_string.encode("latin-1", "replace"), _QUERY)
        found = await integration.connector.client.resolve_clickthrough(
            ResolveClickthroughRequest(external_id=str(query["external_id"])), call.budget, call.request_id
        )
        kind, host = destination(found.url, await self._declared(call, integration), loopback_http=self._loopback_http)
        if kind is Destination.NONE:
            raise ConnectorRefused(Reason.REASON_NOT_FOUND)
        if kind is Destination.FOREIGN:
            wanted = req.get_header("Accept-Language") or ""
            self._pages.answer(resp, "interstitial.html", locale=wanted, host=host, url=found.url)
            return
        resp.status = falcon.HTTP_303
        resp.set_header("Location", found.url)

    async def _declared(self, call: Call, integration: Integration) -> tuple[str, ...]:
        try:
            description = await integration.connector.describe(call.request_id)
        except ConnectorError:
            return integration.config.clickthrough_hosts
        return (*integration.config.clickthrough_hosts, *description.clickthrough_hosts)


class Destination(Enum):
    """What to do with a URL."""

    DECLARED = "declared"
    """Its host was declared: go there."""
    FOREIGN = "foreign"
    """A web page elsewhere: ask first."""
    NONE = "none"
    """Not a web page: never link it."""


def destination(url: str, declared: Iterable[str], *, loopback_http: bool) -> tuple[Destination, str]:
    """
    What to do with the URL, and its host as people should read it.

    `declared` are `example.com` (that host) or `*.example.com` (any host below it), at https's own port; or those with
    another port behind them. https only, except for pages of this machine if `loopback_http`, which may be at any port.
    """
    if not _URL.fullmatch(url):
        return Destination.NONE, ""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removesuffix(".")
        port = parts.port
    except ValueError:
        return Destination.NONE, ""
    if not _NETLOC.fullmatch(parts.netloc) or port == 0 or not _is_read_alike(host):
        return Destination.NONE, ""
    developing = loopback_http and _is_this_machine(host)
    if parts.scheme != "https" and not developing:
        return Destination.NONE, ""
    named = f"[{host}]" if ":" in host else host
    shown = named if port in (None, _HTTPS_PORT) else f"{named}:{port}"
    patterns = [pattern.lower().removesuffix(f":{_HTTPS_PORT}") for pattern in declared]
    is_declared = any(_covers(pattern, shown) or (developing and _covers(pattern, named)) for pattern in patterns)
    return (Destination.DECLARED if is_declared else Destination.FOREIGN), shown


def _is_read_alike(host: str) -> bool:
    """Whether browsers see the same host: one that ends in a number is an address to them, however it is written."""
    if ":" not in host and not _NUMBER.fullmatch(host.rpartition(".")[2] or "x"):
        return bool(host)
    try:
        return str(ip_address(host)) == host
    except ValueError:
        return False


def _covers(pattern: str, name: str) -> bool:
    """Whether the declared pattern covers the host, or the host with its port."""
    if pattern.startswith("*."):
        return name.endswith(pattern[1:]) and len(name) > len(pattern) - 1
    return name == pattern


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
