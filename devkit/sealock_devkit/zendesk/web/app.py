# SPDX-License-Identifier: Apache-2.0
"""The pages as an ASGI application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon
from falcon.asgi import App, Request, Response

from sealock_devkit.zendesk.api.app import STATUSES
from sealock_devkit.zendesk.guard import OwnPagesOnly, ReadingOnly
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.transcripts.opened import Opened, OpenedTranscripts
from sealock_devkit.zendesk.web.accounts import AccountPage, AdminUi
from sealock_devkit.zendesk.web.channels import AboutLinks, ChannelPage, ChannelsPage
from sealock_devkit.zendesk.web.conversation import FileContent
from sealock_devkit.zendesk.web.faults import FaultsPage
from sealock_devkit.zendesk.web.journal import CallPage, CallsPage, EventsPage, ViolationsPage
from sealock_devkit.zendesk.web.pages import Assets, Pages, Stream
from sealock_devkit.zendesk.web.settings import SettingsPage
from sealock_devkit.zendesk.web.tickets import Start, TicketOfResource, TicketPage, TicketsPage
from sealock_devkit.zendesk.web.transcripts import TranscriptsPage


def create_web_app(
    zendesk: LocalZendesk, opened: OpenedTranscripts, ends: Callable[[], bool]
) -> App[Request, Response]:
    """The pages over a local Zendesk that runs already; streams end when `ends` says so."""
    app: App[Request, Response] = App(middleware=[OwnPagesOnly()])
    pages = Pages(zendesk)
    _add_error_pages(app, pages)
    _add_ticket_routes(app, zendesk, pages)
    _add_channel_routes(app, zendesk, pages)
    _add_journal_routes(app, zendesk, pages)
    _add_transcript_routes(app, zendesk, pages, opened)
    app.add_route("/", Start())
    app.add_route("/assets/{name}", Assets())
    app.add_route("/stream", Stream(zendesk.context.changes, ends))
    return app


def create_opened_app(opened: Opened) -> App[Request, Response]:
    """The pages of an open transcript: none that changes something or leads elsewhere."""
    app: App[Request, Response] = App(middleware=[OwnPagesOnly(), ReadingOnly()])
    zendesk, pages = opened.zendesk, Pages(opened.zendesk, opened)
    _add_error_pages(app, pages)
    app.add_route("/", Start(opened.start))
    app.add_route("/tickets", TicketsPage(zendesk, pages))
    app.add_route("/tickets/{number:int}", TicketPage(zendesk, pages))
    app.add_route("/channels", ChannelsPage(zendesk, pages))
    app.add_route("/channels/{number:int}", ChannelPage(zendesk, pages))
    app.add_route("/accounts/{number:int}", AccountPage(zendesk, pages))
    app.add_route("/calls", CallsPage(zendesk, pages))
    app.add_route("/calls/{number:int}", CallPage(zendesk, pages))
    app.add_route("/events", EventsPage(zendesk, pages))
    app.add_route("/violations", ViolationsPage(zendesk, pages))
    app.add_route("/settings", SettingsPage(zendesk, pages))
    return app


def _add_transcript_routes(
    app: App[Request, Response], zendesk: LocalZendesk, pages: Pages, opened: OpenedTranscripts
) -> None:
    transcripts = TranscriptsPage(zendesk, pages, opened)
    app.add_route("/transcripts", transcripts)
    app.add_route("/transcripts/download", transcripts, suffix="download")
    app.add_route("/transcripts/close", transcripts, suffix="close")
    app.add_route("/transcripts/{number:int}", transcripts, suffix="gone")


def _add_ticket_routes(app: App[Request, Response], zendesk: LocalZendesk, pages: Pages) -> None:
    ticket = TicketPage(zendesk, pages)
    app.add_route("/tickets", TicketsPage(zendesk, pages))
    app.add_route("/tickets/of", TicketOfResource(zendesk, pages))
    app.add_route("/tickets/{number:int}", ticket)
    app.add_route("/tickets/{number:int}/comments", ticket, suffix="comments")
    app.add_route("/tickets/{number:int}/comments/{comment:int}/leave", ticket, suffix="leave")
    app.add_route("/tickets/{number:int}/status", ticket, suffix="status")
    app.add_route("/files/{number:int}/{name}", FileContent(zendesk))


def _add_channel_routes(app: App[Request, Response], zendesk: LocalZendesk, pages: Pages) -> None:
    channels, channel = ChannelsPage(zendesk, pages), ChannelPage(zendesk, pages)
    account, admin = AccountPage(zendesk, pages), AdminUi(zendesk, pages)
    app.add_route("/channels", channels)
    app.add_route("/channels/app", channels, suffix="app")
    app.add_route("/channels/{number:int}", channel)
    app.add_route("/channels/{number:int}/manifest", channel, suffix="manifest")
    app.add_route("/channels/{number:int}/health", channel, suffix="health")
    app.add_route("/channels/{number:int}/logo.png", channel, suffix="logo")
    app.add_route("/channels/{number:int}/remove", channel, suffix="remove")
    app.add_route("/channels/{number:int}/accounts/new", admin, suffix="new")
    app.add_route("/accounts/{number:int}", account)
    app.add_route("/accounts/{number:int}/switch", account, suffix="switch")
    app.add_route("/accounts/{number:int}/pull", account, suffix="pull")
    app.add_route("/accounts/{number:int}/interval", account, suffix="interval")
    app.add_route("/accounts/{number:int}/edit", admin, suffix="edit")
    app.add_route("/admin-ui/return/{key}", admin, suffix="return")


def _add_journal_routes(app: App[Request, Response], zendesk: LocalZendesk, pages: Pages) -> None:
    violations, settings = ViolationsPage(zendesk, pages), SettingsPage(zendesk, pages)
    faults, about = FaultsPage(zendesk, pages), AboutLinks(zendesk)
    app.add_route("/calls", CallsPage(zendesk, pages))
    app.add_route("/calls/{number:int}", CallPage(zendesk, pages))
    app.add_route("/events", EventsPage(zendesk, pages))
    app.add_route("/violations", violations)
    app.add_route("/violations/forget", violations, suffix="forget")
    app.add_route("/settings", settings)
    app.add_route("/settings/default", settings, suffix="default")
    app.add_route("/faults", faults)
    app.add_route("/faults/off", faults, suffix="off")
    app.add_route("/channels/{number:int}/about", about, suffix="about")
    app.add_route("/channels/{number:int}/dashboard", about, suffix="dashboard")


def _add_error_pages(app: App[Request, Response], pages: Pages) -> None:
    async def refused(_request: Request, response: Response, error: Exception, _params: dict[str, Any]) -> None:
        response.status = STATUSES[type(error)]
        pages.answer(response, "problem.html", here="", title="This is not possible", problem=str(error))

    async def http_error(
        _request: Request, response: Response, error: falcon.HTTPError, _params: dict[str, Any]
    ) -> None:
        response.status = error.status
        pages.answer(response, "problem.html", here="", title=error.title or error.status, problem=error.description)
        for name, value in dict(error.headers or {}).items():
            response.set_header(name, value)

    for kind in STATUSES:
        app.add_error_handler(kind, refused)
    app.add_error_handler(falcon.HTTPError, http_error)
