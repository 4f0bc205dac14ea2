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
DESCRIPTION = Text(schema_max=511, may_be_empty=True)
RESOURCES_MAX = 256


def check_token_request(body: Any, findings: Findings) -> None:
    """Check the two keys that every call of the REST API may have: all of validate_token."""
    if not isinstance(body, Mapping):
        findings.add("", "a JSON object", "schema", kind(body))
        return
    check_text(body, "instance_push_id", "", PUSH_ID, findings)
    check_text(body, "request_id", "", REQUEST_ID, findings)


def check_reported_error(body: Any, findings: Findings) -> None:
    """Check what channelback/report_error is sent."""
    check_token_request(body, findings)
    if isinstance(body, Mapping):
        check_text(body, "external_id", "", REPLY_ID, findings)
        check_text(body, "description", "", DESCRIPTION, findings)


def check_push_frame(body: Any, findings: Findings) -> None:
    """Check a push without its single resources."""
    check_token_request(body, findings)
    if not isinstance(body, Mapping):
        return
    resources = body.get("external_resources")
    if not isinstance(resources, list):
        present = "external_resources" in body
        rule, got = ("an array", kind(resources)) if present else ("required", "nothing")
        findings.add("external_resources", rule, "schema", got)
    elif len(resources) > RESOURCES_MAX:
        findings.add("external_resources", f"at most {RESOURCES_MAX} items", "schema", f"{len(resources)} items")
