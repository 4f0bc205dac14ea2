# SPDX-License-Identifier: Apache-2.0
"""What every answer keeps to before its content counts: status, time, size, type and form."""

from __future__ import annotations

from typing import Any

from sealock_devkit.zendesk.limits.findings import Finding, Findings, Source
from sealock_devkit.zendesk.strict_json import NotJson, repeated_keys, strict_json

NOT_NOW = frozenset({429, 502, 503, 504})
"""How a service says that it is not there for the moment. A failure as any other, and no rule is broken."""


def too_slow(seconds: float) -> Finding:
    """An answer that was not there in time."""
    return Finding("", f"the whole answer within {seconds:g} seconds", "protocol", "no end in time")


def too_large(most: int) -> Finding:
    """An answer that nobody reads to its end."""
    return Finding("", f"at most {most} bytes", "protocol", "more")


def check_status(status: int, rule: str, findings: Findings, source: Source = "protocol") -> None:
    """Record a status that breaks `rule`, unless it only says that the service is not there for the moment."""
    if status not in NOT_NOW:
        findings.add("", rule, source, f"HTTP {status}")


def check_content_type(content_type: str, asked: str, source: Source, findings: Findings) -> None:
    """Check a media type; an empty one was not sent."""
    if content_type != asked:
        findings.add("", f"content type {asked}", source, content_type or "none")


def read_json(body: bytes, findings: Findings) -> Any:
    """Parse a body. Raises `NotJson`, after it was recorded; keys that come twice are recorded too."""
    try:
        value = strict_json(body)
    except NotJson as broken:
        findings.add("", "JSON", "protocol", broken.found)
        raise
    again = repeated_keys(body)
    if again:
        findings.add("", "each key once in an object", "advice", f"{again} more than once; the last one counts")
    return value
