# SPDX-License-Identifier: Apache-2.0
"""The tables. Each entry brings a database from one version to the next; entries are only ever added."""

from __future__ import annotations

FIRST = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE integrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  manifest_url TEXT NOT NULL,
  manifest TEXT NOT NULL,
  installed_at TEXT NOT NULL,
  fetched_at TEXT NOT NULL,
  problem TEXT NOT NULL DEFAULT '',
  removed_at TEXT
);

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration_id INTEGER NOT NULL REFERENCES integrations(id),
  name TEXT NOT NULL,
  metadata TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT '',
  instance_push_id TEXT NOT NULL,
  access_token TEXT NOT NULL DEFAULT '',
  active INTEGER NOT NULL DEFAULT 1,
  paused INTEGER NOT NULL DEFAULT 0,
  needs_update INTEGER NOT NULL DEFAULT 0,
  interval_seconds REAL,
  edits INTEGER NOT NULL DEFAULT 0,
  pulls INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  last_pull_at TEXT,
  last_problem TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  deleted_at TEXT
);

CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  integration_id INTEGER NOT NULL REFERENCES integrations(id),
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  external_id TEXT NOT NULL,
  name TEXT NOT NULL,
  image_url TEXT NOT NULL DEFAULT '',
  locale TEXT NOT NULL DEFAULT '',
  fields TEXT NOT NULL DEFAULT '[]',
  created_at TEXT NOT NULL,
  deleted_at TEXT
);
CREATE UNIQUE INDEX users_identity ON users(scope, external_id) WHERE deleted_at IS NULL;

CREATE TABLE tickets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration_id INTEGER NOT NULL REFERENCES integrations(id),
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  requester_id INTEGER REFERENCES users(id),
  subject TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'new',
  thread_id TEXT NOT NULL,
  follow_up_of INTEGER REFERENCES tickets(id),
  allow_channelback INTEGER NOT NULL DEFAULT 1,
  fields TEXT NOT NULL DEFAULT '[]',
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

CREATE TABLE threads (
  scope TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  PRIMARY KEY (scope, thread_id)
) WITHOUT ROWID;

CREATE TABLE comments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  user_id INTEGER REFERENCES users(id),
  agent TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  html_body TEXT NOT NULL DEFAULT '',
  public INTEGER NOT NULL DEFAULT 1,
  external_id TEXT,
  display_info TEXT NOT NULL DEFAULT '[]',
  file_urls TEXT NOT NULL DEFAULT '[]',
  problem TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  added_at TEXT NOT NULL
);
CREATE INDEX comments_of_ticket ON comments(ticket_id);

CREATE TABLE resources (
  scope TEXT NOT NULL,
  external_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  ticket_id INTEGER REFERENCES tickets(id),
  comment_id INTEGER REFERENCES comments(id),
  PRIMARY KEY (scope, external_id)
) WITHOUT ROWID;

CREATE TABLE arrivals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  request_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  state_after TEXT
);

CREATE TABLE replies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  comment_id INTEGER NOT NULL UNIQUE REFERENCES comments(id),
  request_unique_identifier TEXT NOT NULL UNIQUE,
  parent_id TEXT,
  thread_id TEXT,
  recipient_id TEXT,
  status TEXT NOT NULL DEFAULT 'waiting',
  attempts TEXT NOT NULL DEFAULT '[]',
  external_id TEXT NOT NULL DEFAULT '',
  problem TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  finished_at TEXT
);

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration_id INTEGER NOT NULL REFERENCES integrations(id),
  type_id TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting',
  created_at TEXT NOT NULL
);
CREATE INDEX events_waiting ON events(integration_id) WHERE status = 'waiting';

CREATE TABLE calls (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  integration_id INTEGER,
  account_id INTEGER,
  request_id TEXT NOT NULL DEFAULT '',
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  sent TEXT NOT NULL DEFAULT '[]',
  status INTEGER,
  answer TEXT NOT NULL DEFAULT '',
  problem TEXT NOT NULL DEFAULT '',
  fault TEXT NOT NULL DEFAULT '',
  milliseconds REAL NOT NULL,
  started_at TEXT NOT NULL
);

CREATE TABLE violations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  integration_id INTEGER,
  account_id INTEGER,
  call_id INTEGER,
  endpoint TEXT NOT NULL,
  path TEXT NOT NULL,
  rule TEXT NOT NULL,
  source TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  found_at TEXT NOT NULL
);
"""

FILES = """
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  name TEXT NOT NULL,
  content_type TEXT NOT NULL DEFAULT '',
  size INTEGER NOT NULL DEFAULT 0,
  source_url TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL,
  problem TEXT NOT NULL DEFAULT '',
  token TEXT NOT NULL UNIQUE,
  storage_key TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL
);
CREATE INDEX files_of_comment ON files(comment_id);
CREATE INDEX files_waiting ON files(id) WHERE status = 'waiting';

