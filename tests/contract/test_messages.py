# SPDX-License-Identifier: Apache-2.0
"""What both sides of the wire read and write alike: JSON's values, texts, and the detail of an error."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from google.rpc import status_pb2
from hypothesis import given
from hypothesis import strategies as st

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughRequest
from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail, Reason
from sealock.connector.v1.pull_pb2 import PullRequest
from sealock_contract.error_details import TRAILER, detail_in, trailer_of
from sealock_contract.json_values import NotJson, json_of, object_of, struct_of, valid_unicode, value_of
from sealock_contract.limits import broken_limit

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)


@given(JSON)
def test_a_value_survives_the_way(value):
    there = json_of(value_of(value))
    assert there == value
    assert isinstance(there, bool) is isinstance(value, bool)


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_an_object_survives_the_way(content):
    assert object_of(struct_of(content)) == content


def test_a_whole_number_becomes_one_again_as_far_as_doubles_tell_them_apart():
    there = [json_of(value_of(each)) for each in (3, 3.0, -1, 2.5, 2**53, 2**60, 1e300)]
    assert there == [3, 3, -1, 2.5, 2**53, 2**60, 1e300]
    assert [type(each) for each in there] == [int, int, int, float, int, float, float]


@pytest.mark.parametrize("content", [object(), b"bytes", float("nan"), float("inf"), {"a": [{1, 2}]}])
def test_what_json_cannot_say_is_refused(content):
    with pytest.raises(NotJson):
        value_of(content)


UNREADABLE = {
    "nothing": Value(),
    "not a number": Value(number_value=float("nan")),
    "infinite": Value(number_value=float("-inf")),
    "nothing in a list": Value(list_value=ListValue(values=[Value()])),
    "nothing in an object": Value(struct_value=Struct(fields={"a": Value()})),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_value_that_json_cannot_say_is_refused(kind):
    with pytest.raises(NotJson):
        json_of(UNREADABLE[kind])


@given(st.text(max_size=50))
def test_any_text_becomes_one_that_can_be_sent(text):
    valid_unicode(text).encode()
    if not any("\ud800" <= each <= "\udfff" for each in text):
        assert valid_unicode(text) == text


@pytest.mark.parametrize(
    ("text", "becomes"),
    [("\ud83d\ude00", "\U0001f600"), ("a\ud83d", "a\ufffd"), ("\ude00b", "\ufffdb"), ("\U0001f600", "\U0001f600")],
)
def test_halves_of_a_pair_are_joined_or_replaced(text, becomes):
    assert valid_unicode(text) == becomes
    assert object_of(struct_of({text: [text]})) == {becomes: [becomes]}


@pytest.mark.parametrize("reason", Reason.values())
def test_a_detail_survives_the_way(reason):
    detail = ConnectorErrorDetail(reason=reason, message_for_agent="A sentence.")
    detail.retry_after.FromSeconds(30)
    name, value = trailer_of(detail, grpc.StatusCode.NOT_FOUND, "words")
    assert name == TRAILER
    assert detail_in(value) == detail
    status = status_pb2.Status.FromString(value)
    assert (status.code, status.message) == (5, "words")


def packed(*messages) -> bytes:
    status = status_pb2.Status(code=13)
    for message in messages:
        status.details.add().Pack(message)
    return status.SerializeToString()


def test_the_detail_is_found_among_others():
    detail = ConnectorErrorDetail(reason=Reason.REASON_NOT_FOUND)
    assert detail_in(packed(Struct(), detail)) == detail


GARBAGE = {
    "nothing": None,
    "a text": "text",
    "no bytes": b"",
    "no protobuf": b"\xff\xff\xff",
    "another detail": packed(Struct()),
    "a detail that is none": status_pb2.Status(
        details=[Any(type_url="type.googleapis.com/sealock.connector.v1.ConnectorErrorDetail", value=b"\xff")]
    ).SerializeToString(),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_what_is_no_detail_is_none(kind):
    assert detail_in(GARBAGE[kind]) is None


@given(st.binary(max_size=200))
def test_any_bytes_can_be_looked_into(value):
    found = detail_in(value)
    assert found is None or isinstance(found, ConnectorErrorDetail)


BROKEN = {
    "an id that is empty": (ResolveClickthroughRequest(), "external_id: is empty"),
    "a state that is too large": (
        PullRequest(account_id="a", account=b"x", state=b"x" * 3701),
        "state: has 3,701 bytes",
    ),
    "nothing": (PullRequest(account_id="a", account=b"x", state=b"x" * 3700), ""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_limit_names_the_field_and_what_is_wrong(kind):
    message, words = BROKEN[kind]
    assert broken_limit(message).startswith(words)
    assert bool(broken_limit(message)) is bool(words)
