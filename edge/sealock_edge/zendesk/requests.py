# SPDX-License-Identifier: Apache-2.0
"""What Zendesk asks, as values: the forms of pull, channelback, files and the set-up, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Self, cast
from urllib.parse import unquote_to_bytes

from sealock_edge.zendesk import limits
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


_FILE_URLS: Final = "file_urls[]"

_PULL: Final = FormSpec(FormField("metadata", limits.METADATA_CHARS), FormField("state", limits.STATE_CHARS))

_CHANNELBACK: Final = FormSpec(
    FormField("metadata", limits.METADATA_CHARS),
    FormField("request_unique_identifier", limits.REPLY_KEY_CHARS, required=True),
    FormField("message", limits.REPLY_CHARS),
    FormField("parent_id", limits.REPLY_PARENT_CHARS),
    FormField("thread_id", limits.REPLY_THREAD_CHARS),
    FormField("recipient_id", limits.REPLY_RECIPIENT_CHARS),
    FormField(_FILE_URLS, limits.REPLY_FILE_URL_CHARS, max_items=limits.REPLY_FILES_ITEMS),
)

_FILE: Final = FormSpec(FormField("metadata", limits.METADATA_CHARS))

_ADMIN: Final = FormSpec(
    FormField("return_url", limits.RETURN_URL_CHARS, required=True),
    FormField("subdomain", limits.SUBDOMAIN_CHARS, required=True),
    FormField("locale", limits.LOCALE_CHARS),
    FormField("name", limits.ACCOUNT_NAME_CHARS),
    FormField("metadata", limits.METADATA_CHARS),
    FormField("state", limits.STATE_CHARS),
    FormField("instance_push_id", limits.INSTANCE_PUSH_ID_CHARS),
    FormField("zendesk_access_token", limits.ACCESS_TOKEN_CHARS),
)


@dataclass(frozen=True, slots=True)
class PullForm:
    """
    A pull (protocol: pull request). Both are sealed strings.

    `metadata` is empty if it was left out: it does not open then. `state` is empty on a first pull.
    """

    metadata: str = field(repr=False)
    state: str = field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Raises `BadForm`: the body breaks the protocol."""
        values = read_form(body, _PULL)
        return cls(metadata=_text(values, "metadata"), state=_text(values, "state"))


@dataclass(frozen=True, slots=True)
class ChannelbackForm:
    """
    An agent's reply (protocol: channelback request).

    `request_unique_identifier` is the same when Zendesk repeats the request. At least one of `message` and
    `file_urls` is not empty. `parent_id`, `thread_id` and `recipient_id` may each be empty.
    """

    metadata: str = field(repr=False)
    request_unique_identifier: str
    message: str = field(repr=False)
    parent_id: str
    thread_id: str
    recipient_id: str
    file_urls: tuple[str, ...] = field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Raises `BadForm`: the body breaks the protocol."""
        values = read_form(body, _CHANNELBACK)
        file_urls = tuple(cast("list[str]", values.get(_FILE_URLS, [])))
        if "message" not in values:
            raise BadForm("message", "is missing")
        if not values["message"] and not file_urls:
            raise BadForm("message", "is empty, and there are no files")
        return cls(
            metadata=_text(values, "metadata"),
            request_unique_identifier=_text(values, "request_unique_identifier"),
            message=_text(values, "message"),
            parent_id=_text(values, "parent_id"),
            thread_id=_text(values, "thread_id"),
            recipient_id=_text(values, "recipient_id"),
            file_urls=file_urls,
        )


@dataclass(frozen=True, slots=True)
class FileForm:
    """What may come with a request for a file (protocol: file_urls of an external resource): the account, sealed."""

    metadata: str = field(repr=False)
    """Empty if it was left out."""

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Raises `BadForm`: the body breaks the protocol."""
        return cls(metadata=_text(read_form(body, _FILE), "metadata"))


@dataclass(frozen=True, slots=True)
class AdminForm:
    """
    An administrator opens the set-up (protocol: administrative interface).

    An empty `metadata` makes a new account. `return_url` and `subdomain` are not checked yet: see
    `ZendeskHosts`. The push fields are empty unless the manifest has a push client.
    """

    return_url: str
    subdomain: str
    locale: str
    name: str
    metadata: str = field(repr=False)
    state: str = field(repr=False)
    instance_push_id: str
    zendesk_access_token: str = field(repr=False)

    @property
    def editing(self) -> bool:
        """Whether an existing account is edited."""
        return bool(self.metadata)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Raises `BadForm`: the body breaks the protocol."""
        values = read_form(body, _ADMIN)
        return cls(**{spec.name: _text(values, spec.name) for spec in _ADMIN.fields})


def _text(values: dict[str, str | list[str]], name: str) -> str:
    return cast("str", values.get(name, ""))
