# SPDX-License-Identifier: Apache-2.0
"""The emulator as an ASGI application, with all hosts below one address, and as a server on loopback."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from falcon import HTTPContentTooLarge
from falcon.asgi import App, Request, Response

from sealock_devkit.emulators.connections import Connections, EmulatorServer
from sealock_devkit.emulators.meta.actions import Actions
from sealock_devkit.emulators.meta.emulator import Emulator, make_emulator, seed
from sealock_devkit.emulators.meta.files import MAX_BODY_BYTES, CdnFile, Outside
from sealock_devkit.emulators.meta.graph.call import FACEBOOK, INSTAGRAM, Usage
from sealock_devkit.emulators.meta.graph.errors import GraphError
from sealock_devkit.emulators.meta.graph.oauth import TokenService, instagram_error
from sealock_devkit.emulators.meta.graph.params import read_params
from sealock_devkit.emulators.meta.graph.service import GraphHost
from sealock_devkit.emulators.meta.logins import Logins
from sealock_devkit.emulators.meta.settings import Clock, Faults, FaultyGraph, Settings
from sealock_devkit.emulators.meta.store import AppKeys, Store
from sealock_devkit.emulators.meta.web import control
from sealock_devkit.emulators.meta.web.dialogs import Dialog
from sealock_devkit.emulators.meta.web.pages import Changes, CustomersPage, Permalinks, Picture
from sealock_devkit.emulators.meta.web.refusals import RefusalsPage
from sealock_devkit.emulators.meta.web.rendering import Pages

HOSTS = ("graph.facebook.com", "graph.instagram.com", "www.facebook.com", "www.instagram.com", "api.instagram.com")
POLL_SECONDS = 0.01


class BodyLimit:
    """A middleware that refuses bodies of too great a length before they are read."""

    async def process_request(self, req: Request, _: Response) -> None:
        """Look at the announced length."""
        if (req.content_length or 0) > MAX_BODY_BYTES:
            raise HTTPContentTooLarge


class InstagramTokens:
    """`api.instagram.com/oauth/access_token`: a code for a token."""

    def __init__(self, emulator: Emulator) -> None:
        self._tokens = TokenService(emulator)

    async def on_post(self, req: Request, resp: Response) -> None:
        """The token, or a refusal in a shape of its own."""
        resp.content_type = "application/json"
        try:
            body: dict[str, Any] = self._tokens.instagram_access_token(await read_params(req))
        except GraphError as error:
            resp.status = 400
            body = instagram_error(error)
        resp.data = orjson.dumps(body)


def create_app(emulator: Emulator, *, switches: bool) -> App[Request, Response]:
    """The emulator; with `switches` anyone may use `/dev/`."""
    app = App(middleware=(BodyLimit(),))
    app.req_options.strip_url_path_trailing_slash = True
    pages, actions, usage = Pages(), Actions(emulator), Usage(emulator.store)
    app.add_route("/graph.facebook.com/{path:path}", GraphHost(emulator, usage, FACEBOOK))
    app.add_route("/graph.instagram.com/{path:path}", GraphHost(emulator, usage, INSTAGRAM))
    _add_sign_in(app, emulator, pages)
    _add_pages(app, emulator, actions, pages, switches=switches)
    if switches:
        _add_switches(app, emulator, actions)
        app.add_route("/refusals", RefusalsPage(emulator, pages))
    return app


def _add_sign_in(app: App[Request, Response], emulator: Emulator, pages: Pages) -> None:
    facebook, instagram = Dialog(emulator, pages, "facebook"), Dialog(emulator, pages, "instagram")
    app.add_route("/www.facebook.com/dialog/oauth", facebook)
    app.add_route("/www.facebook.com/{key}/dialog/oauth", facebook)
    app.add_route("/www.instagram.com/oauth/authorize", instagram)
    tokens = InstagramTokens(emulator)
    app.add_route("/api.instagram.com/oauth/access_token", tokens)


def _add_pages(
    app: App[Request, Response], emulator: Emulator, actions: Actions, pages: Pages, *, switches: bool
) -> None:
    links = Permalinks(emulator, pages)
    app.add_route("/", CustomersPage(emulator, actions, pages, switches=switches))
    app.add_route("/changes", Changes(emulator))
    app.add_route("/cdn/{file_id}/{name}", CdnFile(emulator.store, emulator.cdn))
    app.add_route("/pictures/{key}.png", Picture())
    app.add_route("/www.facebook.com/{key}", links, suffix="page")
    app.add_route("/www.facebook.com/{key}/posts/{number}", links, suffix="post")
    app.add_route("/www.facebook.com/{key}/inbox/{number}", links, suffix="inbox")
    for kind in ("p", "reel"):
        app.add_route(f"/www.instagram.com/{kind}/{{shortcode}}", links, suffix="media")
        app.add_route(f"/www.instagram.com/{kind}/{{shortcode}}/c/{{comment_id}}", links, suffix="media")
    app.add_route("/www.instagram.com/direct/inbox", links, suffix="direct")


def _add_switches(app: App[Request, Response], emulator: Emulator, actions: Actions) -> None:
    store = emulator.store
    app.add_route("/dev/clock", control.ClockControl(emulator))
    app.add_route("/dev/faults", control.Switches(store.faults))
    app.add_route("/dev/settings", control.Switches(store.settings))
    app.add_route("/dev/records", control.RecordsView(emulator))
    app.add_route("/dev/actions/{name}", control.ActionControl(actions))
    app.add_route("/dev/revocations", control.RevocationControl(emulator))
    app.add_route("/dev/webhooks/{product}", control.DashboardControl(emulator))
    app.add_route("/dev/{table}/{key}", control.RecordControl(emulator))


@dataclass(frozen=True, slots=True)
class MetaSite:
    """An emulator that runs: where it is, and everything in it for a test to look at and to change."""

    url: str
    emulator: Emulator
    stopped: asyncio.Task[None]
    """Done when the server has ended."""

    @property
    def store(self) -> Store:
        """What the emulator keeps, with its clock, settings and faults."""
        return self.emulator.store

    @property
    def logins(self) -> Logins:
        """Consents without a dialog."""
        return Logins(self.store)

    @property
    def actions(self) -> Actions:
        """What customers and a Page's people do, by name."""
        return Actions(self.emulator)

    def host(self, name: str) -> str:
        """The base URL that stands for `https://{name}`."""
        return f"{self.url}/{name}"


