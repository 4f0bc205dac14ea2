# SPDX-License-Identifier: Apache-2.0
"""The calls of the REST API from what came to what is answered, with their limits, each of them in the journal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.conversion import Converter
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.files import with_absolute_files
from sealock_devkit.zendesk.judge import Findings, check_content_type, check_external_resource, read_json
from sealock_devkit.zendesk.judge.findings import Text, check_text, kind
from sealock_devkit.zendesk.judge.http import strict_json
from sealock_devkit.zendesk.redaction import described_answer, redacted_body, redacted_form, redacted_json
from sealock_devkit.zendesk.rest.access import (
    Allowance,
    RateLimit,
    RestRefused,
    check_push_id,
    check_token,
    described_headers,
    signed_in,
)
from sealock_devkit.zendesk.rest.push import ERROR, NO_PARENT, Pusher
from sealock_devkit.zendesk.store import Account

PUSH_ID = Text(schema_max=255, required=True)
REQUEST_ID = Text(schema_max=64)
REPLY_ID = Text(schema_max=255, required=True, may_be_empty=True, external_id=True)
DESCRIPTION_MAX = 511
DESCRIPTION = Text(schema_max=DESCRIPTION_MAX, may_be_empty=True)


def check_token_request(body: Any, findings: Findings) -> None:
    """Check the two keys that every call of the REST API may have: all of validate_token."""
    if not isinstance(body, Mapping):
        findings.add("", "a JSON object", "schema", kind(body))
        return
    check_text(body, "instance_push_id", "", PUSH_ID, findings)
    check_text(body, "request_id", "", REQUEST_ID, findings)


def check_reported_error(body: Any, findings: Findings, *, cut: bool = False) -> None:
    """Check what channelback/report_error is sent; `cut`: a too long description is no reason to refuse it."""
    check_token_request(body, findings)
    if isinstance(body, Mapping):
        check_text(body, "external_id", "", REPLY_ID, findings)
        own = Findings()
        check_text(body, "description", "", DESCRIPTION, own)
        if cut and isinstance(body.get("description"), str):
            findings.tolerate(own)
        else:
            findings.extend(own)


def check_push_frame(body: Any, findings: Findings, *, most: int) -> None:
    """Check a push without its single resources, `most` of them."""
    check_token_request(body, findings)
    if not isinstance(body, Mapping):
        return
    resources = body.get("external_resources")
    if not isinstance(resources, list):
        present = "external_resources" in body
        rule, got = ("an array", kind(resources)) if present else ("required", "nothing")
        findings.add("external_resources", rule, "schema", got)
    elif len(resources) > most:
        findings.add("external_resources", f"at most {most} items", "schema", f"{len(resources)} items")


NO_DESCRIPTION = "the origin could not keep it"


class ReportedErrors:
    """Marks replies as failed, so that their agents read why."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def report(self, account: Account, external_id: str, description: str) -> int | None:
        """Mark the account's reply of this id as failed; its ticket's number, or `None` when there is none."""
        reply = self._store.replies.by_external_id(account.id, external_id)
        if reply is None:
            return None
        problem = description or NO_DESCRIPTION
        with self._store.database.transaction():
            self._store.replies.finish(reply.id, status="failed", problem=problem, finished_at=self._context.now())
            self._store.tickets.update_comment(reply.comment_id, problem=problem, undelivered=True)
        self._context.console.bad(f"ticket {reply.ticket_id}: a delivered reply failed later: {problem}")
        self._context.changes.announce()
        return reply.ticket_id


VALUE_CHARACTERS = 2_000
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """What the service gets."""

    status: int
    media: Any
    headers: Mapping[str, str]


FIRST_OF = {"processing error": ERROR, "missing parent": NO_PARENT}
"""How a fault lets the first resource of a push end."""
LOST = RestAnswer(504, {"error": "GatewayTimeout", "description": "the answer was lost"}, {})


@dataclass(slots=True)
class _Received:
    """A call while it is looked at: what the journal says of it in the end."""

    kind: str
    authorization: str | None = field(repr=False)
    raw: bytes = field(repr=False)
    content_type: str = JSON
    fault: str = ""
    account: Account | None = None
    body: Any = field(default=None, repr=False)
    ticket_id: int | None = None
    request_id: str = ""
    """The one that a push was given here, or came with."""
    findings: Findings = field(default_factory=Findings)


