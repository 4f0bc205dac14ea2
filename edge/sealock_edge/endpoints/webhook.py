# SPDX-License-Identifier: Apache-2.0
"""`/{integration}/webhook` and whatever follows it: an origin says that there is something new."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import unquote_to_bytes

import falcon
from falcon.asgi import Request, Response

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.webhook_pb2 import HttpHeader, ReceiveWebhookRequest, ReceiveWebhookResponse
from sealock_contract.limits import broken_limit
from sealock_edge.calls import Call, Integration
from sealock_edge.client_address import ClientAddresses
from sealock_edge.connectors import ConnectorRefused
from sealock_edge.middleware import HEADERS, BodyRule
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.pace import Paces
from sealock_edge.problems import TooManyWebhooks
from sealock_edge.pulls.hints import Hints, tell
from sealock_edge.pulls.nudges import Nudges
from sealock_edge.store import Store
from sealock_edge.zendesk.errors import FaultyAnswer

MOST_UNDER_WAY: Final = 128
"""Of one integration, in this process: each may hold a body of a megabyte. More come again."""

MOST_HEADERS: Final = 64
"""Of an answer."""

PROTECTION: Final = {"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}
"""Whoever sends a webhook may have written the answer, as with an echoed challenge: nothing of it may do anything."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,4096}")
_NOT_PASSED_ON: Final = frozenset(
    {
        # Between two neighbours, and what the server writes by itself.
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te"),
        *("trailer", "transfer-encoding", "upgrade", "content-length", "content-encoding", "date", "server"),
        # What acts beyond this one answer, on whoever trusts this host.
        *("set-cookie", "set-cookie2", "location", "refresh", "link", "alt-svc", "strict-transport-security"),
        *("clear-site-data", "service-worker-allowed", "www-authenticate", "nel", "report-to", "reporting-endpoints"),
        "x-request-id",
        *(name.lower() for name in HEADERS),
    }
)
_NOT_PASSED_ON_BEGINS: Final = ("access-control-", "cross-origin-", "content-security-policy", "sec-")


class Webhook:
    """
    Passes a request on exactly as it came, keeps what the connector read in it, and answers as the connector says.

    The connector alone knows who may send one, so what it may cost is bounded. A 2xx goes out when everything is safe.
    """

    endpoint = Endpoint.WEBHOOK

    def __init__(
        self,
        store: Store,
        hints: Hints,
        addresses: ClientAddresses,
        pace: Paces,
        *,
        nudges: Nudges,
        max_bytes: int,
    ) -> None:
        self.body = BodyRule(None, max_bytes, any_method=True)
        self._store = store
        self._hints = hints
        self._addresses = addresses
        self._pace = pace
        self._nudges = nudges
        self._under_way: Counter[str] = Counter()

    async def on_post(self, req: Request, resp: Response, integration: Integration, rest: str = "") -> None:  # noqa: ARG002 - read as it came
        """Any method: which there are, is the connector's affair."""
        call: Call = req.context.call
        resp.set_headers(PROTECTION)
        with self._room_for(integration):
            address = self._addresses.of(req.remote_addr, req.get_header("X-Forwarded-For"))
            self._pace.take(address, integration.id)
            description = await integration.connector.describe(call.request_id)
            if Capability.CAPABILITY_WEBHOOK not in description.capabilities:
                raise ConnectorRefused(Reason.REASON_UNSUPPORTED)
            answer = await integration.connector.client.receive_webhook(
                _as_it_came(req, call.body), call.budget, call.request_id
            )
            deliveries = _deliveries(answer)
            _write(answer, resp)
            told = await tell(self._store, self._hints, integration, deliveries)
        self._nudges.begin(integration, told)
        if answer.status >= 400:
            call.outcome = Outcome.WEBHOOK_REFUSED

    on_get = on_head = on_put = on_patch = on_delete = on_options = on_post

    @contextmanager
    def _room_for(self, integration: Integration) -> Iterator[None]:
        if self._under_way[integration.id] >= MOST_UNDER_WAY:
            raise TooManyWebhooks(1)
        self._under_way[integration.id] += 1
        try:
            yield
        finally:
            self._under_way[integration.id] -= 1


def _as_it_came(req: Request, body: bytes) -> ReceiveWebhookRequest:
    """The request; what is no ASCII, byte by byte."""
    # The route was found in the decoded path, where a slash that came encoded divides, too.
    path: bytes = req.scope["raw_path"].lstrip(b"/")
    parts = path.split(b"/", 2)
    if len(parts) < 2 or unquote_to_bytes(parts[1]) != b"webhook":
        raise falcon.HTTPNotFound
    return ReceiveWebhookRequest(
        method=req.method,
        path=f"/{parts[2].decode('latin-1')}" if len(parts) > 2 else "",
        query=req.scope["query_string"].decode("latin-1"),
        headers=[
            HttpHeader(name=name.decode("latin-1"), value=value.rstrip(b" \t").decode("latin-1"))
            for name, value in req.scope["headers"]
        ],
        body=body,
    )


def _deliveries(answer: ReceiveWebhookResponse) -> Mapping[str, Sequence[bytes]]:
    """The hints by origin account key, each once. Raises `FaultyAnswer`."""
    found: dict[str, dict[bytes, None]] = {}
    for delivery in answer.deliveries:
        if problem := broken_limit(delivery):
            raise FaultyAnswer("deliveries", problem)
        found.setdefault(delivery.origin_account_key, {}).update(dict.fromkeys(delivery.hints))
    return {key: tuple(hints) for key, hints in found.items()}


def _write(answer: ReceiveWebhookResponse, resp: Response) -> None:
    """Raises `FaultyAnswer`: it is no answer to a request of HTTP."""
    if not 200 <= answer.status <= 599:
        raise FaultyAnswer("status", "is none of an answer")
    if len(answer.headers) > MOST_HEADERS:
        raise FaultyAnswer("headers", f"are more than {MOST_HEADERS}")
    for header in answer.headers:
        if not _TOKEN.fullmatch(header.name) or not _VALUE.fullmatch(header.value):
            raise FaultyAnswer("headers", "are none of an answer")
    resp.status = falcon.code_to_http_status(answer.status)
    resp.content_type = "text/plain; charset=utf-8"
    for header in answer.headers:
        name = header.name.lower()
        if name == "content-type":
            resp.content_type = header.value
        elif name not in _NOT_PASSED_ON and not name.startswith(_NOT_PASSED_ON_BEGINS):
            resp.append_header(name, header.value)
    resp.data = answer.body
