# SPDX-License-Identifier: Apache-2.0
"""A ticket as its pages show it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.clickthrough import clickthrough_url
from sealock_devkit.zendesk.conversion import clean_html
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import redacted_json, redacted_url
from sealock_devkit.zendesk.replies import channelback_obstacle
from sealock_devkit.zendesk.store import Comment, Reply, Ticket
from sealock_devkit.zendesk.web.files import Attachment, attachments

STATES = {"waiting": "sending", "delivered": "delivered", "failed": "failed"}
REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A line of the list."""

    ticket: Ticket
    channel: str
    account: str
    requester: str
    last: Comment | None
    waiting: bool
    """Whether the end user wrote last, in public."""


@dataclass(frozen=True, slots=True)
class Message:
    """A comment of the conversation."""

    comment: Comment
    author: str
    avatar: str
    """An https URL, or empty."""
    html: str
    """Cleaned; empty for plain text."""
    link: str
    """The clickthrough link, or empty."""
    display_info: list[dict[str, Any]]
    """Each with its `type`, and its `data` as text."""
    files: list[Attachment]
    unfetched: list[str]
    """Addresses of files that came before files were fetched."""
    reply: Reply | None
    state: str
    """
    How far the reply got: `sending`, `delivered`, `failed`, or `reported` for one that was delivered and failed later;
    empty for what is not sent.
    """
    retries: int
    problem: str


def ticket_row(zendesk: LocalZendesk, ticket: Ticket) -> TicketRow:
    """A ticket for the list."""
    store = zendesk.store
    comments = store.tickets.comments(ticket.id)
    requester = store.users.get(ticket.requester_id).name if ticket.requester_id else "nobody"
    public = [comment for comment in comments if comment.public]
    return TicketRow(
        ticket=ticket,
        channel=store.integrations.get(ticket.integration_id).manifest.name,
        account=store.accounts.get(ticket.account_id).name,
        requester=requester,
        last=comments[-1] if comments else None,
        waiting=bool(public) and not public[-1].agent and ticket.status not in {"solved", "closed"},
    )


def messages(zendesk: LocalZendesk, ticket: Ticket) -> list[Message]:
    """The conversation in its order."""
    base = zendesk.store.integrations.get(ticket.integration_id).manifest.urls.get("clickthrough_url", "")
    return [_message(zendesk, comment, base) for comment in zendesk.store.tickets.comments(ticket.id)]


def obstacle(zendesk: LocalZendesk, ticket: Ticket) -> str:
    """Why a public reply would not reach the origin; empty when it would."""
    account = zendesk.store.accounts.get(ticket.account_id)
    return channelback_obstacle(ticket, account, zendesk.store.integrations.get(ticket.integration_id))


def _message(zendesk: LocalZendesk, comment: Comment, base: str) -> Message:
    author = zendesk.store.users.get(comment.user_id) if comment.user_id else None
    reply = zendesk.store.replies.by_comment(comment.id)
    avatar = author.image_url if author else ""
    files = attachments(zendesk, comment.id)
    joined = zendesk.settings.clickthrough_query == "joined"
    return Message(
        comment=comment,
        author=author.name if author else comment.agent,
        avatar=avatar if avatar.startswith("https://") else "",
        html=clean_html(comment.html_body),
        link=clickthrough_url(base, comment.external_id, joined=joined) if base and comment.external_id else "",
        display_info=[_shown(each) for each in json.loads(comment.display_info)],
        files=files,
        unfetched=[] if files else [redacted_url(url) for url in json.loads(comment.file_urls)],
        reply=reply,
        state=_state(reply) if reply else "",
        retries=max(len(reply.tries) - 1, 0) if reply else 0,
        problem=(reply.problem if reply else "") or comment.problem,
    )


def _state(reply: Reply) -> str:
    if reply.status == "failed" and reply.external_id:
        return REPORTED
    return STATES[reply.status]


def _shown(info: dict[str, Any]) -> dict[str, str]:
    data = json.dumps(redacted_json(info.get("data")), ensure_ascii=False, indent=2)
    return {"type": str(info.get("type", "")), "data": data}
