# SPDX-License-Identifier: Apache-2.0
"""Installer apps, for the integrations that were installed by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.store.database import Database


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """The app that installed an integration."""

    integration_id: int
    name: str
    """May be empty, as the app's manifest need not have one."""
    version: str
    identifier: str
    """The integration's name inside the app."""
    logo: bytes = field(repr=False)
    """A PNG; empty when the app's cannot be shown."""
    installed_at: str


class AppStore:
    """Apps by integration."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, integration_id: int, **values: Any) -> None:
        """Remember the app of an integration, values by column, in the place of an earlier one."""
        with self._database.transaction():
            self._database.run("DELETE FROM apps WHERE integration_id = ?", integration_id)
            self._database.insert("apps", integration_id=integration_id, **values)

    def of(self, integration_id: int) -> InstalledApp | None:
        """The app that installed an integration; `None` for one that was installed from its manifest's URL."""
        return self._database.one(InstalledApp, "SELECT * FROM apps WHERE integration_id = ?", integration_id)

    def with_logo(self) -> set[int]:
        """The integrations that have a logo."""
        rows = self._database.rows("SELECT integration_id FROM apps WHERE length(logo) > 0")
        return {row["integration_id"] for row in rows}
