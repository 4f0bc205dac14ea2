# SPDX-License-Identifier: Apache-2.0
"""Rules for strings, booleans and instants inside a JSON object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sealock_devkit.zendesk.limits.findings import Findings, kind

INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """What a string may be. Lengths are characters."""

    schema_max: int | None = None
    documented_max: int | None = None
    """Only where it is smaller than the schema's or the schema has none."""
    required: bool = False
    may_be_empty: bool = False
    external_id: bool = False
    """No white space at either end (schema), ASCII only (documented)."""


def join(path: str, key: str) -> str:
    """The path of a key."""
    return f"{path}.{key}" if path else key


def check_text(holder: Mapping[str, Any], key: str, path: str, rule: Text, findings: Findings) -> str | None:
    """Check one string; itself when it is one."""
    where = join(path, key)
    if key not in holder:
        if rule.required:
            findings.add(where, "required", "schema", "nothing")
        return None
    value = holder[key]
    if not isinstance(value, str):
        findings.add(where, "a string", "schema", kind(value))
        return None
    _check_length(value, where, rule, findings)
    if rule.external_id:
        _check_external_id(value, where, findings)
    return value


def _check_length(value: str, where: str, rule: Text, findings: Findings) -> None:
    length = len(value)
    if not value and not rule.may_be_empty:
        findings.add(where, "at least 1 character", "schema", "an empty string")
    if rule.schema_max is not None and length > rule.schema_max:
        findings.add(where, f"at most {rule.schema_max} characters", "schema", f"{length} characters")
    elif rule.documented_max is not None and length > rule.documented_max:
        findings.add(where, f"at most {rule.documented_max} characters", "documented", f"{length} characters")


def _check_external_id(value: str, where: str, findings: Findings) -> None:
    if value != value.strip():
        findings.add(where, "no white space at either end", "schema", "white space")
    if not value.isascii():
        findings.add(where, "ASCII only", "documented", "other characters")


def check_boolean(holder: Mapping[str, Any], key: str, path: str, findings: Findings) -> None:
    """Check that a key, if it is there, is true or false."""
    if key in holder and not isinstance(holder[key], bool):
        findings.add(join(path, key), "a boolean", "schema", kind(holder[key]))


def check_instant(holder: Mapping[str, Any], key: str, path: str, findings: Findings) -> None:
    """Check a required date and time in RFC 3339's form."""
    value = check_text(holder, key, path, Text(schema_max=255, required=True, may_be_empty=True), findings)
    if value is not None and parse_instant(value) is None:
        findings.add(join(path, key), "a date-time such as 2015-09-08T22:48:09Z", "schema", "another text")


def parse_instant(value: str) -> datetime | None:
    """An RFC 3339 date-time, or `None`."""
    match = INSTANT.fullmatch(value)
    if match is None:
        return None
    date, time, fraction, zone = match.groups()
    try:
        return datetime.fromisoformat(f"{date}T{time}{(fraction or '')[:7]}{'+00:00' if zone in 'Zz' else zone}")
    except ValueError:
        return None
