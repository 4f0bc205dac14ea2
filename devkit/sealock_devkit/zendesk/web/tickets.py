# SPDX-License-Identifier: Apache-2.0
"""The list of tickets, and a ticket with its conversation and composer."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.attachments import MAX_BYTES, MAX_FILES, MAX_TOTAL_BYTES
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.replies import MESSAGE_MAX, TicketRefused
from sealock_devkit.zendesk.web.conversation import messages, obstacle, ticket_row
from sealock_devkit.zendesk.web.forms import read_form, read_form_with_files
from sealock_devkit.zendesk.web.pages import Pages

SHOWN = 200
"""How many tickets the list shows: the newest in activity."""


class Start:
    """`/`: leads to the tickets."""

    async def on_get(self, _request: Request, _response: Response) -> None:
        """Go there."""
        raise falcon.HTTPFound("/tickets")


class TicketsPage:
    """`/tickets`: what happened last comes first."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response) -> None:
        """The list."""
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
        """Its conversation."""
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
