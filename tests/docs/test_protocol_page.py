# SPDX-License-Identifier: Apache-2.0
"""docs/protocol.md has a section for every route and method that the edge serves, and for no other."""

from __future__ import annotations

import re

import pytest

from sealock_edge.endpoints.admin_ui import AdminUi
from sealock_edge.endpoints.channelback import Channelback
from sealock_edge.endpoints.event_callback import EventCallback
from sealock_edge.endpoints.file import File
from sealock_edge.endpoints.pull import Pull
from sealock_edge.routes import minimal_edge, routes_of
from sealock_edge.zendesk import limits
from tests.docs.pages import DOCS, rows, section

PAGE = DOCS / "protocol.md"
LISTENERS = ("public", "internal")
ROUTES = list(routes_of(minimal_edge()))
EVERY_METHOD = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
"""Of a path that takes all of them, which the page calls `ANY`."""


def served(listener: str, *, head: bool = False) -> set[str]:
    """Method and path of everything that the built application answers on the listener."""
    methods: dict[str, set[str]] = {}
    for each in ROUTES:
        if each.listener == listener:
            methods.setdefault(each.path, set()).add(each.method)
    found = set()
    for path, served_there in methods.items():
        shown = {"ANY"} if served_there >= EVERY_METHOD else served_there - (set() if head else {"HEAD"})
        found |= {f"{method} {path}" for method in shown}
    return found


def documented(listener: str) -> set[str]:
    return set(re.findall(r"^### `([A-Z]+ /[^`]*)`$", section(PAGE, listener), re.MULTILINE))


@pytest.mark.parametrize("listener", LISTENERS)
def test_every_route_of_a_listener_is_documented_and_no_other(listener):
    assert documented(f"{listener.capitalize()} listener") == served(listener)


def test_head_is_served_exactly_where_the_page_says_so():
    for route in served("public"):
        method, path = route.split()
        has_head = method == "GET" and f"HEAD {path}" in served("public", head=True)
        assert ("`HEAD` works too" in section(PAGE, f"`{route}`")) == has_head, path


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
    ("route", "endpoint"),
    [
        ("POST /{integration}/pull", Pull),
        ("POST /{integration}/channelback", Channelback),
        ("POST /{integration}/admin_ui", AdminUi),
        ("POST /{integration}/event_callback", EventCallback),
        ("POST /{integration}/files/{sealed}/{name}", File),
    ],
)
def test_the_size_of_a_body_is_the_true_one(route, endpoint):
    size = endpoint.body.max_bytes
    words = f"{size // 1024} KiB" if size < 1024 * 1024 else f"{size // 1024 // 1024} MiB"
    assert words in section(PAGE, f"`{route}`")
