# SPDX-License-Identifier: Apache-2.0
"""JSON that somebody else wrote, and what JSON can say as protobuf's `Value` and `Struct`, in both directions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final

import orjson
from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

_WHOLE_NUMBERS: Final = 2**53
"""Up to here a double tells all whole numbers apart."""

MOST_DEPTH: Final = 30
"""How many arrays and objects may lie in each other: what protobuf reads, which gives each up to three levels."""


READ_DEPTH: Final = 100
"""JSON that is nested more deeply is not read: whoever goes through it would have to go as deep."""
_LONGEST_WHOLE_NUMBER: Final = 20
_LEAST_LONG_NUMBER: Final = float(2**63)
"""From here on orjson may make a float of a whole number."""
_LOOKED_AT: Final = frozenset({dict, list, float})


class NotJson(ValueError):
    """Something that JSON cannot say: of another type, not a number, infinite, too deep, or not set at all."""


class TooDeep(NotJson):
    """JSON in which more arrays and objects lie in each other than are read."""


def read_json(data: bytes | str) -> Any:
    """
    What JSON from outside says, as values that can be written again.

    Halves of surrogate pairs are made valid as in `valid_unicode`, a whole number of more than 20 digits becomes a
    float, and of a name that is there twice the last value counts.

    Raises `NotJson`: it is no JSON, has a number that is not finite, or is nested more than 100 levels deep.
    """
    try:
        return read_plain_json(data)
    except NotJson:
        pass
    try:
        return valid_json(json.loads(data, parse_int=_whole, parse_float=_finite, parse_constant=_finite))
    except (ValueError, RecursionError):
        raise NotJson("this is no JSON that can be read") from None


def read_plain_json(data: bytes | str) -> Any:
    """
    What `read_json` gives, for a third of its price, where the JSON is as most is.

    Raises `NotJson` where something in it is to be looked at more closely, though it may be JSON.
    """
    try:
        value = orjson.loads(data)
    except ValueError:
        raise NotJson("this is no plain JSON") from None
    if not _is_plain(value):
        raise NotJson("this is no plain JSON")
    return value


def _is_plain(value: Any) -> bool:
    """Whether what orjson made of JSON has at most 100 levels, and no number that may have been a longer whole one."""
    if type(value) not in _LOOKED_AT:
        return True
    level = [value] if type(value) is not float else [[value]]
    for _ in range(READ_DEPTH):
        found = [
            each
            for outer in level
            for each in (outer.values() if type(outer) is dict else outer)
            if type(each) in _LOOKED_AT
        ]
        if not found:
            return True
        level = [each for each in found if type(each) is not float]
        if len(level) < len(found) and not all(_is_surely_a_float(each) for each in found if type(each) is float):
            return False
    return not level


def _is_surely_a_float(number: float) -> bool:
    return -_LEAST_LONG_NUMBER < number < _LEAST_LONG_NUMBER


def valid_json(content: Any, levels: int = READ_DEPTH) -> Any:
    """The values of a JSON parser with texts that are valid. Raises `TooDeep` for more levels than these."""
    if isinstance(content, str):
        return valid_unicode(content)
    if not isinstance(content, dict | list):
        return content
    if not levels:
        raise TooDeep("nested too deeply")
    if isinstance(content, list):
        return [valid_json(each, levels - 1) for each in content]
    return {valid_unicode(name): valid_json(each, levels - 1) for name, each in content.items()}


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_WHOLE_NUMBER else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise NotJson("a number is not finite")
    return number


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
        case int() | float() if _is_double(content):
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
    fields = struct.fields
    # Protobuf's `items()` is written in Python, and takes as long as all that is read here.
    return {name: json_of(fields[name]) for name in fields}


def _is_double(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:
        return False


def _number(number: float) -> int | float:
    # Struct has only floating numbers; a whole one was one.
    if number.is_integer():
        return int(number) if -_WHOLE_NUMBERS <= number <= _WHOLE_NUMBERS else number
    if not isfinite(number):
        raise NotJson("a number is not finite")
    return number
