# SPDX-License-Identifier: Apache-2.0
"""What a check found, without the values that it looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

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
