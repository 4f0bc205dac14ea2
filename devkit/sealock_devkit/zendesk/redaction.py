# SPDX-License-Identifier: Apache-2.0
"""Turns secrets into dots before anything is remembered or shown, and recorded calls into commands without them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from sealock_devkit.zendesk.judge.http import strict_json
from sealock_devkit.zendesk.store import CallRecord

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


DOTS = re.compile(r"•••( \(\d+ characters\))?")
WHOLE = re.compile(r"(Bearer |Basic )?••• \(\d+ characters\)", re.IGNORECASE)
IN_QUERY = re.compile(r"([\w.~%\[\]-]+)=•••")
NAMES = {"authorization": "ACCESS_TOKEN"}


def as_curl(call: CallRecord, base: str) -> str:
    """
    The call as a command; `base` is where this Zendesk listens, for calls that the service made.

    A secret is the word `FILL_IN_` with its name. Empty when the call had a body that was too long to be kept.
    """
    headers = json.loads(call.headers)
    has_json = any((name, value) == ("content-type", "application/json") for name, value in headers)
    if has_json and not call.body:
        return ""
    words = ["curl", "--globoff", "--request", call.method]
    for name, value in headers:
        words += ["--header", f"{name}: {_filled(name, value)}"]
    if has_json:
        words += ["--data-raw", json.dumps(_filled_json(json.loads(call.body)), ensure_ascii=False)]
    elif call.method != "GET":
        for name, value in json.loads(call.sent):
            words += ["--data-urlencode", f"{quote(name, safe='[]')}={_filled(name, value)}"]
    url = call.url if "://" in call.url else f"{base.rstrip('/')}{call.url}"
    return shlex.join([*words, _filled_url(url)])


def placeholder(name: str) -> str:
    """What stands for a secret of this name in a command."""
    return f"FILL_IN_{NAMES.get(name) or re.sub('[^A-Za-z0-9]+', '_', name).strip('_').upper()}"


def _filled(name: str, value: str) -> str:
    if WHOLE.fullmatch(value):
        return DOTS.sub(placeholder(name), value)
    return _filled_url(value) if "•••" in value else value


def _filled_url(value: str) -> str:
    named = IN_QUERY.sub(lambda found: f"{found[1]}={placeholder(found[1])}", value)
    return named.replace("/•••", f"/{placeholder('token')}")


def _filled_json(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _filled_json(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_json(item, name) for item in value]
    if value == "•••":
        return placeholder(name)
    return _filled(name, value) if isinstance(value, str) else value
