# SPDX-License-Identifier: Apache-2.0
"""Settings that were changed while it ran."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sealock_devkit.zendesk.store.database import Database


class SettingStore:
    """Changed settings by name; those that were never changed are not here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changed(self) -> dict[str, Any]:
        """All changed settings."""
        return {row["name"]: json.loads(row["value"]) for row in self._database.rows("SELECT * FROM settings")}

    def forget(self, names: Iterable[str]) -> None:
        """Let settings be as if they had never been changed."""
        with self._database.transaction():
            for name in names:
                self._database.run("DELETE FROM settings WHERE name = ?", name)

    def save(self, changes: Mapping[str, Any]) -> None:
        """Remember changed settings."""
        with self._database.transaction():
            for name, value in changes.items():
                self._database.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))
