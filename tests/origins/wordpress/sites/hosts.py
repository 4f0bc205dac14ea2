# SPDX-License-Identifier: Apache-2.0
"""What hosts, firewalls, caches and proxies do."""

from __future__ import annotations

from sealock_connector import OriginThrottled, OriginUnavailable
from tests.origins.wordpress.sites.case import Case, Fails, Says
from tests.origins.wordpress.sites.host import Answer, answers, posts, rest

CASES = [
    Case(
        "the host asks for fewer calls",
        host=answers(Answer("<h1>Too Many Requests</h1>", 429, {"retry-after": "30"})),
        form=Says("site", "slow down"),
        pull=Fails(OriginThrottled),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "the site is being updated",
        host=answers(Answer("<p>Briefly unavailable for scheduled maintenance.</p>", 503, {"retry-after": "600"})),
        form=Says("site", "No WordPress"),
        pull=Fails(OriginUnavailable),
        reply=Fails(OriginUnavailable),
    ),
    Case(
        "nothing answers to writing",
        host=answers(None, posts),
        reply=Fails(OriginUnavailable),
    ),
    Case(
        "the REST API is missing",
        host=answers(Answer("<h1>Not Found</h1>", 404), rest),
        form=Says("site", "No WordPress"),
        pull=Fails(OriginUnavailable),
        reply=Fails(OriginUnavailable),
    ),
]
