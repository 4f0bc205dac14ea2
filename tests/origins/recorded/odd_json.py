# SPDX-License-Identifier: Apache-2.0
"""JSON of an origin that is another than it was recorded: a value, a member, its shape, its ids, or any token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tests.fuzz.mutation import POSITIONS, Edit, edited
from tests.origins.recorded.exchanges import Exchange

DATES = (
    "",
    "0000-00-00 00:00:00",
    "0000-00-00T00:00:00",
    "2026-11-23",
    "1795348800",
    "yesterday",
    "9999-12-31T23:59:59",
)


DATES += ("0001-01-01T00:00:00+23:59", "2026-02-30T12:00:00", "23.11.2026 12:00", "Mon, 23 Nov 2026 12:00:00 GMT", "-1")


VALUES: Sequence[Any] = (
    *(None, False, True, 0, 1, -1, 1.5, 10**20, 10**400, 1e300, float("nan"), float("inf"), "", "0", "1", "text"),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        {"0": {}},
        {"rendered": None},
        {"data": []},
        {"error": 1},
        {"error": {}},
        "a" * 70_000,
    ),
    *("\ud800", "a\udc00b", "\x00", "<p>&#xd800;</p>", "../..", "http://[", "javascript:alert(1)", *DATES),
)


def value(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """One value of the JSON is another, or one member has gone or came."""
    places = list(_places(_read(exchange)))
    if not places:
        return exchange
    path = places[at % len(places)]
    return replace(exchange, body=_written(_changed(_read(exchange), path, other)))


def everywhere(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """All members of one name have another value, or are gone."""
    names = sorted({path[-1] for path in _places(_read(exchange)) if path and isinstance(path[-1], str)})
    if not names:
        return exchange
    body = _renamed(_read(exchange), names[at % len(names)], other)
    return replace(exchange, body=_written(body))


def shape(exchange: Exchange, at: int, _other: int, _: Any) -> Exchange:
    """The whole is of another shape: PHP's lists with gaps, wrapped, twice, reversed, in text."""
    value = _read(exchange)
    items = value if isinstance(value, list) else [value]
    shapes = (
        *(
            {str(number): each for number, each in enumerate(items)},
            {"data": value},
            [value],
            json.dumps(value),
            [*items, *items],
        ),
        *(items[::-1], items[:1] * 200, {"0": items[0] if items else None, "2": None}, [None, *items], [items], value),
        *(
            {"success": True, "data": value},
            {"body": value, "headers": {}, "status": 200},
            [{**each} for each in items if isinstance(each, dict)],
        ),
    )
    return replace(exchange, body=_written(shapes[at % len(shapes)]))


def tokens(exchange: Exchange, at: int, other: int, _: Any) -> Exchange:
    """Any edit of the text."""
    changes = [Edit(at, other, at ^ other), Edit(other, at, (at * 31) % POSITIONS)]
    return replace(exchange, body=edited(exchange.body, changes[: 1 + at % 2]))


def ids(exchange: Exchange, at: int, _other: int, _: Any) -> Exchange:
    """Ids that fall, that are all the same, that are texts, or beyond all bounds."""
    others: Sequence[Callable[[int, Any], Any]] = (
        *(lambda number, _: 1_000 - number, lambda _n, _v: 7, lambda _n, value: f"{value}", lambda _n, _v: 10**18),
        *(lambda number, _: -number, lambda _n, _v: 0, lambda number, _: number + 0.5, lambda _n, value: f" {value}\n"),
        *(lambda _n, _v: None, lambda _n, value: [value], lambda _n, value: f"{value}/../x", lambda _n, _v: 2**64),
    )
    counted = iter(range(10**6))
    return replace(exchange, body=_written(_with_ids(_read(exchange), others[at % len(others)], counted)))


def _read(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.body)
    except ValueError:
        return None


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values, the whole's first."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from _places(member, (*path, name))


def _changed(value: Any, path: tuple[Any, ...], other: int) -> Any:
    if not path:
        return VALUES[other % len(VALUES)]
    name, *rest = path
    changed = dict(value) if isinstance(value, dict) else list(value)
    if not rest and other % 5 == 0:
        del changed[name]
    elif not rest and other % 5 == 1 and isinstance(changed, dict):
        changed[f"{name}_2"] = changed.pop(name)
    else:
        changed[name] = _changed(value[name], tuple(rest), other)
    return changed


def _renamed(value: Any, name: str, other: int) -> Any:
    if isinstance(value, list):
        return [_renamed(each, name, other) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {each: _renamed(member, name, other) for each, member in value.items() if each != name}
    return {**kept, name: VALUES[other % len(VALUES)]} if name in value and other % 4 else kept


def _with_ids(value: Any, of: Callable[[int, Any], Any], counted: Iterator[int]) -> Any:
    if isinstance(value, list):
        return [_with_ids(each, of, counted) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: of(next(counted), each)
        if name == "id" and not isinstance(each, (dict, list))
        else _with_ids(each, of, counted)
        for name, each in value.items()
    }
