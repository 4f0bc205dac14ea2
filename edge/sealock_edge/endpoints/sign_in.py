# SPDX-License-Identifier: Apache-2.0
"""
The way back from an origin's sign-in page (OAuth).

The sign-in happens in a window of its own. What it brings back travels, sealed, through the browser to the set-up
page that opened it: by a message between the two windows, or copied by hand. It only fits the run of the pages that
began it, so nobody can make an administrator connect somebody else's account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from falcon.asgi import Request, Response

from sealock_edge.calls import Integration
from sealock_edge.outcomes import Endpoint
from sealock_edge.pages import Pages
from sealock_edge.problems import SignInUnknown
from sealock_edge.sealing import Purpose, Sealer, Unsealable
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form

BEGIN_WITHIN = timedelta(hours=1)
FINISH_WITHIN = timedelta(minutes=10)
VALUE_CHARS = 8192
"""The longest value that an origin's sign-in page may bring back."""


class SignIns:
    """Seals what goes to a sign-in page and what comes back."""

    def __init__(self, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        self._sealer = sealer
        self._clock = clock

    def state(self, integration: Integration, flow_id: str, zendesk: str) -> str:
        """What the sign-in page has to bring back unchanged (OAuth's state). `zendesk` is for whom: an origin."""
        until = self._clock() + BEGIN_WITHIN
        return self._sealer.seal_until(
            f"{flow_id} {zendesk}".encode(), until, purpose=Purpose.SIGN_IN, owner=(integration.id, "state")
        )

    def answer(self, integration: Integration, state: str, query: Mapping[str, str]) -> tuple[str, str]:
        """
        The query that came back, sealed for the set-up page; and the origin of the Zendesk account that began.

        Raises `Unsealable`: the state is not ours.
        """
        opened = self._sealer.open(state, purpose=Purpose.SIGN_IN, owner=(integration.id, "state"))
        flow_id, _, zendesk = opened.plain.decode().partition(" ")
        plain = orjson.dumps({"flow_id": flow_id, "query": query})
        until = self._clock() + FINISH_WITHIN
        answer = self._sealer.seal_until(plain, until, purpose=Purpose.SIGN_IN, owner=(integration.id, "answer"))
        return answer, zendesk

    def query(self, integration: Integration, answer: str, flow_id: str) -> dict[str, str]:
        """The query for this run of the pages. Raises `Unsealable`: it is not ours, or another run's."""
        opened = self._sealer.open(answer.strip(), purpose=Purpose.SIGN_IN, owner=(integration.id, "answer"))
        content: dict[str, Any] = orjson.loads(opened.plain)
        if content["flow_id"] != flow_id:
            raise Unsealable
        query: dict[str, str] = content["query"]
        return query


class SignInCallback:
    """`GET /{integration}/admin_ui/callback`: the origin's sign-in page leads back here."""

    endpoint = Endpoint.ADMIN_UI

    def __init__(self, sign_ins: SignIns, pages: Pages) -> None:
        self._sign_ins = sign_ins
        self._pages = pages

    async def on_get(self, req: Request, resp: Response, integration: Integration) -> None:
        """Hands the query to the page that opened this window."""
        query = {
            name: str(value)
            for name, value in read_form(req.query_string.encode("latin-1", "replace"), _AnyQuery()).items()
        }
        state = query.pop("state", "")
        try:
            answer, zendesk = self._sign_ins.answer(integration, state, query)
        except Unsealable:
            raise SignInUnknown from None
        self._pages.answer(
            resp,
            "signed_in.html",
            locale=req.get_header("Accept-Language") or "",
            zendesk=zendesk,
            origin=integration.origin,
            answer=answer,
            minutes=FINISH_WITHIN // timedelta(minutes=1),
        )


class _AnyQuery(FormSpec):
    """Whatever an origin brings back, each name once."""

    def find(self, key: bytes) -> FormField | None:
        if not key or len(key) > 127 or not key.isascii() or not key.decode().isprintable():
            return None
        return FormField(key.decode(), VALUE_CHARS)
