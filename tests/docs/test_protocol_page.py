# SPDX-License-Identifier: Apache-2.0
"""docs/protocol.md has a section for every route and method that the edge serves, and for no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_type_hints

import pytest

from sealock_edge.routes import InternalResources, PublicResources, internal_routes, public_routes
from sealock_edge.zendesk import limits
from tests.docs.pages import DOCS, rows, section

PAGE = DOCS / "protocol.md"
METHODS = ("get", "post", "put", "patch", "delete")
LISTENERS = {
    "Public listener": (PublicResources, public_routes),
    "Internal listener": (InternalResources, internal_routes),
}


def served(resources: type, routes: Callable) -> set[str]:
    """Method and path of everything in the table of routes. The classes stand in for their objects."""
    table = routes(resources(**get_type_hints(resources)))
    return {f"{name.upper()} {path}" for path, kind in table for name in METHODS if hasattr(kind, f"on_{name}")}


def documented(listener: str) -> set[str]:
    return set(re.findall(r"^### `([A-Z]+ /[^`]*)`$", section(PAGE, listener), re.MULTILINE))


@pytest.mark.parametrize("listener", list(LISTENERS))
def test_every_route_of_a_listener_is_documented_and_no_other(listener):
    assert documented(listener) == served(*LISTENERS[listener])


def test_head_is_served_exactly_where_the_page_says_so():
    table = public_routes(PublicResources(**get_type_hints(PublicResources)))
    for path, kind in table:
        for name in METHODS:
            if hasattr(kind, f"on_{name}"):
                text = section(PAGE, f"`{name.upper()} {path}`")
                served = name == "get" and hasattr(kind, "on_head")
                assert ("`HEAD` works too" in text) == served, path


FIELDS = {
    "POST /{integration}/pull": {"metadata": limits.METADATA_CHARS, "state": limits.STATE_CHARS},
    "POST /{integration}/channelback": {
        "metadata": limits.METADATA_CHARS,
        "request_unique_identifier": limits.REPLY_KEY_CHARS,
        "message": limits.REPLY_CHARS,
        "parent_id": limits.REPLY_PARENT_CHARS,
        "thread_id": limits.REPLY_THREAD_CHARS,
        "recipient_id": limits.REPLY_RECIPIENT_CHARS,
        "file_urls[]": limits.REPLY_FILE_URL_CHARS,
    },
    "POST /{integration}/files/{sealed}/{name}": {"metadata": limits.METADATA_CHARS},
    "POST /{integration}/admin_ui": {
        "return_url": limits.RETURN_URL_CHARS,
        "subdomain": limits.SUBDOMAIN_CHARS,
        "locale": limits.LOCALE_CHARS,
        "name": limits.ACCOUNT_NAME_CHARS,
        "metadata": limits.METADATA_CHARS,
        "state": limits.STATE_CHARS,
        "instance_push_id": limits.INSTANCE_PUSH_ID_CHARS,
        "zendesk_access_token": limits.ACCESS_TOKEN_CHARS,
    },
}


@pytest.mark.parametrize("route", list(FIELDS))
def test_the_fields_of_a_form_and_their_limits_are_the_true_ones(route):
    said = {}
    for names, up_to, _ in rows(section(PAGE, f"`{route}`")):
        numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", up_to)]
        found = re.findall(r"`([^`]+)`", names)
        said |= dict(zip(found, numbers if len(numbers) == len(found) > 1 else [numbers[-1]] * len(found), strict=True))
    assert said == FIELDS[route]


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("POST /{integration}/pull", "pull"),
        ("POST /{integration}/channelback", "channelback"),
        ("POST /{integration}/admin_ui", "admin_ui"),
        ("POST /{integration}/event_callback", "event_callback"),
        ("POST /{integration}/files/{sealed}/{name}", "file"),
    ],
)
def test_the_size_of_a_body_is_the_true_one(route, name):
    size = get_type_hints(PublicResources)[name].body.max_bytes
    words = f"{size // 1024} KiB" if size < 1024 * 1024 else f"{size // 1024 // 1024} MiB"
    assert words in section(PAGE, f"`{route}`")
