# SPDX-License-Identifier: Apache-2.0
"""Calls the integration service: one place for time limits, size limits, faults and the journal."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx2

from sealock_devkit.zendesk.faults import Fault, Faults
from sealock_devkit.zendesk.redaction import described_answer, redacted_body, redacted_form, redacted_url
from sealock_devkit.zendesk.store import Store
from sealock_devkit.zendesk.strict_json import strict_json

MAX_ANSWER_BYTES = 64 * 1024 * 1024
AGENT = "Zendesk Channel framework (local)"


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
    twin: Answer | None = None
    """The second answer, when a fault made the call twice."""

    @property
    def content_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        return strict_json(self.body)


class CallFailed(Exception):
    """No usable answer came: `problem` is `timeout`, `network error (...)`, `answer lost` or `answer too large`."""

    def __init__(self, problem: str, call_id: int, milliseconds: float) -> None:
        super().__init__(problem)
        self.problem = problem
        self.call_id = call_id
        self.milliseconds = milliseconds


class ServiceCalls:
    """Makes calls without keeping cookies and without following redirects."""

    def __init__(
        self, store: Store, faults: Faults, now: Callable[[], str], *, keep: Callable[[], int], trust: ssl.SSLContext
    ) -> None:
        self._store = store
        self._faults = faults
        self._now = now
        self._keep = keep
        self._ssl = trust
        self._client = self.new_client(CookieJar(DefaultCookiePolicy(allowed_domains=[])))

    def new_client(self, cookies: CookieJar | None = None) -> httpx2.AsyncClient:
        """A client of its own cookies: what a browser's window is."""
        return httpx2.AsyncClient(verify=self._ssl, cookies=cookies, trust_env=False, follow_redirects=False)

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
        started = time.monotonic()
        try:
            async with asyncio.timeout(call.timeout):
                status, headers, body = await self._exchange(call, client)
        except TimeoutError:
            problem = "timeout"
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
            if problem:
                raise CallFailed(problem, call_id, milliseconds)
            return Answer(status, headers, body, call.url, milliseconds, call_id)
        milliseconds = (time.monotonic() - started) * 1000
        raise CallFailed(problem, self._record(call, fault, milliseconds, problem=problem), milliseconds)

    async def _exchange(self, call: Call, client: httpx2.AsyncClient) -> tuple[int, httpx2.Headers, bytes]:
        body, content = bytearray(), call.content or None
        request = client.stream(call.method, call.url, content=content, headers=call.headers, timeout=call.timeout)
        async with request as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    break
            return response.status_code, response.headers, bytes(body)

    def _record(self, call: Call, fault: str, milliseconds: float, **outcome: Any) -> int:
        sent = call.sent if call.form is None else redacted_form(call.form, call.secret_fields)
        return self._store.calls.add(
            self._keep(),
            kind=call.kind,
            integration_id=call.integration_id,
            account_id=call.account_id,
            request_id=call.request_id,
            method=call.method,
            url=redacted_url(call.url),
            headers=json.dumps(list(call.headers.items())),
            sent=json.dumps(list(sent), ensure_ascii=False),
            body="" if call.json is None else redacted_body(call.json),
            fault=", ".join(filter(None, (call.fault, fault))),
            milliseconds=round(milliseconds, 1),
            started_at=self._now(),
            **outcome,
        )
