# SPDX-License-Identifier: Apache-2.0
"""Installed integrations, each with the last good copy of its manifest, and the installer apps that brought some."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sealock_devkit.zendesk.judge.manifest import Manifest
from sealock_devkit.zendesk.store.database import Database, Unknown


@dataclass(frozen=True, slots=True)
class Row:
    """An integration as it is stored."""

    id: int
    manifest_url: str
    manifest: str
    installed_at: str
    fetched_at: str
    problem: str
    removed_at: str | None
    polled_at: str


@dataclass(frozen=True, slots=True)
class Integration:
    """An installed integration."""

    id: int
    manifest_url: str
    manifest: Manifest
    """The last good copy."""
    installed_at: str
    fetched_at: str
    """When that copy was read."""
    problem: str
    """Why the manifest could not be read since then; empty when it could."""
    removed_at: str | None
    polled_at: str
    """When the manifest was last asked for, well or not."""


class IntegrationStore:
    """Integrations by number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, manifest_url: str, manifest: Manifest, now: str) -> Integration:
        """Remember a new integration."""
        number = self._database.insert(
            "integrations",
            manifest_url=manifest_url,
            manifest=json.dumps(asdict(manifest)),
            installed_at=now,
            fetched_at=now,
            polled_at=now,
        )
        return self.get(number)

    def get(self, number: int) -> Integration:
        """The integration of this number, removed or not. Raises `Unknown`."""
        row = self._database.one(Row, "SELECT * FROM integrations WHERE id = ?", number)
        if row is None:
            raise Unknown(f"there is no integration {number}")
        return _integration(row)

    def by_manifest_url(self, manifest_url: str) -> Integration | None:
        """The installed integration with this manifest URL."""
        sql = "SELECT * FROM integrations WHERE manifest_url = ? AND removed_at IS NULL"
        row = self._database.one(Row, sql, manifest_url)
        return None if row is None else _integration(row)

    def all(self) -> list[Integration]:
        """The installed integrations."""
        sql = "SELECT * FROM integrations WHERE removed_at IS NULL ORDER BY id"
        return [_integration(row) for row in self._database.all(Row, sql)]

    def names(self) -> dict[int, str]:
        """The names of all integrations that ever were, by number."""
        return {
            row.id: _integration(row).manifest.name for row in self._database.all(Row, "SELECT * FROM integrations")
        }

    def save_manifest(self, number: int, manifest: Manifest, now: str) -> None:
        """Replace the good copy."""
        copy = json.dumps(asdict(manifest))
        self._database.update("integrations", number, manifest=copy, fetched_at=now, polled_at=now, problem="")

    def note_problem(self, number: int, problem: str, now: str) -> None:
        """Remember why the manifest could not be read; the good copy stays."""
        self._database.update("integrations", number, problem=problem, polled_at=now)

    def remove(self, number: int, now: str) -> None:
        """Mark as removed; what it brought stays."""
        self._database.update("integrations", number, removed_at=now)


def _integration(row: Row) -> Integration:
    return Integration(
        id=row.id,
        manifest_url=row.manifest_url,
        manifest=Manifest(**json.loads(row.manifest)),
        installed_at=row.installed_at,
        fetched_at=row.fetched_at,
        problem=row.problem,
        removed_at=row.removed_at,
        polled_at=row.polled_at or row.fetched_at,
    )


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
