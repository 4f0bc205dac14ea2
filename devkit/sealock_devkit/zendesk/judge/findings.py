# SPDX-License-Identifier: Apache-2.0
"""What a check finds, without the values that it looked at; and the checks of single strings, booleans and instants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

Source = Literal["schema", "documented", "protocol", "advice"]
"""
Who makes a rule: `schema` (Zendesk's JSON Schemas), `documented` (its documentation, where it is stricter),
`protocol` (HTTP and the endpoints themselves), `advice` (what works well, without a rule).
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule."""

    path: str
    """Where: `external_resources[3].author.name`. Empty for the whole answer."""
    rule: str
    """What is asked, in words: `at most 255 characters`."""
    source: Source
    detail: str = ""
    """What was there instead, as a measure or a type: `300 characters`."""
    tolerated: bool = False
    """True when a setting lets the rest of the answer through."""
    strict: bool = False
    """True when a setting refuses what breaks only the documentation."""

    @property
    def refuses(self) -> bool:
        """Whether the answer cannot be used because of it."""
        refusing = {"schema", "protocol"} | ({"documented"} if self.strict else set())
        return self.source in refusing and not self.tolerated

    def __str__(self) -> str:
        where = self.path or "the answer"
        return f"{where}: {self.rule}" + (f", got {self.detail}" if self.detail else "")


class Findings:
    """Collects what checks find. `strict`: what breaks only the documentation is refused too."""

    def __init__(self, *, strict: bool = False) -> None:
        self._findings: list[Finding] = []
        self._strict = strict

    def add(self, path: str, rule: str, source: Source, detail: str = "", *, tolerated: bool = False) -> None:
        """A rule is broken; `tolerated` when a setting makes nothing of it."""
        self._findings.append(Finding(path, rule, source, detail, tolerated, self._strict))

    def extend(self, other: Iterable[Finding]) -> None:
        """Take over what another check found."""
        self._findings += other

    def tolerate(self, other: Iterable[Finding]) -> None:
        """Take over what another check found, without refusing the answer for it."""
        self._findings += [replace(finding, tolerated=True) for finding in other]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def __len__(self) -> int:
        return len(self._findings)

    @property
    def refusals(self) -> list[Finding]:
        """Those that make the answer unusable."""
        return [finding for finding in self._findings if finding.refuses]


def kind(value: object) -> str:
    """A value's type as JSON calls it."""
    names = {
        bool: "a boolean",
        str: "a string",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "an object",
    }
    return "null" if value is None else names.get(type(value), "something else")


@dataclass(frozen=True, slots=True)
class Leeway:
    """The schema's side, if nothing else is said."""

    resources_max: int = 256
    """The most resources in a pull's answer or a push."""
    parent_id_max: int = 255
    """The longest parent_id."""
    display_info_may_be_text: bool = False
    """Whether data in display_info may be a string."""
    documented_is_refused: bool = False
    """Whether what breaks only the documentation is refused too."""


SCHEMA = Leeway()


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
