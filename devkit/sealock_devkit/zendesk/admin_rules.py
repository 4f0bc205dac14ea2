# SPDX-License-Identifier: Apache-2.0
"""What a page of the admin UI does wrong, as far as its HTML shows it (protocol: administrative interface)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from sealock_devkit.zendesk.admin_page import AdminPage, Form, return_form
from sealock_devkit.zendesk.limits import Finding
from sealock_devkit.zendesk.urls import same_origin

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
