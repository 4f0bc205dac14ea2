# SPDX-License-Identifier: Apache-2.0
"""URLs that others wrote: whatever they hold, these functions answer."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port. What is not a URL with a host has an empty host, and is no other one's origin."""

    scheme: str
    host: str
    port: int | None


def origin(url: str) -> Origin:
    """The origin of a URL."""
    try:
        parts = urlsplit(url)
        return Origin(parts.scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme))
    except ValueError:
        return Origin("", "", None)


def same_origin(url: str, other: str) -> bool:
    """Whether two URLs have one origin."""
    return origin(url).host != "" and origin(url) == origin(other)


def absolute(base: str, url: str) -> str:
    """A URL as it is meant on the page `base`; as it is written when it cannot be one."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url
