# SPDX-License-Identifier: Apache-2.0
"""The table of routes."""

from __future__ import annotations

from falcon.asgi import App, Request, Response

from sealock_devkit.zendesk.api import accounts, integrations, journal, settings, status, tickets, users
from sealock_devkit.zendesk.local_zendesk import LocalZendesk


def add_routes(app: App[Request, Response], zendesk: LocalZendesk) -> None:
    """Every route that there is."""
    integration, account, ticket = integrations.Integration(zendesk), accounts.Account(zendesk), tickets.Ticket(zendesk)
    app.add_route("/api/integrations", integrations.Integrations(zendesk))
    app.add_route("/api/integrations/{number:int}", integration)
    app.add_route("/api/integrations/{number:int}/manifest", integration, suffix="manifest")
    app.add_route("/api/integrations/{number:int}/health", integration, suffix="health")
    app.add_route("/api/integrations/{number:int}/accounts", accounts.IntegrationAccounts(zendesk))
    app.add_route("/api/accounts", accounts.Accounts(zendesk))
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
    app.add_route("/api/users", users.Users(zendesk))
    app.add_route("/api/users/{number:int}", users.User(zendesk))
    app.add_route("/api/settings", settings.Settings(zendesk))
    faults = settings.Faults(zendesk)
    app.add_route("/api/faults", faults)
    app.add_route("/api/faults/{number:int}", faults, suffix="number")
    calls = journal.Calls(zendesk)
    app.add_route("/api/calls", calls)
    app.add_route("/api/calls/{number:int}", calls, suffix="number")
    app.add_route("/api/events", journal.Events(zendesk))
    app.add_route("/api/violations", journal.Violations(zendesk))
    app.add_route("/api/status", status.Status(zendesk))
    app.add_route("/api/wait", status.Wait(zendesk))
