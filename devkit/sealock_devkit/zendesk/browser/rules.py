# SPDX-License-Identifier: Apache-2.0
"""What a page of the admin UI does wrong, and what a browser does not show in Zendesk's frame or send from there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from sealock_devkit.zendesk.browser.admin_page import AdminPage, Form, return_form
from sealock_devkit.zendesk.judge import Finding
from sealock_devkit.zendesk.urls import DEFAULT_PORTS, WebOrigin, same_origin, web_origin


def framing_obstacle(policies: Iterable[str], x_frame_options: str, page_url: str, framed_by: str) -> str:
    """Why a browser would not show a page in a frame of `framed_by`'s origin; empty when it would."""
    lists = [sources for policy in policies if (sources := _directive(policy, "frame-ancestors")) is not None]
    if lists:
        allowed = all(_allows(sources, framed_by, page_url) for sources in lists)
        return "" if allowed else "Content-Security-Policy's frame-ancestors does not allow Zendesk"
    word = x_frame_options.strip().lower()
    if word == "deny" or (word == "sameorigin" and not same_origin(page_url, framed_by)):
        return f"X-Frame-Options: {word.upper()} does not allow Zendesk"
    return ""


def form_obstacle(policies: Iterable[str], page_url: str, action: str) -> str:
    """Why a browser would not post a form of this page to `action`; empty when it would."""
    for policy in policies:
        sources = _directive(policy, "form-action")
        if sources is not None and not _allows(sources, action, page_url):
            return "Content-Security-Policy's form-action does not allow the form's action"
    return ""


def _directive(policy: str, name: str) -> list[str] | None:
    for part in policy.split(";"):
        words = part.split()
        if words and words[0].lower() == name:
            return words[1:]
    return None


def _allows(sources: list[str], url: str, page_url: str) -> bool:
    target = web_origin(url)
    return target.host != "" and any(_matches(source.lower(), target, url, page_url) for source in sources)


def _matches(source: str, target: WebOrigin, url: str, page_url: str) -> bool:
    if source == "'none'":
        return False
    if source == "'self'":
        return same_origin(url, page_url)
    if source == "*":
        return target.scheme in DEFAULT_PORTS
    if source.endswith(":"):
        return _scheme_fits(source[:-1], target.scheme)
    return _host_fits(source, target, web_origin(page_url).scheme)


def _host_fits(source: str, target: WebOrigin, page_scheme: str) -> bool:
    scheme, separator, rest = source.partition("://")
    if not separator:
        scheme, rest = page_scheme, source
    host, _, port = rest.partition("/")[0].partition(":")
    named = target.host.endswith(host[1:]) and target.host != host[2:] if host.startswith("*.") else target.host == host
    ports = {"*", str(target.port)} | ({""} if target.port == DEFAULT_PORTS.get(target.scheme) else set())
    return named and port in ports and _scheme_fits(scheme, target.scheme)


def _scheme_fits(allowed: str, scheme: str) -> bool:
    return scheme == allowed or (allowed == "http" and scheme == "https")


MARKUP = re.compile(r"<[a-zA-Z/!]")
SHORTEST_ECHO = 8
"""Shorter values may stand in a page by chance."""


def lost_return_form(page: AdminPage, return_url: str) -> Finding | None:
    """A form that should give the account to Zendesk and does not: sent by GET, or to another address."""
    for form in page.forms:
        if form.action == return_url and form.method != "post":
            return Finding("", "the form to return_url is sent by POST", "protocol", "another method")
        names = {each.name for each in form.fields}
        if {"name", "metadata"} <= names and form.action != return_url and not same_origin(form.action, page.url):
            rule = "the form with name and metadata goes to return_url"
            return Finding("", rule, "protocol", "another address")
    return None


def careless(page: AdminPage, return_url: str, given: Iterable[str], secrets: Iterable[str]) -> list[Finding]:
    """Rules that nobody enforces: `given` is what the service was sent, `secrets` what was typed as a password."""
    found = []
    if _shows(page, return_form(page, return_url), secrets):
        found.append(Finding("", "no page shows a secret that was typed before", "advice", "a typed secret"))
    if any(_has_password(form) and form.method != "post" for form in page.forms):
        found.append(Finding("", "a form with a password is sent by POST", "advice", "another method"))
    if page.has_cut_values:
        found.append(Finding("", "quotes in values are escaped", "advice", "a value that ends at its first quote"))
    if any(len(value) >= SHORTEST_ECHO and MARKUP.search(value) and value in page.html for value in given):
        found.append(Finding("", "what was typed is escaped where it is shown", "advice", "typed markup"))
    return found


def _shows(page: AdminPage, final: Form | None, secrets: Iterable[str]) -> bool:
    """Whether a secret comes back anywhere but inside what the last form gives to Zendesk."""
    text = unescape(page.html)
    for each in final.fields if final else ():
        if each.name in {"metadata", "state"} and each.value:
            text = text.replace(each.value, "")
    return any(secret in text for secret in secrets)


def _has_password(form: Form) -> bool:
    return any(each.kind == "password" for each in form.fields)
