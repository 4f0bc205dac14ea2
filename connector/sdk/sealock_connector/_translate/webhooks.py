# SPDX-License-Identifier: Apache-2.0
"""Webhooks of origins."""

from __future__ import annotations

from sealock.connector.v1 import webhook_pb2 as pb
from sealock_connector._translate.resources import resource_from_wire, resource_to_wire
from sealock_connector._types import WebhookAnswer, WebhookRequest
from sealock_connector.errors import InvalidAnswer
from sealock_contract.limits import broken_limit


def webhook_from_wire(request: pb.ReceiveWebhookRequest) -> WebhookRequest:
    """The origin's request."""
    return WebhookRequest(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=tuple((each.name, each.value) for each in request.headers),
        body=request.body,
    )


def webhook_to_wire(request: WebhookRequest) -> pb.ReceiveWebhookRequest:
    """The request as a message."""
    return pb.ReceiveWebhookRequest(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=[pb.HttpHeader(name=name, value=value) for name, value in request.headers],
        body=request.body,
    )


def webhook_answer_to_wire(answer: WebhookAnswer) -> pb.ReceiveWebhookResponse:
    """The connector's answer as a message, checked against the contract's limits."""
    response = pb.ReceiveWebhookResponse(
        status=answer.status,
        headers=[pb.HttpHeader(name=name, value=value) for name, value in answer.headers],
        body=answer.body,
        deliveries=[
            pb.WebhookDelivery(origin_account_key=key, resources=map(resource_to_wire, resources))
            for key, resources in answer.deliveries
        ],
    )
    for delivery in response.deliveries:
        if problem := broken_limit(delivery):
            raise InvalidAnswer(f"webhook delivery: {problem}")
    return response


def webhook_answer_from_wire(response: pb.ReceiveWebhookResponse) -> WebhookAnswer:
    """What the message says."""
    return WebhookAnswer(
        status=response.status,
        body=response.body,
        headers=tuple((each.name, each.value) for each in response.headers),
        deliveries=tuple(
            (each.origin_account_key, tuple(map(resource_from_wire, each.resources))) for each in response.deliveries
        ),
    )
