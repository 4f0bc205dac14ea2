# SPDX-License-Identifier: Apache-2.0
"""Single values as Zendesk takes them: ids, texts, URLs, ticket fields, user fields and data for Zendesk apps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address
from typing import Any, Final, TypeVar
from urllib.parse import quote

import orjson

from sealock.connector.v1.external_resource_pb2 import DisplayInfo, FieldValue
from sealock_contract.json_values import NotJson, json_of, object_of
from sealock_contract.limits import ITEMS_TAKEN
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.limits import AUTHOR_ID_CHARS, CONVERSATION_ID_CHARS, EXTERNAL_ID_CHARS, POSTED_ID_CHARS

_ID_CHARS: Final = min(EXTERNAL_ID_CHARS, POSTED_ID_CHARS, AUTHOR_ID_CHARS, CONVERSATION_ID_CHARS)
_CHAR: Final = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}"
_HTTPS_URL: Final = re.compile(
    r"https://(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    rf"(?:/(?:{_CHAR})*)?(?:\?(?:{_CHAR}|\?)*)?(?:#(?:{_CHAR}|\?)*)?"
)
_IN_BRACKETS: Final = re.compile(r"https://\[([^\]]*)\]")
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AS_THEY_ARE: Final = "/:?#@!$&'()*+,;=%~"
_ID_DIGITS: Final = 18
_IN_PLAIN_IDS: Final = bytes(range(ord("!"), ord("~") + 1))
_CONTROL: Final = bytes([*range(9), 11, 12, *range(14, 32), 127])


Item = TypeVar("Item")


def cleaned(text: str) -> str:
    """The text without control characters; line breaks and tabs stay. The very same one if it has none."""
    raw = text.encode("utf-8")
    kept = raw.translate(None, _CONTROL)
    return text if len(kept) == len(raw) else kept.decode("utf-8")


def one_line(text: str) -> str:
    """The text on one line, without control characters and outer spaces."""
    return " ".join(cleaned(text).split())


def is_id(text: str) -> bool:
    """Whether this is an external id: printable ASCII without outer spaces, neither empty nor too long."""
    return 0 < len(text) <= _ID_CHARS and text.isascii() and text.isprintable() and text[0] != " " and text[-1] != " "


def are_plain_ids(ids: Sequence[str]) -> bool:
    """Whether all of these are external ids without any space; quicker than one by one."""
    if not all(ids) or max(map(len, ids), default=0) > _ID_CHARS:
        return False
    joined = "".join(ids)
    return joined.isascii() and not joined.encode().translate(None, _IN_PLAIN_IDS)


def https_url(url: str, max_chars: int) -> str:
    """
    The URL as Zendesk takes it, other characters escaped; empty if it is no https URL or is too long.

    User names and passwords are not taken.
    """
    if len(url) > max_chars:
        return ""
    if not _HTTPS_URL.fullmatch(url):
        url = quote(_LONE_PERCENT.sub("%25", url), safe=_AS_THEY_ARE)
        if not _HTTPS_URL.fullmatch(url):
            return ""
    address = _IN_BRACKETS.match(url)
    if address is not None and not _is_ipv6(address[1]):
        return ""
    return url if len(url) <= max_chars else ""


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def fields_answer(fields: Sequence[FieldValue], max_items: int) -> tuple[list[dict[str, Any]], bool]:
    """
    The fields for Zendesk, and whether all of them are there; of ten times as many as may be, none are looked at.

    An id of digits is a custom field's number and becomes one (protocol: fields array).
    """
    return _usable(_field, fields, max_items)


def display_info_answer(entries: Sequence[DisplayInfo]) -> tuple[list[dict[str, Any]], bool]:
    """The entries for Zendesk, and whether all of them are there (protocol: display_info)."""
    return _usable(_display_info, entries, limits.DISPLAY_INFO_ITEMS)


def _usable(
    read: Callable[[Item], dict[str, Any] | None], items: Sequence[Item], max_items: int
) -> tuple[list[dict[str, Any]], bool]:
    if len(items) > ITEMS_TAKEN * max_items:
        return [], False
    usable: list[dict[str, Any]] = []
    for item in items:
        found = read(item) if len(usable) < max_items else None
        if found is not None:
            usable.append(found)
    return usable, len(usable) == len(items)


def _field(field: FieldValue) -> dict[str, Any] | None:
    field_id = field.id.strip()
    if not 0 < len(field_id) <= limits.FIELD_ID_CHARS:
        return None
    try:
        return {"id": _field_id(field_id), "value": json_of(field.value)}
    except NotJson:
        return None


def _display_info(entry: DisplayInfo) -> dict[str, Any] | None:
    kind = entry.type
    if not 0 < len(kind) <= limits.DISPLAY_INFO_TYPE_CHARS:
        return None
    try:
        data = object_of(entry.data)
    except NotJson:
        return None
    written, most = orjson.dumps(data), limits.DISPLAY_INFO_DATA_CHARS
    # What has so few bytes has no more characters.
    return {"type": kind, "data": data} if len(written) <= most or len(written.decode()) <= most else None


def _field_id(field_id: str) -> str | int:
    if field_id.isdigit() and field_id.isascii() and field_id[0] != "0" and len(field_id) <= _ID_DIGITS:
        return int(field_id)
    return field_id
