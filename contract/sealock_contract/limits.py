# SPDX-License-Identifier: Apache-2.0
"""The contract's limits, read from the descriptors: the only place where they are written down."""

from __future__ import annotations

from collections.abc import Callable, Sized
from functools import cache
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from sealock.connector.v1 import channelback_pb2, pull_pb2
from sealock.options.v1 import limits_pb2

Rule = Callable[[Any], str]
"""Takes a field's value, says what is wrong with it in a few words, or nothing."""


def max_bytes(message: type[Message], field: str) -> int:
    """The most bytes that the field may have."""
    return cast("int", _options(message, field).Extensions[limits_pb2.max_bytes])


def max_chars(message: type[Message], field: str) -> int:
    """The most code points that the field may have."""
    return cast("int", _options(message, field).Extensions[limits_pb2.max_chars])


def max_items(message: type[Message], field: str) -> int:
    """The most elements that the field may have."""
    return cast("int", _options(message, field).Extensions[limits_pb2.max_items])


def broken_limit(message: Message) -> str:
    """
    The first of the message's own limits that it breaks, as `field: what is wrong`, or an empty string.

    Never names a value. Messages inside the message are not looked at.
    """
    for name, rules in _rules(message.DESCRIPTOR):
        value = getattr(message, name)
        for rule in rules:
            if problem := rule(value):
                return f"{name}: {problem}"
    return ""


def _options(message: type[Message], field: str) -> Any:
    return message.DESCRIPTOR.fields_by_name[field].GetOptions()


@cache
def _rules(descriptor: Descriptor) -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    found = ((field.name, tuple(_rules_of(field))) for field in descriptor.fields)
    return tuple((name, rules) for name, rules in found if rules)


def _rules_of(field: FieldDescriptor) -> list[Rule]:
    options = field.GetOptions().Extensions
    rules: list[Rule] = []
    if options[limits_pb2.not_empty] and field.message_type is None and field.containing_oneof is None:
        rules.append(_not_empty)
    if limit := options[limits_pb2.max_chars]:
        rules.append(_at_most(limit, "characters"))
    if limit := options[limits_pb2.max_bytes]:
        rules.append(_at_most(limit, "bytes"))
    if limit := options[limits_pb2.max_items]:
        rules.append(_at_most(limit, "items"))
    if options[limits_pb2.external_id]:
        rules.append(_external_id)
    return rules


def _not_empty(value: Sized) -> str:
    return "" if value else "is empty"


def _external_id(value: str) -> str:
    if not value.isascii():
        return "is not ASCII"
    return "" if value == value.strip() else "begins or ends with white space"


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
CHUNK_BYTES = max_bytes(channelback_pb2.ChannelbackRequest, "chunk")
"""The most bytes that one chunk of a file may have."""
