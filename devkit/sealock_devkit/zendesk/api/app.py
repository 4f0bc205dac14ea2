# SPDX-License-Identifier: Apache-2.0
"""The JSON API as an ASGI application: its routes, and how refusals are answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import falcon
import falcon.asgi
from falcon.asgi import App, Request, Response

from sealock_devkit.app.lint import AppRefused, PackageUnreadable
from sealock_devkit.zendesk.api import integrations, journal, settings, status, tickets, transcripts
from sealock_devkit.zendesk.api.views import page_view
from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.browser.clickthrough import NoClickthrough
from sealock_devkit.zendesk.engine.agents import TicketRefused
from sealock_devkit.zendesk.engine.faults import BadFault
from sealock_devkit.zendesk.engine.installation import ManifestRefused
from sealock_devkit.zendesk.engine.puller import NotPullable
from sealock_devkit.zendesk.guard import ProgramsOnly
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.rest.routes import add_attachment_routes, add_rest_routes
from sealock_devkit.zendesk.settings import BadSetting
from sealock_devkit.zendesk.store import Unknown
from sealock_devkit.zendesk.transcripts.opened import OpenedTranscripts
from sealock_devkit.zendesk.transcripts.shape import Unfit
from sealock_devkit.zendesk.transcripts.writing import TooMuch

STATUSES: dict[type[Exception], str] = {
    Unknown: falcon.HTTP_404,
    NoClickthrough: falcon.HTTP_404,
    BadSetting: falcon.HTTP_400,
    BadFault: falcon.HTTP_400,
    ManifestRefused: falcon.HTTP_422,
    AdminStopped: falcon.HTTP_422,
    TicketRefused: falcon.HTTP_422,
    AppRefused: falcon.HTTP_422,
    PackageUnreadable: falcon.HTTP_422,
    TooMuch: falcon.HTTP_422,
    Unfit: falcon.HTTP_422,
    NotPullable: falcon.HTTP_409,
}


async def answer_refusal(
    _request: falcon.asgi.Request, response: falcon.asgi.Response, error: Exception, _params: dict[str, Any]
) -> None:
    """Say why in `error`; for the admin UI also what its page said, for an app each finding."""
    response.status = STATUSES[type(error)]
    response.media = {"error": str(error)}
    if isinstance(error, AdminStopped):
        response.media |= {"problems": list(error.problems), "page": page_view(error.page)}
    if isinstance(error, AppRefused):
        response.media |= {"findings": [asdict(finding) for finding in error.findings]}


async def answer_http_error(
    _request: falcon.asgi.Request, response: falcon.asgi.Response, error: falcon.HTTPError, _params: dict[str, Any]
) -> None:
    """The same shape for what the framework refuses."""
    response.status = error.status
    response.media = {"error": error.title or str(error.status)}
    for name, value in dict(error.headers or {}).items():
        response.set_header(name, value)


def add_error_handlers(app: falcon.asgi.App[falcon.asgi.Request, falcon.asgi.Response]) -> None:
    """Answer all refusals of the core and of the framework as JSON."""
    for kind in STATUSES:
        app.add_error_handler(kind, answer_refusal)
    app.add_error_handler(falcon.HTTPError, answer_http_error)


def add_routes(app: App[Request, Response], zendesk: LocalZendesk, opened: OpenedTranscripts) -> None:
    """Every route that there is."""
    integration, account, ticket = (
        integrations.Integration(zendesk),
        integrations.Account(zendesk),
        tickets.Ticket(zendesk),
    )
    app.add_route("/api/integrations", integrations.Integrations(zendesk))
    app.add_route("/api/integrations/{number:int}", integration)
    app.add_route("/api/integrations/{number:int}/manifest", integration, suffix="manifest")
    app.add_route("/api/integrations/{number:int}/health", integration, suffix="health")
    app.add_route("/api/integrations/{number:int}/accounts", integrations.IntegrationAccounts(zendesk))
    app.add_route("/api/accounts", integrations.Accounts(zendesk))
    app.add_route("/api/accounts/{number:int}", account)
    app.add_route("/api/accounts/{number:int}/secrets", account, suffix="secrets")
    app.add_route("/api/accounts/{number:int}/edit", account, suffix="edit")
    app.add_route("/api/accounts/{number:int}/pull", account, suffix="pull")
    app.add_route("/api/accounts/{number:int}/pulls", account, suffix="pulls")
    app.add_route("/api/tickets", tickets.Tickets(zendesk))
    app.add_route("/api/tickets/{number:int}", ticket)
    app.add_route("/api/tickets/{number:int}/comments", ticket, suffix="comments")
    app.add_route("/api/comments/{number:int}/clickthrough", tickets.CommentLink(zendesk))
    app.add_route("/api/replies", tickets.Replies(zendesk))
    app.add_route("/api/replies/{number:int}", tickets.Reply(zendesk))
    app.add_route("/api/users", tickets.Users(zendesk))
    app.add_route("/api/users/{number:int}", tickets.User(zendesk))
    all_settings = settings.Settings(zendesk)
    app.add_route("/api/settings", all_settings)
    app.add_route("/api/settings/{name}", all_settings, suffix="name")
    faults = settings.Faults(zendesk)
    app.add_route("/api/faults", faults)
    app.add_route("/api/faults/{number:int}", faults, suffix="number")
    calls = journal.Calls(zendesk)
    app.add_route("/api/calls", calls)
    app.add_route("/api/calls/{number:int}", calls, suffix="number")
    app.add_route("/api/events", journal.Events(zendesk))
    app.add_route("/api/violations", journal.Violations(zendesk))
    app.add_route("/api/transcripts", transcripts.Transcripts(zendesk, opened))
    app.add_route("/api/status", status.Status(zendesk))
    app.add_route("/api/wait", status.Wait(zendesk))


def create_app(zendesk: LocalZendesk, opened: OpenedTranscripts | None = None) -> App[Request, Response]:
    """The API over a local Zendesk that runs already; `opened` has the transcripts that its pages show too."""
    app: App[Request, Response] = App(middleware=[ProgramsOnly()])
    add_error_handlers(app)
    add_routes(app, zendesk, opened or OpenedTranscripts())
    add_rest_routes(app, zendesk)
    add_attachment_routes(app, zendesk)
    return app
