# SPDX-License-Identifier: Apache-2.0
"""Turns accepted external resources into tickets, comments and users, after the pull that brought them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import nh3

from sealock_devkit.zendesk.context import A_DAY, Context, excerpt, stamp
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.files import await_download
from sealock_devkit.zendesk.engine.placement import NotConverted, Placement, allows_channelback, id_scope, place
from sealock_devkit.zendesk.judge.findings import parse_instant
from sealock_devkit.zendesk.settings import Settings, comma_separated
from sealock_devkit.zendesk.store import Account, Arrival, Comment, Ticket, User

STATUSES = ("new", "open", "pending", "hold", "solved")
CHOICES: Mapping[str, Sequence[str]] = {
    "status": STATUSES,
    "type": ("problem", "incident", "question", "task"),
    "priority": ("low", "normal", "high", "urgent"),
}
SYSTEM = {*CHOICES, "subject", "tags"}
BATCH = 50
SUBJECT_CHARACTERS = 150
ALLOWED_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "a", "ul", "ol", "li", "blockquote", "pre", "code", "img"}
ALLOWED_ATTRIBUTES: dict[str, set[str]] = {"a": {"href"}, "img": {"src", "alt"}, "*": set()}
ALLOWED_URLS = {
    ("a", "href"): re.compile(r"https?://|mailto:", re.IGNORECASE),
    ("img", "src"): re.compile(r"https://", re.IGNORECASE),
}
"""Whole addresses only: what is relative would lead to the pages of this Zendesk."""
MARKUP = re.compile(r"<(?!img[^>]* src=)[^>]*>|&nbsp;")


class Converter:
    """Works through the queue of accepted resources, strictly in order."""

    def __init__(self, context: Context, events: EventOutbox) -> None:
        self._context = context
        self._store = context.store
        self._events = events

    async def run(self) -> None:
        """Convert what comes, until cancelled."""
        while True:
            if await self._context.changes.wait_until(lambda: self._store.resources.waiting_count() > 0, A_DAY):
                self.convert_some()
                await asyncio.sleep(0)

    def convert_some(self) -> None:
        """Convert the next resources of the queue, all or none."""
        with self._store.database.transaction():
            arrivals = self._store.resources.waiting(BATCH)
            for (account_id, request_id), group in groupby(arrivals, lambda item: (item.account_id, item.request_id)):
                self._convert_group(self._store.accounts.get(account_id), request_id, list(group))
        self._context.changes.announce()

    def convert_waiting(self) -> None:
        """Convert the whole queue now."""
        while self._store.resources.waiting_count():
            self.convert_some()

    def _convert_group(self, account: Account, request_id: str, arrivals: list[Arrival]) -> None:
        integration = self._store.integrations.get(account.integration_id)
        resource_events = []
        for arrival in arrivals:
            self._store.resources.done(arrival.id)
            if arrival.state_after is not None:
                self._store.accounts.update(account.id, state=arrival.state_after)
            elif account.deleted_at is None:
                resource_events += self._convert(json.loads(arrival.resource), account)
        if resource_events:
            data = {"request_id": request_id, "resource_events": resource_events}
            self._events.add(integration, "resources_created_from_external_ids", data, account_id=account.id)

    def _convert(self, resource: dict[str, Any], account: Account) -> list[dict[str, Any]]:
        try:
            return [self.convert(resource, account, self._context.settings)]
        except NotConverted as refusal:
            scope = id_scope(account, self._context.settings)
            self._store.resources.forget(scope, resource["external_id"])
            self._context.console.bad(f"a resource of {account.name} was not converted: {refusal}")
            return []

    def convert(self, resource: Mapping[str, Any], account: Account, settings: Settings) -> dict[str, Any]:
        """
        Turn a resource that was claimed into a comment, within the caller's transaction; the event that tells of it.

        Raises `NotConverted` before anything was written.
        """
        locale = _locale(resource["author"], settings)
        fields = usable_fields(resource.get("fields", []), settings)
        follow_ups = self._store.integrations.get(account.integration_id).manifest.create_followup_tickets
        placement = place(resource, account, self._store, settings, follow_ups=follow_ups)
        user = self._user({**resource["author"], "locale": locale}, account)
        ticket = self._ticket(placement, {**resource, "fields": fields}, account, user)
        comment = self._comment(ticket, resource, user)
        self._store.resources.link_comment(id_scope(account, settings), resource["external_id"], ticket.id, comment.id)
        self._say(ticket, comment, placement, user)
        return self._event(ticket, comment, placement)

    def _event(self, ticket: Ticket, comment: Comment, placement: Placement) -> dict[str, Any]:
        event = {"external_id": comment.external_id, "comment_id": comment.id, "ticket_id": ticket.id}
        if placement.ticket is not None:
            return {"type_id": "comment_on_existing_ticket", **event}
        if placement.follow_up_of is None:
            return {"type_id": "comment_on_new_ticket", **event}
        numbers = {"ticket_id": ticket.id, "follow_up_ticket_id": placement.follow_up_of.id}
        if self._context.settings.follow_up_ticket_id == "new":
            numbers = {"ticket_id": placement.follow_up_of.id, "follow_up_ticket_id": ticket.id}
        return {"type_id": "comment_on_follow_up_ticket", **event, **numbers}

    def _user(self, author: Mapping[str, Any], account: Account) -> User:
        by_account = self._context.settings.author_scope == "account"
        scope = f"account {account.id}" if by_account else f"integration {account.integration_id}"
        user = self._store.users.by_identity(scope, author["external_id"])
        if user is None:
            return self._store.users.add(
                scope=scope,
                integration_id=account.integration_id,
                account_id=account.id,
                external_id=author["external_id"],
                name=author.get("name", author["external_id"]),
                image_url=author.get("image_url", ""),
                locale=author.get("locale", ""),
                fields=json.dumps(author.get("fields", []), ensure_ascii=False),
                created_at=self._context.now(),
            )
        if self._context.settings.author_updates == "always":
            changes = {key: author[key] for key in ("name", "image_url") if key in author}
            if changes:
                self._store.users.update(user.id, **changes)
        return user

    def _ticket(self, placement: Placement, resource: Mapping[str, Any], account: Account, user: User) -> Ticket:
        now, settings = self._context.now(), self._context.settings
        scope = id_scope(account, settings)
        if placement.ticket is not None:
            status = placement.ticket.status
            opens = settings.solved_ticket == "opens" and status in {"pending", "hold", "solved"}
            return self._store.tickets.update(
                placement.ticket.id,
                status="open" if opens else status,
                allow_channelback=allows_channelback(resource, settings, before=placement.ticket.allow_channelback),
                updated_at=now,
            )
        fields = {str(field["id"]): field["value"] for field in resource.get("fields", [])}
        ticket = self._store.tickets.add(
            integration_id=account.integration_id,
            account_id=account.id,
            requester_id=user.id,
            subject=_subject(fields.get("subject"), resource["message"], settings),
            status=fields.get("status", "new"),
            thread_id=placement.thread_id,
            follow_up_of=placement.follow_up_of.id if placement.follow_up_of else None,
            allow_channelback=allows_channelback(resource, settings),
            fields=json.dumps(resource.get("fields", []), ensure_ascii=False),
            created_at=now,
            updated_at=now,
        )
        self._store.tickets.lead_thread(scope, placement.thread_id, ticket.id)
        return ticket

    def _comment(self, ticket: Ticket, resource: Mapping[str, Any], user: User) -> Comment:
        now, written = self._context.now(), parse_instant(resource["created_at"])
        by_origin = self._context.settings.comment_time == "origin" and written is not None
        comment = self._store.tickets.add_comment(
            ticket_id=ticket.id,
            user_id=user.id,
            body=resource["message"],
            html_body=_html(resource, self._context.settings),
            public=not resource.get("internal_note", False),
            external_id=resource["external_id"],
            display_info=json.dumps(resource.get("display_info", []), ensure_ascii=False),
            file_urls=json.dumps(resource.get("file_urls", []), ensure_ascii=False),
            created_at=stamp(written) if by_origin and written else now,
            added_at=now,
        )
        await_download(self._context, comment.id, resource.get("file_urls", []))
        return comment

    def _say(self, ticket: Ticket, comment: Comment, placement: Placement, user: User) -> None:
        words = f"{user.name}: {excerpt(comment.body)}"
        if placement.ticket is not None:
            self._context.console.say(f"ticket {ticket.id}: comment by {words}")
        elif placement.follow_up_of is not None:
            self._context.console.good(f"ticket {ticket.id} made, follows {placement.follow_up_of.id}. {words}")
        else:
            self._context.console.good(f"ticket {ticket.id} made. {words}")


def _locale(author: Mapping[str, Any], settings: Settings) -> str:
    locale, supported = str(author.get("locale", "")), comma_separated(settings.supported_locales)
    if not locale or not supported or locale in supported:
        return locale
    if settings.unsupported_locale == "error":
        raise NotConverted("the author's locale is none that is supported")
    return ""


def _html(resource: Mapping[str, Any], settings: Settings) -> str:
    if settings.html_message == "ignored":
        return ""
    return _with_content(clean_html(resource.get("html_message", ""), images=settings.html_images == "kept"))


def _subject(given: Any, message: str, settings: Settings) -> str:
    if isinstance(given, str) and given.strip():
        return given.strip()
    if settings.subject_source == "first characters":
        return excerpt(message, SUBJECT_CHARACTERS) or "(no subject)"
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return excerpt(lines[0], SUBJECT_CHARACTERS) if lines else "(no subject)"


def clean_html(html: str, *, images: bool = True) -> str:
    """An origin's HTML with only what a comment may have, and no link into this Zendesk; the protocol says nothing."""

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        pattern = ALLOWED_URLS.get((tag, attribute))
        return value if pattern is None or pattern.match(value) else None

    schemes = {"http", "https", "mailto"}
    return nh3.clean(
        html,
        tags=ALLOWED_TAGS if images else ALLOWED_TAGS - {"img"},
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes=schemes,
        url_relative="deny",
        attribute_filter=allowed,
    )


def _with_content(html: str) -> str:
    """Cleaned HTML, or nothing when cleaning left nothing to see: then the plain text is shown."""
    return html if MARKUP.sub("", html).strip() else ""


def usable_fields(fields: Sequence[Mapping[str, Any]], settings: Settings) -> list[Mapping[str, Any]]:
    """The fields that there are, with values that they can have. Raises `NotConverted` if the settings say so."""
    custom = comma_separated(settings.custom_fields)
    usable = []
    for field in fields:
        problem = _problem(str(field["id"]), field["value"], custom)
        if problem and settings.bad_field == "error":
            raise NotConverted(problem)
        if not problem:
            usable.append(field)
    return usable


def _problem(name: str, value: Any, custom: frozenset[str]) -> str:
    if name not in SYSTEM:
        return "" if not custom or name in custom else "there is no ticket field of this id"
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"{name} is one of: {', '.join(CHOICES[name])}"
    if name == "tags":
        good = isinstance(value, list) and all(isinstance(tag, str) for tag in value)
        return "" if good else "tags is an array of strings"
    return "" if isinstance(value, str) else f"{name} is a string"
