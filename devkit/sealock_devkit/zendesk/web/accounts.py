# SPDX-License-Identifier: Apache-2.0
"""An account: how it stands, its switches, and the integration's admin UI in a frame that adds and edits it."""

from __future__ import annotations

import secrets

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.engine.accounts import Visit
from sealock_devkit.zendesk.guard import RETURN_PATH
from sealock_devkit.zendesk.judge.answers import METADATA_AND_STATE_MAX
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.rest.access import token_state
from sealock_devkit.zendesk.store import Account
from sealock_devkit.zendesk.web.arrivals import arrivals
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.pages import Pages, confirmation

SHOWN = 10
SWITCHED = {"activate": "active", "deactivate": "inactive", "pause": "paused", "resume": "resumed"}


class AccountPage:
    """`/accounts/{number}`: one account."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response, number: int) -> None:
        """Its state, the sizes of what Zendesk keeps for it, its last pulls and pushes."""
        self._show(response, self._zendesk.store.accounts.get(number), done=confirmation(request))

    async def on_post_switch(self, request: Request, _response: Response, number: int) -> None:
        """Do what `action` says: activate, deactivate, pause, resume, delete."""
        action = (await read_form(request)).get("action", "")
        account = self._present(number)
        lifecycle, accounts = self._zendesk.lifecycle, self._zendesk.store.accounts
        match action:
            case "activate":
                lifecycle.activate(account)
            case "deactivate":
                lifecycle.deactivate(account, "api")
            case "pause" | "resume":
                accounts.update(number, paused=action == "pause")
            case "delete":
                lifecycle.delete(account)
            case _:
                raise falcon.HTTPBadRequest(title="There is no such switch")
        self._zendesk.context.changes.announce()
        if action == "delete":
            raise falcon.HTTPSeeOther(f"/channels/{account.integration_id}?done=deleted")
        raise falcon.HTTPSeeOther(f"/accounts/{number}?done={SWITCHED[action]}")

    async def on_post_pull(self, _request: Request, _response: Response, number: int) -> None:
        """Pull it now; go back when what came is converted."""
        result = await self._zendesk.pull(self._present(number).id)
        raise falcon.HTTPSeeOther(f"/accounts/{number}" + ("" if result.problem else "?done=pulled"))

    async def on_post_interval(self, request: Request, response: Response, number: int) -> None:
        """Set its own `seconds` between two pulls; empty: the setting's."""
        text = (await read_form(request)).get("seconds", "").strip()
        account = self._present(number)
        if text and not (text.isascii() and text.isdigit() and len(text) < 8):
            response.status = falcon.HTTP_422
            self._show(response, account, problem="The interval is a whole number of seconds, or empty.")
            return
        self._zendesk.store.accounts.update(number, interval_seconds=float(text) if text else None)
        self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther(f"/accounts/{number}?done=interval")

    def _present(self, number: int) -> Account:
        account = self._zendesk.store.accounts.get(number)
        if account.deleted_at:
            raise falcon.HTTPConflict(title="This account was deleted")
        return account

    def _show(self, response: Response, account: Account, *, done: str = "", problem: str = "") -> None:
        store = self._zendesk.store
        self._pages.answer(
            response,
            "account.html",
            here="channels",
            done=done,
            account=account,
            integration=store.integrations.get(account.integration_id),
            sizes={"metadata": len(account.metadata), "state": len(account.state)},
            most=METADATA_AND_STATE_MAX,
            interval=self._zendesk.settings.pull_interval_seconds,
            next_pull=None if self._pages.is_opened else self._zendesk.next_pull_at(account),
            arrivals=arrivals(store, account.id, SHOWN),
            problem=problem,
            token=token_state(account, self._zendesk.settings, self._zendesk.context.clock()),
            token_given_at=account.token_given_at or account.created_at,
        )


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
            self._ended(response, falcon.HTTP_422, stopped.problems, self._begins_again(visit))
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

    def _begins_again(self, visit: Visit) -> str:
        """Where the administrator goes on whose account was not saved."""
        store = self._zendesk.store
        if store.integrations.get(visit.integration.id).removed_at:
            return "/channels"
        if visit.account is None:
            return f"/channels/{visit.integration.id}/accounts/new"
        deleted = store.accounts.get(visit.account.id).deleted_at
        return f"/channels/{visit.integration.id}" if deleted else f"/accounts/{visit.account.id}/edit"

    def _ended(self, response: Response, status: str, problems: list[str] | tuple[str, ...], target: str) -> None:
        response.status = status
        self._pages.answer(response, "admin_ui_ended.html", framed=True, problems=problems, target=target)
