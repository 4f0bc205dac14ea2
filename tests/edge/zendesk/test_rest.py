# SPDX-License-Identifier: Apache-2.0
"""What Zendesk's API answers to a push, read: whatever it is, each resource that was sent has a fate."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.zendesk.rest import (
    FATES,
    MOST_RESULTS,
    Fate,
    ResultCode,
    Unreadable,
    check_nothing_wrong,
    push_body,
    read_results,
    report_body,
)

DOCUMENTED = [
    "success",
    "already_imported",
    "could_not_locate_parent_external_resource",
    "processing_error",
    "halted",
]
IDS = st.sampled_from(["a", "b", "c", "d"])
ANY = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
RESULT = st.fixed_dictionaries(
    {"external_resource_id": IDS | ANY, "status": st.fixed_dictionaries({"code": st.sampled_from(DOCUMENTED)}) | ANY}
)


def results(*codes: tuple[str, str]) -> bytes:
    found = [{"external_resource_id": each, "status": {"code": code}} for each, code in codes]
    return json.dumps({"results": found}).encode()


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        ("success", Fate.THERE),
        ("already_imported", Fate.THERE),
        ("could_not_locate_parent_external_resource", Fate.AFTER_PARENT),
        ("processing_error", Fate.MISSING),
        ("halted", Fate.AGAIN),
        ("imported", Fate.MISSING),
        ("no_result", Fate.MISSING),
        ("SUCCESS", Fate.MISSING),
        ("", Fate.MISSING),
    ],
)
def test_a_code_has_its_meaning_and_one_that_is_not_documented_is_no_success(code, fate):
    [result] = read_results(results(("a", code)), ["a"])
    assert result.fate is fate
    assert FATES[result.code] is fate


def test_of_two_results_for_one_resource_the_worse_counts():
    for codes in (["success", "processing_error"], ["processing_error", "success"]):
        [result] = read_results(results(*(("a", code) for code in codes)), ["a"])
        assert result.code is ResultCode.PROCESSING_ERROR


def test_results_are_found_by_their_ids_whatever_their_order():
    found = read_results(results(("c", "halted"), ("x", "success"), ("a", "success")), ["a", "b", "c"])
    assert [(each.external_id, each.code) for each in found] == [
        ("a", "success"),
        ("b", "no_result"),
        ("c", "halted"),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"results": {}}', b'{"results": []}', b"<html>", b"\xff"]
)
def test_an_answer_without_any_result_says_nothing(body):
    with pytest.raises(Unreadable):
        read_results(body, ["a"])


def test_an_answer_with_far_too_many_results_says_nothing():
    with pytest.raises(Unreadable):
        read_results(results(*[("a", "success")] * (MOST_RESULTS + 1)), ["a"])


@given(found=st.lists(RESULT | ANY, max_size=8), sent=st.lists(IDS, unique=True, max_size=4))
def test_whatever_zendesk_answers_each_resource_that_was_sent_has_a_fate(found, sent):
    body = json.dumps({"results": found}).encode()
    try:
        read = read_results(body, sent)
    except Unreadable:
        return
    assert [each.external_id for each in read] == sent
    succeeded = {
        each["external_resource_id"]
        for each in found
        if isinstance(each, dict)
        and isinstance(each.get("external_resource_id"), str)
        and isinstance(each.get("status"), dict)
        and each["status"].get("code") in ("success", "already_imported")
    }
    assert {each.external_id for each in read if each.fate is Fate.THERE} <= succeeded


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_unreadable(body):
    for read in (check_nothing_wrong, lambda body: read_results(body, ["a"])):
        try:
            read(body)
        except Unreadable:
            continue


@given(st.text(max_size=700), st.text(max_size=80))
def test_a_reported_error_is_never_longer_than_zendesk_takes(words, request_id):
    body = json.loads(report_body("push-1", request_id, "reply-1", words))
    assert len(body["request_id"]) <= 64
    assert len(body.get("description", "")) <= 511


def test_a_push_s_body_holds_what_was_written_before():
    body = json.loads(push_body('push-"1', "call-1", [b'{"external_id":"a"}', b'{"external_id":"b"}']))
    assert body == {
        "instance_push_id": 'push-"1',
        "request_id": "call-1",
        "external_resources": [{"external_id": "a"}, {"external_id": "b"}],
    }
