# SPDX-License-Identifier: Apache-2.0
"""Zendesk's event callbacks: a strict envelope, and each event on its own (protocol: event callbacks)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self

import orjson
from google.protobuf.timestamp_pb2 import Timestamp

from sealock.connector.v1 import event_pb2
from sealock.connector.v1.event_pb2 import ZendeskEvent
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.errors import BadForm

_INT64 = 2**63


class BadObject(ValueError):
    """A key is missing or has a value of the wrong kind."""


class JsonObject:
    """A JSON object whose keys are read by kind. `path` leads to it in messages."""

    def __init__(self, content: Mapping[str, Any], path: str) -> None:
        self._content = content
        self._path = path

    @classmethod
    def of(cls, content: object, path: str) -> Self:
        """Raises `BadObject`: it is not a JSON object."""
        if not isinstance(content, Mapping):
            raise BadObject(f"{path} is not an object")
        return cls(content, path)

    def text(self, key: str) -> str:
        """A text that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        return self.optional_text(key)

    def optional_text(self, key: str) -> str:
        """A text; empty if it is not there or null."""
        value = self._content.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadObject(f"{self._path}.{key} is not a text")
        return value

    def number(self, key: str) -> int:
        """A whole number that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        return self.optional_number(key)

    def optional_number(self, key: str) -> int:
        """A whole number; 0 if it is not there or null."""
        value = self._content.get(key)
        if value is None:
            return 0
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not -_INT64 <= value < _INT64:
            raise BadObject(f"{self._path}.{key} is not a whole number")
        return int(value)

    def object(self, key: str) -> JsonObject:
        """An object that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        return JsonObject.of(self._content[key], f"{self._path}.{key}")

    def objects(self, key: str) -> list[JsonObject]:
        """A list of objects that must be there."""
        if key not in self._content:
            raise BadObject(f"{self._path}.{key} is missing")
        items = self._content[key]
        if not isinstance(items, list):
            raise BadObject(f"{self._path}.{key} is not a list")
        if len(items) > limits.EVENT_LIST_ITEMS:
            raise BadObject(f"{self._path}.{key} has more than {limits.EVENT_LIST_ITEMS} elements")
        return [JsonObject.of(item, f"{self._path}.{key}[{n}]") for n, item in enumerate(items)]


@dataclass(frozen=True, slots=True)
class Event:
    """
    An event that can be passed on. `metadata` is the account's sealed metadata, empty if the event names none.

    A kind that is not known yet has only its `type_id` and the common fields set.
    """

    event: ZendeskEvent
    metadata: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadEvent:
    """
    An event that breaks the protocol. `position` counts from 0; `problem` names the field, never its value.

    `type_id` is empty unless it is one of Zendesk's.
    """

    position: int
    type_id: str
    problem: str


class Events:
    """The events of a request, in order. Each is read when its turn comes, on its own: reading all would take long."""

    def __init__(self, contents: Sequence[object]) -> None:
        self._contents = contents

    def __len__(self) -> int:
        return len(self._contents)

    def __iter__(self) -> Iterator[Event | BadEvent]:
        for position, content in enumerate(self._contents):
            yield _read(position, content)

    def with_account(self) -> int:
        """How many say that they are of an account."""
        return sum(map(_names_an_account, self._contents))


def read_events(body: bytes) -> Events:
    """
    The events of a request.

    Raises `BadForm`: the body is not `{"events": [...]}`, or has more than 1,000 events.
    """
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadForm("the body", "is not JSON") from None
    if not isinstance(envelope, dict):
        raise BadForm("the body", "is not a JSON object")
    events = envelope.get("events")
    if not isinstance(events, list):
        raise BadForm("events", "is missing" if "events" not in envelope else "is not a list")
    if len(events) > limits.EVENTS_ITEMS:
        raise BadForm("events", f"has more than {limits.EVENTS_ITEMS} events")
    return Events(events)


def _names_an_account(content: object) -> bool:
    data = content.get("data") if isinstance(content, Mapping) else None
    return isinstance(data, Mapping) and bool(data.get("metadata"))


def _read(position: int, content: object) -> Event | BadEvent:
    type_id = content.get("type_id") if isinstance(content, Mapping) else None
    known = type_id if isinstance(type_id, str) and type_id in KINDS else ""
    try:
        return _event(JsonObject.of(content, "event"))
    except BadObject as error:
        return BadEvent(position, known, str(error))


