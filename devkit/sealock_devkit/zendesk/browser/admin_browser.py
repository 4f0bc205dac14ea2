# SPDX-License-Identifier: Apache-2.0
"""

The administrator's browser: goes through an integration's own admin UI to its end (protocol: administrative interface).

It shows nothing, but it minds what a browser in Zendesk's frame minds: framing and form policies, https, required
fields, redirects and cookies.

"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

import httpx2

from sealock_devkit.zendesk.browser.admin_form import SUBMIT, BadAnswer, FilledForm, fill_in
from sealock_devkit.zendesk.browser.admin_page import (
    AdminPage,
    Form,
    SignIn,
    called,
    read_page,
    return_form,
    sign_in_of,
)
from sealock_devkit.zendesk.browser.rules import careless, form_obstacle, framing_obstacle, lost_return_form
from sealock_devkit.zendesk.engine.service_calls import Answer, Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.judge import Finding, Findings, check_return_form, check_status
from sealock_devkit.zendesk.urls import absolute, is_loopback, is_service_url, same_origin, web_origin

MAX_STEPS = 20
MAX_REDIRECTS = 10
SHORTEST_SECRET = 4
REDIRECTS = {301, 302, 303, 307, 308}


class AdminStopped(Exception):
    """
    The admin UI did not get to its end. `problems` are sentences for the administrator, the page's own where it has
    some; `page` is where it stopped, if a page was shown at all.
    """

    def __init__(self, problems: Sequence[str], page: AdminPage | None = None) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.page = page


@dataclass(frozen=True, slots=True)
class ReturnedAccount:
    """What the service's last form gave to Zendesk."""

    name: str
    metadata: str = field(repr=False)
    state: str | None = field(repr=False)
    """`None` when the form had no state."""
    typed_secrets: frozenset[str] = field(repr=False)


ReturnFormReader = Callable[[Mapping[str, str], Findings], dict[str, str]]
"""Checks what the last form gives, and gives what of it can be saved."""


