# SPDX-License-Identifier: Apache-2.0
"""How things stand, and waiting until they stand otherwise."""

from __future__ import annotations

from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.local_zendesk import LocalZendesk

LONGEST_WAIT = 120.0
COUNTED = ("tickets", "comments", "replies_delivered", "replies_failed", "violations")


def status_view(zendesk: LocalZendesk) -> dict[str, Any]:
    """Counts of everything, and whether something is under way."""
    store = zendesk.store
    tickets, comments = store.tickets.counts()
    return {
        "idle": zendesk.is_idle(),
        "tickets": tickets,
        "comments": comments,
        "replies_waiting": store.replies.count("waiting"),
        "replies_delivered": store.replies.count("delivered"),
        "replies_failed": store.replies.count("failed"),
        "arrivals_waiting": store.resources.waiting_count(),
        "events_waiting": store.events.waiting_count(),
        "violations": store.violations.count(),
    }


class Status:
    """`/api/status`: how things stand."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """Counts, and whether something is under way."""
        response.media = status_view(self._zendesk)


class Wait:
    """
    `/api/wait`: answers when all that is asked for holds, or after `timeout` seconds (10).

    `tickets`, `comments`, `replies_delivered`, `replies_failed`, `violations`: at least so many. `idle=true`: nothing
    is under way. `account` with `pulls`: that account was pulled at least so many times.
    """

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, request: Request, response: Response) -> None:
        """`met` says whether it holds; the rest is the status."""
        seconds = request.get_param_as_float("timeout", min_value=0, max_value=LONGEST_WAIT, default=10)
        unknown = set(request.params) - {*COUNTED, "idle", "account", "pulls", "timeout"}
        if unknown:
            raise falcon.HTTPBadRequest(title=f"one cannot wait for {', '.join(sorted(unknown))}")
        counts = {name: request.get_param_as_int(name) for name in COUNTED if request.has_param(name)}
        idle = request.get_param_as_bool("idle", default=False)
        account_id, pulls = request.get_param_as_int("account"), request.get_param_as_int("pulls", default=0)
        if account_id is not None:
            self._zendesk.store.accounts.get(account_id)

        def holds() -> bool:
            status = status_view(self._zendesk)
            pulled = account_id is None or self._zendesk.store.accounts.get(account_id).pulls >= pulls
            return (
                pulled and all(status[name] >= least for name, least in counts.items()) and (not idle or status["idle"])
            )

        met = await self._zendesk.wait_until(holds, seconds)
        response.media = {"met": met, **status_view(self._zendesk)}
