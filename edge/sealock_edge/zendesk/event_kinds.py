# SPDX-License-Identifier: Apache-2.0
"""The ten kinds of Zendesk's events, each read from its `data` into its part of the contract's event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sealock.connector.v1 import event_pb2
from sealock.connector.v1.event_pb2 import ZendeskEvent
from sealock_edge.zendesk.json_objects import JsonObject


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
