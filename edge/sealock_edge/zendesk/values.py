# SPDX-License-Identifier: Apache-2.0
"""Values whose form the connector chooses: ticket fields, user fields and data for Zendesk apps."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any, Final

import orjson
from google.protobuf.struct_pb2 import Struct, Value

from sealock.connector.v1.external_resource_pb2 import DisplayInfo, FieldValue
from sealock_edge.zendesk import limits

_WHOLE_NUMBERS: Final = 2**53
_ID_DIGITS: Final = 18


class NotJson(ValueError):
    """A value that JSON does not know: not a number, infinite, or not set at all."""


def fields_answer(fields: Iterable[FieldValue], max_items: int) -> tuple[list[dict[str, Any]], bool]:
    """
    The fields for Zendesk, and whether all of them are there.

    An id of digits is a custom field's number and becomes one (protocol: fields array).
    """
    return _usable((_field(field) for field in fields), max_items)


def display_info_answer(entries: Iterable[DisplayInfo]) -> tuple[list[dict[str, Any]], bool]:
    """The entries for Zendesk, and whether all of them are there (protocol: display_info)."""
    return _usable((_display_info(entry) for entry in entries), limits.DISPLAY_INFO_ITEMS)


def _usable(items: Iterable[dict[str, Any] | None], max_items: int) -> tuple[list[dict[str, Any]], bool]:
    every = list(items)
    usable = [item for item in every if item is not None][:max_items]
    return usable, len(usable) == len(every)


def _field(field: FieldValue) -> dict[str, Any] | None:
    field_id = field.id.strip()
    if not 0 < len(field_id) <= limits.FIELD_ID_CHARS:
        return None
    try:
        return {"id": _field_id(field_id), "value": _json_value(field.value)}
    except NotJson:
        return None


def _display_info(entry: DisplayInfo) -> dict[str, Any] | None:
    if not 0 < len(entry.type) <= limits.DISPLAY_INFO_TYPE_CHARS:
        return None
    try:
        data = _json_object(entry.data)
    except NotJson:
        return None
    fits = len(orjson.dumps(data).decode("utf-8")) <= limits.DISPLAY_INFO_DATA_CHARS
    return {"type": entry.type, "data": data} if fits else None


def _field_id(field_id: str) -> str | int:
    if field_id.isascii() and field_id.isdigit() and field_id[0] != "0" and len(field_id) <= _ID_DIGITS:
        return int(field_id)
    return field_id


def _json_object(struct: Struct) -> dict[str, Any]:
    return {name: _json_value(value) for name, value in struct.fields.items()}


def _json_value(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    match kind:
        case "string_value":
            return value.string_value
        case "number_value":
            return _json_number(value.number_value)
        case "bool_value":
            return value.bool_value
        case "null_value":
            return None
        case "struct_value":
            return _json_object(value.struct_value)
        case "list_value":
            return [_json_value(item) for item in value.list_value.values]
    raise NotJson


def _json_number(number: float) -> int | float:
    if not isfinite(number):
        raise NotJson
    # Struct has only floating numbers; a whole one was one.
    return int(number) if number.is_integer() and abs(number) <= _WHOLE_NUMBERS else number
