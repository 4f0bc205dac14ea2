# SPDX-License-Identifier: Apache-2.0
"""The limits of what pull and channelback answer, and of the form that ends the admin UI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sealock_devkit.zendesk.judge.external_resource import check_external_resource
from sealock_devkit.zendesk.judge.findings import SCHEMA, Findings, Leeway, Text, check_boolean, check_text, kind

NAME_MAX = 255
METADATA_AND_STATE_MAX = 5_000


def check_return_form(
    fields: Mapping[str, str], findings: Findings, *, name_for_none: str = "", cut: bool = False
) -> dict[str, str]:
    """
    Check name, metadata and state as they would be posted to return_url; the fields as they can be saved.

    `name_for_none` stands for a missing name, and `cut` makes too long values shorter; without, both are refused.
    """
    usable = dict(fields)
    for key in ("name", "metadata"):
        if not fields.get(key):
            named = key == "name" and bool(name_for_none)
            got = "an empty string" if key in fields else "nothing"
            findings.add(key, "required", "protocol", got, tolerated=named)
            usable |= {key: name_for_none} if named else {}
    for key, most in (("name", NAME_MAX), ("metadata", METADATA_AND_STATE_MAX), ("state", METADATA_AND_STATE_MAX)):
        length = len(fields.get(key, ""))
        if length > most:
            findings.add(key, f"at most {most} characters", "protocol", f"{length} characters", tolerated=cut)
            usable[key] = usable[key][:most]
    return usable


METADATA_OR_STATE = Text(schema_max=5_000, may_be_empty=True)
EXTERNAL_ID = Text(schema_max=255, required=True, external_id=True)
RESOURCES_DOCUMENTED_MAX = 200


def check_pull_answer(
    answer: Any, findings: Findings, *, loopback_http_is_https: bool, leeway: Leeway = SCHEMA
) -> None:
    """Check a pull's answer against both sets of limits."""
    if not isinstance(answer, Mapping):
        findings.add("", "a JSON object", "schema", kind(answer))
        return
    check_text(answer, "state", "", METADATA_OR_STATE, findings)
    check_text(answer, "metadata", "", METADATA_OR_STATE, findings)
    check_boolean(answer, "metadata_needs_update", "", findings)
    resources = answer.get("external_resources")
    if not isinstance(resources, list):
        present = "external_resources" in answer
        rule, got = ("an array", kind(resources)) if present else ("required", "nothing")
        findings.add("external_resources", rule, "schema", got)
        return
    check_count(len(resources), findings, leeway)
    for index, resource in enumerate(resources):
        path = f"external_resources[{index}]"
        https = loopback_http_is_https
        check_external_resource(resource, path, findings, loopback_http_is_https=https, leeway=leeway)
    _check_order([resource for resource in resources if isinstance(resource, Mapping)], findings)


def check_count(count: int, findings: Findings, leeway: Leeway = SCHEMA) -> None:
    """Check how many resources come at once."""
    most = leeway.resources_max
    if count > most:
        by_schema = most == SCHEMA.resources_max
        rule = f"at most {most} items" + ("" if by_schema else " (setting)")
        findings.add("external_resources", rule, "schema" if by_schema else "protocol", f"{count} items")
    elif count > RESOURCES_DOCUMENTED_MAX:
        findings.add("external_resources", f"at most {RESOURCES_DOCUMENTED_MAX} items", "documented", f"{count} items")


def _check_order(resources: list[Mapping[str, Any]], findings: Findings) -> None:
    positions: dict[str, int] = {}
    for index, resource in enumerate(resources):
        external_id = resource.get("external_id")
        if not isinstance(external_id, str):
            continue
        if external_id in positions:
            path = f"external_resources[{index}].external_id"
            findings.add(path, "each resource once in an answer", "advice", f"the id of item {positions[external_id]}")
        positions.setdefault(external_id, index)
    for index, resource in enumerate(resources):
        parent = resource.get("parent_id")
        if isinstance(parent, str) and positions.get(parent, -1) > index:
            path = f"external_resources[{index}].parent_id"
            findings.add(path, "parents before their children", "advice", f"the id of item {positions[parent]}")


def check_channelback_answer(answer: Any, findings: Findings) -> None:
    """Check a channelback's answer against both sets of limits."""
    if not isinstance(answer, Mapping):
        findings.add("", "a JSON object", "schema", kind(answer))
        return
    check_text(answer, "external_id", "", EXTERNAL_ID, findings)
    check_boolean(answer, "allow_channelback", "", findings)
    check_boolean(answer, "metadata_needs_update", "", findings)
    check_text(answer, "metadata", "", METADATA_OR_STATE, findings)
