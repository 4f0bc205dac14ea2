# SPDX-License-Identifier: Apache-2.0
"""The list of tickets, and a ticket with its conversation and its composer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.requests import GREATEST
from sealock_devkit.zendesk.engine.agents import MESSAGE_MAX, TicketRefused, channelback_obstacle
from sealock_devkit.zendesk.engine.files import MAX_BYTES, MAX_FILES, MAX_TOTAL_BYTES, NewFile
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.store import Comment, File, Ticket
from sealock_devkit.zendesk.web.conversation import messages
from sealock_devkit.zendesk.web.forms import read_form, read_form_with_files
from sealock_devkit.zendesk.web.pages import Pages


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
    undelivered: Sequence[Comment]
    """Replies that did not reach the origin and that nobody has dealt with."""

    @property
    def trouble(self) -> Literal["", "reply failed", "reply not sent"]:
        """What became of its last reply that did not arrive, in words; empty if there is none."""
        if not self.undelivered:
            return ""
        return "reply failed" if self.has_failed else "reply not sent"

    has_failed: bool = False
    """Whether one of them was sent."""


def ticket_row(zendesk: LocalZendesk, ticket: Ticket) -> TicketRow:
    """A ticket as a line of the list, with who wrote last."""
    store = zendesk.store
    requester = store.users.get(ticket.requester_id).name if ticket.requester_id else "nobody"
    last_public = store.tickets.last_comment(ticket.id, public=True)
    undelivered = store.tickets.undelivered(ticket.id)
    return TicketRow(
        ticket=ticket,
        channel=store.integrations.get(ticket.integration_id).manifest.name,
        account=store.accounts.get(ticket.account_id).name,
        requester=requester,
        last=store.tickets.last_comment(ticket.id),
        waiting=last_public is not None and not last_public.agent and ticket.status not in {"solved", "closed"},
        undelivered=undelivered,
        has_failed=any(store.replies.by_comment(comment.id) is not None for comment in undelivered),
    )


def obstacle(zendesk: LocalZendesk, ticket: Ticket) -> str:
    """Why a public reply would not reach the origin; empty when it would."""
    account = zendesk.store.accounts.get(ticket.account_id)
    return channelback_obstacle(ticket, account, zendesk.store.integrations.get(ticket.integration_id))


SHOWN = 200
"""How many tickets the list shows at once: replies that did not arrive, then the newest in activity."""
SEARCH_CHARACTERS = 200


class Start:
    """`/`: leads to the page to look at first."""

    def __init__(self, target: str = "/tickets") -> None:
        self._target = target

    async def on_get(self, _request: Request, _response: Response) -> None:
        """Redirect there."""
        raise falcon.HTTPFound(self._target)


class TicketsPage:
    """`/tickets`: what went wrong comes first, then what happened last."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """
        The tickets, how many wait for an answer, and in how many a reply did not arrive.

        `search` is for those that have its words; the list goes on `after` so many.
        """
        store = self._zendesk.store
        search = (request.get_param("search") or "").strip()[:SEARCH_CHARACTERS]
        after = request.get_param_as_int("after", min_value=0, max_value=GREATEST, default=0)
        found = store.tickets.for_agents(SHOWN, after=after, search=search)
        rows = [ticket_row(self._zendesk, ticket) for ticket in found]
        count = store.tickets.found_count(search)
        integrations, accounts = store.integrations.all(), store.accounts.all()
        self._pages.answer(
            response,
            "tickets.html",
            here="tickets",
            rows=rows,
            after=after,
            search=search,
            count=count,
            earlier=_page(request, search, max(after - SHOWN, 0)) if after else "",
            later=_page(request, search, after + SHOWN) if after + len(rows) < count else "",
            waiting=store.tickets.waiting_count(),
            failed=store.tickets.undelivered_count(),
            first=integrations[0] if integrations else None,
            accounts=accounts,
        )


def _page(request: Request, search: str, after: int) -> str:
    """The address of another part of the list."""
    query = urlencode({name: value for name, value in (("search", search), ("after", after)) if value})
    return request.root_path + request.path + (f"?{query}" if query else "")


class TicketOfResource:
    """`/tickets/of`: leads from a `resource`, by its external id, to its comment, as soon as there is one."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """To the comment; until it is here, a page that waits for it and leads there by itself."""
        external_id = request.get_param("resource", default="")
        found = self._zendesk.store.resources.newest(external_id)
        if found is not None:
            raise falcon.HTTPFound(f"/tickets/{found.ticket_id}#comment-{found.comment_id}")
        again = f"/tickets/of?{urlencode({'resource': external_id})}"
        self._pages.answer(response, "awaited.html", here="tickets", resource=external_id, again=again)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the composer holds."""

    body: str = ""
    kind: str = "public"
    problem: str = ""
    """Why it was refused."""
    again: Comment | None = None
    """The comment that did not arrive and that it is written in place of."""
    kept: Sequence[File] = field(default=())
    """Files of that comment which go along again."""
    most: int = MESSAGE_MAX


