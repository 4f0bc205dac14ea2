# SPDX-License-Identifier: Apache-2.0
"""What JSON can say, as protobuf's `Value` and `Struct`, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

_WHOLE_NUMBERS: Final = 2**53
"""Up to here a double tells all whole numbers apart."""

MOST_DEPTH: Final = 30
"""How many arrays and objects may lie in each other: what protobuf reads, which gives each up to three levels."""


class NotJson(ValueError):
    """Something that JSON cannot say: of another type, not a number, infinite, too deep, or not set at all."""


def valid_unicode(text: str) -> str:
    """
    The text as protobuf takes it.

    JSON may hold halves of surrogate pairs, which no UTF-8 can carry: pairs are joined, and a half that is alone
    becomes U+FFFD.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def value_of(content: Any, depth: int = MOST_DEPTH) -> Value:
    """
    The content as a `Value`; numbers become doubles, as in JSON. At most `depth` arrays and objects lie in each other.

    Raises `NotJson`.
    """
    match content:
        case None:
            return Value(null_value=NULL_VALUE)
        case bool():
            return Value(bool_value=content)
        case int() | float() if isfinite(content):
            return Value(number_value=content)
        case str():
            return Value(string_value=valid_unicode(content))
        case Mapping():
            return Value(struct_value=struct_of(content, depth))
        case Sequence() if not isinstance(content, bytes):
            inner = _one_deeper(depth)
            return Value(list_value=ListValue(values=[value_of(each, inner) for each in content]))
    raise NotJson(f"a {type(content).__name__} is nothing that JSON can say")


def struct_of(content: Mapping[str, Any], depth: int = MOST_DEPTH) -> Struct:
    """The object as a `Struct`, itself counted in `depth`. Raises `NotJson`."""
    inner = _one_deeper(depth)
    return Struct(fields={valid_unicode(name): value_of(each, inner) for name, each in content.items()})


def _one_deeper(depth: int) -> int:
    if depth == 0:
        raise NotJson(f"more than {MOST_DEPTH} arrays and objects lie in each other")
    return depth - 1


def json_of(value: Value) -> Any:
    """What the value says; a whole number becomes an integer. Raises `NotJson`."""
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            return _number(value.number_value)
        case "bool_value":
            return value.bool_value
        case "null_value":
            return None
        case "struct_value":
            return object_of(value.struct_value)
        case "list_value":
            return [json_of(item) for item in value.list_value.values]
    raise NotJson("a value is not set")


def object_of(struct: Struct) -> dict[str, Any]:
    """What the struct says. Raises `NotJson`."""
    return {name: json_of(value) for name, value in struct.fields.items()}


def _number(number: float) -> int | float:
    if not isfinite(number):
        raise NotJson("a number is not finite")
    # Struct has only floating numbers; a whole one was one.
    return int(number) if number.is_integer() and abs(number) <= _WHOLE_NUMBERS else number
