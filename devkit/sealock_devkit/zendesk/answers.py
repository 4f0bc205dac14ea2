# SPDX-License-Identifier: Apache-2.0
"""Reads the answers of pull and channelback: status, JSON, both sets of limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.limits import Finding, Findings
from sealock_devkit.zendesk.service_calls import Answer
from sealock_devkit.zendesk.settings import Settings

ERROR_INFO_CHARACTERS = 511


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """A 200's body, or why there is none that can be used."""

    body: dict[str, Any] | None = field(repr=False)
    problem: str
    findings: list[Finding] = field(default_factory=list)


def read_answer(answer: Answer, check: Callable[[Any, Findings], Any], settings: Settings) -> ReadAnswer:
    """
    Take a 200, or what the settings take for one, with a JSON body that `check` has no refusal for.

    Anything else is a problem in words. `check` gives the body as it is used.
    """
    fine = answer.status == 200 or (settings.other_2xx == "accepted" and 200 < answer.status < 300)
    if not fine:
        return ReadAnswer(None, f"HTTP {answer.status}{_error_info(answer)}")
    findings = Findings(strict=settings.leeway.documented_is_refused)
    if answer.content_type != "application/json":
        findings.add("", "content type application/json", "documented", answer.content_type or "none")
    try:
        body = answer.json()
    except ValueError:
        findings.add("", "JSON", "protocol", "something else")
        return ReadAnswer(None, "the answer is not JSON", list(findings))
    body = check(body, findings)
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
