# SPDX-License-Identifier: Apache-2.0
"""Zendesk's events."""

from __future__ import annotations

from datetime import UTC

from google.protobuf import json_format

from sealock.connector.v1 import event_pb2 as pb
from sealock_connector._translate.accounts import account_from_wire
from sealock_connector._types import Event


def event_from_wire(request: pb.HandleEventRequest) -> Event:
    """The event; of a kind that this contract does not know, only what all events have."""
    event = request.event
    kind = event.WhichOneof("kind")
    data = {}
    if kind is not None:
        data = json_format.MessageToDict(getattr(event, kind), preserving_proto_field_name=True)
    return Event(
        type_id=event.type_id,
        at=event.event_time.ToDatetime(UTC) if event.HasField("event_time") else None,
        subdomain=event.subdomain,
        account=account_from_wire(request.account_id, request.account) if request.HasField("account") else None,
        error=event.error,
        data=data,
    )
