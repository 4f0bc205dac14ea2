# SPDX-License-Identifier: Apache-2.0
"""Reads an app's JSON files: objects, whose keys are there once."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from sealock_devkit.app.findings import Findings, shown
from sealock_devkit.app.package import BROKEN, MAX_JSON_BYTES, Package
from sealock_devkit.zendesk.judge.findings import kind


def read_object(package: Package, name: str, findings: Findings) -> dict[str, Any] | None:
    """The object in a file that is there; `None`, with a finding, when it holds something else."""
    place = shown(name)
    if package.sizes[name] > MAX_JSON_BYTES:
        findings.add(place, f"has {package.sizes[name]} bytes", f"At most {MAX_JSON_BYTES}; shorten its texts.")
        return None
    repeated: list[str] = []
    try:
        value = _parse(package.read_up_to(name, MAX_JSON_BYTES + 1), repeated)
    except BROKEN as error:
        findings.add(place, *_said(error))
        return None
    for key in dict.fromkeys(repeated):
        findings.add(f"{place}: {shown(key)}", "is there twice in one object", "Keep the one that is meant.")
    if not isinstance(value, dict):
        findings.add(place, f"is {kind(value)} instead of an object", "Begin it with {.")
        return None
    return value


def _said(error: Exception) -> tuple[str, str]:
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8", "Save it as UTF-8."
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON, at line {error.lineno}", "Mend it there; a comma is often too many."
    if isinstance(error, RecursionError):
        return "is nested too deeply", "An app needs a few levels only."
    return "is damaged or not JSON", "Write it anew, and make the zip again."


def _parse(body: bytes, repeated: list[str]) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(found)
        if len(whole) != len(found):
            keys = [key for key, _ in found]
            repeated.extend(key for key in whole if keys.count(key) > 1)
        return whole

    return json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
