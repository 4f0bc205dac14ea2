# SPDX-License-Identifier: Apache-2.0
"""A strict reader of `application/x-www-form-urlencoded` bodies, in which Zendesk sends its calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from sealock_edge.zendesk.errors import BadForm

MAX_FORM_FIELDS: Final = 64
"""The most fields of one body, whatever their names."""

_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# A code point has at most four bytes, and each is at most three characters as it is escaped.
_RAW_PER_CHAR: Final = 12


@dataclass(frozen=True, slots=True)
class FormField:
    """
    A field that a form may have.

    `max_chars`: its longest value in code points. `required`: it must be there and not be empty.
    `max_items`: how often it may be there, for a field that may be repeated; its value is a list then.
    """

    name: str
    max_chars: int
    required: bool = False
    max_items: int | None = None


class FormSpec:
    """The fields of a form. Fields it does not name are ignored: Zendesk may add some."""

    def __init__(self, *fields: FormField) -> None:
        self.fields = fields
        self._by_key = {field.name.encode(): field for field in fields}

    def find(self, key: bytes) -> FormField | None:
        """The field of this name, as it stands in the body."""
        field = self._by_key.get(key)
        if field is None and (b"%" in key or b"+" in key):
            field = self._by_key.get(_unescaped(key, "the form", "has a field name with a broken percent escape"))
        return field


def read_form(body: bytes, spec: FormSpec) -> dict[str, str | list[str]]:
    """
    The values of the fields that the form names; those that the body leaves out are left out here too.

    Raises `BadForm`: a field is missing, repeated, too long, not UTF-8, or has a null character in it; or the
    body has more than 64 fields. Fields are counted before any is decoded.
    """
    if body.count(b"&") >= MAX_FORM_FIELDS:
        raise BadForm("the form", f"has more than {MAX_FORM_FIELDS} fields")
    values: dict[str, str | list[str]] = {}
    for pair in body.split(b"&"):
        key, _, raw = pair.partition(b"=")
        field = spec.find(key)
        if field is None:
            continue
        if field.max_items is None:
            if field.name in values:
                raise BadForm(field.name, "is given more than once")
            values[field.name] = _value(raw, field)
        else:
            _append(values, field, raw)
    for field in spec.fields:
        if field.required and not values.get(field.name):
            raise BadForm(field.name, "is empty" if field.name in values else "is missing")
    return values


def _append(values: dict[str, str | list[str]], field: FormField, raw: bytes) -> None:
    items = values.setdefault(field.name, [])
    if not isinstance(items, list) or len(items) == field.max_items:
        raise BadForm(field.name, f"is given more than {field.max_items} times")
    items.append(_value(raw, field))


def _value(raw: bytes, field: FormField) -> str:
    if len(raw) > field.max_chars * _RAW_PER_CHAR:
        raise BadForm(field.name, f"is longer than {field.max_chars} characters")
    if b"%" in raw or b"+" in raw:
        raw = _unescaped(raw, field.name, "has a broken percent escape")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadForm(field.name, "is not valid UTF-8") from None
    if len(text) > field.max_chars:
        raise BadForm(field.name, f"is longer than {field.max_chars} characters")
    if "\x00" in text:
        raise BadForm(field.name, "has a null character in it")
    return text


def _unescaped(raw: bytes, name: str, problem: str) -> bytes:
    if _BROKEN_ESCAPE.search(raw):
        raise BadForm(name, problem)
    return unquote_to_bytes(raw.replace(b"+", b" "))
