# SPDX-License-Identifier: Apache-2.0
"""An external resource's limits, the same in pull and push."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sealock_devkit.zendesk.judge.findings import (
    SCHEMA,
    Findings,
    Leeway,
    Text,
    check_boolean,
    check_instant,
    check_text,
    join,
    kind,
)
from sealock_devkit.zendesk.urls import is_service_url

ID = Text(schema_max=255, external_id=True)
REQUIRED_ID = Text(schema_max=255, external_id=True, required=True)
MESSAGE = Text(schema_max=65_535, required=True)
HTML_MESSAGE = Text(schema_max=65_535)
SHORT = Text(schema_max=255)
IMAGE_URL = Text(schema_max=511, documented_max=255)
REQUIRED_SHORT = Text(schema_max=255, required=True)

FIELDS_SCHEMA_MAX = 64
DISPLAY_INFO_SCHEMA_MAX = 16
FILES_SCHEMA_MAX, FILES_DOCUMENTED_MAX = 64, 10
FILE_URL = Text(schema_max=511)


def check_external_resource(
    resource: Any, path: str, findings: Findings, *, loopback_http_is_https: bool, leeway: Leeway = SCHEMA
) -> None:
    """Check one external resource against both sets of limits."""
    if not isinstance(resource, Mapping):
        findings.add(path, "an object", "schema", kind(resource))
        return
    check_text(resource, "external_id", path, REQUIRED_ID, findings)
    check_text(resource, "message", path, MESSAGE, findings)
    check_text(resource, "html_message", path, HTML_MESSAGE, findings)
    check_text(resource, "parent_id", path, replace(ID, schema_max=leeway.parent_id_max), findings)
    check_text(resource, "thread_id", path, ID, findings)
    check_instant(resource, "created_at", path, findings)
    check_boolean(resource, "allow_channelback", path, findings)
    check_boolean(resource, "internal_note", path, findings)
    if "parent_id" in resource and "thread_id" in resource:
        findings.add(path, "thread_id or parent_id, not both", "documented", "both")
    _check_author(resource, path, findings, loopback_http_is_https)
    _check_display_info(resource, path, findings, leeway)
    _check_fields(resource, path, findings)
    _check_files(resource, path, findings, loopback_http_is_https)


def _check_author(resource: Mapping[str, Any], path: str, findings: Findings, loopback_http_is_https: bool) -> None:
    where = join(path, "author")
    if "author" not in resource:
        findings.add(where, "required", "schema", "nothing")
        return
    author = resource["author"]
    if not isinstance(author, Mapping):
        findings.add(where, "an object", "schema", kind(author))
        return
    check_text(author, "external_id", where, REQUIRED_ID, findings)
    check_text(author, "name", where, SHORT, findings)
    image_url = check_text(author, "image_url", where, IMAGE_URL, findings)
    if image_url and not is_service_url(image_url, loopback_http_is_https=loopback_http_is_https):
        findings.add(join(where, "image_url"), "an https URL", "advice", "another text")
    check_text(author, "locale", where, SHORT, findings)
    _check_fields(author, where, findings)


def _items(holder: Mapping[str, Any], key: str, path: str, most: int, findings: Findings) -> list[tuple[str, Any]]:
    if key not in holder:
        return []
    where, value = join(path, key), holder[key]
    if not isinstance(value, list):
        findings.add(where, "an array", "schema", kind(value))
        return []
    if len(value) > most:
        findings.add(where, f"at most {most} items", "schema", f"{len(value)} items")
    return [(f"{where}[{index}]", item) for index, item in enumerate(value)]


def _check_display_info(resource: Mapping[str, Any], path: str, findings: Findings, leeway: Leeway) -> None:
    kinds = (Mapping, str) if leeway.display_info_may_be_text else (Mapping,)
    for where, item in _items(resource, "display_info", path, DISPLAY_INFO_SCHEMA_MAX, findings):
        if not isinstance(item, Mapping):
            findings.add(where, "an object", "schema", kind(item))
            continue
        check_text(item, "type", where, REQUIRED_SHORT, findings)
        if "data" not in item:
            findings.add(join(where, "data"), "required", "schema", "nothing")
        elif not isinstance(item["data"], kinds):
            findings.add(join(where, "data"), "an object", "schema", kind(item["data"]))


def _check_fields(holder: Mapping[str, Any], path: str, findings: Findings) -> None:
    for where, item in _items(holder, "fields", path, FIELDS_SCHEMA_MAX, findings):
        if not isinstance(item, Mapping):
            findings.add(where, "an object", "schema", kind(item))
            continue
        if "value" not in item:
            findings.add(join(where, "value"), "required", "schema", "nothing")
        field_id = item.get("id")
        if isinstance(field_id, int) and not isinstance(field_id, bool):
            continue
        if "id" in item and not isinstance(field_id, str):
            findings.add(join(where, "id"), "a string or a whole number", "schema", kind(field_id))
            continue
        check_text(item, "id", where, REQUIRED_SHORT, findings)


def _check_files(resource: Mapping[str, Any], path: str, findings: Findings, loopback_http_is_https: bool) -> None:
    items = _items(resource, "file_urls", path, FILES_SCHEMA_MAX, findings)
    if FILES_DOCUMENTED_MAX < len(items) <= FILES_SCHEMA_MAX:
        where = join(path, "file_urls")
        findings.add(where, f"at most {FILES_DOCUMENTED_MAX} items", "documented", f"{len(items)} items")
    for where, url in items:
        holder, key = {where: url}, where
        text = check_text(holder, key, "", FILE_URL, findings)
        if text and not is_service_url(text, loopback_http_is_https=loopback_http_is_https):
            findings.add(where, "an https URL", "schema", "another text")
