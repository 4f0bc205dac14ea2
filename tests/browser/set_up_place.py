# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk, an edge whose connector asks whatever a test wants, and an origin where people sign in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

import falcon
from falcon.asgi import App, Request, Response

from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.connector.v1.setup_pb2 import SetupDone, SetupRedirect, SetupRequest, SetupResponse
from sealock_devkit.zendesk import LocalZendesk, Settings
from sealock_devkit.zendesk.server import create_site
from tests.edge.edge_under_test import MovedClock, add_key, build, settings
from tests.edge.scripted_connector import ScriptedConnector
from tests.serving import serving

PEOPLE = ("Ada", "Grace")


@dataclass
class SetUpPlace:
    """Where everything is, and the connector to script."""

    zendesk: LocalZendesk
    connector: ScriptedConnector
    zendesk_url: str
    edge_url: str
    origin_url: str
    """Where people sign in."""

    @property
    def manifest_url(self) -> str:
        return f"{self.edge_url}/guestbook/manifest.json"

    async def install(self) -> str:
        """Install the integration; the address of the page that adds an account."""
        integration = await self.zendesk.install(self.manifest_url)
        return f"{self.zendesk_url}/channels/{integration.id}/accounts/new"

    def account_names(self) -> list[str]:
        return [account.name for account in self.zendesk.store.accounts.all()]


def sign_in_at(origin_url: str) -> Callable[[SetupRequest], SetupResponse]:
    """What a connector answers that lets people sign in at the origin: the account is named after who did."""

    def sign_in(request: SetupRequest) -> SetupResponse:
        if person := request.callback_query.get("code"):
            return SetupResponse(done=SetupDone(account_name=person, account=person.encode()))
        url = f"{origin_url}/authorize?redirect_uri={request.callback_url}&state={request.callback_state}"
        return SetupResponse(redirect=SetupRedirect(step_id="oauth", url=url, title="Connect your account"))

    return sign_in


class SignInPage:
    """`/authorize`: the origin's own page, where a person says who they are."""

    async def on_get(self, request: Request, response: Response) -> None:
        back = f"{request.get_param('redirect_uri')}?state={request.get_param('state')}"
        links = "".join(f'<p><a href="{escape(back)}&amp;code={name}">I am {name}</a></p>' for name in PEOPLE)
        response.content_type = falcon.MEDIA_HTML
        response.text = f'<!doctype html><title>Origin</title><link rel="icon" href="data:,">{links}'


def create_origin(_: str) -> App[Request, Response]:
    app: App[Request, Response] = App()
    app.add_route("/authorize", SignInPage())
    return app


@asynccontextmanager
async def set_up_place(folder: Path) -> AsyncIterator[SetUpPlace]:
    """All of it, in this process."""
    quick = Settings(pull_interval_seconds=3600, event_window_seconds=0.01)
    async with (
        ScriptedConnector() as connector,
        LocalZendesk(folder / "zendesk", quick) as zendesk,
        serving(create_origin) as origin_url,
        serving_zendesk(zendesk) as zendesk_url,
        serving_edge(folder / "keys", connector, zendesk_url) as edge_url,
    ):
        connector.script("Pull", PullResponse())
        yield SetUpPlace(zendesk, connector, zendesk_url, edge_url, origin_url)


@asynccontextmanager
async def serving_zendesk(zendesk: LocalZendesk) -> AsyncIterator[str]:
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        zendesk.context.changes.announce()

    async with serving(lambda _: create_site(zendesk, stopping.is_set), before_stop=stop) as url:
        zendesk.context.address = url
        yield url


@asynccontextmanager
async def serving_edge(
    keys: Path, connector: ScriptedConnector, zendesk_url: str, **integration: str
) -> AsyncIterator[str]:
    """The production edge, its integration changed as told."""
    clock = MovedClock()
    add_key(keys, clock)

    def make(url: str) -> App[Request, Response]:
        tables = settings(connector.target, public_url=url)
        tables["zendesk"]["development_origins"] = [zendesk_url]
        tables["integrations"]["guestbook"].update(integration)
        return build(tables, keys, clock)[0].public

    async with serving(make, lifespan="on") as url:
        yield url
