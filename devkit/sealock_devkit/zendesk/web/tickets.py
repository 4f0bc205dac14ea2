# SPDX-License-Identifier: Apache-2.0
"""The list of tickets, and a ticket with its conversation, its files and its composer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.guarded_files import POLICY, disposition
from sealock_devkit.zendesk.browser.clickthrough import clickthrough_url
from sealock_devkit.zendesk.engine.agents import MESSAGE_MAX, TicketRefused, channelback_obstacle
from sealock_devkit.zendesk.engine.conversion import clean_html
from sealock_devkit.zendesk.engine.files import MAX_BYTES, MAX_FILES, MAX_TOTAL_BYTES, PICTURE_HEAD_BYTES, picture_type
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import redacted_json, redacted_url
from sealock_devkit.zendesk.store import Comment, File, Reply, Ticket
from sealock_devkit.zendesk.web.forms import read_form, read_form_with_files
from sealock_devkit.zendesk.web.pages import Pages

THUMBNAIL_BYTES = 10 * 1024 * 1024
"""A larger picture is a link only."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A comment's file as its ticket shows it."""

    file: File
    link: str
    """Where it is downloaded; empty while it is not here."""
    is_picture: bool
    state: str
    """`waiting`, `failed`, `kept` when it is not sent to the origin, or empty."""


def attachments(zendesk: LocalZendesk, comment_id: int) -> list[Attachment]:
    """A comment's files, in order."""
    return [_attachment(zendesk, file) for file in zendesk.store.files.of_comment(comment_id)]


def _attachment(zendesk: LocalZendesk, file: File) -> Attachment:
    if file.status != "stored":
        return Attachment(file, "", is_picture=False, state=file.status)
    small = file.size <= THUMBNAIL_BYTES
    return Attachment(
        file,
        link=f"/files/{file.id}/{quote(file.name, safe='')}",
        is_picture=small and picture_type(zendesk.store.files.head(file.id, PICTURE_HEAD_BYTES)) != "",
        state="kept" if file.problem else "",
    )


class FileContent:
    """`/files/{number}/{name}`: a comment's file. A picture is shown; anything else is saved, and runs nothing."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int, name: str) -> None:
        """The file's bytes, if the name in the address is its own."""
        file = self._zendesk.store.files.get(number)
        if name != file.name:
            raise falcon.HTTPNotFound(title="There is no such file")
        content = self._zendesk.store.files.content(number)
        picture = picture_type(content)
        response.set_header("Content-Disposition", disposition(file.name, shown=bool(picture)))
        response.content_type = picture or file.content_type
        response.data = content
        response.set_header("Content-Security-Policy", POLICY)
        response.set_header("X-Content-Type-Options", "nosniff")
        response.set_header("Cross-Origin-Resource-Policy", "same-origin")
        response.set_header("Cache-Control", "private, max-age=60")


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
    """A ticket as a line of the list, with who wrote last."""
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


SHOWN = 200
"""How many tickets the list shows: the newest in activity."""


class Start:
    """`/`: leads to the tickets."""

    async def on_get(self, _request: Request, _response: Response) -> None:
        """Redirect to the list of tickets."""
        raise falcon.HTTPFound("/tickets")


class TicketsPage:
    """`/tickets`: what happened last comes first."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response) -> None:
        """The tickets with the latest activity, and how many wait for an answer."""
        tickets = self._zendesk.store.tickets.latest_first()
        rows = [ticket_row(self._zendesk, ticket) for ticket in tickets[:SHOWN]]
        integrations, accounts = self._zendesk.store.integrations.all(), self._zendesk.store.accounts.all()
        self._pages.answer(
            response,
            "tickets.html",
            here="tickets",
            rows=rows,
            count=len(tickets),
            waiting=sum(row.waiting for row in rows),
            first=integrations[0] if integrations else None,
            accounts=accounts,
        )


class TicketPage:
    """`/tickets/{number}`: one ticket."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """The ticket with its conversation and its composer."""
        self._show(response, number)

    async def on_post_comments(self, request: Request, response: Response, number: int) -> None:
        """Add an agent's comment with its files; what is refused is shown again, with the reason."""
        form = await read_form_with_files(request)
        body, kind = form.fields.get("body", ""), form.fields.get("kind", "public")
        problem = form.problem
        if not problem:
            try:
                comment = self._zendesk.reply(number, body, public=kind != "note", files=form.files)
            except TicketRefused as refused:
                problem = str(refused)
            else:
                raise falcon.HTTPSeeOther(f"/tickets/{number}#comment-{comment.id}")
        response.status = falcon.HTTP_422
        self._show(response, number, body=body, kind=kind, problem=problem)

    async def on_post_status(self, request: Request, response: Response, number: int) -> None:
        """Change its status."""
        form = await read_form(request)
        try:
            self._zendesk.agents.change_ticket(number, {"status": form.get("status")})
        except TicketRefused as refused:
            response.status = falcon.HTTP_422
            self._show(response, number, problem=str(refused))
            return
        raise falcon.HTTPSeeOther(f"/tickets/{number}")

    def _show(
        self, response: Response, number: int, *, body: str = "", kind: str = "public", problem: str = ""
    ) -> None:
        ticket = self._zendesk.store.tickets.get(number)
        self._pages.answer(
            response,
            "ticket.html",
            here="tickets",
            row=ticket_row(self._zendesk, ticket),
            messages=messages(self._zendesk, ticket),
            obstacle=obstacle(self._zendesk, ticket),
            follow_ups=self._zendesk.store.tickets.follow_ups(ticket.id),
            draft={"body": body, "kind": kind, "problem": problem, "most": MESSAGE_MAX},
            limits={"files": MAX_FILES, "bytes": MAX_BYTES, "together": MAX_TOTAL_BYTES},
        )
