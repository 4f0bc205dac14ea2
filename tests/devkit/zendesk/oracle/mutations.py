# SPDX-License-Identifier: Apache-2.0
"""Valid answers of any shape, and one step away from them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

INSTANTS = st.sampled_from(["2015-09-08T22:48:09Z", "2026-01-02T03:04:05.123+05:30", "2024-02-29t23:59:59z"])
URLS = st.sampled_from(
    ["https://s.example/a", "https://s.example:8443/a?b=c#d", "https://[::1]/x", "https://s/" + "x" * 490]
)
IDS = st.one_of(
    st.sampled_from(["a", "x" * 255, "a b", "é", "0"]), st.text(min_size=1, max_size=6).map(lambda t: f"i{t}i")
)
TEXTS = st.one_of(st.sampled_from([" ", "hello", "x" * 255]), st.text(min_size=1, max_size=8))
ANY = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([1]), st.just({"a": 1}))
FIELDS = st.lists(st.fixed_dictionaries({"id": st.one_of(TEXTS, st.integers()), "value": ANY}), max_size=2)


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with all of the required keys and any of the others."""
    return st.fixed_dictionaries(required, optional=optional)


AUTHORS = some({"external_id": IDS}, {"name": TEXTS, "image_url": URLS, "locale": TEXTS, "fields": FIELDS})
INFOS = st.lists(some({"type": TEXTS, "data": st.just({"a": [1]})}, {}), max_size=2)
RESOURCES = some(
    {"external_id": IDS, "message": TEXTS, "created_at": INSTANTS, "author": AUTHORS},
    {
        "html_message": TEXTS,
        "parent_id": IDS,
        "thread_id": IDS,
        "allow_channelback": st.booleans(),
        "internal_note": st.booleans(),
        "display_info": INFOS,
        "fields": FIELDS,
        "file_urls": st.lists(URLS, max_size=2),
        "unknown": ANY,
    },
)
KEPT = st.sampled_from(["", "s", "x" * 5_000])
PULLS = some(
    {"external_resources": st.lists(RESOURCES, max_size=2)},
    {"state": KEPT, "metadata": KEPT, "metadata_needs_update": st.booleans(), "unknown": ANY},
)
CHANNELBACKS = some(
    {"external_id": IDS},
    {"allow_channelback": st.booleans(), "metadata_needs_update": st.booleans(), "metadata": KEPT, "unknown": ANY},
)
URL_KEYS = ("pull_url", "channelback_url", "clickthrough_url", "healthcheck_url", "event_callback_url", "about_url")
MANIFESTS = some(
    {
        "name": TEXTS,
        "id": st.sampled_from(["i", "x" * 511]),
        "urls": some({"admin_ui": URLS}, {**dict.fromkeys(URL_KEYS, URLS), "dashboard_url": URLS}),
    },
    {
        "version": TEXTS,
        "author": TEXTS,
        "push_client_id": st.sampled_from(["p", "x" * 127, "x" * 128]),
        "channelback_files": st.booleans(),
        "create_followup_tickets": st.booleans(),
        "unknown": ANY,
    },
)
PUSHES = some(
    {"instance_push_id": TEXTS, "external_resources": st.lists(RESOURCES, max_size=2)},
    {"request_id": st.sampled_from(["r", "x" * 64]), "unknown": ANY},
)
REPORTS = some(
    {"instance_push_id": TEXTS, "external_id": IDS},
    {"request_id": st.sampled_from(["r", "x" * 64]), "description": st.sampled_from(["", "d", "x" * 511])},
)

LENGTHS = (0, 1, 64, 65, 127, 128, 129, 255, 256, 511, 512, 5_000, 5_001, 65_535, 65_536)
COUNTS = (0, 1, 10, 11, 16, 17, 64, 65, 200, 201, 256, 257)


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """The path of every value inside another one."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [] if not path else [path]
    for key, item in inside:
        found += places(item, (*path, key))
    return found


def _others(value: Any) -> list[Any]:
    """What may stand in a value's place: other types, and the borders of its own."""
    found: list[Any] = [None, True, 0, 7, 1.5, "", "text", "2026-02-30T00:00:00Z", "http://s.example/", [], {}, [None]]
    if isinstance(value, str):
        found += [f" {value}", f"{value}\n", f"{value}\u00a0", f"{value}\u00e9", value.upper(), value[:-1]]
        found += ["x" * length for length in LENGTHS]
        found += [f"https://s.example/{'x' * (length - 18)}" for length in LENGTHS[5:]]
    if isinstance(value, list):
        found += [value[:1] * count for count in COUNTS if value]
        found += [[*value, None], [*value, "text"]]
    return found


def changed(answer: Any, path: tuple, *value: Any) -> Any:
    """A copy with the value at a path replaced, or taken away."""
    result = copy.deepcopy(answer)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    if value:
        holder[path[-1]] = value[0]
    else:
        del holder[path[-1]]
    return result


def every_step_away(answer: Any) -> Iterator[Any]:
    """Each answer that is one step away from this one."""
    for path in places(answer):
        yield changed(answer, path)
        value = answer
        for step in path:
            value = value[step]
        for other in _others(value):
            yield changed(answer, path, other)


@st.composite
def one_step_away(draw, valid: st.SearchStrategy[Any]) -> Any:
    """A valid answer in which one value was taken away, replaced or repeated."""
    answer = draw(valid)
    path = draw(st.sampled_from(places(answer)))
    value = answer
    for step in path:
        value = value[step]
    if draw(st.integers(0, 4)) == 0:
        return changed(answer, path)
    return changed(answer, path, draw(st.sampled_from(_others(value))))


FULL_RESOURCE = {
    "external_id": "c1",
    "message": "hello",
    "html_message": "<p>hello</p>",
    "created_at": "2026-01-02T03:04:05Z",
    "parent_id": "c0",
    "allow_channelback": True,
    "internal_note": False,
    "author": {
        "external_id": "ann",
        "name": "Ann",
        "image_url": "https://a.example/a.png",
        "locale": "de",
        "fields": [{"id": "notes", "value": "a"}],
    },
    "display_info": [{"type": "guid", "data": {"a": 1}}],
    "fields": [{"id": "subject", "value": "s"}],
    "file_urls": ["https://f.example/a.png"],
}
FULL_PULL = {
    "external_resources": [FULL_RESOURCE, {**FULL_RESOURCE, "external_id": "c2", "thread_id": "t"}],
    "state": "s",
    "metadata": "m",
    "metadata_needs_update": False,
}
FULL_CHANNELBACK = {"external_id": "r", "allow_channelback": True, "metadata_needs_update": False, "metadata": "m"}
FULL_MANIFEST = {
    "name": "n",
    "id": "i",
    "version": "1",
    "author": "a",
    "push_client_id": "p",
    "channelback_files": True,
    "create_followup_tickets": False,
    "urls": {key: f"https://s.example/{key}" for key in ("admin_ui", *URL_KEYS, "dashboard_url")},
}
FULL_PUSH = {"instance_push_id": "p", "request_id": "r", "external_resources": [FULL_RESOURCE]}
FULL_REPORT = {"instance_push_id": "p", "request_id": "r", "external_id": "e", "description": "d"}
