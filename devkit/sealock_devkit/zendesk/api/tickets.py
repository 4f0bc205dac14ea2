# SPDX-License-Identifier: Apache-2.0
"""Tickets and their comments, end users, agents' replies, and the links to the origin."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.requests import files, only, read_object, text
from sealock_devkit.zendesk.api.views import comment_view, reply_view, ticket_view, user_view
from sealock_devkit.zendesk.local_zendesk import LocalZendesk

LONGEST_WAIT = 120


class Tickets:
    """`/api/tickets`: all tickets, or those with a `status` or of an `account`."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, request: Request, response: Response) -> None:
        """The tickets, the oldest first, without their comments."""
        status, account_id = request.get_param("status"), request.get_param_as_int("account")
        tickets = self._zendesk.store.tickets.all(status=status, account_id=account_id)
        response.media = {"tickets": [ticket_view(ticket, self._zendesk) for ticket in tickets]}


class Ticket:
    """`/api/tickets/{number}`: one ticket."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """The ticket with its comments."""
        view = ticket_view(self._zendesk.store.tickets.get(number), self._zendesk)
        comments = self._zendesk.store.tickets.comments(number)
        response.media = {**view, "comments": [comment_view(comment, self._zendesk) for comment in comments]}

    async def on_patch(self, request: Request, response: Response, number: int) -> None:
        """Change its `status` or `requester_id`."""
        ticket = self._zendesk.agents.change_ticket(number, await read_object(request))
        response.media = ticket_view(ticket, self._zendesk)

    async def on_post_comments(self, request: Request, response: Response, number: int) -> None:
        """
        Add an agent's comment: `body`, `public` (true), `agent`, `files`.

        With `wait` the answer comes when its reply is delivered or failed, after so many seconds at the latest.
        """
        media = await read_object(request)
        only(media, "body", "public", "agent", "files", "wait")
        public, wait = media.get("public", True), media.get("wait", 0)
        if not isinstance(public, bool):
            raise falcon.HTTPBadRequest(title="public is true or false")
        if not isinstance(wait, int | float) or isinstance(wait, bool) or not 0 <= wait <= LONGEST_WAIT:
            raise falcon.HTTPBadRequest(title=f"wait is a number of seconds up to {LONGEST_WAIT}")
        agent = text(media, "agent") if "agent" in media else "Agent"
        comment = self._zendesk.reply(number, text(media, "body"), public=public, agent=agent, files=files(media))
        if wait:
            await self._zendesk.settled(comment, wait)
        response.status = falcon.HTTP_201
        response.media = comment_view(self._zendesk.store.tickets.comment(comment.id), self._zendesk)


class CommentLink:
    """`/api/comments/{number}/clickthrough`: where a comment's link leads."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """Follow the link, and answer every address on the way."""
        comment = self._zendesk.store.tickets.comment(number)
        response.media = asdict(await self._zendesk.open_link(comment))


class Replies:
    """`/api/replies`: all replies, or those of a `status`."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, request: Request, response: Response) -> None:
        """The replies, the oldest first."""
        replies = self._zendesk.store.replies.all(request.get_param("status"))
        response.media = {"replies": [reply_view(reply) for reply in replies]}


class Reply:
    """`/api/replies/{number}`: one reply."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """The reply with its attempts."""
        view: dict[str, Any] = reply_view(self._zendesk.store.replies.get(number))
        response.media = view


class Users:
    """`/api/users`: all end users."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """The users that are not deleted."""
        response.media = {"users": [user_view(user) for user in self._zendesk.store.users.all()]}


class User:
    """`/api/users/{number}`: one end user."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_delete(self, _request: Request, response: Response, number: int) -> None:
        """Delete the user; the service is told."""
        self._zendesk.lifecycle.delete_user(number)
        response.status = falcon.HTTP_204
