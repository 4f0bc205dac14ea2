# SPDX-License-Identifier: Apache-2.0
"""The tables of a `SqliteStore`."""

from __future__ import annotations

from typing import Final

VERSION: Final = 1
"""Another one for other tables: a file of another version is not opened."""
TABLES: Final = """
CREATE TABLE IF NOT EXISTS accounts (
  name TEXT PRIMARY KEY,
  metadata TEXT NOT NULL,
  until REAL NOT NULL,
  state TEXT,
  pushed TEXT,
  pulled_at REAL NOT NULL DEFAULT 0,
  watched TEXT NOT NULL DEFAULT '',
  tells INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  claimed_until REAL NOT NULL DEFAULT 0,
  given INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS accounts_that_watch ON accounts (watched) WHERE watched <> '';
CREATE INDEX IF NOT EXISTS accounts_by_end ON accounts (until);
CREATE TABLE IF NOT EXISTS hints (
  waits_for TEXT NOT NULL,
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  sealed TEXT NOT NULL,
  until REAL NOT NULL,
  read_for TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (waits_for, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS hints_in_order ON hints (waits_for, number);
CREATE INDEX IF NOT EXISTS hints_by_end ON hints (until);
CREATE TABLE IF NOT EXISTS unwatched (
  name TEXT PRIMARY KEY,
  told_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pauses (
  what TEXT PRIMARY KEY,
  until REAL NOT NULL
) WITHOUT ROWID;
"""
