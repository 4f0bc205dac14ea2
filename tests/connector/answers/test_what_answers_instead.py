# SPDX-License-Identifier: Apache-2.0
"""What answers in an origin's place is told by its cause: firewalls, captchas, maintenance, moved and broken sites."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import Cause, ConnectorError, MessageRejected, OriginThrottled, OriginUnavailable
from sealock_connector.answers import diagnosed, json_of, moved_to, retry_after
from sealock_connector.egress import AnswerLate, OriginMoved, TooMuchAsked
from tests.connector.answers.responses import API, answer

HTML = {"content-type": "text/html; charset=UTF-8"}


def page(title: str, body: str = "") -> str:
    head = f"<head><style>a{{}}</style><title>{title}</title></head>"
    return f"<!DOCTYPE html>\n<html lang=en>{head}<body>{body}</body></html>"


def recorded(case: Mapping[str, Any]) -> httpx2.Response:
    """The answer that a case of the file tells of."""
    content = case.get("content", "")
    if "title" in case:
        content = page(case["title"], "x" * case.get("padding", 0) + case.get("body", ""))
    headers = {"content-type": "text/html; charset=UTF-8", **case.get("headers", {})}
    return answer(content, case["status"], headers, method=case.get("method", "GET"))


CASES = [
    case
    for name in ("walls.toml", "pages.toml")
    for case in tomllib.loads((Path(__file__).parent / name).read_text())["answer"]
]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_answer_that_is_not_the_apis_is_diagnosed(case: Mapping[str, Any]) -> None:
    error = diagnosed(recorded(case))
    assert isinstance(error, OriginUnavailable)
    assert error.cause is Cause[case["cause"]]
    if not case.get("content", "").startswith("{"):
        with pytest.raises(OriginUnavailable) as raised:
            json_of(recorded(case))
        assert raised.value.cause is error.cause


def redirect(to: str, status: int = 301, *, method: str = "POST") -> ConnectorError:
    return diagnosed(answer("", status, {"location": to}, method=method))


@pytest.mark.parametrize(
    ("to", "cause", "moved"),
    [
        ("https://www.site.example/wp-json/wp/v2/comments", Cause.MOVED, "https://www.site.example"),
        ("http://site.example/wp-json/wp/v2/comments", Cause.MOVED, "http://site.example"),
        ("https://site.example:8443/", Cause.MOVED, "https://site.example:8443"),
        ("//other.example/x", Cause.MOVED, "https://other.example"),
        (f"{API}/", Cause.MOVED, ""),
        ("/wp-json/wp/v2/comments/", Cause.MOVED, ""),
        ("/", Cause.NOT_ITS_API, ""),
        ("https://site.example", Cause.NOT_ITS_API, ""),
        ("/wp-login.php?redirect_to=x", Cause.HOST_PASSWORD, ""),
        ("https://team.cloudflareaccess.com/cdn-cgi/access/login", Cause.HOST_PASSWORD, ""),
        ("https://host.example/cgi-sys/suspendedpage.cgi", Cause.SUSPENDED, ""),
        ("/.well-known/sgcaptcha/?r=%2F", Cause.CHALLENGE, ""),
        ("/maintenance.html", Cause.MAINTENANCE, ""),
    ],
)
def test_a_redirect_that_is_not_followed_says_where_it_leads(to: str, cause: Cause, moved: str) -> None:
    error = redirect(to)
    assert error.cause is cause
    if cause is Cause.MOVED:
        assert isinstance(error, OriginMoved)
        assert error.to == moved
        assert moved in error.message_for_agent


@pytest.mark.parametrize(
    "to", ["https://[", "https://a b/", "javascript:alert(1)", "https://<b>/x", "x" * 9_000, "https://%20.example/"]
)
def test_a_redirect_to_what_is_no_address_names_nothing(to: str) -> None:
    assert "<" not in redirect(to).message_for_agent
    assert "javascript" not in redirect(to).message_for_agent


@pytest.mark.parametrize(
    ("content", "status", "cause"),
    [
        ('{"code":"rest_not_logged_in"}', 401, Cause.MOVED),
        ("[]", 200, Cause.MOVED),
        (page("New shop"), 200, Cause.MOVED),
        (page("Account Suspended"), 200, Cause.SUSPENDED),
        (page("", "this domain is parked"), 200, Cause.NOT_ITS_API),
    ],
)
def test_what_another_host_answers_without_the_credentials_is_not_taken_for_the_origins(
    content: str, status: int, cause: Cause
) -> None:
    moved = answer(content, status, url="https://new.example/x", asked=API, sent={"authorization": "Basic x"})
    with pytest.raises(OriginUnavailable) as refused:
        json_of(moved)
    assert refused.value.cause is cause


def test_what_another_host_answers_to_a_call_without_credentials_is_an_answer() -> None:
    assert json_of(answer("[]", url="https://www.site.example/x", asked=API)) == []
    assert json_of(answer("[]", url=f"{API}/", asked=API, sent={"authorization": "Basic x"})) == []
    assert moved_to(answer("[]", url="https://www.site.example/x", asked=API)) == "https://www.site.example"
    assert moved_to(answer("[]")) == ""


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, ""),
        (502, ""),
        (504, ""),
        (524, ""),
        (408, ""),
        (414, ""),
        (413, ""),
        (431, ""),
        (508, ""),
        (200, ""),
        (200, '[{"id":1'),
        (500, "Allowed memory size of 1 bytes"),
        (200, "Maximum execution time of 30 seconds"),
    ],
)
def test_what_may_go_away_when_less_is_asked_for_says_so(status: int, body: str) -> None:
    assert isinstance(diagnosed(answer(body, status)), TooMuchAsked)


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, ""), (403, ""), (200, page("Shop")), (404, ""), (500, "Error establishing a database connection")],
)
def test_what_does_not_go_away_when_less_is_asked_for_does_not_say_so(status: int, body: str) -> None:
    assert not isinstance(diagnosed(answer(body, status)), TooMuchAsked)


def test_a_gateway_that_waited_in_vain_is_late() -> None:
    assert isinstance(diagnosed(answer("", 504)), AnswerLate)


def test_a_reply_that_is_too_large_for_the_origin_is_refused_for_good() -> None:
    error = diagnosed(answer(page("413 Request Entity Too Large"), 413, HTML, method="POST"))
    assert isinstance(error, MessageRejected)
    assert error.cause is Cause.TOO_LARGE


DATE = "Mon, 30 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "120"}, timedelta(seconds=120)),
        ({"retry-after": " 1.5 "}, timedelta(seconds=2)),
        ({"retry-after": "120, 120"}, timedelta(seconds=120)),
        ({"retry-after": "0"}, timedelta()),
        ({"retry-after": "999999999"}, timedelta(days=1)),
        ({"retry-after": "9" * 5_000}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 30 Nov 2026 12:02:00 GMT", "date": DATE}, timedelta(minutes=2)),
        ({"retry-after": "Mon, 30 Nov 2026 11:00:00 GMT", "date": DATE}, timedelta()),
        ({"retry-after": "Mon, 30 Nov 2099 11:00:00 GMT", "date": DATE}, timedelta(days=1)),
        ({"retry-after": "Mon, 30 Nov 2026 12:02:00 GMT"}, None),
        ({"retry-after": "Mon, 99 Nov 99999 12:02:00 GMT", "date": DATE}, None),
        ({"ratelimit-reset": "30"}, timedelta(seconds=30)),
        ({"x-ratelimit-reset": "1796040060", "date": DATE}, timedelta(seconds=60)),
        ({"x-ratelimit-reset": "1796040060"}, None),
    ],
)
def test_how_long_to_wait_is_read_in_seconds_or_as_a_date(
    headers: Mapping[str, str], expected: timedelta | None
) -> None:
    throttled = answer("", 429, headers)
    assert retry_after(throttled) == expected
    error = diagnosed(throttled)
    assert isinstance(error, OriginThrottled)
    assert error.retry_after == expected


@given(
    status=st.integers(100, 999),
    headers=st.dictionaries(
        st.sampled_from(
            ["location", "retry-after", "content-type", "date", "www-authenticate", "server", "x-ratelimit-reset"]
        ),
        st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])).map(str.strip),
    ),
    content=st.binary(max_size=300),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]),
)
def test_every_answer_has_a_diagnosis(status: int, headers: Mapping[str, str], content: bytes, method: str) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    error = diagnosed(answer(content, status, encoded, method=method))  # type: ignore[arg-type]
    assert error.cause is not None or isinstance(error, OriginThrottled)
