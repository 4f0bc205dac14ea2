# SPDX-License-Identifier: Apache-2.0
"""Integrations and their accounts: install, add and edit through the admin UI, switch, pull, ask for health."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.app.lint import read_app_zip
from sealock_devkit.zendesk import store
from sealock_devkit.zendesk.api.requests import answers, base64_bytes, only, read_object, text
from sealock_devkit.zendesk.api.views import account_view, integration_view
from sealock_devkit.zendesk.engine.files import is_sane_png
from sealock_devkit.zendesk.local_zendesk import LocalZendesk


async def install_app(zendesk: LocalZendesk, content: bytes) -> store.Integration:
    """
    Install the integration that an app's zip names, and remember the app with its logo.

    An integration that is installed already has its manifest read again. Raises `AppRefused` for whatever
    `sealock app lint` finds, `PackageUnreadable` for what is no zip, and `ManifestRefused`.
    """
    app = read_app_zip(content, loopback_http_is_https=zendesk.settings.loopback_http_is_https)
    integration = await zendesk.install(app.manifest_url)
    zendesk.store.apps.save(
        integration.id,
        name=app.name,
        version=app.version,
        identifier=app.identifier,
        logo=app.logo if is_sane_png(app.logo) else b"",
        installed_at=zendesk.context.now(),
    )
    zendesk.context.changes.announce()
    return integration


class Integrations:
    """`/api/integrations`: all of them."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """The installed ones."""
        response.media = {
            "integrations": [integration_view(each, self._zendesk) for each in self._zendesk.store.integrations.all()]
        }

    async def on_post(self, request: Request, response: Response) -> None:
        """Install one from its `manifest_url`, or by its `app`: the zip's bytes in base64."""
        media = await read_object(request)
        only(media, "manifest_url", "app")
        if len(media) > 1:
            raise falcon.HTTPBadRequest(title="give manifest_url or app, and not both")
        if "app" in media:
            integration = await install_app(self._zendesk, base64_bytes(media, "app"))
        else:
            integration = await self._zendesk.install(text(media, "manifest_url"))
        response.status = falcon.HTTP_201
        response.media = integration_view(integration, self._zendesk)


class Integration:
    """`/api/integrations/{number}`: one of them."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """The integration with its manifest, and the app that installed it."""
        response.media = integration_view(self._zendesk.store.integrations.get(number), self._zendesk)

    async def on_delete(self, _request: Request, response: Response, number: int) -> None:
        """Remove it with its accounts."""
        self._zendesk.lifecycle.remove_integration(number)
        response.status = falcon.HTTP_204

    async def on_post_manifest(self, _request: Request, response: Response, number: int) -> None:
        """Read its manifest again."""
        response.media = integration_view(await self._zendesk.installer.read_again(number), self._zendesk)

    async def on_get_health(self, _request: Request, response: Response, number: int) -> None:
        """Call its healthcheck_url."""
        status, problem = await self._zendesk.healthcheck(self._zendesk.store.integrations.get(number))
        response.media = {"status": status, "problem": problem}


CHANGEABLE = ("active", "paused", "interval_seconds", "metadata", "state")
MOST_PULLS = 10_000


class IntegrationAccounts:
    """`/api/integrations/{number}/accounts`: the accounts of one integration."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """The integration's accounts that are not deleted."""
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
        """The accounts that are not deleted."""
        response.media = {
            "accounts": [account_view(each, self._zendesk) for each in self._zendesk.store.accounts.all()]
        }


class Account:
    """`/api/accounts/{number}`: one account."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response, number: int) -> None:
        """The account without its secrets."""
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
        """Delete the account; its tickets stay."""
        self._zendesk.lifecycle.delete(self._zendesk.store.accounts.get(number))
        response.status = falcon.HTTP_204

    async def on_post_edit(self, request: Request, response: Response, number: int) -> None:
        """Edit the account through the admin UI; `answers` as for a new one."""
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