CREATE TABLE contents (file_id INTEGER PRIMARY KEY REFERENCES files(id), content BLOB NOT NULL);
"""

APPS_AND_PULLS = """
CREATE TABLE apps (
  integration_id INTEGER PRIMARY KEY REFERENCES integrations(id),
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  identifier TEXT NOT NULL,
  logo BLOB NOT NULL,
  installed_at TEXT NOT NULL
);

CREATE TABLE pulls (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  request_id TEXT NOT NULL,
  started_at TEXT NOT NULL,
  status INTEGER,
  received INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  milliseconds REAL NOT NULL,
  problem TEXT NOT NULL
);
CREATE INDEX pulls_of_account ON pulls(account_id);

ALTER TABLE integrations ADD COLUMN polled_at TEXT NOT NULL DEFAULT '';
"""

JOURNAL = """
ALTER TABLE calls ADD COLUMN headers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE calls ADD COLUMN body TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN results TEXT NOT NULL DEFAULT '[]';
ALTER TABLE events ADD COLUMN account_id INTEGER;
UPDATE events SET account_id = (
  SELECT account_id FROM calls
  WHERE calls.request_id != '' AND calls.request_id = json_extract(events.body, '$.data.request_id')
);
CREATE TABLE deliveries (
  call_id INTEGER NOT NULL REFERENCES calls(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  event_id INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  PRIMARY KEY (call_id, position)
) WITHOUT ROWID;
CREATE INDEX deliveries_of_event ON deliveries(event_id);
CREATE INDEX violations_of_call ON violations(call_id);
"""

FAILING = """
ALTER TABLE accounts ADD COLUMN failing_since TEXT;
"""

UNDELIVERED = """
ALTER TABLE comments ADD COLUMN undelivered INTEGER NOT NULL DEFAULT 0;
UPDATE comments SET undelivered = 1
WHERE agent != '' AND public AND problem != ''
  AND ticket_id IN (SELECT id FROM tickets WHERE status NOT IN ('solved', 'closed'))
  AND NOT EXISTS (
    SELECT 1 FROM comments AS later
    WHERE later.ticket_id = comments.ticket_id AND later.id > comments.id AND later.agent != '' AND later.public
  );
CREATE INDEX comments_undelivered ON comments(ticket_id) WHERE undelivered;
"""

UPDATES = """
ALTER TABLE accounts ADD COLUMN update_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN update_since TEXT;
ALTER TABLE pulls ADD COLUMN call_id INTEGER;
ALTER TABLE pulls ADD COLUMN asks_update INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pulls ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN note TEXT NOT NULL DEFAULT '';
"""

SEARCHED = """
ALTER TABLE calls ADD COLUMN ticket_id INTEGER;
ALTER TABLE calls ADD COLUMN idle INTEGER NOT NULL DEFAULT 0;
CREATE INDEX calls_of_account ON calls(account_id);
CREATE INDEX calls_of_integration ON calls(integration_id);
CREATE INDEX calls_of_request ON calls(request_id);
CREATE INDEX calls_of_ticket ON calls(ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX calls_with_nothing ON calls(id) WHERE idle;
CREATE INDEX calls_with_something ON calls(id) WHERE NOT idle;
CREATE INDEX resources_of_ticket ON resources(ticket_id);
CREATE INDEX resources_of_request ON resources(request_id);

CREATE VIEW calls_as_text AS
SELECT id, id || ' ' || request_id || ' ' || kind || ' ' || url || ' ' || sent || ' ' || substr(body, 1, 8000) || ' ' ||
  answer || ' ' || problem AS text FROM calls;
CREATE VIRTUAL TABLE calls_text USING fts5(text, content = '', columnsize = 0, tokenize = 'trigram');
INSERT INTO calls_text(rowid, text) SELECT id, text FROM calls_as_text;
CREATE TRIGGER calls_text_comes AFTER INSERT ON calls BEGIN
  INSERT INTO calls_text(rowid, text) SELECT id, text FROM calls_as_text WHERE id = new.id;
END;
CREATE TRIGGER calls_text_goes BEFORE DELETE ON calls BEGIN
  INSERT INTO calls_text(calls_text, rowid, text) SELECT 'delete', id, text FROM calls_as_text WHERE id = old.id;
END;
"""
"""Calls are found by what they say: three characters in a row are the index's words, in any language."""

TOKENS = """
ALTER TABLE accounts ADD COLUMN token_given_at TEXT NOT NULL DEFAULT '';
"""

VERSIONS = (FIRST, FILES, APPS_AND_PULLS, JOURNAL, FAILING, UNDELIVERED, UPDATES, SEARCHED, TOKENS)
