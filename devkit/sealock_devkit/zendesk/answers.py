# SPDX-License-Identifier: Apache-2.0
"""Reads the answers of pull and channelback: status, JSON, both sets of limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.limits import Finding, Findings, check_content_type, check_status, read_json
from sealock_devkit.zendesk.service_calls import Answer
from sealock_devkit.zendesk.settings import Settings

ERROR_INFO_CHARACTERS = 511
FAILURES = 400
"""From here on a status says that the service could not do it, which it may. All others but 200 say nothing."""


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
    findings = Findings(strict=settings.leeway.documented_is_refused)
    fine = answer.status == 200 or (settings.other_2xx == "accepted" and 200 < answer.status < 300)
    if answer.status != 200 and answer.status < FAILURES:
        rule = "HTTP 200"
        if fine:
            findings.add("", rule, "protocol", f"HTTP {answer.status}", tolerated=True)
        else:
            check_status(answer.status, rule, findings)
    if not fine:
        return ReadAnswer(None, f"HTTP {answer.status}{_error_info(answer)}", list(findings))
    check_content_type(answer.content_type, "application/json", "documented", findings)
    try:
        body = read_json(answer.body, findings)
    except ValueError:
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
