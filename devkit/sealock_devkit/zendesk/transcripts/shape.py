# SPDX-License-Identifier: Apache-2.0
"""
What a transcript is: lines of JSON, each one row of a table, between a first line that says what it is and a last one.

Which columns there are, and what may stand in them: a file may come from anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from sealock_devkit.zendesk.engine.files import MAX_BYTES as LARGEST_UPLOAD
from sealock_devkit.zendesk.judge.manifest import Manifest
from sealock_devkit.zendesk.store import Attempt
from sealock_devkit.zendesk.transcripts.checks import (
    Check,
    duration,
    flag,
    instant,
    instant_or_empty,
    json_text,
    list_of,
    number,
    or_nothing,
    shallow,
    text,
)

FORMAT = "sealock transcript"
VERSION = 1
MAX_BYTES = LARGEST_UPLOAD
MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_ROWS = 1_000_000
PARTS = {"integration": "channel", "account": "account", "ticket": "ticket"}
"""What a transcript may be of instead of all that happened, with the word for it."""


class Unfit(ValueError):
    """A file that cannot be opened, in a sentence."""


def _anything(_value: Any) -> bool:
    return True


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(text, value))


def _result(value: Any) -> bool:
    """What a push was answered for a resource."""
    if not isinstance(value, dict) or not isinstance(value.get("status"), dict):
        return False
    status = value["status"]
    texts = (value.get("external_resource_id") or "", status.get("code"), status.get("description", ""))
    return all(map(text, texts))


def _fits(kind: type, checks: Mapping[str, Check]) -> Check:
    """An object with the fields of a dataclass."""
    needed = {each.name for each in fields(kind) if each.default is MISSING}

    def holds(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and needed <= set(value) <= set(checks)
            and all(check(value[name]) for name, check in checks.items() if name in value)
        )

    return holds


def _texts_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(text(each) for each in value.values())


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


_manifest = _fits(
    Manifest,
    {
        **dict.fromkeys(("name", "id", "version", "author", "push_client_id"), text),
        **dict.fromkeys(("channelback_files", "create_followup_tickets"), _truth),
        "urls": _texts_by_name,
    },
)
_attempt = _fits(
    Attempt,
    {
        "at": instant,
        "status": or_nothing(number),
        "outcome": text,
        "milliseconds": duration,
        "call_id": or_nothing(number),
    },
)


def too_large() -> str:
    """What is said of a file that is too large."""
    return f"A transcript has at most {MAX_BYTES // 1024 // 1024} MB, and this file has more."


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of rows, and what may stand in each of its columns."""

    name: str
    columns: Mapping[str, Check]


def _columns(check: Check, *names: str) -> dict[str, Check]:
    return dict.fromkeys(names, check)


TABLES: tuple[Table, ...] = (
    Table("settings", {"name": text, "value": json_text(_anything)}),
    Table(
        "integrations",
        {
            **_columns(number, "id"),
            **_columns(text, "manifest_url", "problem"),
            "manifest": json_text(_manifest),
            **_columns(instant, "installed_at", "fetched_at"),
            "removed_at": or_nothing(instant),
            "polled_at": instant_or_empty,
        },
    ),
    Table(
        "apps",
        {"integration_id": number, **_columns(text, "name", "version", "identifier"), "installed_at": instant},
    ),
    Table(
        "accounts",
        {
            **_columns(number, "id", "integration_id", "edits", "pulls", "failures", "refusals"),
            **_columns(text, "name", "last_problem", "update_reason", "metadata", "state", "instance_push_id"),
            **_columns(flag, "active", "paused", "needs_update"),
            "interval_seconds": or_nothing(duration),
            "created_at": instant,
            **_columns(or_nothing(instant), "last_pull_at", "deleted_at", "failing_since", "update_since"),
        },
    ),
    Table(
        "users",
        {
            **_columns(number, "id", "integration_id", "account_id"),
            **_columns(text, "scope", "external_id", "name", "locale"),
            "created_at": instant,
            "deleted_at": or_nothing(instant),
        },
    ),
    Table(
        "tickets",
        {
            **_columns(number, "id", "integration_id", "account_id"),
            **_columns(or_nothing(number), "requester_id", "follow_up_of"),
            **_columns(text, "subject", "status", "thread_id"),
            "allow_channelback": flag,
            **_columns(instant, "created_at", "updated_at"),
        },
    ),
    Table(
        "comments",
        {
            **_columns(number, "id", "ticket_id"),
            "user_id": or_nothing(number),
            **_columns(text, "agent", "body", "html_body", "problem"),
            **_columns(flag, "public", "undelivered"),
            "external_id": or_nothing(text),
            "display_info": json_text(list_of(_object)),
            "file_urls": json_text(list_of(text)),
            **_columns(instant, "created_at", "added_at"),
        },
    ),
    Table(
        "files",
        {
            **_columns(number, "id", "comment_id", "size"),
            **_columns(text, "name", "content_type", "source_url", "status", "problem"),
            "created_at": instant,
        },
    ),
    Table(
        "replies",
        {
            **_columns(number, "id", "account_id", "ticket_id", "comment_id"),
            **_columns(text, "request_unique_identifier", "external_id", "problem"),
            "status": lambda value: value in ("waiting", "delivered", "failed"),
            **_columns(or_nothing(text), "parent_id", "thread_id", "recipient_id"),
            "attempts": json_text(list_of(_attempt)),
            "created_at": instant,
            "finished_at": or_nothing(instant),
        },
    ),
    Table(
        "resources",
        {
            **_columns(text, "scope", "external_id", "request_id"),
            "ticket_id": number,
            "comment_id": or_nothing(number),
        },
    ),
    Table(
        "pulls",
        {
            **_columns(number, "id", "account_id", "received", "duplicates"),
            **_columns(text, "request_id", "problem", "reason"),
            "started_at": instant,
            **_columns(or_nothing(number), "status", "call_id"),
            "milliseconds": duration,
            "asks_update": flag,
        },
    ),
    Table(
        "events",
        {
            **_columns(number, "id", "integration_id"),
            "account_id": or_nothing(number),
            **_columns(text, "type_id", "status"),
            "body": json_text(_object),
            "created_at": instant,
        },
    ),
    Table(
        "violations",
        {
            "id": number,
            **_columns(or_nothing(number), "integration_id", "account_id", "call_id"),
            **_columns(text, "endpoint", "path", "rule", "source", "detail"),
            "found_at": instant,
        },
    ),
    Table(
        "calls",
        {
            "id": number,
            **_columns(or_nothing(number), "integration_id", "account_id", "status", "ticket_id"),
            **_columns(text, "kind", "request_id", "method", "url", "problem", "fault", "note"),
            **_columns(json_text(list_of(_pair)), "headers", "sent"),
            "body": json_text(_anything, empty=True),
            "answer": shallow,
            "results": json_text(list_of(_result)),
            "milliseconds": duration,
            "started_at": instant,
            "idle": flag,
        },
    ),
    Table("deliveries", _columns(number, "call_id", "position", "event_id")),
)
"""In an order in which each row comes after those that it names."""
