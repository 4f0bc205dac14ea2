# SPDX-License-Identifier: Apache-2.0
"""What a hostile connector answers: messages that fit into 16 MB and cost whoever reads them far more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp

from sealock.connector.v1.external_resource_pb2 import Author, DisplayInfo, ExternalResource, FileReference
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.connector.v1.setup_pb2 import (
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupProblem,
    SetupResponse,
)

MILLION: Final = 1_000_000
STRING_BYTES: Final = 15_000_000

RESOURCES, STATE = 1, 2
"""Numbers of fields of `PullResponse`; the next ones are of `ExternalResource`."""
DISPLAY_INFO, FIELDS, FILES = 8, 11, 12
AUTHOR, AUTHOR_FIELDS = 7, 5
UNKNOWN = 1000

TEXT, SELECT = SetupFieldKind.SETUP_FIELD_KIND_TEXT, SetupFieldKind.SETUP_FIELD_KIND_SELECT
OPTION = SetupOption(value="a", label="a")


def resource(**fields: object) -> ExternalResource:
    """A resource with which nothing is wrong, but for the fields that are given."""
    whole: dict[str, object] = {
        "external_id": "1",
        "message": "Hello",
        "thread_id": "1",
        "create_time": Timestamp(seconds=1_700_000_000),
        "author": Author(external_id="1", name="Somebody"),
    }
    return ExternalResource(**{**whole, **fields})  # type: ignore[arg-type]


def one(item: ExternalResource, *more: bytes) -> bytes:
    """An answer of this resource, to which fields are added as they go over the wire."""
    return embedded(RESOURCES, item.SerializeToString() + b"".join(more))


def embedded(number: int, content: bytes = b"") -> bytes:
    """A field with a length, as it goes over the wire."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _files() -> bytes:
    file = FileReference(name="a", reference="r").SerializeToString()
    return one(resource(), embedded(FILES, file) * MILLION)


def _wide_value() -> bytes:
    nulls = ListValue(values=[Value(null_value=NullValue.NULL_VALUE)]).SerializeToString() * (3 * MILLION)
    info = DisplayInfo(type="t", data=Struct(fields={"a": Value(list_value=ListValue.FromString(nulls))}))
    return one(resource(display_info=[info]))


def _deep_value() -> bytes:
    value = Value(null_value=NullValue.NULL_VALUE)
    for _ in range(30):
        value = Value(list_value=ListValue(values=[value]))
    info = DisplayInfo(type="t", data=Struct(fields={"a": value}))
    return one(resource()) + embedded(RESOURCES, resource(display_info=[info]).SerializeToString()) * 1000


def _full_page() -> bytes:
    texts = {"message": "word " * 13_000, "html_message": "<p>word</p>" * 5_900}
    return PullResponse(resources=[resource(external_id=str(n), **texts) for n in range(30)]).SerializeToString()


PULLS: Final[Mapping[str, Callable[[], bytes]]] = MappingProxyType(
    {
        "full-page": _full_page,
        "million-files": _files,
        "empty-fields": lambda: one(resource(), embedded(FIELDS) * (5 * MILLION)),
        "empty-display-info": lambda: one(resource(), embedded(DISPLAY_INFO) * (5 * MILLION)),
        "empty-author-fields": lambda: one(resource(), embedded(AUTHOR, embedded(AUTHOR_FIELDS) * (5 * MILLION))),
        "empty-resources": lambda: embedded(RESOURCES) * (8 * MILLION),
        "same-resources": lambda: one(resource()) * 300_000,
        "unknown-fields": lambda: embedded(UNKNOWN) * (4 * MILLION),
        "repeated-author": lambda: one(resource(), embedded(AUTHOR) * (5 * MILLION)),
        "wide-value": _wide_value,
        "deep-value": _deep_value,
        "long-message": lambda: one(resource(message="word " * (STRING_BYTES // 5))),
        "long-word": lambda: one(resource(message="w" * STRING_BYTES)),
        "combining-characters": lambda: one(resource(message="e\u0301" * (STRING_BYTES // 3))),
        "control-characters": lambda: one(resource(message="\x01" * STRING_BYTES)),
        "nested-html": lambda: one(resource(html_message="<blockquote>" * (STRING_BYTES // 12))),
        "entities-html": lambda: one(resource(html_message="&amp;" * (STRING_BYTES // 5))),
        "long-id": lambda: one(resource(external_id="i" * STRING_BYTES)),
        "long-state": lambda: embedded(STATE, b"s" * STRING_BYTES),
        "too-large": lambda: embedded(STATE, b"s" * (2 * STRING_BYTES)),
    }
)
"""Answers to a pull, by the name of the account that asks."""


def _form(*fields: SetupField, title: str = "A", problems: int = 0) -> bytes:
    form = SetupForm(step_id="a", title=title, fields=fields, problems=[SetupProblem(message="a")] * problems)
    return SetupResponse(form=form).SerializeToString()


SETUPS: Final[Mapping[str, Callable[[], bytes]]] = MappingProxyType(
    {
        "set-up-small": lambda: _form(SetupField(name="f", kind=TEXT, label="A field")),
        "set-up-fields": lambda: _form(*(SetupField(name=f"f{n}", kind=TEXT) for n in range(MILLION))),
        "set-up-options": lambda: _form(SetupField(name="f", kind=SELECT, options=[OPTION] * MILLION)),
        "set-up-problems": lambda: _form(SetupField(name="f", kind=TEXT), problems=MILLION),
        "set-up-texts": lambda: _form(SetupField(name="f", kind=TEXT, help="word " * 1_500_000), title="<" * 7_000_000),
    }
)
"""Answers to a set-up, by what is asked for."""


@cache
def page(name: str) -> bytes:
    """The answer of that name. It is made once. Raises `KeyError`."""
    return (PULLS.get(name) or SETUPS[name])()
