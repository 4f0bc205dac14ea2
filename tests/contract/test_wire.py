# SPDX-License-Identifier: Apache-2.0
"""Parts of a message are counted as a parser would find them, and no bytes make the counting go wrong or on."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import given
from hypothesis import strategies as st

from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse
from sealock.connector.v1.external_resource_pb2 import Author, DisplayInfo, ExternalResource, FieldValue, FileReference
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_contract.json_values import NotJson, object_of, struct_of, value_of
from sealock_contract.wire import NotAMessage, TooManyParts, count_parts, parts, tag_of, written

MANY = 1 << 40

EXAMPLES = {
    "nothing": (PullResponse(), 0),
    "numbers, texts and truths": (PullResponse(state=b"1", more=True, origin_account_key="a"), 3),
    "empty messages": (PullResponse(resources=[ExternalResource()] * 300), 300),
    "messages in messages": (PullResponse(resources=[ExternalResource(author=Author(external_id="a"))]), 3),
    "elements side by side": (DescribeResponse(capabilities=[Capability.CAPABILITY_FILES] * 9), 10),
    "objects": (DisplayInfo(data=struct_of({"a": [1, 2], "b": None})), 1 + 2 * 3 + 1 + 2 * 2 + 1),
}


@pytest.mark.parametrize(("message", "count"), EXAMPLES.values(), ids=EXAMPLES)
def test_every_field_and_element_is_a_part(message: Message, count: int):
    data = message.SerializeToString()
    assert count_parts(message.DESCRIPTOR, data, MANY) == count
    assert count_parts(message.DESCRIPTOR, data, count) == count
    if count:
        with pytest.raises(TooManyParts):
            count_parts(message.DESCRIPTOR, data, count - 1)


json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
resources = st.builds(
    lambda texts, value, count: ExternalResource(
        message=texts[0],
        html_message=texts[1],
        author=Author(name=texts[2], fields=[FieldValue(id="a", value=value_of(value))]),
        files=[FileReference(name="a.png", url="https://example.com/")] * count,
    ),
    st.tuples(st.text(), st.text(), st.text()),
    json,
    st.integers(0, 200),
)


def counted(message: Message) -> int:
    """The same from the parsed message: protobuf's own view."""
    found = 0
    for field, value in message.ListFields():
        entry = field.message_type is not None and field.message_type.GetOptions().map_entry
        for each in (value.values() if entry else value) if field.is_repeated else [value]:
            found += 3 if entry else 1
            found += counted(each) if isinstance(each, Message) else 0
    return found


@given(st.lists(resources, max_size=3))
def test_counting_sees_what_a_parser_sees(found):
    page = PullResponse(resources=found, state=b"x")
    assert count_parts(page.DESCRIPTOR, page.SerializeToString(), MANY) == counted(page)


@given(st.lists(resources, max_size=3))
def test_the_parts_of_a_message_put_together_again_are_the_message(found):
    data = PullResponse(resources=found, state=b"x", more=True).SerializeToString()
    assert b"".join(written(tag, value) for tag, value in parts(data)) == data


@given(st.binary(max_size=200))
def test_no_bytes_break_the_counting_and_what_a_parser_takes_is_counted(data):
    try:
        count = count_parts(PullResponse.DESCRIPTOR, data, MANY)
    except NotAMessage:
        return
    assert count <= len(data) / 2
    try:
        page = PullResponse.FromString(data)
    except DecodeError:
        return
    assert counted(page) + len(UnknownFieldSet(page)) <= count + len(page.resources)


@pytest.mark.parametrize(
    "data",
    [
        b"\x0b\x0c",  # a group
        b"\x0a\x05ab",  # cut off
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # longer than anything
        b"\xff" * 20,  # a tag without an end
        b"\x0a",  # a tag without a size
        b"\x09abc",  # half a number
    ],
)
def test_what_is_no_message_of_the_contract_is_refused(data: bytes):
    with pytest.raises(NotAMessage):
        count_parts(PullResponse.DESCRIPTOR, data, MANY)
    with pytest.raises(NotAMessage):
        list(parts(data))


def test_a_thousand_messages_in_each_other_are_refused():
    data = b""
    for _ in range(1000):
        data = written(6 << 3 | 2, written(1 << 3 | 2, data))
    with pytest.raises(NotAMessage):
        count_parts(FieldValue.DESCRIPTOR, written(2 << 3 | 2, data), MANY)


def nested(depth: int, wrap: Any) -> Any:
    content: Any = 1
    for _ in range(depth):
        content = wrap(content)
    return content


@pytest.mark.parametrize("wrap", [lambda each: [each], lambda each: {"a": each}], ids=["arrays", "objects"])
def test_json_as_deep_as_is_taken_arrives_and_deeper_is_refused_before_it_is_sent(wrap):
    content = {"a": nested(29, wrap)}
    page = PullResponse(resources=[ExternalResource(display_info=[DisplayInfo(data=struct_of(content))])])
    arrived = PullResponse.FromString(page.SerializeToString())
    assert object_of(arrived.resources[0].display_info[0].data) == content
    assert count_parts(page.DESCRIPTOR, page.SerializeToString(), MANY)
    for depth in (30, 100_000):
        with pytest.raises(NotJson):
            struct_of({"a": nested(depth, wrap)})


def test_the_tag_of_a_field_is_the_one_on_the_wire():
    assert PullResponse(resources=[ExternalResource()]).SerializeToString()[:1] == bytes(
        [tag_of(PullResponse.DESCRIPTOR.fields_by_name["resources"])]
    )
