# SPDX-License-Identifier: Apache-2.0
"""What Zendesk asks, as values: the forms of pull, channelback and the administrative interface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Self, cast

from sealock_edge.zendesk import limits
from sealock_edge.zendesk.errors import BadForm
from sealock_edge.zendesk.forms import FormField, FormSpec, read_form

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
