# SPDX-License-Identifier: Apache-2.0
"""What was recorded: calls, events, violations."""

from __future__ import annotations

from dataclasses import asdict

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.views import call_view, event_view
from sealock_devkit.zendesk.local_zendesk import LocalZendesk

MOST = 10_000


def _limit(request: Request) -> int:
    return request.get_param_as_int("limit", min_value=1, max_value=MOST, default=100)


class Calls:
    """`/api/calls`: the newest calls of the service, by `kind` and `account` if wanted, at most `limit`."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, request: Request, response: Response) -> None:
        """They, in order."""
        kind, account_id = request.get_param("kind"), request.get_param_as_int("account")
        calls = self._zendesk.store.calls.all(kind=kind, account_id=account_id, limit=_limit(request))
        response.media = {"calls": [call_view(call) for call in calls]}


class Events:
    """`/api/events`: the newest event callbacks, at most `limit`."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, request: Request, response: Response) -> None:
        """They, in order."""
        response.media = {"events": [event_view(each) for each in self._zendesk.store.events.all(_limit(request))]}


class Violations:
    """`/api/violations`: what the service did against the protocol."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """All, the oldest first."""
        response.media = {"violations": [asdict(each) for each in self._zendesk.store.violations.all()]}

    async def on_delete(self, _request: Request, response: Response) -> None:
        """Forget them."""
        self._zendesk.store.violations.clear()
        response.status = falcon.HTTP_204
