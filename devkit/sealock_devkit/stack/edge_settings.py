# SPDX-License-Identifier: Apache-2.0
"""The edge's TOML file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

Value = str | int | float | bool | list[str]
Tables = Mapping[str, Mapping[str, Value]]


def write_settings(file: Path, tables: Tables) -> None:
    """Write tables (by dotted name) and their settings."""
    lines: list[str] = []
    for table, settings in tables.items():
        lines.append(f"[{table}]")
        # JSON's strings, numbers, booleans and lists of strings are TOML's too.
        lines.extend(f"{name} = {json.dumps(value)}" for name, value in settings.items())
        lines.append("")
    file.write_text("\n".join(lines), encoding="utf-8")
