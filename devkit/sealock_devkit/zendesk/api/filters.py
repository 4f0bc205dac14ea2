# SPDX-License-Identifier: Apache-2.0
"""Which part of a journal a request asks for: the same names on the pages, in the API and in what is exported."""

from __future__ import annotations

import typing
from collections.abc import Sequence

import falcon
from falcon.asgi import Request

from sealock_devkit.zendesk.store import CallFilter, EventFilter, Part, ViolationFilter
from sealock_devkit.zendesk.store.calls import TO_SERVICE, TO_ZENDESK, Direction
from sealock_devkit.zendesk.store.events import STATUSES
from sealock_devkit.zendesk.store.violations import SOURCES

MOST = 10_000
"""How many are answered at once at the most; what is exported is not limited."""
GREATEST = 2**53
PART = ("limit", "before", "after")
VIEW = ("by", "download")


def call_filter(request: Request) -> CallFilter:
    """`account`, `integration`, `kind`, `direction`, `request`, `wrong`. Raises falcon's 400."""
    _only(request, "account", "integration", "kind", "direction", "request", "wrong")
    return CallFilter(
        account=_number(request, "account"),
        integration=_number(request, "integration"),
        kind=_choice(request, "kind", (*TO_SERVICE, *TO_ZENDESK)),
        direction=typing.cast("Direction | None", _choice(request, "direction", typing.get_args(Direction))),
        request=_text(request, "request"),
        wrong=_text(request, "wrong") is not None and bool(request.get_param_as_bool("wrong")),
    )


def event_filter(request: Request) -> EventFilter:
    """`account`, `integration`, `kind`, `status`. Raises falcon's 400."""
    _only(request, "account", "integration", "kind", "status")
    return EventFilter(
        account=_number(request, "account"),
        integration=_number(request, "integration"),
        kind=_text(request, "kind"),
        status=_choice(request, "status", STATUSES),
    )


def violation_filter(request: Request) -> ViolationFilter:
    """`account`, `integration`, `endpoint`, `source`, `call`. Raises falcon's 400."""
    _only(request, "account", "integration", "endpoint", "source", "call")
    return ViolationFilter(
        account=_number(request, "account"),
        integration=_number(request, "integration"),
        endpoint=_text(request, "endpoint"),
        source=_choice(request, "source", SOURCES),
        call=_number(request, "call"),
    )


def part_of(request: Request, usual: int | None) -> Part:
    """`limit` (the usual one when it is not given), `before` and `after` a number. Raises falcon's 400."""
    limit = usual
    if _text(request, "limit") is not None:
        limit = request.get_param_as_int("limit", min_value=1, max_value=MOST)
    before, after = _number(request, "before"), _number(request, "after")
    if before is not None and after is not None:
        raise falcon.HTTPBadRequest(title="before or after, not both")
    return Part(limit, before, after)


def view_of(request: Request, *others: str) -> str:
    """How the rows are put together: `by`; empty for one by one. Raises falcon's 400."""
    return _choice(request, "by", others) or ""


def _text(request: Request, name: str) -> str | None:
    return request.get_param(name) or None


def _number(request: Request, name: str) -> int | None:
    if _text(request, name) is None:
        return None
    return request.get_param_as_int(name, min_value=1, max_value=GREATEST)


def _choice(request: Request, name: str, choices: Sequence[str]) -> str | None:
    value = _text(request, name)
    if value is not None and value not in choices:
        raise falcon.HTTPBadRequest(title=f"{name} is one of: {', '.join(choices)}")
    return value


def _only(request: Request, *names: str) -> None:
    unknown = set(request.params) - {*names, *PART, *VIEW}
    if unknown:
        raise falcon.HTTPBadRequest(title=f"one cannot filter by {', '.join(sorted(unknown))}")
