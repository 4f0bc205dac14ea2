# SPDX-License-Identifier: Apache-2.0
"""Refusals that no page of Meta's has, or only those of its other products: what each means all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sealock_origins.meta.failures import Meaning, refusal

THROTTLED = [
    *((400, {"code": code}) for code in range(80000, 80015)),
    (400, {"code": 80004, "error_subcode": 2446079}),
    (400, {"code": 80999}),
    (400, {"code": 4, "error_subcode": 1504022}),
    (400, {"code": 17, "error_subcode": 2446079}),
    (400, {"code": 613, "error_subcode": 1996}),
    (403, {"code": "32"}),
    (429, {"code": 12345}),
    (429, {}),
    (429, {"message": "Too many requests", "type": "OAuthException"}),
    (400, {"code": 368, "error_subcode": 1390008}),
]
PASSING = [
    (400, {"code": 987, "is_transient": True}),
    (400, {"code": 987, "is_transient": "true"}),
    (400, {"code": 987, "is_transient": 1}),
    (400, {"code": 2, "error_subcode": 2018344}),
    (400, {"code": 960}),
    (408, {"code": 12345}),
    (400, {"code": 1, "error_subcode": 99}),
    (500, {"message": "x"}),
]
DEAD = [
    (400, {"code": 190, "error_subcode": 2069032}),
    (401, {"message": "x", "type": "OAuthException"}),
    (401, {"type": "OAuthException", "code": 0}),
    (400, {"code": 190, "error_subcode": 461}),
    (400, {"code": 450}),
    (400, {"code": 452}),
    (500, {"code": 190, "error_subcode": 460, "is_transient": True}),
]
OF_THE_APP = [
    (400, {"code": 15}),
    (400, {"code": 101, "error_subcode": 1}),
]
VERSIONS = [(400, {"code": 2635}), (400, {"code": 12})]
GONE = [
    (404, {"code": 100, "error_subcode": 33}),
    (400, {"code": 803}),
    (400, {"code": 33}),
    (400, {"code": 24, "error_subcode": 2207006}),
    (404, {"message": "not there"}),
    (410, {}),
]
KINDS = {
    Meaning.THROTTLED: THROTTLED,
    Meaning.TRANSIENT: PASSING,
    Meaning.TOKEN_DEAD: DEAD,
    Meaning.MISCONFIGURED: OF_THE_APP,
    Meaning.VERSION_ENDED: VERSIONS,
    Meaning.GONE: GONE,
}
CASES = [(meaning, status, error) for meaning, cases in KINDS.items() for status, error in cases]


@pytest.mark.parametrize(("meaning", "status", "error"), CASES)
def test_a_refusal_that_nobody_documented_is_taken_for_what_it_is(meaning, status, error):
    assert refusal(status, error).meaning is meaning


def test_how_long_a_refusal_asks_to_wait_is_kept_with_it():
    waiting = refusal(429, {}, timedelta(seconds=90))
    assert waiting.retry_after == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"error_user_msg": "  Gehört\n nicht hierher. "}, "Gehört nicht hierher."),
        ({"error_user_msg": "a\x00b\x1b[31mc"}, "a b [31mc"),
        ({"error_user_title": "Comment blocked"}, "Comment blocked"),
        ({"error_user_msg": None, "error_user_title": None}, ""),
        ({"error_user_msg": "\ud83d half"}, "half"),
        ({"error_user_msg": {"text": "x"}}, ""),
    ],
)
def test_what_meta_says_to_people_is_one_line_that_can_be_shown(error, words):
    assert refusal(400, {"code": 100, **error}).words == words
