# SPDX-License-Identifier: Apache-2.0
"""The calls of the REST API from what came to what is answered, each of them in the journal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.conversion import Converter
from sealock_devkit.zendesk.events import EventOutbox
from sealock_devkit.zendesk.limits import Findings, check_external_resource
from sealock_devkit.zendesk.redaction import described_answer, redacted_body, redacted_form, redacted_json
from sealock_devkit.zendesk.rest.arrival import described_headers
from sealock_devkit.zendesk.rest.limits import check_push_frame, check_reported_error, check_token_request
from sealock_devkit.zendesk.rest.push import Pusher
from sealock_devkit.zendesk.rest.rate_limit import Allowance, RateLimit
from sealock_devkit.zendesk.rest.refusal import RestRefused
from sealock_devkit.zendesk.rest.reported_errors import ReportedErrors
from sealock_devkit.zendesk.rest.sign_in import check_push_id, signed_in
from sealock_devkit.zendesk.store import Account
from sealock_devkit.zendesk.strict_json import strict_json

VALUE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """What the service gets."""

    status: int
    media: Any
    headers: Mapping[str, str]


LOST = RestAnswer(504, {"error": "GatewayTimeout", "description": "the answer was lost"}, {})


@dataclass(slots=True)
class _Received:
    """A call while it is looked at: what the journal says of it in the end."""

    kind: str
    authorization: str | None = field(repr=False)
    raw: bytes = field(repr=False)
    fault: str = ""
    account: Account | None = None
    body: Any = field(default=None, repr=False)
    findings: Findings = field(default_factory=Findings)


class RestApi:
    """`push`, `validate_token` and `report_error`, for the account whose token a call carries."""

    def __init__(self, context: Context, converter: Converter, events: EventOutbox) -> None:
        self._context = context
        self._store = context.store
        self._pusher = Pusher(context, converter, events)
        self._errors = ReportedErrors(context)
        self._rate = RateLimit(context.clock)

    def push(self, authorization: str | None, raw: bytes, fault: str = "") -> RestAnswer:
        """Convert resources now; one result for each. `fault`: the one that is switched on for the call."""
        return self._answer(_Received("push", authorization, raw, fault), check_push_frame, self._push)

    def validate_token(self, authorization: str | None, raw: bytes, fault: str = "") -> RestAnswer:
        """Say whether token and instance_push_id fit."""
        call = _Received("validate_token", authorization, raw, fault)
        return self._answer(call, check_token_request, lambda _call, _account: None)

    def report_error(self, authorization: str | None, raw: bytes, fault: str = "") -> RestAnswer:
        """Mark a delivered reply as failed."""
        return self._answer(_Received("report_error", authorization, raw, fault), check_reported_error, self._report)

    def _answer(
        self, call: _Received, check: Callable[[Any, Findings], None], act: Callable[[_Received, Account], Any]
    ) -> RestAnswer:
        started, at = time.monotonic(), self._context.now()
        allowance = self._rate.take(self._context.settings.rest_calls_per_minute)
        try:
            account = self._read(call, check, allowance)
            answer = RestAnswer(200, act(call, account), allowance.headers)
        except RestRefused as refusal:
            media = {"error": refusal.error, "description": refusal.description}
            answer = RestAnswer(refusal.status, media, allowance.headers)
        self._record(call, answer, at, (time.monotonic() - started) * 1000)
        return LOST if call.fault == "lose answer" else answer

    def _read(self, call: _Received, check: Callable[[Any, Findings], None], allowance: Allowance) -> Account:
        if call.fault == "drop":
            raise RestRefused(502, "BadGateway", "the call was dropped")
        if allowance.retry_after is not None:
            raise RestRefused(429, "APIRateLimitExceeded", "too many calls in this minute")
        account = call.account = signed_in(self._store, call.authorization)
        try:
            call.body = strict_json(call.raw)
        except ValueError:
            call.findings.add("", "JSON", "protocol", "something else")
        else:
            check(call.body, call.findings)
        _refuse_for(call.findings)
        check_push_id(self._store, account, call.body["instance_push_id"])
        return account

    def _push(self, call: _Received, account: Account) -> dict[str, Any]:
        settings = self._context.settings
        if not account.active and settings.push_inactive_account == "refused":
            raise RestRefused(403, "Forbidden", "the account is not active")
        invalid = self._check_resources(call)
        request_id = call.body.get("request_id") or self._context.new_id()
        return {"results": self._pusher.push(account, call.body["external_resources"], request_id, invalid)}

    def _check_resources(self, call: _Received) -> dict[int, str]:
        settings, invalid = self._context.settings, {}
        for index, resource in enumerate(call.body["external_resources"]):
            found = Findings()
            path = f"external_resources[{index}]"
            check_external_resource(resource, path, found, loopback_http_is_https=settings.loopback_http_is_https)
            if found.refusals:
                invalid[index] = str(found.refusals[0])
            if settings.push_invalid_resource == "refuse all":
                call.findings.extend(found)
            else:
                call.findings.tolerate(found)
        _refuse_for(call.findings)
        return invalid

    def _report(self, call: _Received, account: Account) -> None:
        known = self._errors.report(account, call.body["external_id"], call.body.get("description", ""))
        if not known and self._context.settings.report_unknown_id == "refused":
            raise RestRefused(404, "RecordNotFound", "external_id is no reply's")

    def _record(self, call: _Received, answer: RestAnswer, at: str, milliseconds: float) -> None:
        integration_id = call.account.integration_id if call.account else None
        account_id = call.account.id if call.account else None
        body = _read_again(call)
        fields = body if isinstance(body, dict) else {}
        request_id = fields.get("request_id")
        results = answer.media["results"] if isinstance(answer.media, dict) and "results" in answer.media else []
        call_id = self._store.calls.add(
            self._context.settings.calls_kept,
            kind=call.kind,
            integration_id=integration_id,
            account_id=account_id,
            request_id=request_id if isinstance(request_id, str) else "",
            method="POST",
            url=PATHS[call.kind],
            headers=json.dumps(described_headers(call.authorization, "application/json"), ensure_ascii=False),
            sent=json.dumps(_described(fields), ensure_ascii=False),
            body="" if body is None else redacted_body(body),
            results=json.dumps(results, ensure_ascii=False),
            status=answer.status,
            answer=described_answer(json.dumps(answer.media).encode(), "application/json"),
            problem=_problem(call, answer),
            fault=call.fault,
            milliseconds=round(milliseconds, 1),
            started_at=at,
        )
        ids = {"integration_id": integration_id, "account_id": account_id}
        self._context.record(call.kind, call.findings, call_id=call_id, **ids)
        self._context.changes.announce()


PATHS = {
    "push": "/api/v2/any_channel/push",
    "validate_token": "/api/v2/any_channel/validate_token",
    "report_error": "/api/v2/any_channel/channelback/report_error",
}
"""Where a service calls, under Zendesk's host; each also with `.json` at the end."""


def _problem(call: _Received, answer: RestAnswer) -> str:
    if call.fault == "lose answer":
        return "answer lost"
    return "" if answer.status == 200 else str(answer.media["description"])


def _refuse_for(findings: Findings) -> None:
    for finding in findings.refusals:
        raise RestRefused(422, "RecordInvalid", str(replace(finding, path=finding.path or "the body")))


def _read_again(call: _Received) -> Any:
    """The body of a call that was refused before it was read, too; `None` for what is not JSON."""
    if call.body is not None:
        return call.body
    try:
        return strict_json(call.raw)
    except ValueError:
        return None


def _described(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    described = redacted_form((name, _as_text(value)) for name, value in fields.items())
    return [(name, value[:VALUE_CHARACTERS]) for name, value in described]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(redacted_json(value), ensure_ascii=False)
