# SPDX-License-Identifier: Apache-2.0
"""Calls the integration service, with time limits, size limits, faults and the journal; and reads its answers."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx2

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.faults import Fault, Faults
from sealock_devkit.zendesk.judge import (
    Finding,
    Findings,
    check_content_type,
    check_status,
    read_json,
    too_large,
    too_slow,
)
from sealock_devkit.zendesk.judge.http import strict_json
from sealock_devkit.zendesk.redaction import described_answer, redacted_body, redacted_form, redacted_url
from sealock_devkit.zendesk.settings import Settings

MAX_ANSWER_BYTES = 64 * 1024 * 1024
AGENT = "Zendesk Channel framework (local)"
REDIRECTED = ("pull", "channelback", "event_callback", "file", "healthcheck")
"""Calls whose redirects a setting lets be followed; those of browsers and manifests have rules of their own."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to be made."""

    kind: str
    url: str
    method: str = "POST"
    form: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    sent: tuple[tuple[str, str], ...] = ()
    """What the journal says in short about a call without a form."""
    secret_fields: frozenset[str] = frozenset()
    """Form fields that are secrets besides those that always are."""
    timeout: float = 30
    integration_id: int | None = None
    account_id: int | None = None
    request_id: str = ""
    ticket_id: int | None = None
    """The one ticket that it is for."""
    fault: str = ""
    """What was done already to what it carries."""

    @property
    def headers(self) -> dict[str, str]:
        """What is said of the call itself."""
        if self.form is not None:
            return {"user-agent": AGENT, "content-type": "application/x-www-form-urlencoded"}
        return {"user-agent": AGENT} | ({"content-type": "application/json"} if self.json is not None else {})

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.form is not None:
            return urlencode(self.form).encode()
        return b"" if self.json is None else json.dumps(self.json, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: httpx2.Headers = field(repr=False)
    body: bytes = field(repr=False)
    url: str
    milliseconds: float
    call_id: int
    second: Answer | None = None
    """The second answer, when a fault made the call twice."""

    @property
    def content_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        return strict_json(self.body)


class CallFailed(Exception):
    """
    No usable answer came: `problem` is `timeout`, `network error (...)`, `answer lost` or `answer too large`.

    `findings` says which rule the service broke by that, if it did. `lost` is the answer that a fault threw away.
    """

    def __init__(
        self,
        problem: str,
        call_id: int,
        milliseconds: float,
        findings: Sequence[Finding] = (),
        lost: Answer | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.call_id = call_id
        self.milliseconds = milliseconds
        self.findings = findings
        self.lost = lost


ONE_IDLE = httpx2.Limits(max_keepalive_connections=1)
"""A call that is given up while its client closes several idle connections would leave all but the first open."""


class ServiceCalls:
    """Makes calls without keeping cookies, and follows redirects of endpoints only if the settings say so."""

    def __init__(self, context: Context, faults: Faults, *, trust: ssl.SSLContext) -> None:
        self._context = context
        self._faults = faults
        self._ssl = trust
        self._client = self.new_client(CookieJar(DefaultCookiePolicy(allowed_domains=[])))

    def new_client(self, cookies: CookieJar | None = None) -> httpx2.AsyncClient:
        """A client of its own cookies: what a browser's window is."""
        return httpx2.AsyncClient(
            verify=self._ssl, cookies=cookies, trust_env=False, follow_redirects=False, limits=ONE_IDLE
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, call: Call, client: httpx2.AsyncClient | None = None) -> Answer:
        """Make a call, with the fault that is switched on for it. Raises `CallFailed`."""
        fault = self._faults.take(call.kind)
        if fault is None:
            return await self._send(call, client or self._client, "")
        return await self._send_faulty(call, client or self._client, fault)

    async def _send_faulty(self, call: Call, client: httpx2.AsyncClient, fault: Fault) -> Answer:
        if fault.kind == "drop":
            call_id = self._record(call, "drop", 0, problem="network error (dropped)")
            raise CallFailed("network error (dropped)", call_id, 0)
        if fault.kind == "duplicate":
            first, second = await asyncio.gather(
                self._send(call, client, "duplicate"), self._send(call, client, "duplicate")
            )
            return Answer(first.status, first.headers, first.body, first.url, first.milliseconds, first.call_id, second)
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return await self._send(call, client, fault.kind)

    async def _send(self, call: Call, client: httpx2.AsyncClient, fault: str) -> Answer:
        started, findings = time.monotonic(), []
        try:
            async with asyncio.timeout(call.timeout):
                status, headers, body = await self._exchange(call, client)
        except TimeoutError:
            problem, findings = "timeout", [too_slow(call.timeout)]
        except httpx2.InvalidURL:
            problem = "not a URL"
        except (httpx2.HTTPError, httpx2.StreamError, ssl.SSLError, OSError) as error:
            problem = f"network error ({type(error).__name__})"
        else:
            milliseconds = (time.monotonic() - started) * 1000
            problem = "answer too large" if len(body) > MAX_ANSWER_BYTES else ""
            problem = "answer lost" if fault == "lose answer" else problem
            description = described_answer(body, headers.get("content-type", ""))
            call_id = self._record(call, fault, milliseconds, status=status, answer=description, problem=problem)
            answer = Answer(status, headers, body, call.url, milliseconds, call_id)
            if problem == "answer lost":
                raise CallFailed(problem, call_id, milliseconds, lost=answer)
            if problem:
                raise CallFailed(problem, call_id, milliseconds, [too_large(MAX_ANSWER_BYTES)])
            return answer
        milliseconds = (time.monotonic() - started) * 1000
        call_id = self._record(call, fault, milliseconds, problem=problem)
        raise CallFailed(problem, call_id, milliseconds, findings)

    async def _exchange(self, call: Call, client: httpx2.AsyncClient) -> tuple[int, httpx2.Headers, bytes]:
        body, content = bytearray(), call.content or None
        follow = call.kind in REDIRECTED and self._context.settings.endpoint_redirects == "followed"
        request = client.stream(
            call.method,
            call.url,
            content=content,
            headers=call.headers,
            timeout=call.timeout,
            follow_redirects=follow,
        )
        async with request as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    break
            return response.status_code, response.headers, bytes(body)

    def _record(self, call: Call, fault: str, milliseconds: float, **outcome: Any) -> int:
        sent = call.sent if call.form is None else redacted_form(call.form, call.secret_fields)
        return self._context.store.calls.add(
            self._context.settings.calls_kept,
            kind=call.kind,
            integration_id=call.integration_id,
            account_id=call.account_id,
            request_id=call.request_id,
            ticket_id=call.ticket_id,
            method=call.method,
            url=redacted_url(call.url),
            headers=json.dumps(list(call.headers.items())),
            sent=json.dumps(list(sent), ensure_ascii=False),
            body="" if call.json is None else redacted_body(call.json),
            fault=", ".join(filter(None, (call.fault, fault))),
            milliseconds=round(milliseconds, 1),
            started_at=self._context.now(),
            **outcome,
        )


ERROR_INFO_CHARACTERS = 511
FAILURES = 400
"""From here on a status says that the service could not do it, which it may. All others but 200 say nothing."""


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """A 200's body, or why there is none that can be used."""

    body: dict[str, Any] | None = field(repr=False)
    problem: str
    findings: list[Finding] = field(default_factory=list)


def read_answer(answer: Answer, check: Callable[[Any, Findings], Any], settings: Settings) -> ReadAnswer:
    """
    Take a 200, or what the settings take for one, with a JSON body that `check` has no refusal for.

    Anything else is a problem in words. `check` gives the body as it is used.
    """
    findings = Findings(strict=settings.leeway.documented_is_refused)
    fine = answer.status == 200 or (settings.other_2xx == "accepted" and 200 < answer.status < 300)
    if answer.status != 200 and answer.status < FAILURES:
        rule = "HTTP 200"
        if fine:
            findings.add("", rule, "protocol", f"HTTP {answer.status}", tolerated=True)
        else:
            check_status(answer.status, rule, findings)
    if not fine:
        return ReadAnswer(None, f"HTTP {answer.status}{error_info(answer)}", list(findings))
    check_content_type(answer.content_type, "application/json", "documented", findings)
    try:
        body = read_json(answer.body, findings)
    except ValueError:
        return ReadAnswer(None, "the answer is not JSON", list(findings))
    body = check(body, findings)
    if findings.refusals:
        return ReadAnswer(None, f"the answer is invalid: {findings.refusals[0]}", list(findings))
    return ReadAnswer(body, "", list(findings))


def error_info(answer: Answer) -> str:
    """What the answer's `error_info` says, after a colon; empty where it says nothing."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    info = said_in(body) if isinstance(body, dict) else ""
    return f": {info}" if info else ""


def said_in(body: Mapping[str, Any]) -> str:
    """What a body's `error_info` says; empty where it says nothing."""
    info = body.get("error_info")
    return info[:ERROR_INFO_CHARACTERS] if isinstance(info, str) else ""