class AdminBrowser:
    """One walk through the admin UI. `findings` collects what the pages do wrong."""

    def __init__(
        self,
        calls: ServiceCalls,
        *,
        return_url: str,
        page_seconds: float,
        known_secrets: frozenset[str],
        loopback_http_is_https: bool,
        integration_id: int,
        account_id: int | None,
        read_return_form: ReturnFormReader = check_return_form,
    ) -> None:
        self._calls = calls
        self._return_url = return_url
        self._page_seconds = page_seconds
        self._secrets = set(known_secrets)
        self._loopback_http_is_https = loopback_http_is_https
        self._read_return_form = read_return_form
        self._ids = {"integration_id": integration_id, "account_id": account_id}
        self._typed: set[str] = set()
        self._given: set[str] = set()
        self._call_id = 0
        self._window = False
        """Whether the walk is in the window of a sign-in: not in the frame, and not on the service's own pages."""
        self.findings: list[tuple[int, Finding]] = []

    async def walk(
        self, admin_ui: str, fields: Sequence[tuple[str, str]], answers: Sequence[Mapping[str, Any]]
    ) -> ReturnedAccount:
        """
        Post `fields` to the admin UI and fill in its pages: `answers[0]` for the first, and so on.

        A page that asks for nothing is sent as it is. A page that waits for a sign-in is answered by signing in: the
        window's pages take the next answers. Raises `AdminStopped`.
        """
        left = list(answers)
        self._given |= {value for _, value in fields}
        async with self._calls.new_client(CookieJar()) as client:
            page = await self._load(client, "POST", admin_ui, tuple(fields), referrer=admin_ui)
            self._check_first(page)
            for _ in range(MAX_STEPS):
                final = return_form(page, self._return_url)
                if final is not None:
                    return self._take(page, final)
                page = await self._next(client, page, left)
        self._found(Finding("", f"an end after at most {MAX_STEPS} pages", "protocol", "none"))
        raise AdminStopped([f"the admin UI did not end after {MAX_STEPS} pages"], page)

    def _check_first(self, page: AdminPage) -> None:
        if page.status != 200:
            findings = Findings()
            check_status(page.status, "HTTP 200", findings, "documented")
            self._found(*findings)

    async def _next(self, client: httpx2.AsyncClient, page: AdminPage, left: list[Mapping[str, Any]]) -> AdminPage:
        if page.status >= 400 and not (page.forms and left):
            raise AdminStopped(page.problems or (f"HTTP {page.status}: {page.text[:300] or 'an empty page'}",), page)
        if not page.forms:
            raise AdminStopped(page.problems or (f"a page without a form: {page.text[:300] or 'an empty page'}",), page)
        sign_in = sign_in_of(page)
        if sign_in is not None and not (left and sign_in.is_answered(left[0])):
            answers: Mapping[str, Any] = {sign_in.code_field: await self._sign_in(client, page, sign_in, left)}
        else:
            answers = _answers(page, left)
        return await self._fill_in(client, page, answers)

    async def _fill_in(self, client: httpx2.AsyncClient, page: AdminPage, answers: Mapping[str, Any]) -> AdminPage:
        form = _form_for(page, answers)
        try:
            filled = fill_in(form, answers)
        except BadAnswer as problem:
            raise AdminStopped([str(problem)], page) from None
        self._check_filled(page, form, filled, answers)
        return await self._submit(client, page, filled)

    async def _sign_in(
        self, client: httpx2.AsyncClient, page: AdminPage, sign_in: SignIn, left: list[Mapping[str, Any]]
    ) -> str:
        """Go through the window that the page opens, until it is back at the service. Returns the code shown there."""
        self._window = True
        try:
            inside = await self._load(client, "GET", sign_in.url, None, referrer=page.url)
            for _ in range(MAX_STEPS):
                if inside.shown_code and same_origin(inside.url, page.url):
                    return inside.shown_code
                if inside.status >= 400 or not inside.forms:
                    raise AdminStopped(inside.problems or (f"the sign-in ended with: {inside.text[:300]}",), inside)
                inside = await self._fill_in(client, inside, _answers(inside, left))
        finally:
            self._window = False
        raise AdminStopped([f"the sign-in did not end after {MAX_STEPS} pages"], inside)

    def _check_filled(self, page: AdminPage, form: Form, filled: FilledForm, answers: Mapping[str, Any]) -> None:
        unknown = set(answers) - filled.used - {SUBMIT}
        if unknown:
            raise AdminStopped([f"the page {page.title!r} has no field {name}" for name in sorted(unknown)], page)
        if filled.missing:
            raise AdminStopped([f"{name} is required" for name in filled.missing], page)
        if form.encoding != "application/x-www-form-urlencoded":
            raise AdminStopped([f"the form is sent as {form.encoding}, which this browser does not do"], page)

    async def _submit(self, client: httpx2.AsyncClient, page: AdminPage, filled: FilledForm) -> AdminPage:
        self._typed |= filled.typed_secrets
        self._secrets |= filled.typed_secrets
        self._given |= {value for _, value in filled.pairs}
        if filled.method == "post":
            return await self._load(
                client, "POST", filled.action, filled.pairs, referrer=page.url, secret_names=filled.secret_names
            )
        url = f"{filled.action.partition('#')[0].partition('?')[0]}?{urlencode(filled.pairs)}"
        return await self._load(client, "GET", url, None, referrer=page.url)

    async def _load(
        self,
        client: httpx2.AsyncClient,
        method: str,
        url: str,
        form: tuple[tuple[str, str], ...] | None,
        *,
        referrer: str,
        secret_names: frozenset[str] = frozenset(),
    ) -> AdminPage:
        home = web_origin(referrer).host
        for _ in range(MAX_REDIRECTS):
            if not is_service_url(url, loopback_http_is_https=self._loopback_http_is_https):
                self._found(Finding("", "pages and forms lead to https URLs", "protocol", "another URL"))
                raise AdminStopped(["the admin UI leads to a URL that is not https; https is required"])
            host = web_origin(url).host
            if host != home and not is_loopback(host):
                raise AdminStopped([f"the admin UI leads to {host}, where this browser does not go"])
            answer = await self._send(client, method, url, form, secret_names)
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return self._page(answer)
            url = absolute(url, answer.headers["location"])
            if answer.status in {301, 302, 303}:
                method, form = "GET", None
        self._found(Finding("", f"a page after less than {MAX_REDIRECTS} redirects", "protocol", "none"))
        raise AdminStopped([f"the admin UI redirects more than {MAX_REDIRECTS} times"])

    async def _send(
        self,
        client: httpx2.AsyncClient,
        method: str,
        url: str,
        form: tuple[tuple[str, str], ...] | None,
        secret_names: frozenset[str],
    ) -> Answer:
        kind = "sign_in" if self._window else "admin_ui"
        call = Call(kind, url, method, form, secret_fields=secret_names, timeout=self._page_seconds, **self._ids)  # type: ignore[arg-type]
        try:
            answer = await self._calls.send(call, client)
        except CallFailed as failure:
            self._call_id = failure.call_id
            self._found(*failure.findings)
            raise AdminStopped([f"the admin UI could not be opened: {failure.problem}"]) from None
        self._call_id = answer.call_id
        return answer

    def _page(self, answer: Answer) -> AdminPage:
        policies = answer.headers.get_list("content-security-policy")
        policies = [part for policy in policies for part in policy.split(",")]
        x_frame_options = answer.headers.get("x-frame-options", "")
        page = self._masked(read_page(answer.body.decode("utf-8", "replace"), answer.url, answer.status))
        if self._window:
            return page
        if answer.content_type != "text/html":
            self._found(Finding("", "an HTML page", "documented", answer.content_type or "no content type"))
        obstacle = framing_obstacle(policies, x_frame_options, answer.url, self._return_url)
        if obstacle:
            self._found(Finding("", "a page that Zendesk may show in a frame", "documented", obstacle))
            raise AdminStopped([f"the browser refuses to show the page: {obstacle}"], page)
        for form in page.forms:
            obstacle = form_obstacle(policies, answer.url, form.action)
            if obstacle:
                self._found(Finding("", "forms that a browser sends", "protocol", obstacle))
                raise AdminStopped([f"the browser refuses to send the form: {obstacle}"], page)
        self._found(*careless(page, self._return_url, self._given, self._long_secrets()))
        lost = lost_return_form(page, self._return_url)
        if lost is not None:
            self._found(lost)
            raise AdminStopped([f"the account cannot be saved: {lost}"], page)
        return page

    def _masked(self, page: AdminPage) -> AdminPage:
        """The page, with dots in its words for every secret that was typed: they are shown and logged."""

        def mask(words: str) -> str:
            for secret in self._long_secrets():
                words = words.replace(secret, "•••")
            return words

        return replace(page, title=mask(page.title), text=mask(page.text), problems=tuple(map(mask, page.problems)))

    def _long_secrets(self) -> list[str]:
        return [secret for secret in self._secrets if len(secret) >= SHORTEST_SECRET]

    def _take(self, page: AdminPage, form: Form) -> ReturnedAccount:
        fields = dict(fill_in(form, {}).pairs)
        findings = Findings()
        usable = self._read_return_form(fields, findings)
        self._found(*findings)
        if findings.refusals:
            raise AdminStopped([f"the account cannot be saved: {finding}" for finding in findings.refusals], page)
        secrets = frozenset(self._typed)
        return ReturnedAccount(usable["name"], usable["metadata"], usable.get("state"), secrets)

    def _found(self, *findings: Finding) -> None:
        self.findings += [(self._call_id, finding) for finding in findings]


def _answers(page: AdminPage, left: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The next answers, if the page asks for anything."""
    asks = any(each.kind != "hidden" for form in page.forms for each in form.fields)
    if asks and not left:
        raise AdminStopped(page.problems or (f"no answers for the page {page.title!r}",), page)
    return left.pop(0) if asks else {}


def _form_for(page: AdminPage, answers: Mapping[str, Any]) -> Form:
    """The form that has the most of the answers' fields; the first of equals."""
    return max(page.forms, key=lambda form: sum(any(called(each, name) for each in form.fields) for name in answers))
