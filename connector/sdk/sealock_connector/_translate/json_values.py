# SPDX-License-Identifier: Apache-2.0
"""JSON-like values as `google.protobuf.Value` and `Struct`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2

from sealock_connector._translate.texts import sound
from sealock_connector.errors import InvalidAnswer


def value_to_wire(value: Any) -> struct_pb2.Value:
    """The value as protobuf's; numbers become doubles, as in JSON."""
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float() if math.isfinite(value):
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=sound(value))
        case Mapping():
            return struct_pb2.Value(struct_value=struct_to_wire(value))
        case Sequence() if not isinstance(value, bytes):
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[value_to_wire(each) for each in value]))
    raise InvalidAnswer(f"a {type(value).__name__} is nothing that JSON can say")


def struct_to_wire(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The mapping as protobuf's."""
    return struct_pb2.Struct(fields={sound(name): value_to_wire(value) for name, value in values.items()})


def value_from_wire(value: struct_pb2.Value) -> Any:
    """What the value says in JSON; whole numbers as integers."""
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "struct_value":
            return struct_from_wire(value.struct_value)
        case "list_value":
            return [value_from_wire(each) for each in value.list_value.values]
        case None:
            return None
    return json_format.MessageToDict(value)


def struct_from_wire(struct: struct_pb2.Struct) -> dict[str, Any]:
    """What the struct says in JSON."""
    return {name: value_from_wire(value) for name, value in struct.fields.items()}
