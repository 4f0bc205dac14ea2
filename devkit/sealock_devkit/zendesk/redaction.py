# SPDX-License-Identifier: Apache-2.0
"""Turns secrets into dots before anything is remembered or shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from sealock_devkit.zendesk.strict_json import strict_json

SECRET_FIELDS = frozenset({"metadata", "state", "zendesk_access_token", "access_token"})
ANSWER_CHARACTERS = 2_000
BODY_CHARACTERS = 65_536
TOKEN_IN_PATH = re.compile(r"(/attachments/token/)[\w-]+", re.ASCII)
URL_WITH_QUERY = re.compile(r"[^\s?]*\?\S*=\S*")


def dots(value: str) -> str:
    """What stands for a secret: its length only."""
    return f"••• ({len(value)} characters)" if value else ""


def redacted_form(fields: Iterable[tuple[str, str]], secret: Iterable[str] = ()) -> list[tuple[str, str]]:
    """A form's fields with secrets as dots; `secret` names more of them."""
    hidden = SECRET_FIELDS | set(secret)
    return [(name, dots(value) if name in hidden else _without_tokens(value)) for name, value in fields]


def _without_tokens(value: str) -> str:
    return TOKEN_IN_PATH.sub(r"\1•••", value)


def redacted_url(url: str) -> str:
    """A URL without the values of its query, where tokens stand."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return dots(url)
    query = "&".join(f"{name}=•••" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def redacted_json(value: Any) -> Any:
    """A JSON value with secrets, and the values of URLs' queries, as dots, at any depth."""
    if isinstance(value, dict):
        return {key: _hidden(item) if key in SECRET_FIELDS else redacted_json(item) for key, item in value.items()}
    if isinstance(value, str) and URL_WITH_QUERY.fullmatch(value):
        return redacted_url(value)
    return [redacted_json(item) for item in value] if isinstance(value, list) else value


def _hidden(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    return dots(value) if isinstance(value, str) else "•••"


def redacted_body(value: Any) -> str:
    """A JSON body for the journal, secrets as dots; empty when it is too long to be kept."""
    text = json.dumps(redacted_json(value), ensure_ascii=False)
    return text if len(text) <= BODY_CHARACTERS else ""


def described_answer(body: bytes, content_type: str) -> str:
    """What the journal keeps of an answer: the beginning of JSON, the type and size of anything else."""
    try:
        answer = strict_json(body)
    except ValueError:
        return f"{content_type.partition(';')[0] or 'no type'}, {len(body)} bytes"
    return json.dumps(redacted_json(answer), ensure_ascii=False)[:ANSWER_CHARACTERS]
