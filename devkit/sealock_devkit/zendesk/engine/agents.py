# SPDX-License-Identifier: Apache-2.0
"""What an agent does on a ticket: writes, and changes its status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sealock_devkit.zendesk.context import Context, excerpt
from sealock_devkit.zendesk.engine.files import NewFile, attach, files_obstacle
from sealock_devkit.zendesk.store import Account, Comment, Integration, Reply, Ticket

MESSAGE_MAX = 65_535
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")


class TicketRefused(Exception):
    """What an agent wants is not possible on this ticket. The message says why."""


class Agents:
    """Writes agents' comments, and puts public ones on their way to the origin."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def comment(
        self,
        ticket_id: int,
        body: str,
        *,
        public: bool = True,
        agent: str = "Agent",
        files: Sequence[NewFile] = (),
        in_place_of: int | None = None,
    ) -> Comment:
        """
        Add an agent's comment; a public one is sent to the origin if the ticket's channel allows it.

        A public one deals with the ticket's replies that did not arrive, or with the one that it is `in_place_of`.

        Raises `TicketRefused` for a closed ticket, for a text that is empty or longer than 65,535 characters, for a
        file of more than 50 MB, and for more than 20 files or 100 MB in all.
        """
        ticket = self._store.tickets.get(ticket_id)
        if ticket.status == "closed":
            raise TicketRefused("the ticket is closed")
        files_alone = bool(files) and self._context.settings.reply_without_text == "sent"
        if len(body) > MESSAGE_MAX or not (body.strip() or files_alone):
            raise TicketRefused(f"a comment has 1 to {MESSAGE_MAX} characters")
        if obstacle := files_obstacle(files):
            raise TicketRefused(obstacle)
        account = self._store.accounts.get(ticket.account_id)
        integration = self._store.integrations.get(ticket.integration_id)
        obstacle = channelback_obstacle(ticket, account, integration) if public else ""
        now = self._context.now()
        with self._store.database.transaction():
            if public:
                self._store.tickets.deal_with(ticket.id, in_place_of)
            comment = self._store.tickets.add_comment(
                ticket_id=ticket.id,
                agent=agent,
                body=body,
                public=public,
                problem=obstacle,
                undelivered=bool(obstacle),
                created_at=now,
                added_at=now,
            )
            takes_files = integration.manifest.channelback_files
            attach(
                self._context, comment.id, files, "" if takes_files or not public else "the integration takes no files"
            )
            status = "open" if ticket.status == "new" else ticket.status
            self._store.tickets.update(ticket.id, status=status, updated_at=now)
            if public and not obstacle:
                self._put_on_its_way(ticket, comment)
        if public:
            self._say(ticket, comment, obstacle)
        self._context.changes.announce()
        return comment

    def _put_on_its_way(self, ticket: Ticket, comment: Comment) -> Reply:
        settings = self._context.settings
        ids = [resource.external_id for resource in self._store.resources.of_ticket(ticket.id)]
        parent_id = (ids[-1] if settings.channelback_parent == "latest" else ids[0]) if ids else None
        requester = self._store.users.get(ticket.requester_id) if ticket.requester_id else None
        return self._store.replies.add(
            account_id=ticket.account_id,
            ticket_id=ticket.id,
            comment_id=comment.id,
            request_unique_identifier=self._context.new_id(),
            parent_id=None if settings.channelback_ids == "thread_id" else parent_id,
            thread_id=None if settings.channelback_ids == "parent_id" else ticket.thread_id,
            recipient_id=requester.external_id if requester and requester.deleted_at is None else None,
            created_at=self._context.now(),
        )

    def _say(self, ticket: Ticket, comment: Comment, obstacle: str) -> None:
        if obstacle:
            self._context.console.warn(f"ticket {ticket.id}: not sent to the origin: {obstacle}")
        else:
            self._context.console.say(f"ticket {ticket.id}: sending {comment.agent}'s reply: {excerpt(comment.body)}")

    def change_ticket(self, ticket_id: int, changes: dict[str, Any]) -> Ticket:
        """Change a ticket's `status` or `requester_id`. Raises `TicketRefused`; `Unknown` for a missing user."""
        ticket = self._store.tickets.get(ticket_id)
        unknown = set(changes) - {"status", "requester_id"}
        if unknown:
            raise TicketRefused(f"a ticket's {', '.join(sorted(unknown))} cannot be changed")
        if "status" in changes:
            if changes["status"] not in STATUSES:
                raise TicketRefused(f"status is one of: {', '.join(STATUSES)}")
            if ticket.status == "closed" and changes["status"] != "closed":
                raise TicketRefused("a closed ticket stays closed")
        if changes.get("requester_id") is not None:
            self._store.users.get(changes["requester_id"])
        with self._store.database.transaction():
            if changes.get("status") in {"solved", "closed"}:
                self._store.tickets.deal_with(ticket_id)
            ticket = self._store.tickets.update(ticket_id, **changes, updated_at=self._context.now())
        self._context.changes.announce()
        return ticket

    def leave_undelivered(self, comment_id: int) -> None:
        """Leave a reply that did not arrive at that: its ticket no longer waits for it."""
        self._store.tickets.deal_with(self._store.tickets.comment(comment_id).ticket_id, comment_id)
        self._context.changes.announce()


def channelback_obstacle(ticket: Ticket, account: Account, integration: Integration) -> str:
    """Why a ticket's replies are not sent to the origin; empty when they are."""
    if integration.removed_at:
        return "the integration was removed"
    if "channelback_url" not in integration.manifest.urls:
        return "the integration takes no replies"
    if account.deleted_at:
        return "the account was deleted"
    if not account.active:
        return "the account is not active"
    if not ticket.allow_channelback:
        return "no reply to this is possible any more"
    return ""
