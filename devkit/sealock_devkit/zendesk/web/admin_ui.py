# SPDX-License-Identifier: Apache-2.0
"""The integration's admin UI in a frame, posted as Zendesk posts it, and where it returns to."""

from __future__ import annotations

import secrets

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.accounts import Visit
from sealock_devkit.zendesk.admin_browser import AdminStopped
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.store import Account
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.guard import RETURN_PATH
from sealock_devkit.zendesk.web.pages import Pages

VISITS_KEPT = 50
"""How many visits that have not ended are remembered; those who began first are forgotten first."""


class AdminUi:
    """Opens the admin UI for a new account or one to edit, and takes its last form, once for each visit."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages
        self._visits: dict[str, Visit] = {}

    async def on_get_new(self, request: Request, response: Response, number: int) -> None:
        """Add an account to the integration."""
        self._open(request, response, number, None)

    async def on_get_edit(self, request: Request, response: Response, number: int) -> None:
        """Edit the account."""
        account = self._zendesk.store.accounts.get(number)
        if account.deleted_at:
            raise falcon.HTTPConflict(title="This account was deleted")
        self._open(request, response, account.integration_id, account)

    async def on_post_return(self, request: Request, response: Response, key: str) -> None:
        """Save what the admin UI gives; shown in the frame, and the page around it moves on."""
        visit = self._visits.pop(key, None)
        if visit is None:
            self._ended(response, falcon.HTTP_409, ["This visit of the admin UI has ended already."], "/channels")
            return
        try:
            account = self._zendesk.accounts.take(visit, await read_form(request))
        except AdminStopped as stopped:
            again = f"/channels/{visit.integration.id}/accounts/new"
            if visit.account:
                again = f"/accounts/{visit.account.id}/edit"
            self._ended(response, falcon.HTTP_422, stopped.problems, again)
            return
        done = "edited" if visit.account else "added"
        self._ended(response, falcon.HTTP_200, [], f"/accounts/{account.id}?done={done}")

    def _open(self, request: Request, response: Response, integration_id: int, account: Account | None) -> None:
        integration = self._zendesk.store.integrations.get(integration_id)
        if integration.removed_at:
            raise falcon.HTTPConflict(title="This integration was removed")
        key = secrets.token_urlsafe(24)
        return_url = f"{request.prefix}{RETURN_PATH}{key}"
        self._visits[key] = visit = self._zendesk.accounts.visit(integration.id, account, return_url)
        while len(self._visits) > VISITS_KEPT:
            del self._visits[next(iter(self._visits))]
        admin_ui = integration.manifest.urls["admin_ui"]
        self._pages.answer(
            response,
            "admin_ui.html",
            frames=admin_ui,
            here="channels",
            integration=integration,
            account=account,
            admin_ui=admin_ui,
            fields=visit.fields,
        )

    def _ended(self, response: Response, status: str, problems: list[str] | tuple[str, ...], target: str) -> None:
        response.status = status
        self._pages.answer(response, "admin_ui_ended.html", framed=True, problems=problems, target=target)
