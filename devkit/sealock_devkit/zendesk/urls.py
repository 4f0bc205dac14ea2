# SPDX-License-Identifier: Apache-2.0
"""URLs that others wrote: their origins, and whether a service may have them. Nothing is raised for any text."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
NOT_IN_URLS = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")


@dataclass(frozen=True, slots=True)
class WebOrigin:
    """Scheme, host and port. What is not a URL with a host has an empty host, and is no other one's origin."""

    scheme: str
    host: str
    port: int | None


def web_origin(url: str) -> WebOrigin:
    """A URL's scheme, host and port: what a browser calls its origin."""
    try:
        parts = urlsplit(url)
        return WebOrigin(parts.scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme))
    except ValueError:
        return WebOrigin("", "", None)


def same_origin(url: str, other: str) -> bool:
    """Whether two URLs have one origin."""
    return web_origin(url).host != "" and web_origin(url) == web_origin(other)


def absolute(base: str, url: str) -> str:
    """A URL as it is meant on the page `base`; as it is written when it cannot be one."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def is_service_url(url: str, *, loopback_http_is_https: bool) -> bool:
    """Whether this is an absolute https URL, or plain http on this machine where that counts as https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or NOT_IN_URLS.search(url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback_http_is_https and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
