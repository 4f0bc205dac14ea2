# SPDX-License-Identifier: Apache-2.0
"""Prints the page of the documentation that lists all settings."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from sealock_devkit.zendesk.settings import Declared, all_declared

BEGINNING = """\
# Settings of the local Zendesk

Where Zendesk's behaviour is not known, or its sources disagree, the [local Zendesk](local-zendesk.md) has a setting,
and a service must work with every value. They are given at the start (`--set NAME=VALUE`), shown and changed while it
runs (on the page *Settings*, by `sealock zendesk set` and `/api/settings`), and remembered in the data folder.

This page is printed by `python -m sealock_devkit.zendesk.settings`.
"""


def settings_page() -> str:
    """The page in Markdown, a table for each group."""
    parts = [BEGINNING]
    for title, group in groupby(all_declared(), lambda each: each.group):
        rows = [f"| `{each.name}` | {shown(each.default)} | {_explained(each)} |\n" for each in group]
        parts.append(f"## {title}\n\n| Setting | Default | What it decides |\n|---|---|---|\n{''.join(rows)}")
    return "\n".join(parts)


def shown(value: Any) -> str:
    """A value as the page shows it."""
    if value == "":
        return "(empty)"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _explained(setting: Declared) -> str:
    listed = ", ".join(f"`{choice}`" for choice in setting.choices)
    return f"{setting.sentence} Choices: {listed}." if listed else setting.sentence


if __name__ == "__main__":
    print(settings_page(), end="")
