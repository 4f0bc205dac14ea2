# SPDX-License-Identifier: Apache-2.0
"""What running edges say about the use of keys, read from the metrics on their internal listeners."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

LAST_OPENED: Final = "sealock_key_last_opened_timestamp_seconds"
STARTED: Final = "sealock_edge_start_timestamp_seconds"

_TIMEOUT_SECONDS: Final = 5
_MAX_BYTES: Final = 16 * 1024 * 1024


class EdgeSilent(Exception):
    """An edge did not say what was asked of it. The message names it."""


@dataclass(frozen=True, slots=True)
class EdgeUsage:
    """What one edge process says: since when it runs, and by key id when each key last opened something."""

    edge: str
    started: datetime
    last_opened: Mapping[str, datetime]


def ask_edge(url: str) -> list[EdgeUsage]:
    """
    The usage that the edges at this URL tell, such as `http://edge-internal:9090`.

    A name with several addresses, such as that of a headless Service, is asked at each of them.

    Raises `EdgeSilent`: one does not answer, or is not an edge's internal listener.
    """
    try:
        split = urlsplit(url)
        port = split.port or 80
    except ValueError:
        raise EdgeSilent(f"{url} is not a web address") from None
    if split.scheme != "http" or not split.hostname:
        raise EdgeSilent(f"{url} is not an address such as http://127.0.0.1:9090")
    return [_ask(url, address, port) for address in _addresses(url, split.hostname, port)]


def _addresses(url: str, host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise EdgeSilent(f"{url} has no address") from None
    four = sorted({str(info[4][0]) for info in found if info[0] == socket.AF_INET})
    return four or sorted({str(info[4][0]) for info in found})


def _ask(url: str, address: str, port: int) -> EdgeUsage:
    name = f"{url} ({address})"
    connection = HTTPConnection(address, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
        answer = connection.getresponse()
        body = answer.read(_MAX_BYTES)
    except (OSError, HTTPException):
        raise EdgeSilent(f"{name} does not answer") from None
    finally:
        connection.close()
    if answer.status != 200:
        raise EdgeSilent(f"{name} answers with status {answer.status} instead of metrics")
    return _usage(name, body)


def _usage(name: str, body: bytes) -> EdgeUsage:
    started: list[float] = []
    opened: dict[str, float] = {}
    try:
        for family in text_string_to_metric_families(body.decode("utf-8")):
            for sample in family.samples:
                if sample.name == STARTED:
                    started.append(sample.value)
                elif sample.name == LAST_OPENED:
                    key = sample.labels.get("key", "")
                    opened[key] = max(sample.value, opened.get(key, 0.0))
    except ValueError:
        raise EdgeSilent(f"{name} answers something that is not metrics") from None
    if not started:
        raise EdgeSilent(f"{name} does not say since when it runs")
    # Of several workers the youngest counts: it knows the least.
    return EdgeUsage(name, _instant(max(started)), {key: _instant(when) for key, when in opened.items() if when > 0})


def latest_use(usages: Iterable[EdgeUsage], key_id: str) -> datetime | None:
    """When a key last opened something at any of the edges; None if they know of no time."""
    return max((usage.last_opened[key_id] for usage in usages if key_id in usage.last_opened), default=None)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
