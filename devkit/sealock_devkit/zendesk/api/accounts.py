# SPDX-License-Identifier: Apache-2.0
"""Accounts: add and edit through the admin UI, switch, pull."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.media import answers, only, read_object
from sealock_devkit.zendesk.api.views import account_view
from sealock_devkit.zendesk.local_zendesk import LocalZendesk

CHANGEABLE = ("active", "paused", "interval_seconds", "metadata", "state")
MOST_PULLS = 10_000


class IntegrationAccounts:
    """`/api/integrations/{number}/accounts`: the accounts of one integration."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """They."""
        self._zendesk.store.integrations.get(number)
        response.media = {
            "accounts": [account_view(each, self._zendesk) for each in self._zendesk.store.accounts.all(number)]
        }

    async def on_post(self, request: Request, response: Response, number: int) -> None:
        """Add one through the admin UI; `answers` holds an object for each of its pages."""
        media = await read_object(request)
        only(media, "answers")
        account = await self._zendesk.accounts.add(number, answers(media))
        response.status = falcon.HTTP_201
        response.media = account_view(account, self._zendesk)


class Accounts:
    """`/api/accounts`: all accounts."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """They."""
        response.media = {
            "accounts": [account_view(each, self._zendesk) for each in self._zendesk.store.accounts.all()]
        }


class Account:
    """`/api/accounts/{number}`: one account."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """It, without its secrets."""
        response.media = account_view(self._zendesk.store.accounts.get(number), self._zendesk)

    async def on_get_secrets(self, _request: Request, response: Response, number: int) -> None:
        """What Zendesk keeps for the service: metadata and state, as they are."""
        account = self._zendesk.store.accounts.get(number)
        response.media = {"metadata": account.metadata, "state": account.state}

    async def on_get_pulls(self, request: Request, response: Response, number: int) -> None:
        """Its last pulls, the newest first, at most `limit`."""
        self._zendesk.store.accounts.get(number)
        limit = request.get_param_as_int("limit", min_value=1, max_value=MOST_PULLS, default=10)
        pulls = self._zendesk.store.pulls.of_account(number, limit)
        response.media = {"pulls": [asdict(pull) for pull in pulls]}

    async def on_patch(self, request: Request, response: Response, number: int) -> None:
        """Switch `active` and `paused`, set `interval_seconds`; falsify `metadata` or `state`, to see what happens."""
        media = await read_object(request)
        only(media, *CHANGEABLE)
        _check(media)
        account = self._zendesk.store.accounts.get(number)
        if "active" in media:
            switch_on = media.pop("active")
            lifecycle = self._zendesk.lifecycle
            account = lifecycle.activate(account) if switch_on else lifecycle.deactivate(account, "api")
        if media:
            account = self._zendesk.store.accounts.update(number, **media)
        self._zendesk.context.changes.announce()
        response.media = account_view(account, self._zendesk)

    async def on_delete(self, _request: Request, response: Response, number: int) -> None:
        """Delete it."""
        self._zendesk.lifecycle.delete(self._zendesk.store.accounts.get(number))
        response.status = falcon.HTTP_204

    async def on_post_edit(self, request: Request, response: Response, number: int) -> None:
        """Edit it through the admin UI."""
        media = await read_object(request)
        only(media, "answers")
        response.media = account_view(await self._zendesk.accounts.edit(number, answers(media)), self._zendesk)

    async def on_post_pull(self, _request: Request, response: Response, number: int) -> None:
        """Pull it now; answered when what came is converted."""
        self._zendesk.store.accounts.get(number)
        response.media = asdict(await self._zendesk.pull(number))


def _check(media: dict[str, Any]) -> None:
    for name, value in media.items():
        if name in {"active", "paused"} and not isinstance(value, bool):
            raise falcon.HTTPBadRequest(title=f"{name} is true or false")
        if name in {"metadata", "state"} and not isinstance(value, str):
            raise falcon.HTTPBadRequest(title=f"{name} is a string")
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if name == "interval_seconds" and value is not None and not is_number:
            raise falcon.HTTPBadRequest(title="interval_seconds is a number of 0 or more, or null for the setting's")
