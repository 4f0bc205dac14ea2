# SPDX-License-Identifier: Apache-2.0
"""An account: how it stands, and its switches."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.limits.return_form import KEPT_MAX
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.store import Account
from sealock_devkit.zendesk.web.confirmations import confirmation
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.pages import Pages

PULLS_SHOWN = 10
SWITCHED = {"activate": "active", "deactivate": "inactive", "pause": "paused", "resume": "resumed"}


class AccountPage:
    """`/accounts/{number}`: one account."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response, number: int) -> None:
        """Its state, the sizes of what Zendesk keeps for it, its last pulls."""
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
            most=KEPT_MAX,
            interval=self._zendesk.settings.pull_interval_seconds,
            next_pull=self._zendesk.next_pull_at(account),
            pulls=store.pulls.of_account(account.id, PULLS_SHOWN),
            problem=problem,
        )
