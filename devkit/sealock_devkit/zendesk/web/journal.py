# SPDX-License-Identifier: Apache-2.0
"""What was recorded: calls, event callbacks, violations."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import redacted_json
from sealock_devkit.zendesk.store import CallRecord, EventRecord
from sealock_devkit.zendesk.web.pages import Pages

SHOWN = 100


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with its form's fields, secrets as dots."""

    call: CallRecord
    fields: list[tuple[str, str]]
    curl: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with its body as text, secrets as dots."""

    event: EventRecord
    body: str


def call_row(call: CallRecord) -> CallRow:
    """A call for the page."""
    fields = [_pair(each) for each in json.loads(call.sent)]
    return CallRow(call, fields, as_curl(call.method, call.url, fields))


def as_curl(method: str, url: str, fields: list[tuple[str, str]]) -> str:
    """The call as a command to make it again; what is dots has to be filled in."""
    words = ["curl", "-X", method]
    for name, value in fields:
        words += ["--data-urlencode", f"{name}={value}"]
    return shlex.join([*words, url])


def _pair(each: Any) -> tuple[str, str]:
    if isinstance(each, list) and len(each) == 2:
        return str(each[0]), str(each[1])
    return "event", each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)


class CallsPage:
    """`/calls`: the newest calls first, of one `account` or `kind` if wanted."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """They."""
        store, account_id = self._zendesk.store, account_of(request)
        kind = request.get_param("kind")
        calls = store.calls.all(kind=kind, account_id=account_id, limit=SHOWN)[::-1]
        self._pages.answer(
            response,
            "calls.html",
            here="calls",
            rows=[call_row(call) for call in calls],
            kinds=sorted({call.kind for call in store.calls.all(limit=1000)} | ({kind} if kind else set())),
            accounts=store.accounts.all(),
            chosen={"kind": kind, "account": account_id},
        )


class EventsPage:
    """`/events`: the newest event callbacks first."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response) -> None:
        """They."""
        rows = [
            EventRow(event, json.dumps(redacted_json(json.loads(event.body)), ensure_ascii=False, indent=2))
            for event in self._zendesk.store.events.all(SHOWN)[::-1]
        ]
        self._pages.answer(response, "events.html", here="events", rows=rows)


class ViolationsPage:
    """`/violations`: what the service did against the protocol, the newest first, of one `account` if wanted."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """They."""
        account_id = account_of(request)
        found = self._zendesk.store.violations.all()
        wanted = [each for each in found if account_id is None or each.account_id == account_id]
        self._pages.answer(
            response,
            "violations.html",
            here="violations",
            rows=wanted[::-1][:SHOWN],
            count=len(wanted),
            accounts=self._zendesk.store.accounts.all(),
            chosen={"account": account_id},
        )

    async def on_post_forget(self, _request: Request, _response: Response) -> None:
        """Forget all."""
        self._zendesk.store.violations.clear()
        self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther("/violations")


def account_of(request: Request) -> int | None:
    """The account that a page is filtered by."""
    text = request.get_param("account")
    return request.get_param_as_int("account", min_value=1, max_value=2**31) if text else None
