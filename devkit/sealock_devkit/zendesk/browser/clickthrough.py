# SPDX-License-Identifier: Apache-2.0
"""Follows the link from a comment to the origin's own page (protocol: clickthrough)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from sealock_devkit.zendesk.browser.admin_browser import MAX_REDIRECTS, REDIRECTS
from sealock_devkit.zendesk.browser.admin_page import read_page
from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.service_calls import Answer, Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.judge import Finding, Findings, check_status
from sealock_devkit.zendesk.urls import absolute, is_loopback, same_origin, web_origin

TEXT_CHARACTERS = 1_000
NOT_SHOWN = frozenset(range(400, 500)) - {405}
"""The page is gone, or not for this agent: that is the service's own business. 405 says that it does not know GET."""


class NoClickthrough(Exception):
    """There is no link, or it could not be opened. The message says why."""


@dataclass(frozen=True, slots=True)
class Clickthrough:
    """Where the link leads."""

    url: str
    """The link on the ticket page."""
    location: str
    """Where it ends: the last address that was opened, or that would be opened next when that is elsewhere."""
    hops: tuple[str, ...]
    """Every address on the way."""
    status: int
    """The last answer's status."""
    left_this_machine: bool
    """True when the location was not opened, because it is not on this machine."""
    title: str
    text: str


def clickthrough_url(base: str, external_id: str, *, joined: bool = True) -> str:
    """The link for an external id; `joined` to a query that the manifest's URL has, or instead of it."""
    start = base.partition("#")[0]
    start = start if joined else start.partition("?")[0]
    separator = "&" if urlsplit(start).query else "?"
    return f"{start}{separator}external_id={quote(external_id, safe='')}"


async def follow(
    context: Context, calls: ServiceCalls, base: str, external_id: str, *, integration_id: int, account_id: int
) -> Clickthrough:
    """
    Open the link as an agent's browser does, as far as it stays on this machine or at the service.

    What the service itself does wrong on the way is recorded. Raises `NoClickthrough`.
    """
    ids = {"integration_id": integration_id, "account_id": account_id}
    joined = context.settings.clickthrough_query == "joined"
    start = url = clickthrough_url(base, external_id, joined=joined)
    hops, status = [url], 0
    while len(hops) <= MAX_REDIRECTS:
        if len(hops) > 1 and not is_loopback(web_origin(url).host):
            return Clickthrough(start, url, tuple(hops), status, True, "", "")
        seconds = context.settings.page_timeout_seconds
        call = Call("clickthrough", url, "GET", timeout=seconds, integration_id=integration_id, account_id=account_id)
        try:
            answer = await calls.send(call)
        except CallFailed as failure:
            if same_origin(url, start):
                context.record("clickthrough", failure.findings, call_id=failure.call_id, **ids)
            raise NoClickthrough(f"the link could not be opened: {failure.problem}") from None
        status = answer.status
        if status not in REDIRECTS or "location" not in answer.headers:
            if same_origin(url, start):
                context.record("clickthrough", _wrong(answer), call_id=answer.call_id, **ids)
            page = read_page(answer.body.decode("utf-8", "replace"), url, status)
            return Clickthrough(start, url, tuple(hops), status, False, page.title, page.text[:TEXT_CHARACTERS])
        url = absolute(url, answer.headers["location"])
        hops.append(url)
    endless = Finding("", f"a page after at most {MAX_REDIRECTS} redirects", "protocol", "none")
    context.record("clickthrough", [endless], **ids)
    raise NoClickthrough(f"the link redirects more than {MAX_REDIRECTS} times")


def _wrong(answer: Answer) -> Findings:
    """What is wrong with the service's own page."""
    findings = Findings()
    if answer.status == 200:
        if not answer.body.strip():
            findings.add("", "a page, or a redirect to one", "documented", "nothing")
    elif answer.status not in NOT_SHOWN:
        check_status(answer.status, "a page, or a redirect to one", findings)
    return findings