class RestApi:
    """`push`, `validate_token` and `report_error`, for the account whose token a call carries."""

    def __init__(self, context: Context, converter: Converter, events: EventOutbox) -> None:
        self._context = context
        self._store = context.store
        self._pusher = Pusher(context, converter, events)
        self._errors = ReportedErrors(context)
        self._rate = RateLimit(context.clock)

    def push(self, authorization: str | None, raw: bytes, content_type: str = JSON, fault: str = "") -> RestAnswer:
        """Convert resources now; one result for each. `fault`: the one that is switched on for the call."""
        check = partial(check_push_frame, most=self._context.settings.resources_refused_above)
        return self._answer(_Received("push", authorization, raw, content_type, fault), check, self._push)

    def validate_token(
        self, authorization: str | None, raw: bytes, content_type: str = JSON, fault: str = ""
    ) -> RestAnswer:
        """Say whether token and instance_push_id fit."""
        call = _Received("validate_token", authorization, raw, content_type, fault)
        return self._answer(call, check_token_request, lambda _call, _account: None)

    def report_error(
        self, authorization: str | None, raw: bytes, content_type: str = JSON, fault: str = ""
    ) -> RestAnswer:
        """Mark a delivered reply as failed."""
        check = partial(check_reported_error, cut=self._context.settings.report_too_long == "cut")
        return self._answer(_Received("report_error", authorization, raw, content_type, fault), check, self._report)

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
        if call.fault == "busy" or allowance.retry_after is not None:
            raise RestRefused(429, "APIRateLimitExceeded", "too many calls in this minute")
        account = call.account = signed_in(self._store, call.authorization)
        check_content_type(call.content_type.partition(";")[0].strip().lower(), JSON, "protocol", call.findings)
        if call.findings:
            raise RestRefused(415, "UnsupportedMediaType", "the body is not sent as application/json")
        check_token(account, self._context.settings, self._context.clock())
        try:
            call.body = read_json(call.raw, call.findings)
        except ValueError:
            pass
        else:
            check(call.body, call.findings)
        _refuse_for(call.findings)
        check_push_id(self._store, account, call.body["instance_push_id"])
        return account

    def _push(self, call: _Received, account: Account) -> dict[str, Any]:
        settings = self._context.settings
        if not account.active and settings.push_inactive_account == "refused":
            raise RestRefused(403, "Forbidden", "the account is not active")
        base = self._store.integrations.get(account.integration_id).manifest_url
        resources = with_absolute_files(call.body["external_resources"], settings, base)
        invalid = self._check_resources(call, resources)
        generated = self._context.new_id() if settings.push_without_request_id == "generated" else ""
        request_id = call.request_id = call.body.get("request_id") or generated
        first = FIRST_OF.get(call.fault, "")
        return {"results": self._pusher.push(account, resources, request_id, invalid, first=first)}

    def _check_resources(self, call: _Received, resources: list[Any]) -> dict[int, str]:
        settings, invalid = self._context.settings, {}
        for index, resource in enumerate(resources):
            found = Findings(strict=settings.leeway.documented_is_refused)
            path, https = f"external_resources[{index}]", settings.loopback_http_is_https
            check_external_resource(resource, path, found, loopback_http_is_https=https, leeway=settings.leeway)
            if found.refusals:
                invalid[index] = str(found.refusals[0])
            if settings.push_invalid_resource == "refuse all":
                call.findings.extend(found)
            else:
                call.findings.tolerate(found)
        _refuse_for(call.findings)
        return invalid

    def _report(self, call: _Received, account: Account) -> None:
        description = call.body.get("description", "")[:DESCRIPTION_MAX]
        call.ticket_id = self._errors.report(account, call.body["external_id"], description)
        if call.ticket_id is None and self._context.settings.report_unknown_id == "refused":
            raise RestRefused(404, "RecordNotFound", "external_id is no reply's")

    def _record(self, call: _Received, answer: RestAnswer, at: str, milliseconds: float) -> None:
        integration_id = call.account.integration_id if call.account else None
        account_id = call.account.id if call.account else None
        body = _read_again(call)
        fields = body if isinstance(body, dict) else {}
        request_id = call.request_id or fields.get("request_id")
        results = answer.media["results"] if isinstance(answer.media, dict) and "results" in answer.media else []
        call_id = self._store.calls.add(
            self._context.settings.calls_kept,
            kind=call.kind,
            integration_id=integration_id,
            account_id=account_id,
            request_id=request_id if isinstance(request_id, str) else "",
            ticket_id=call.ticket_id,
            method="POST",
            url=PATHS[call.kind],
            headers=json.dumps(described_headers(call.authorization, call.content_type), ensure_ascii=False),
            sent=json.dumps(_described(fields), ensure_ascii=False),
            body="" if body is None else redacted_body(body),
            results=json.dumps(results, ensure_ascii=False),
            status=answer.status,
            answer=described_answer(json.dumps(answer.media).encode(), JSON),
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
