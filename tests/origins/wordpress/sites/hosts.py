# SPDX-License-Identifier: Apache-2.0
"""What hosts and web servers do: maintenance, moves, passwords of their own, what they take off, break or forbid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from sealock_connector import OriginThrottled
from tests.origins.wordpress.sites.case import Case, Fails, Says
from tests.origins.wordpress.sites.host import (
    answers,
    every,
    front,
    page,
    redirects,
)


def with_slash(asked):
    """The address with a slash at the end of its path, for one that has none."""
    path, mark, query = asked.target.partition("?")
    return "" if path.endswith("/") else f"{path}/{mark}{query}"


def in_an_hour():
    """What a clock that is wrong shows."""
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


CASES = [
    Case(
        "the host asks for fewer calls",
        host=answers(page("Too Many Requests", status=429, retry_after="30")),
        form=Says("site", "slow down"),
        pull=Fails(OriginThrottled),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "a coming-soon page answers visitors of pages, and the REST API works",
        host=answers(page("Coming soon", "We are working on something new.", 503, retry_after="3600"), front),
        lasting=True,
    ),
    Case(
        "the site has moved to another name, and the old one redirects",
        host=redirects(lambda asked: "" if "localhost" in asked.headers["host"] else asked.at("localhost")),
        pull=None,
        lasting=True,
    ),
    Case(
        "the pages redirect to another name, and the REST API does not",
        host=redirects(lambda asked: "" if "localhost" in asked.headers["host"] else asked.at("localhost"), 302, front),
        lasting=True,
    ),
    Case(
        "the hosting was suspended",
        host=redirects(lambda asked: "" if "cgi-sys" in asked.target else "/cgi-sys/suspendedpage.cgi", 302, every),
        form=Says("site", ""),
        pull=Fails(),
        reply=Fails(),
    ),
]
