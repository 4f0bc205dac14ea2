# SPDX-License-Identifier: Apache-2.0
"""A recorded call as a shell command that makes it again."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any
from urllib.parse import quote

from sealock_devkit.zendesk.store import CallRecord

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