LONG, BEGINNING, END = 30, 2, 15
"""A longer conversation shows so many comments of its beginning and of its end, and folds those between."""
KEPT = "keep-"
"""How the names of the fields begin that keep a file of an earlier reply, by its number."""


class TicketPage:
    """`/tickets/{number}`: one ticket."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response, number: int) -> None:
        """The ticket with its conversation and its composer; `again` puts a reply that did not arrive into it."""
        again = self._undelivered(number, request.get_param("again") or "")
        files = self._zendesk.store.files.of_comment(again.id) if again else []
        stored = [file for file in files if file.status == "stored"]
        self._show(response, number, Draft(again.body, again=again, kept=stored) if again else Draft())

    async def on_post_comments(self, request: Request, response: Response, number: int) -> None:
        """Add an agent's comment with its files; what is refused is shown again, with the reason."""
        form = await read_form_with_files(request)
        body, kind, problem = form.fields.get("body", ""), form.fields.get("kind", "public"), form.problem
        again = self._undelivered(number, form.fields.get("again", ""))
        kept = self._kept(again, form.fields)
        if not problem:
            try:
                comment = self._zendesk.agents.comment(
                    number,
                    body,
                    public=kind != "note",
                    files=[*(self._copy(file) for file in kept), *form.files],
                    in_place_of=again.id if again else None,
                )
            except TicketRefused as refused:
                problem = str(refused)
            else:
                raise falcon.HTTPSeeOther(f"/tickets/{number}#comment-{comment.id}")
        response.status = falcon.HTTP_422
        self._show(response, number, Draft(body, kind, problem, again, kept))

    async def on_post_leave(self, _request: Request, _response: Response, number: int, comment: int) -> None:
        """Leave a reply that did not arrive at that."""
        if self._undelivered(number, str(comment)):
            self._zendesk.agents.leave_undelivered(comment)
        raise falcon.HTTPSeeOther(f"/tickets/{number}#comment-{comment}")

    async def on_post_status(self, request: Request, response: Response, number: int) -> None:
        """Change its status."""
        form = await read_form(request)
        try:
            self._zendesk.agents.change_ticket(number, {"status": form.get("status")})
        except TicketRefused as refused:
            response.status = falcon.HTTP_422
            self._show(response, number, Draft(problem=str(refused)))
            return
        raise falcon.HTTPSeeOther(f"/tickets/{number}")

    def _undelivered(self, number: int, comment: str) -> Comment | None:
        """The ticket's comment of this number, if it did not arrive and nobody has dealt with it."""
        found = self._zendesk.store.tickets.undelivered(number)
        return next((each for each in found if str(each.id) == comment), None)

    def _kept(self, again: Comment | None, fields: Mapping[str, str]) -> list[File]:
        files = self._zendesk.store.files.of_comment(again.id) if again else []
        return [file for file in files if f"{KEPT}{file.id}" in fields and file.status == "stored"]

    def _copy(self, file: File) -> NewFile:
        return NewFile(file.name, file.content_type, self._zendesk.store.files.content(file.id))

    def _show(self, response: Response, number: int, draft: Draft) -> None:
        ticket = self._zendesk.store.tickets.get(number)
        said = messages(self._zendesk, ticket, linked=not self._pages.is_opened)
        begin, end = (BEGINNING, len(said) - END) if len(said) > LONG else (0, 0)
        self._pages.answer(
            response,
            "ticket.html",
            here="tickets",
            row=ticket_row(self._zendesk, ticket),
            beginning=said[:begin],
            middle=said[begin:end],
            end=said[end:],
            obstacle=obstacle(self._zendesk, ticket),
            follow_ups=self._zendesk.store.tickets.follow_ups(ticket.id),
            draft=draft,
            limits={"files": MAX_FILES, "bytes": MAX_BYTES, "together": MAX_TOTAL_BYTES},
        )
