# SPDX-License-Identifier: Apache-2.0
"""The limits of what a service sends to the REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sealock_devkit.zendesk.limits import Findings
from sealock_devkit.zendesk.limits.findings import kind
from sealock_devkit.zendesk.limits.text import Text, check_text

PUSH_ID = Text(schema_max=255, required=True)
REQUEST_ID = Text(schema_max=64)
REPLY_ID = Text(schema_max=255, required=True, may_be_empty=True, external_id=True)
DESCRIPTION_MAX = 511
DESCRIPTION = Text(schema_max=DESCRIPTION_MAX, may_be_empty=True)


def check_token_request(body: Any, findings: Findings) -> None:
    """Check the two keys that every call of the REST API may have: all of validate_token."""
    if not isinstance(body, Mapping):
        findings.add("", "a JSON object", "schema", kind(body))
        return
    check_text(body, "instance_push_id", "", PUSH_ID, findings)
    check_text(body, "request_id", "", REQUEST_ID, findings)


def check_reported_error(body: Any, findings: Findings, *, cut: bool = False) -> None:
    """Check what channelback/report_error is sent; `cut`: a too long description is no reason to refuse it."""
    check_token_request(body, findings)
    if isinstance(body, Mapping):
        check_text(body, "external_id", "", REPLY_ID, findings)
        own = Findings()
        check_text(body, "description", "", DESCRIPTION, own)
        if cut and isinstance(body.get("description"), str):
            findings.tolerate(own)
        else:
            findings.extend(own)


def check_push_frame(body: Any, findings: Findings, *, most: int) -> None:
    """Check a push without its single resources, `most` of them."""
    check_token_request(body, findings)
    if not isinstance(body, Mapping):
        return
    resources = body.get("external_resources")
    if not isinstance(resources, list):
        present = "external_resources" in body
        rule, got = ("an array", kind(resources)) if present else ("required", "nothing")
        findings.add("external_resources", rule, "schema", got)
    elif len(resources) > most:
        findings.add("external_resources", f"at most {most} items", "schema", f"{len(resources)} items")
