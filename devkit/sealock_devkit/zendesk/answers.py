# SPDX-License-Identifier: Apache-2.0
"""Reads the answers of pull and channelback: status, JSON, both sets of limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.limits import Finding, Findings, check_content_type, check_status, read_json
from sealock_devkit.zendesk.service_calls import Answer

ERROR_INFO_CHARACTERS = 511
FAILURES = 400
"""From here on a status says that the service could not do it, which it may. All others but 200 say nothing."""


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """A 200's body, or why there is none that can be used."""

    body: dict[str, Any] | None = field(repr=False)
    problem: str
    findings: list[Finding] = field(default_factory=list)


def read_answer(answer: Answer, check: Callable[[Any, Findings], None]) -> ReadAnswer:
    """Take a 200 with a JSON body that `check` has no refusal for; anything else is a problem in words."""
    findings = Findings()
    if answer.status != 200:
        if answer.status < FAILURES:
            check_status(answer.status, "HTTP 200", findings)
        return ReadAnswer(None, f"HTTP {answer.status}{_error_info(answer)}", list(findings))
    check_content_type(answer.content_type, "application/json", "documented", findings)
    try:
        body = read_json(answer.body, findings)
    except ValueError:
        return ReadAnswer(None, "the answer is not JSON", list(findings))
    check(body, findings)
    if findings.refusals:
        return ReadAnswer(None, f"the answer is invalid: {findings.refusals[0]}", list(findings))
    return ReadAnswer(body, "", list(findings))


def _error_info(answer: Answer) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    info = body.get("error_info") if isinstance(body, dict) else None
    return f": {info[:ERROR_INFO_CHARACTERS]}" if isinstance(info, str) and info else ""
