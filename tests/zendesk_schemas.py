# SPDX-License-Identifier: Apache-2.0
"""
Zendesk's own JSON Schemas as an oracle for everything that is said to Zendesk, and that a local Zendesk says.

They are a mix of drafts, meant for a lenient Ruby validator: types that no draft knows, and `$ref` with keys
beside it that count too. Both are rewritten here into what that validator does with them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT4

SCHEMAS = Path(
    os.environ.get("SEALOCK_ZENDESK_SCHEMAS") or Path(__file__).resolve().parents[1].parent / "shared" / "schemas"
)
EXAMPLES = SCHEMAS.parent / "examples"

requires_schemas = pytest.mark.skipif(
    not (SCHEMAS / "manifest.json").is_file() and not os.environ.get("SEALOCK_REQUIRE_ORIGINS"),
    reason="Zendesk's schemas are not here; set SEALOCK_ZENDESK_SCHEMAS to their folder",
)

EVENT_SCHEMAS = {
    "create_integration": "event_callback_create_integration",
    "destroy_integration": "event_callback_destroy_integration",
    "create_integration_instance": "event_callback_create_integration_instance",
    "destroy_integration_instance": "event_callback_destroy_integration_instance",
    "activate_integration_instance": "event_callback_activate_integration_instance",
    "deactivate_integration_instance": "event_callback_deactivate_integration_instance",
    "destroy_user_identity": "event_callback_destroy_user",
    "pull_request": "event_callback_pull_request",
    "channelback": "event_callback_channelback",
    "resources_created_from_external_ids": "event_callback_resources_created_from_external_ids",
}

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")


class SchemaViolation(AssertionError):
    """Something does not fit Zendesk's schema. Says where and by which rule, never with what value."""


def valid(name: str, instance: Any) -> None:
    """
    Checks an instance against the schema of this name, such as `pull_payload`.

    Raises `SchemaViolation`: it does not fit.
    """
    errors = list(_validator(name).iter_errors(instance))
    if errors:
        places = sorted({f"{'/'.join(map(str, e.absolute_path)) or '(all)'}: {e.validator}" for e in errors})
        raise SchemaViolation(f"{name}: " + "; ".join(places)) from None


def valid_event(event: Mapping[str, Any]) -> None:
    """
    Checks one event against the schema of its own kind: the schema for any event cannot tell them apart.

    Raises `SchemaViolation`: it does not fit, or its kind is unknown.
    """
    name = EVENT_SCHEMAS.get(event.get("type_id", ""))
    if name is None:
        raise SchemaViolation("event: type_id: enum")
    valid(name, event)


@cache
def _validator(name: str) -> Draft4Validator:
    return Draft4Validator({"$ref": f"zendesk:/{name}.json"}, registry=_registry(), format_checker=_formats())


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resources(
        (f"zendesk:/{path.name}", DRAFT4.create_resource(_rewritten(json.loads(path.read_text("utf-8")), path.name)))
        for path in sorted(SCHEMAS.glob("*.json"))
    )


def _rewritten(schema: Any, file: str) -> Any:
    if isinstance(schema, list):
        return [_rewritten(item, file) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: _rewritten(value, file) for key, value in schema.items() if key not in {"$ref", "definitions"}}
    if rest.get("type") == "any":
        del rest["type"]
    elif rest.get("type") == "time":
        rest |= {"type": "string", "format": "date-time"}
    if "$ref" in schema and isinstance(schema["$ref"], str):
        target = schema["$ref"]
        target = f"zendesk:/{file}{target}" if target.startswith("#") else f"zendesk:/{target}"
        rest = {"allOf": [{"$ref": target}, rest]}
    if "definitions" in schema:
        rest["definitions"] = _rewritten(schema["definitions"], file)
    return rest


@cache
def _formats() -> FormatChecker:
    formats = FormatChecker(formats=())
    formats.checks("https-url")(_is_https_url)
    formats.checks("external-id")(lambda text: not isinstance(text, str) or text == text.strip())
    formats.checks("date-time")(_is_date_time)
    return formats


def _is_https_url(text: object) -> bool:
    if not isinstance(text, str):
        return True
    if _NOT_IN_URLS.search(text):
        return False
    try:
        split = urlsplit(text)
    except ValueError:
        return False
    return split.scheme == "https" and bool(split.hostname)


def _is_date_time(text: object) -> bool:
    if not isinstance(text, str):
        return True
    if not _RFC3339.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True
