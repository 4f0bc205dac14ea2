# SPDX-License-Identifier: Apache-2.0
"""Which pages of the world a clickthrough may lead to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from ipaddress import ip_address
from urllib.parse import urlsplit

_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,2000}", re.ASCII | re.IGNORECASE)
_NETLOC = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class Destination(Enum):
    """What to do with a URL."""

    DECLARED = "declared"
    """Its host was declared: go there."""
    FOREIGN = "foreign"
    """A web page elsewhere: ask first."""
    NONE = "none"
    """Not a web page: never link it."""


def destination(url: str, declared: Iterable[str], *, loopback_http: bool) -> tuple[Destination, str]:
    """
    What to do with the URL, and its host as people should read it.

    `declared` are `example.com` (that host) or `*.example.com` (any host below it). https only, except for pages of
    this machine if `loopback_http`.
    """
    if not _URL.fullmatch(url):
        return Destination.NONE, ""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port
    except ValueError:
        return Destination.NONE, ""
    if not _NETLOC.fullmatch(parts.netloc) or not _is_read_alike(host):
        return Destination.NONE, ""
    if parts.scheme != "https" and not (loopback_http and _is_this_machine(host)):
        return Destination.NONE, ""
    shown = f"{host}:{port}" if port else host
    is_declared = any(_covers(pattern.lower(), host) for pattern in declared)
    return (Destination.DECLARED if is_declared else Destination.FOREIGN), shown


def _is_read_alike(host: str) -> bool:
    """Whether browsers see the same host: one that ends in a number is an address to them, however it is written."""
    if not host or not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return bool(host)
    try:
        return str(ip_address(host)) == host
    except ValueError:
        return False


def _covers(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
