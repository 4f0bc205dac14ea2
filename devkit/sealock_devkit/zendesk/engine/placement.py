# SPDX-License-Identifier: Apache-2.0
"""Which ticket an external resource belongs to (protocol: threading, the decision table)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.store import Account, Store, Ticket


class NotConverted(Exception):
    """A resource that cannot become a comment. The message says why, without its contents."""


class UnknownParent(NotConverted):
    """A resource whose parent_id was never seen, where that is an error."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a resource goes."""

    ticket: Ticket | None
    """The ticket to comment on; `None` for a new one."""
    thread_id: str
    """The new ticket's thread."""
    follow_up_of: Ticket | None = None
    """The closed ticket that the new one follows."""


def id_scope(account: Account, settings: Settings) -> str:
    """Within what external ids and thread ids are unique."""
    if settings.id_scope == "subdomain":
        return "subdomain"
    if settings.id_scope == "integration":
        return f"integration {account.integration_id}"
    return f"account {account.id}"


def allows_channelback(body: Mapping[str, Any], settings: Settings, *, before: bool = True) -> bool:
    """Whether a ticket can be replied to after a resource or an answer; `before`: whether it could until then."""
    absent = {"allowed": True, "as before": before, "not allowed": False}[settings.absent_allow_channelback]
    return bool(body.get("allow_channelback", absent))


def place(
    resource: Mapping[str, Any], account: Account, store: Store, settings: Settings, *, follow_ups: bool
) -> Placement:
    """
    Decide where a resource goes; `follow_ups` is the manifest's create_followup_tickets.

    Raises `NotConverted` for both ids at once and, if the settings say so, `UnknownParent`.
    """
    scope = id_scope(account, settings)
    thread_id, parent_id = resource.get("thread_id"), resource.get("parent_id")
    if thread_id and parent_id and settings.both_ids == "error":
        raise NotConverted("thread_id and parent_id together")
    if thread_id:
        return _on_thread(store.tickets.by_thread(scope, thread_id), thread_id, follow_ups=follow_ups)
    if parent_id:
        ticket = _ticket_of(parent_id, scope, store)
        if ticket is None and settings.unknown_parent == "error":
            raise UnknownParent("could not locate the parent external resource")
        if ticket is not None:
            follow = follow_ups and settings.closed_parent == "follow-up"
            return _on_thread(ticket, ticket.thread_id, follow_ups=follow)
    return Placement(None, resource["external_id"])


def _on_thread(ticket: Ticket | None, thread_id: str, *, follow_ups: bool) -> Placement:
    if ticket is None:
        return Placement(None, thread_id)
    if ticket.status != "closed":
        return Placement(ticket, thread_id)
    return Placement(None, thread_id, ticket if follow_ups else None)


def _ticket_of(parent_id: str, scope: str, store: Store) -> Ticket | None:
    parent = store.resources.find(scope, parent_id)
    if parent is None or parent.ticket_id is None:
        return None
    ticket = store.tickets.get(parent.ticket_id)
    return store.tickets.by_thread(scope, ticket.thread_id) or ticket
