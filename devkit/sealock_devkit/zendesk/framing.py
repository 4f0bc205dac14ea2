# SPDX-License-Identifier: Apache-2.0
"""What a browser refuses to show in Zendesk's frame, or to send from there: CSP and X-Frame-Options."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def framing_obstacle(policies: Iterable[str], x_frame_options: str, page_url: str, framed_by: str) -> str:
    """Why a browser would not show a page in a frame of `framed_by`'s origin; empty when it would."""
    lists = [sources for policy in policies if (sources := _directive(policy, "frame-ancestors")) is not None]
    if lists:
        allowed = all(_allows(sources, framed_by, page_url) for sources in lists)
        return "" if allowed else "Content-Security-Policy's frame-ancestors does not allow Zendesk"
    word = x_frame_options.strip().lower()
    if word == "deny" or (word == "sameorigin" and _origin(page_url) != _origin(framed_by)):
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
    return any(_matches(source, urlsplit(url), page_url) for source in sources)


def _matches(source: str, target: SplitResult, page_url: str) -> bool:
    word = source.lower()
    if word == "'none'":
        return False
    if word == "'self'":
        return _origin(target.geturl()) == _origin(page_url)
    if word == "*":
        return target.scheme in DEFAULT_PORTS
    if word.endswith(":"):
        return _scheme_fits(word[:-1], target.scheme)
    return _host_fits(word, target, urlsplit(page_url).scheme)


def _host_fits(source: str, target: SplitResult, page_scheme: str) -> bool:
    scheme, separator, rest = source.partition("://")
    if not separator:
        scheme, rest = page_scheme, source
    host, _, port = rest.partition("/")[0].partition(":")
    name = (target.hostname or "").lower()
    fits = name.endswith(host[1:]) and name != host[2:] if host.startswith("*.") else name == host
    actual = target.port or DEFAULT_PORTS.get(target.scheme)
    expected = int(port) if port.isdigit() else DEFAULT_PORTS.get(target.scheme)
    return fits and _scheme_fits(scheme, target.scheme) and (port == "*" or actual == expected)


def _scheme_fits(allowed: str, scheme: str) -> bool:
    return scheme == allowed or (allowed == "http" and scheme == "https")


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme)
