# SPDX-License-Identifier: Apache-2.0
"""Zendesk's event callbacks: a strict envelope, and each event on its own (protocol: event callbacks)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from google.protobuf.timestamp_pb2 import Timestamp

from sealock.connector.v1.event_pb2 import ZendeskEvent
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.errors import BadForm
from sealock_edge.zendesk.event_kinds import KINDS
from sealock_edge.zendesk.json_objects import BadObject, JsonObject


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


def read_events(body: bytes) -> list[Event | BadEvent]:
    """
    The events of a request, in order, each read on its own.

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
    return [_read(position, content) for position, content in enumerate(events)]


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
