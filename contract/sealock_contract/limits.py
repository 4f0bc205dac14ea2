# SPDX-License-Identifier: Apache-2.0
"""The contract's limits, read from the descriptors: the only place where they are written down."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sized
from functools import cache
from typing import Any, Final, NamedTuple, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from sealock.connector.v1 import channelback_pb2, pull_pb2
from sealock.options.v1 import limits_pb2

Rule = Callable[[Any], str]
"""Takes a field's value, says what is wrong with it in a few words, or nothing."""
_UNITS: Final = (
    (limits_pb2.max_chars, "characters"),
    (limits_pb2.max_bytes, "bytes"),
    (limits_pb2.max_items, "items"),
)
"""What a field's length is counted in, by the option that limits it."""


def max_bytes(message: type[Message], field: str) -> int:
    """The most bytes that the field may have, or each of its elements."""
    return cast("int", _options(message, field).Extensions[limits_pb2.max_bytes])


def max_chars(message: type[Message], field: str) -> int:
    """The most code points that the field may have, or each of its elements."""
    return cast("int", _options(message, field).Extensions[limits_pb2.max_chars])


def max_items(message: type[Message], field: str) -> int:
    """The most elements that the field may have."""
    return cast("int", _options(message, field).Extensions[limits_pb2.max_items])


def broken_limit(message: Message) -> str:
    """
    The first of the message's own limits that it breaks, as `field: what is wrong`, or an empty string.

    Never names a value. Messages inside the message are not looked at.
    """
    for name, least, most, rules in _rules(message.DESCRIPTOR):
        value = getattr(message, name)
        if least <= len(value) <= most:
            continue
        for rule in rules:
            if problem := rule(value):
                return f"{name}: {problem}"
    return ""


def most_bytes(message: type[Message]) -> int:
    """
    The most bytes that a request of a call may have on the wire, with room for fields that a later version adds;
    `REQUEST_BYTES` where the contract limits one of its fields not at all.
    """
    bounded = _most_bytes(message.DESCRIPTOR)
    return REQUEST_BYTES if bounded is None else min(bounded + _LATER_FIELDS_BYTES, REQUEST_BYTES)


def too_many_items(message: Message) -> str:
    """The first field of the message, or of the messages in it, that has more elements than it may; or nothing."""
    for field, value in message.ListFields():
        most = field.GetOptions().Extensions[limits_pb2.max_items]
        if most and len(value) > most:
            return field.name
        if field.message_type is not None and _limits_items(field.message_type):
            for inner in value if field.is_repeated else (value,):
                if name := too_many_items(inner):
                    return name
    return ""


@cache
def _limits_items(descriptor: Descriptor) -> bool:
    return any(
        field.GetOptions().Extensions[limits_pb2.max_items]
        or (field.message_type not in (None, descriptor) and _limits_items(field.message_type))
        for field in descriptor.fields
    )


def _options(message: type[Message], field: str) -> Any:
    return message.DESCRIPTOR.fields_by_name[field].GetOptions()


@cache
def _most_bytes(message: Descriptor) -> int | None:
    sizes = [_most_bytes_of(field) for field in message.fields]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _most_bytes_of(field: FieldDescriptor) -> int | None:
    options, each = field.GetOptions().Extensions, None
    if field.message_type is not None:
        each = _most_bytes(field.message_type)
    elif field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        each = options[limits_pb2.max_bytes] or options[limits_pb2.max_chars] * _BYTES_OF_A_CHARACTER or None
    else:
        each = _LONGEST_NUMBER
    if each is None:
        return None
    items = options[limits_pb2.max_items] if field.is_repeated else 1
    return (each + _TAG_AND_LENGTH) * items or None


class _Limited(NamedTuple):
    """A field with limits."""

    name: str
    least: int
    most: int
    """
    A value whose length is from `least` to `most` keeps all rules. It is -1 where one is not about the length, and 0
    where one is about each element.
    """
    rules: tuple[Rule, ...]


@cache
def _rules(descriptor: Descriptor) -> tuple[_Limited, ...]:
    return tuple(limited for field in descriptor.fields if (limited := _limited(field)).rules)


def _limited(field: FieldDescriptor) -> _Limited:
    options = field.GetOptions().Extensions
    rules: list[Rule] = []
    least, most = 0, sys.maxsize
    if options[limits_pb2.not_empty] and field.message_type is None and field.containing_oneof is None:
        rules.append(_not_empty)
        least = 1
    for option, unit in _UNITS:
        if limit := options[option]:
            of_each = field.is_repeated and unit != "items"
            rules.append(_each(_at_most(limit, unit)) if of_each else _at_most(limit, unit))
            most = min(most, 0 if of_each else limit)
    if options[limits_pb2.external_id]:
        rules.append(_external_id)
        most = -1
    return _Limited(field.name, least, most, tuple(rules))


def _not_empty(value: Sized) -> str:
    return "" if value else "is empty"


def _external_id(value: str) -> str:
    if not value.isascii():
        return "is not ASCII"
    return "" if value == value.strip() else "begins or ends with white space"


def _each(rule: Rule) -> Rule:
    def of_all(values: Iterable[Any]) -> str:
        return next((f"an item {problem}" for problem in map(rule, values) if problem), "")

    return of_all


def _at_most(limit: int, unit: str) -> Rule:
    def rule(value: Sized) -> str:
        size = len(value)
        return f"has {size:,} {unit}, at most {limit:,} are allowed" if size > limit else ""

    return rule


ACCOUNT_BYTES = max_bytes(pull_pb2.PullRequest, "account")
"""The most bytes that an account may have."""
STATE_BYTES = max_bytes(pull_pb2.PullResponse, "state")
"""The most bytes that a state may have."""
PAGE_RESOURCES = max_items(pull_pb2.PullResponse, "resources")
"""The most resources that the answer to a pull may have."""
PAGE_BYTES = 1024 * 1024
"""What the edge asks a connector to keep its answer to a pull under, in bytes. The first resource may be larger."""
ANSWER_BYTES = 2 * PAGE_BYTES
"""
The most bytes that any answer of a connector may have; the edge receives no more.

One resource whose text, HTML and data for apps are all as long as Zendesk takes them fits; two may not.
"""
RESOURCE_BYTES = ANSWER_BYTES - 64 * 1024
"""What a single resource may have of them, so that there is room for the rest of the answer."""
RESOURCE_PARTS = 32_768
"""The most parts that a resource may have on the wire: its fields, those of what is in it, and so on."""
PAGE_PARTS = 2 * RESOURCE_PARTS
"""The most parts that the answer to a pull may have."""
ITEMS_TAKEN = 10
"""How many times as many elements as a field may have the edge still looks at, to take those that fit."""
CHUNK_BYTES = max_bytes(channelback_pb2.ChannelbackRequest, "chunk")
"""The most bytes that one chunk of a file may have."""
BODY_BYTES: Final = 1024 * 1024
"""The most bytes of what comes from outside as it is, and that a request carries: a form's answers, events."""
REQUEST_BYTES: Final = BODY_BYTES + 64 * 1024
"""
The most bytes that a request to a connector may have on the wire: a body, and the account, state and session beside it.
Both sides set their gRPC to it.
"""

_LATER_FIELDS_BYTES: Final = 64 * 1024
_BYTES_OF_A_CHARACTER: Final = 4
_LONGEST_NUMBER: Final = 10
_TAG_AND_LENGTH: Final = 10
