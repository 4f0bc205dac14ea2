# SPDX-License-Identifier: Apache-2.0
"""Answers as no page of Meta's documents them, and as people saw them: each oddity by a name, applied to any answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Change = Callable[[dict[str, Any]], dict[str, Any]]
_TIMES = ("created_time", "updated_time", "timestamp")
_PLACES = ("after", "before", "__paging_token", "until")


def _without(*names: str) -> Change:
    return lambda item: {name: value for name, value in item.items() if name not in names}


def _numeric_ids(item: dict[str, Any]) -> dict[str, Any]:
    return {name: int(value) if name == "id" and _is_digits(value) else value for name, value in item.items()}


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdecimal()


def _times(change: Callable[[str], Any]) -> Change:
    return lambda item: {
        name: change(value) if name in _TIMES and isinstance(value, str) else value for name, value in item.items()
    }


def _null_list(item: dict[str, Any]) -> dict[str, Any]:
    return {**_without("paging")(item), "data": None} if item.get("data") == [] else item


def _twice(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "data": [each for each in item["data"] for _ in range(2)]} if _is_list(item) else item


def _with_rubbish(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "data": [None, *item["data"], "1_2", 7]} if _is_list(item) else item


def _is_list(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("data"), list)


def _looping(item: dict[str, Any]) -> dict[str, Any]:
    """A list whose last page leads to its first one."""
    if not _is_list(item) or not isinstance(item.get("paging"), dict) or "next" in item["paging"]:
        return item
    before = item["paging"].get("previous")
    address = urlsplit(before if isinstance(before, str) else "https://graph.facebook.com/v26.0/1/feed")
    query = [(name, value) for name, value in parse_qsl(address.query) if name not in _PLACES]
    return {**item, "paging": {**item["paging"], "next": address._replace(query=urlencode(query)).geturl()}}


def _elsewhere(item: dict[str, Any]) -> dict[str, Any]:
    """The next page is said to be at another host, in another version."""
    paging = item.get("paging")
    if not isinstance(paging, dict) or "next" not in paging:
        return item
    address = urlsplit(paging["next"])
    return {**item, "paging": {**paging, "next": address._replace(netloc="graph.example", path="/v2.0/x").geturl()}}


def _text_numbers(item: dict[str, Any]) -> dict[str, Any]:
    error = item.get("error")
    if not isinstance(error, dict):
        return item
    told = {name: str(value) if name in {"code", "error_subcode"} else value for name, value in error.items()}
    return {**item, "error": told}


def _error_text(item: dict[str, Any]) -> dict[str, Any]:
    return {"error": item["error"]["message"]} if isinstance(item.get("error"), dict) else item


AS_SUCCESS = "errors_as_200"
ODDITIES: Mapping[str, Change] = {
    "null_lists": _null_list,
    "looping": _looping,
    "elsewhere": _elsewhere,
    "numeric_ids": _numeric_ids,
    "no_updated_time": _without("updated_time"),
    "nobody": _without("from", "to", "username"),
    "no_participants": _without("participants"),
    "seconds": _times(lambda value: str(int(datetime.fromisoformat(value).timestamp()))),
    "no_zone": _times(lambda value: value[:19]),
    "twice": _twice,
    "with_rubbish": _with_rubbish,
    "text_numbers": _text_numbers,
    "error_text": _error_text,
    AS_SUCCESS: lambda item: item,
}
"""What becomes of each object of an answer, by the oddity's name."""


def odd(answer: Any, names: list[str]) -> Any:
    """The answer with these oddities, in everything that it holds."""
    changes = [ODDITIES[name] for name in names]
    return _changed(answer, changes) if changes else answer


def _changed(value: Any, changes: list[Change]) -> Any:
    if isinstance(value, list):
        return [_changed(each, changes) for each in value]
    if not isinstance(value, dict):
        return value
    for change in changes:
        value = change(value)
    return dict(_members(value, changes))


def _members(value: dict[str, Any], changes: list[Change]) -> Iterator[tuple[str, Any]]:
    for name, each in value.items():
        yield name, each if name == "error" else _changed(each, changes)
