# SPDX-License-Identifier: Apache-2.0
"""What every answer's headers must say, whatever its status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx2

from tests.safety.page_checks import policy_of

FORBIDDEN = (
    "server",
    "x-powered-by",
    "set-cookie",
    "strict-transport-security",
    "x-xss-protection",
    "public-key-pins",
)
"""None of them tells what runs here; none keeps anything in the browser, for this address or for the whole host."""


def header_weaknesses(
    answer: httpx2.Response, *, framed_by: Sequence[Sequence[str]], may_be_kept: bool
) -> Iterator[str]:
    """Everything that is wrong, each in words. `framed_by`: each list of frame-ancestors that is right."""
    headers = answer.headers
    if headers.get("x-content-type-options") != "nosniff":
        yield "its type may be guessed: no nosniff"
    if headers.get("referrer-policy") not in {"no-referrer", "same-origin"}:
        yield "its address is told to other sites: no Referrer-Policy"
    yield from (f"it has {name}" for name in FORBIDDEN if name in headers)
    yield from (f"other origins' pages may read it: {name}" for name in headers if name.startswith("access-control-"))
    yield from _kind(answer)
    keeping = headers.get("cache-control", "")
    if "no-store" not in keeping and not (may_be_kept and answer.status_code < 400):
        yield f"it may be kept: {keeping!r}"
    if "content-security-policy" not in headers:
        yield "it has no policy"
        return
    policy = policy_of(headers)
    if policy.get("default-src") != ["'none'"]:
        yield "its policy allows everything that it does not name"
    if policy.get("frame-ancestors") not in framed_by:
        yield f"it may be framed by {policy.get('frame-ancestors')}"


def _kind(answer: httpx2.Response) -> Iterator[str]:
    kind = answer.headers.get("content-type", "")
    if not kind and answer.status_code not in {204, 302, 303, 304} and answer.headers.get("content-length") != "0":
        yield "it does not say its type"
    is_saved = answer.headers.get("content-disposition", "").startswith("attachment")
    if kind.startswith("text/") and not is_saved and "event-stream" not in kind and "charset=utf-8" not in kind:
        yield f"it does not say its charset: {kind}"