def _event(content: JsonObject) -> Event:
    type_id = content.text("type_id")
    event = ZendeskEvent(
        type_id=type_id,
        event_time=_time(content.text("timestamp")),
        subdomain=content.text("subdomain"),
        integration_name=content.text("integration_name"),
        integration_id=content.text("integration_id"),
        error=content.optional_text("error"),
    )
    data = content.object("data")
    if type_id in KINDS:
        KINDS[type_id](event, data)
    return Event(event, data.optional_text("metadata"))


def _time(text: str) -> Timestamp | None:
    """The time, or None for one that cannot be read: an event is worth more than its time."""
    time = Timestamp()
    try:
        time.FromJsonString(text)
    except ValueError:
        return None
    return time


def _integration_created(event: ZendeskEvent, data: JsonObject) -> None:
    event.integration_created.manifest_url = data.text("manifest_url")
    event.integration_created.SetInParent()


def _integration_destroyed(event: ZendeskEvent, data: JsonObject) -> None:
    event.integration_destroyed.manifest_url = data.text("manifest_url")
    event.integration_destroyed.SetInParent()


def _account_created(event: ZendeskEvent, data: JsonObject) -> None:
    data.text("metadata")
    event.account_created.SetInParent()


def _account_destroyed(event: ZendeskEvent, data: JsonObject) -> None:
    data.text("metadata")
    event.account_destroyed.SetInParent()


def _account_activated(event: ZendeskEvent, data: JsonObject) -> None:
    data.text("metadata")
    event.account_activated.SetInParent()


def _account_deactivated(event: ZendeskEvent, data: JsonObject) -> None:
    data.text("metadata")
    event.account_deactivated.CopyFrom(
        event_pb2.AccountDeactivated(
            deactivated_by=data.text("deactivated_by"), deactivating_error=data.optional_text("deactivating_error")
        )
    )


def _user_identity_destroyed(event: ZendeskEvent, data: JsonObject) -> None:
    event.user_identity_destroyed.CopyFrom(
        event_pb2.UserIdentityDestroyed(author_external_id=data.object("author").text("external_id"))
    )


def _pull_made(event: ZendeskEvent, data: JsonObject) -> None:
    event.pull_made.CopyFrom(
        event_pb2.PullMade(
            account_name=data.text("integration_instance_name"),
            url=data.text("url"),
            request_id=data.text("request_id"),
            duplicates=[
                event_pb2.DuplicateResource(
                    external_id=item.text("external_id"),
                    request_id=item.text("request_id"),
                    ticket_id=item.optional_number("ticket_id"),
                    comment_id=item.optional_number("comment_id"),
                )
                for item in data.objects("duplicate_external_ids")
            ],
        )
    )


def _channelback_made(event: ZendeskEvent, data: JsonObject) -> None:
    event.channelback_made.CopyFrom(
        event_pb2.ChannelbackMade(
            account_name=data.text("integration_instance_name"),
            url=data.text("url"),
            request_id=data.text("request_id"),
        )
    )


def _resources_created(event: ZendeskEvent, data: JsonObject) -> None:
    event.resources_created.CopyFrom(
        event_pb2.ResourcesCreated(
            request_id=data.text("request_id"),
            resource_events=[
                event_pb2.ResourceEvent(
                    type_id=item.text("type_id"),
                    external_id=item.text("external_id"),
                    comment_id=item.number("comment_id"),
                    ticket_id=item.number("ticket_id"),
                    follow_up_ticket_id=item.optional_number("follow_up_ticket_id"),
                )
                for item in data.objects("resource_events")
            ],
        )
    )


KINDS: Final[Mapping[str, Callable[[ZendeskEvent, JsonObject], None]]] = MappingProxyType(
    {
        "create_integration": _integration_created,
        "destroy_integration": _integration_destroyed,
        "create_integration_instance": _account_created,
        "destroy_integration_instance": _account_destroyed,
        "activate_integration_instance": _account_activated,
        "deactivate_integration_instance": _account_deactivated,
        "destroy_user_identity": _user_identity_destroyed,
        "pull_request": _pull_made,
        "channelback": _channelback_made,
        "resources_created_from_external_ids": _resources_created,
    }
)
"""By type_id. Raises `BadObject` where the data breaks the protocol."""
