# SPDX-License-Identifier: Apache-2.0
"""
Whatever an origin answers, a pull ends in what it has, or in an error that tells somebody what to do.

Recorded answers of each origin are changed, or replaced by what firewalls, hosts and broken programs answer. While
they are odd, every pull is explained; afterwards what was there all the time comes, once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_connector import Connector
from tests.fuzz import of_origins
from tests.fuzz.mutation import edited, edits
from tests.fuzz.of_origins import BOOK, PAGE, PROFESSIONAL, SITE, facebook, guestbook, instagram, wordpress
from tests.fuzz.scripted import SEPARATOR, pulled, run
from tests.fuzz.table import CASES

ANSWERS = Path(__file__).parents[1] / "connector/answers"
INSTEAD: Sequence[Mapping[str, Any]] = [
    case for name in ("walls.toml", "pages.toml") for case in tomllib.loads((ANSWERS / name).read_text())["answer"]
]
HTML = "text/html; charset=UTF-8"
EXAMPLES = settings.default.max_examples // 3


@dataclass(frozen=True)
class Origin:
    """An origin that answers by a script: how its connector is made, of which account, and what is recorded of it."""

    connector: Callable[[bytes], Connector]
    account: Mapping[str, Any]
    usual: str
    """The case in which everything is as it should be."""

    def pull(self, script: bytes, state: bytes = b"") -> PullResponse:
        """What a pull answers; fails where its error explains nothing."""
        return run(pulled(self.connector(script), dict(self.account), state))

    def recorded(self, name: str) -> dict[str, bytes]:
        """The scripts, by their names."""
        return {path.name: path.read_bytes() for path in sorted((CASES / f"{name}-pull").iterdir())}


ORIGINS = {
    "guestbook": Origin(guestbook, BOOK, "three-entries-in-two-pages"),
    "wordpress": Origin(wordpress, SITE, "three-comments-and-their-post"),
    "facebook": Origin(facebook, PAGE, "a-post-a-visitors-post-and-a-conversation"),
    "instagram": Origin(instagram, PROFESSIONAL, "posts-tags-and-a-conversation"),
}


def as_bytes(case: Mapping[str, Any]) -> tuple[int, bytes]:
    """Status, and headers with content, of an answer that is none of an API."""
    content = case.get("content", "")
    if "title" in case:
        content = f"<!DOCTYPE html><html><title>{case['title']}</title><body>{case.get('body', '')}</body></html>"
    headers = {"content-type": HTML, **case.get("headers", {})}
    lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return case["status"], f"{lines}\n{content}".encode()


def odd(script: bytes, which: int | None, case: Mapping[str, Any]) -> bytes:
    """The script with this answer to one of its calls, however often it is made, or to all of them."""
    status, rest = as_bytes(case)
    parts = script.split(SEPARATOR)
    calls = [part.partition(b"\n")[0].rpartition(b" ")[0] for part in parts]
    replaced = set(calls) if which is None else {calls[which % len(calls)]}
    return SEPARATOR.join(
        call + f" {status}\n".encode() + rest if call in replaced else part
        for call, part in zip(calls, parts, strict=True)
    )


def ids(response: PullResponse) -> list[str]:
    return [each.external_id for each in response.resources]


@pytest.mark.parametrize("name", ORIGINS)
@pytest.mark.parametrize("case", INSTEAD, ids=[case["name"] for case in INSTEAD])
def test_what_answers_in_the_place_of_all_is_explained_and_nothing_is_lost(name: str, case: Mapping[str, Any]) -> None:
    origin = ORIGINS[name]
    usual = origin.recorded(name)[origin.usual]
    during = origin.pull(odd(usual, None, case))
    assert during.HasField("interruption"), "nothing said that the origin does not answer"
    after = origin.pull(usual, during.state)
    assert ids(after) == ids(origin.pull(usual))


@pytest.mark.parametrize("name", ORIGINS)
def test_what_answers_in_the_place_of_one_call_keeps_nothing_back_for_good(name: str) -> None:
    origin = ORIGINS[name]
    usual = origin.recorded(name)[origin.usual]
    expected = ids(origin.pull(usual))

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(st.integers(0, 30), st.sampled_from(INSTEAD))
    def holds(which: int, case: Mapping[str, Any]) -> None:
        during = origin.pull(odd(usual, which, case))
        after = origin.pull(usual, during.state)
        assert set(ids(during)) | set(ids(after)) >= set(expected)

    holds()


@pytest.mark.parametrize("name", ORIGINS)
def test_answers_that_somebody_changed_end_in_resources_or_in_an_error_that_is_explained(name: str) -> None:
    origin = ORIGINS[name]
    scripts = list(origin.recorded(name).values())

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(st.sampled_from(scripts), edits())
    def holds(script: bytes, changes: Any) -> None:
        first = origin.pull(edited(script, changes))
        origin.pull(edited(script, changes), first.state)

    holds()


OTHER_CALLS: Mapping[str, Callable[[bytes], None]] = {
    "wordpress-setup": of_origins.set_up_of_wordpress,
    "wordpress-reply": of_origins.reply_of_wordpress,
    "facebook-setup": of_origins.set_up_of_facebook,
    "facebook-reply": of_origins.reply_of_facebook,
    "instagram-setup": of_origins.set_up_of_instagram,
    "instagram-reply": of_origins.reply_of_instagram,
}


@pytest.mark.parametrize("name", OTHER_CALLS)
def test_what_answers_in_the_place_of_a_call_of_a_reply_or_a_set_up_is_explained(name: str) -> None:
    scripts = [path.read_bytes() for path in sorted((CASES / name).iterdir())]

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(st.sampled_from(scripts), st.none() | st.integers(0, 30), st.sampled_from(INSTEAD))
    def holds(script: bytes, which: int | None, case: Mapping[str, Any]) -> None:
        OTHER_CALLS[name](odd(script, which, case))

    holds()
