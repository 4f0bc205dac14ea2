# SPDX-License-Identifier: Apache-2.0
"""Answers of the Graph API that are nearly one, refusals in other shapes, and what answers in its place."""

from __future__ import annotations

import json

import httpx2
import pytest

from sealock_connector import Cause, OriginThrottled, OriginUnavailable
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.graph import read


def answer(body, status=200, kind="application/json", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = httpx2.Request("GET", "https://graph.facebook.com/v26.0/me")
    return httpx2.Response(status, content=content, headers={"content-type": kind, **headers}, request=request)


NEARLY = [b'\xef\xbb\xbf{"id": "1"}', b'<br />\n<b>Notice</b>: x<br />\n{"id": "1"}']


@pytest.mark.parametrize("body", NEARLY)
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/javascript; charset=UTF-8"])
def test_an_answer_that_is_nearly_json_is_read(body, kind):
    assert read(answer(body, kind=kind)) == {"id": "1"}


REFUSALS = [
    ({"error": {"code": 190, "error_subcode": 460}}, Meaning.TOKEN_DEAD),
    ({"error": {"code": "190"}}, Meaning.TOKEN_DEAD),
    ({"error_type": "OAuthException", "code": 190, "error_message": "x"}, Meaning.TOKEN_DEAD),
    ({"error_code": 190, "error_msg": "x"}, Meaning.TOKEN_DEAD),
    ({"error": {"code": 100}}, Meaning.BAD_REQUEST),
    ({"error": {"code": 10, "error_subcode": 2018300}}, Meaning.OTHER_APP),
]


@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize(("body", "meaning"), REFUSALS)
def test_a_refusal_is_one_in_every_shape_and_with_every_status(body, meaning, status):
    with pytest.raises(Refused) as refused:
        read(answer(body, status))
    assert refused.value.meaning is meaning


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize(("code", "meaning"), [(190, Meaning.TOKEN_DEAD), (613, Meaning.THROTTLED)])
def test_a_dead_token_and_too_many_calls_do_not_pass_for_a_servers_failure(status, code, meaning):
    with pytest.raises(Refused) as refused:
        read(answer({"error": {"code": code, "is_transient": True}}, status))
    assert refused.value.meaning is meaning


def test_how_long_to_wait_is_taken_from_the_answer():
    with pytest.raises(Refused) as refused:
        read(answer({"error": {"code": 613}}, 400, **{"retry-after": "90"}))
    assert refused.value.retry_after.total_seconds() == 90


INSTEAD = [
    (answer(b"<html>Sorry, something went wrong.", 503, "text/html"), OriginUnavailable),
    (answer(b"", 429, "text/html"), OriginThrottled),
    (answer([], 200), OriginUnavailable),
    (answer("no", 200), OriginUnavailable),
    (answer({"error": "access_denied"}, 401), OriginUnavailable),
    (answer({"error": "unsupported"}, 200), OriginUnavailable),
]


@pytest.mark.parametrize(("given", "expected"), INSTEAD)
def test_what_answers_in_metas_place_has_a_cause(given, expected):
    with pytest.raises(expected) as error:
        read(given)
    assert expected is OriginThrottled or isinstance(error.value.cause, Cause)
