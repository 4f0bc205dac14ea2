# SPDX-License-Identifier: Apache-2.0
"""What a transcript must not hold: secrets, never; and, unless it is asked for, what people wrote and their names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sealock_devkit.zendesk.redaction import dots, redacted_json

Row = dict[str, Any]
SHORTEST_SECRET = 6
"""What is shorter stands in too many texts by chance."""
LOGIN = re.compile(r"""(https?://)[^/?#\s"'<>\\@]+@""", re.IGNORECASE)
QUERY = re.compile(r"""(https?://[^?#\s"'<>\\]*\?)([^#\s"'<>\\]+)""", re.IGNORECASE)
VALUE = re.compile(r"=[^&;]*")


def scrubber(secrets: Iterable[str]) -> Callable[[str], str]:
    """Makes dots of secrets in a line of JSON: of these, wherever somebody wrote them, and of those in addresses."""
    known = {form for each in secrets if len(each) >= SHORTEST_SECRET for form in _written(each)}
    found = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))) or r"(?!)")
    return lambda line: found.sub("•••", without_addresses_secrets(line))


def without_addresses_secrets(text: str) -> str:
    """A text with dots for the values in its addresses' queries, and without names and passwords before their hosts."""
    return QUERY.sub(_masked_query, LOGIN.sub(r"\1", text)) if "://" in text else text


def _masked_query(found: re.Match[str]) -> str:
    return found[1] + (VALUE.sub("=•••", found[2]) if "=" in found[2] else "•••")


def _written(secret: str) -> set[str]:
    """A secret as it stands in JSON, and in JSON in JSON."""
    once = json.dumps(secret, ensure_ascii=False)[1:-1]
    return {secret, once, json.dumps(once, ensure_ascii=False)[1:-1]}


def without_secrets(table: str, row: Row) -> Row:
    """A row as it may be given to a colleague."""
    clean = _SECRETS.get(table)
    return clean(row) if clean else row


def _account(row: Row) -> Row:
    """Of metadata and state the length only, which the pages show."""
    hidden = {name: "•" * len(row[name]) for name in ("metadata", "state")}
    return {**row, **hidden, "instance_push_id": dots(row["instance_push_id"])}


def _comment(row: Row) -> Row:
    return {**row, "display_info": _dumped(redacted_json(json.loads(row["display_info"])))}


def _event(row: Row) -> Row:
    return {**row, "body": _dumped(redacted_json(json.loads(row["body"])))}


_SECRETS: Mapping[str, Callable[[Row], Row]] = {
    "accounts": _account,
    "comments": _comment,
    "events": _event,
}


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def without_words(table: str, row: Row) -> Row:
    """A row as it may be given to a stranger: dots for what people wrote and typed, and numbers for their names."""
    clean = _WORDS.get(table)
    return clean(row) if clean else row


PLAIN = frozenset(
    ("id", "type", "type_id", "code", "status", "created_at", "timestamp", "locale", "subdomain", "error_code")
)
"""Fields that say nothing about a person, besides all whose names end with `_id` or `_identifier`."""
LONGEST_PLAIN = 255
_TEXT = r'"((?:[^"\\]|\\.)*)'
STRING = re.compile(rf'(?:{_TEXT}"(\s*:\s*))?{_TEXT}("|\\?\Z)(\s*:)?', re.DOTALL)
"""A text with the name that it stands under, or a name that none stands under; the last text may be cut."""


def _is_plain(name: str, value: str) -> bool:
    return (name in PLAIN or name.endswith(("_id", "_identifier"))) and len(value) <= LONGEST_PLAIN


def masked_json(text: str) -> str:
    """JSON, or the beginning of it, with dots for its texts; names of fields, numbers and plain fields stay."""

    def hide(found: re.Match[str]) -> str:
        name, colon, value, end, is_name = found.groups(default="")
        if is_name or (end == '"' and _is_plain(name, value)):
            return found[0]
        before = f'"{name}"{colon}' if colon else ""
        return f'{before}"{_hidden(value)}{end[-1:]}'

    return STRING.sub(hide, text) if text.lstrip()[:1] in ("{", "[", '"') else text


def _hidden(value: str) -> str:
    return value if value.startswith("•••") else dots(value)


def _masked_pairs(text: str) -> str:
    pairs = [[name, value if _is_plain(name, value) else _hidden(value)] for name, value in json.loads(text)]
    return _dumped(pairs)


FILE_PATH = re.compile(r"^(\w+://[^/]*)/.*", re.ASCII | re.DOTALL)
"""The address of a file, whose name may be a person's words."""


def _call(row: Row) -> Row:
    masked = {name: masked_json(row[name]) for name in ("body", "answer", "results")}
    url = FILE_PATH.sub(r"\1/•••", row["url"]) if row["kind"] == "file" else row["url"]
    return {**row, **masked, "url": url, "sent": _masked_pairs(row["sent"])}


def _nameless_comment(row: Row) -> Row:
    agent = "Agent" if row["agent"] else ""
    info, urls = masked_json(row["display_info"]), masked_json(row["file_urls"])
    return {**row, "agent": agent, "body": dots(row["body"]), "html_body": "", "display_info": info, "file_urls": urls}


_WORDS: Mapping[str, Callable[[Row], Row]] = {
    "accounts": lambda row: {**row, "name": f"Account {row['id']}"},
    "users": lambda row: {**row, "name": f"Person {row['id']}"},
    "tickets": lambda row: {**row, "subject": dots(row["subject"])},
    "comments": _nameless_comment,
    "files": lambda row: {**row, "name": f"file {row['id']}", "source_url": ""},
    "events": lambda row: {**row, "body": masked_json(row["body"])},
    "calls": _call,
}
