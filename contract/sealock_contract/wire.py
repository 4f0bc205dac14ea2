# SPDX-License-Identifier: Apache-2.0
"""
How much a message on the wire holds, counted before it is parsed.

Two bytes are enough to say that there is one more empty message, and each costs a parser some seventy. So a message
that is small may be parsed at once, and a larger one is walked through first: nothing is kept, and the walk ends where
there are too many parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from google.protobuf.descriptor import Descriptor, FieldDescriptor

FEWEST_BYTES: Final = 2
"""What a part takes at least: a message cannot have more parts than half its bytes."""

MOST_DEPTH: Final = 100
"""How deep messages may lie in messages; protobuf's own limit."""

_VARINT, _EIGHT_BYTES, _MEASURED, _FOUR_BYTES = 0, 1, 2, 5
_SIZES: Final = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_LONGEST_VARINT: Final = 10
_Inside: TypeAlias = Mapping[int, Descriptor | None]


class TooManyParts(ValueError):
    """The message has more parts than were allowed."""


class NotAMessage(ValueError):
    """These bytes are no message of the contract: cut off, too deep, or of kinds that it does not have."""


class Part(NamedTuple):
    """A field as it stands on the wire."""

    tag: int
    """Its number and how it is written, as `tag_of` has them."""
    value: bytes
    """Without tag and length."""


def count_parts(kind: Descriptor, data: bytes, most: int) -> int:
    """
    How many parts the message has: every field of it, and of the messages in it, and each element of a list.

    Raises `TooManyParts` as soon as there are more than `most`, and `NotAMessage`.
    """
    try:
        return most - _left(kind, data, most)
    except IndexError:
        raise NotAMessage from None


def tag_of(field: FieldDescriptor) -> int:
    """The tag of a field that is a text, bytes, a message, or a list whose elements stand side by side."""
    return field.number << 3 | _MEASURED


def written(tag: int, value: bytes) -> bytes:
    """The field as it stands on the wire, for a tag of `parts`."""
    return _varint_of(tag) + (_varint_of(len(value)) if tag & 7 == _MEASURED else b"") + value


def parts(data: bytes) -> Iterator[Part]:
    """The fields of the message itself, in their order. Raises `NotAMessage`."""
    at, stop = 0, len(data)
    while at < stop:
        try:
            tag, start, at = _part(data, at)
        except IndexError:
            raise NotAMessage from None
        if at > stop:
            raise NotAMessage
        yield Part(tag, data[start:at])


def _left(kind: Descriptor, data: bytes, most: int) -> int:
    """How many more parts there could be."""
    inside, at, stop = _inside(kind), 0, len(data)
    outer: list[tuple[_Inside, int, int]] = []
    left = most
    while True:
        if left < 0:
            raise TooManyParts
        while at >= stop:
            if not outer:
                return left
            inside, at, stop = outer.pop()
        left -= 1
        # Nearly all parts are short texts and messages: a call for each would take most of the time.
        tag, size = data[at], data[at + 1]
        if tag < 0x80 and size < 0x80 and tag & 7 == _MEASURED:
            start = at + 2
            at = start + size
        else:
            tag, start, at = _part(data, at)
        if at > stop:
            raise NotAMessage
        if tag not in inside:
            continue
        within = inside[tag]
        if within is None:
            left -= at - start
            continue
        if len(outer) == MOST_DEPTH:
            raise NotAMessage
        outer.append((inside, at, stop))
        inside, at, stop = _inside(within), start, at


def _part(data: bytes, at: int) -> tuple[int, int, int]:
    """The tag, where the value begins, and where it would end. Raises `NotAMessage` and `IndexError`."""
    tag, start = _varint(data, at)
    wire_type = tag & 7
    if wire_type == _VARINT:
        return tag, start, _varint(data, start)[1]
    if wire_type == _MEASURED:
        size, start = _varint(data, start)
        return tag, start, start + size
    if wire_type in _SIZES:
        return tag, start, start + _SIZES[wire_type]
    raise NotAMessage


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number there, and what is behind it. Raises `NotAMessage` and `IndexError`."""
    value = data[at]
    if value < 0x80:
        return value, at + 1
    value &= 0x7F
    for place in range(1, _LONGEST_VARINT):
        more = data[at + place]
        value |= (more & 0x7F) << 7 * place
        if more < 0x80:
            return value, at + place + 1
    raise NotAMessage


def _varint_of(number: int) -> bytes:
    groups = bytearray()
    while number >= 0x80:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


@cache
def _inside(kind: Descriptor) -> _Inside:
    """By tag: the fields that are messages, and (None) lists whose elements may stand side by side."""
    return {
        tag_of(field): field.message_type
        for field in kind.fields
        if field.message_type is not None or (field.is_repeated and field.type not in _WITH_LENGTH)
    }


_WITH_LENGTH: Final = frozenset({FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES})