def app_keys(folder: Path) -> AppKeys:
    """
    The app's ids and secrets: what the folder holds, or new ones that only its owner can read.

    The secrets are in `app-secret` and `instagram-app-secret`, for `--app-secret-file` of a connector.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "app-ids.json"
    if not file.exists():
        ids = {
            "app_id": f"4242{secrets.randbelow(10**11):011}",
            "instagram_app_id": f"5353{secrets.randbelow(10**11):011}",
        }
        file.write_bytes(orjson.dumps(ids))
    ids = orjson.loads(file.read_bytes())
    app, instagram = _secret(folder / "app-secret"), _secret(folder / "instagram-app-secret")
    return AppKeys(ids["app_id"], app, ids["instagram_app_id"], instagram)


@asynccontextmanager
async def running_meta(
    data: Path | str = ":memory:",
    *,
    keys: AppKeys | None = None,
    clock: Clock | None = None,
    settings: Settings | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    switches: bool = True,
    delivers: bool = True,
    authority: Path | None = None,
) -> AsyncIterator[MetaSite]:
    """
    A seeded emulator that listens, until the context is left. `port` 0: any free one.

    Without `delivers`, webhooks are sent only when a test calls `emulator.deliveries.deliver_due`. `authority` is the
    certificate of whoever signed those of webhooks that are https.
    """
    keys = keys or AppKeys("424242424242424", "a" * 32, "535353535353535", "b" * 32)
    store = Store(data, keys=keys, clock=clock or Clock(), settings=settings or Settings(), faults=Faults())
    outside = Outside(authority)
    emulator = make_emulator(store, post=outside.post, fetch=outside.fetch, handshake=outside.handshake)
    seed(emulator)
    server = _server(emulator, host=host, port=port, switches=switches)
    serving = asyncio.create_task(server.serve())
    delivering = asyncio.create_task(emulator.deliveries.run() if delivers else asyncio.sleep(0))
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110  (uvicorn tells nobody)
            await asyncio.sleep(POLL_SECONDS)
        if serving.done():
            await serving
        listening = server.servers[0].sockets[0].getsockname()[1]
        store.base_url = f"http://{host}:{listening}"
        yield MetaSite(store.base_url, emulator, serving)
    finally:
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering
        server.stop()
        await serving
        await outside.close()
        store.close()


async def serve(
    *, host: str, port: int, folder: Path, settings: Settings, switches: bool, authority: Path | None
) -> None:
    """Serve the emulator with its data in a folder until SIGTERM or SIGINT."""
    keys = app_keys(folder)
    running = running_meta(
        folder / "meta.sqlite",
        keys=keys,
        settings=settings,
        host=host,
        port=port,
        switches=switches,
        authority=authority,
    )
    async with running as site:
        await site.stopped


def _server(emulator: Emulator, *, host: str, port: int, switches: bool) -> EmulatorServer:
    connections = Connections()
    application = FaultyGraph(create_app(emulator, switches=switches), emulator.store.faults, connections)
    return connections.server(application, host=host, port=port)


def _secret(file: Path) -> str:
    """A secret of 32 hexadecimal digits, as Meta's apps have."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    secret = secrets.token_hex(16)
    file.write_text(secret + "\n", encoding="utf-8")
    return secret
