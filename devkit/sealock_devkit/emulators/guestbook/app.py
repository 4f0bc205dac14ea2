# SPDX-License-Identifier: Apache-2.0
"""The guestbook as an ASGI application, with what guards its answers; its token and its server."""

from __future__ import annotations

import re
import secrets
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import uvicorn
from falcon import HTTPContentTooLarge, HTTPForbidden, HTTPLengthRequired
from falcon.asgi import App, Request, Response

from sealock_devkit.emulators.connections import Connections
from sealock_devkit.emulators.guestbook.api import EntryList, OneEntry, OwnerOnly, SiteInfo
from sealock_devkit.emulators.guestbook.entries import Entries
from sealock_devkit.emulators.guestbook.faults import Faults, FaultSwitches, FaultyApi
from sealock_devkit.emulators.guestbook.files import (
    MAX_FILE_BYTES,
    MAX_VISITORS_FILE_BYTES,
    MAX_VISITORS_FILES,
    BadEntry,
    FilePage,
    OwnersFile,
)
from sealock_devkit.emulators.guestbook.pages import TEMPLATES, FrontPage, Pages, ThreadPage
from sealock_devkit.emulators.guestbook.webhook import Webhook, telling

MAX_BODY_BYTES = 131_072
MAX_FORM_BYTES = MAX_VISITORS_FILES * MAX_VISITORS_FILE_BYTES + 1_000_000
"""With room for files that are too large, so that the page can say so instead of the server."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?", re.ASCII)


class Guard:
    """
    A middleware that sets these headers, and refuses what is for a name of somebody else that only leads here, and what
    says that another site's page sent it.
    """

    def __init__(self, name: str) -> None:
        """`name` is what the site is called besides `localhost` and its address."""
        self._names = {"localhost", name.lower()}

    async def process_request(self, req: Request, resp: Response) -> None:
        """Look where it comes from; programs say nothing, and browsers say it with all that writes."""
        resp.set_headers(HEADERS)
        if not self._is_for_us(req.get_header("Host") or ""):
            raise HTTPForbidden(description="This is not the site's address.")
        origin = req.get_header("Origin")
        if origin is not None and origin != f"{req.scheme}://{req.netloc}":
            raise HTTPForbidden(description="This comes from another site's page.")

    def _is_for_us(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = (found[1] or found[2]).lower()
        return name in self._names or _is_address(name)


def _is_address(name: str) -> bool:
    """Whether it is an address: nobody can let one lead elsewhere, as names can be."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class BodyLimit:
    """
    A middleware that refuses bodies of unknown or too great a length before they are read.

    A file's length may be unknown: it is counted as it comes.
    """

    async def process_request(self, req: Request, _: Response) -> None:
        """Look at the announced length."""
        if req.method not in {"POST", "PUT"}:
            return
        is_file = req.path.startswith("/api/files/")
        if req.content_length is None and not is_file:
            raise HTTPLengthRequired
        if (req.content_length or 0) > (MAX_FILE_BYTES if is_file else self._most(req)):
            raise HTTPContentTooLarge

    def _most(self, req: Request) -> int:
        return MAX_FORM_BYTES if (req.content_type or "").startswith("multipart/form-data") else MAX_BODY_BYTES


class Asset:
    """`/guestbook.css` and `/icon.svg`: what the pages need."""

    def __init__(self, name: str, content_type: str) -> None:
        self._text = (TEMPLATES / name).read_text(encoding="utf-8")
        self._content_type = content_type

    async def on_get(self, _: Request, resp: Response) -> None:
        """The file."""
        resp.content_type = self._content_type
        resp.text = self._text


def create_app(
    entries: Entries, *, name: str, title: str, token: str, faults: Faults, switches: bool, ticket_link: str = ""
) -> App[Request, Response]:
    """
    The guestbook, called by `name`. `token` opens the owner's API; with `switches` anyone may set the faults.

    `ticket_link` is where those who signed find their ticket, with `{entry}` for their entry's number.
    """
    pages = Pages(entries, title, ticket_link)
    app = App(middleware=(Guard(name), BodyLimit(), OwnerOnly(token, faults)))
    app.add_error_handler(BadEntry, _refuse)
    app.add_route("/", FrontPage(entries, pages))
    app.add_route("/guestbook.css", Asset("guestbook.css", "text/css; charset=utf-8"))
    app.add_route("/icon.svg", Asset("icon.svg", "image/svg+xml"))
    app.add_route("/entries/{number:int(min=1, max=4611686018427387904)}", ThreadPage(entries, pages))
    app.add_route("/api/site", SiteInfo(entries, title))
    app.add_route("/api/entries", EntryList(entries, owner=f"{title} team"))
    app.add_route("/api/entries/{number:int(min=1, max=4611686018427387904)}", OneEntry(entries))
    app.add_route("/api/files/{key}", OwnersFile(entries.files))
    app.add_route("/files/{key}/{name}", FilePage(entries.files))
    if switches:
        app.add_route("/dev/faults", FaultSwitches(faults))
    return app


def owner_token(file: Path) -> str:
    """The owner's token: what the file holds, or a new one that only the file's owner can read."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    token = secrets.token_urlsafe(24)
    file.write_text(token + "\n", encoding="utf-8")
    return token


def guestbook_server(
    entries: Entries,
    faults: Faults,
    *,
    host: str,
    port: int,
    token: str,
    title: str,
    switches: bool,
    name: str = "",
    ticket_link: str = "",
) -> uvicorn.Server:
    """A server of the guestbook, to be run by its `serve`. `name` is what it is called, if not by its address."""
    connections = Connections()
    app = create_app(
        entries,
        name=name or host,
        title=title,
        token=token,
        faults=faults,
        switches=switches,
        ticket_link=ticket_link,
    )
    return connections.server(FaultyApi(app, faults, connections), host=host, port=port)


async def serve(
    *,
    host: str,
    port: int,
    data: Path,
    token: str,
    title: str,
    switches: bool,
    name: str = "",
    ticket_link: str = "",
    webhook: Webhook | None = None,
) -> None:
    """Serve the guestbook until SIGTERM or SIGINT."""
    async with AsyncExitStack() as running:
        entries = running.enter_context(Entries(data, clock=lambda: datetime.now(UTC)))
        if webhook is not None:
            entries.on_change = await running.enter_async_context(telling(webhook))
        server = guestbook_server(
            entries,
            Faults(),
            host=host,
            port=port,
            token=token,
            title=title,
            switches=switches,
            name=name,
            ticket_link=ticket_link,
        )
        await server.serve()


async def _refuse(_: Request, resp: Response, bad: BadEntry, __: object) -> None:
    resp.status = 422
    resp.media = {"error": bad.problem, "field": bad.field}
