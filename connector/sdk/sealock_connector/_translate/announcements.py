# SPDX-License-Identifier: Apache-2.0
"""What others announce: webhooks of origins, events of Zendesk."""

from __future__ import annotations

from datetime import UTC

from google.protobuf import json_format

from sealock.connector.v1 import event_pb2, webhook_pb2
from sealock_connector._translate.resources import account_from_wire
from sealock_connector._types import Event, WebhookAnswer, WebhookRequest
from sealock_connector.errors import InvalidAnswer
from sealock_contract.limits import broken_limit


def webhook_from_wire(request: webhook_pb2.ReceiveWebhookRequest) -> WebhookRequest:
    """The origin's request."""
    return WebhookRequest(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=tuple((each.name, each.value) for each in request.headers),
        body=request.body,
    )


def webhook_to_wire(request: WebhookRequest) -> webhook_pb2.ReceiveWebhookRequest:
    """The request as a message."""
    return webhook_pb2.ReceiveWebhookRequest(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=[webhook_pb2.HttpHeader(name=name, value=value) for name, value in request.headers],
        body=request.body,
    )


def webhook_answer_to_wire(answer: WebhookAnswer) -> webhook_pb2.ReceiveWebhookResponse:
    """The connector's answer as a message, checked against the contract's limits."""
    response = webhook_pb2.ReceiveWebhookResponse(
        status=answer.status,
        headers=[webhook_pb2.HttpHeader(name=name, value=value) for name, value in answer.headers],
        body=answer.body,
        deliveries=[
            webhook_pb2.WebhookDelivery(origin_account_key=key, hints=dict.fromkeys(hints))
            for key, hints in answer.deliveries.items()
        ],
    )
    for delivery in response.deliveries:
        if problem := broken_limit(delivery):
            raise InvalidAnswer(f"webhook delivery: {problem}")
    return response


def webhook_answer_from_wire(response: webhook_pb2.ReceiveWebhookResponse) -> WebhookAnswer:
    """What the message says."""
    return WebhookAnswer(
        status=response.status,
        body=response.body,
        headers=tuple((each.name, each.value) for each in response.headers),
        deliveries={each.origin_account_key: tuple(each.hints) for each in response.deliveries},
    )


def event_from_wire(request: event_pb2.HandleEventRequest) -> Event:
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
