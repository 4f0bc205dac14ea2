# SPDX-License-Identifier: Apache-2.0
"""The guestbook as an ASGI application."""

from __future__ import annotations

from falcon import HTTPContentTooLarge, HTTPLengthRequired
from falcon.asgi import App, Request, Response

from sealock_devkit.emulators.guestbook.api import EntryList, OneEntry, OwnerOnly, SiteInfo
from sealock_devkit.emulators.guestbook.bad_entry import BadEntry
from sealock_devkit.emulators.guestbook.entries import Entries
from sealock_devkit.emulators.guestbook.faults import Faults, FaultSwitches
from sealock_devkit.emulators.guestbook.file_pages import FilePage, OwnersFile
from sealock_devkit.emulators.guestbook.files import MAX_FILE_BYTES, MAX_VISITORS_FILE_BYTES, MAX_VISITORS_FILES
from sealock_devkit.emulators.guestbook.guard import Guard
from sealock_devkit.emulators.guestbook.pages import TEMPLATES, FrontPage, Pages, ThreadPage

MAX_BODY_BYTES = 131_072
MAX_FORM_BYTES = MAX_VISITORS_FILES * MAX_VISITORS_FILE_BYTES + 1_000_000
"""With room for files that are too large, so that the page can say so instead of the server."""


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


def create_app(entries: Entries, *, title: str, token: str, faults: Faults, switches: bool) -> App[Request, Response]:
    """The guestbook. `token` opens the owner's API; with `switches` anyone may set the faults."""
    pages = Pages(entries, title)
    app = App(middleware=(Guard(), BodyLimit(), OwnerOnly(token, faults)))
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


async def _refuse(_: Request, resp: Response, bad: BadEntry, __: object) -> None:
    resp.status = 422
    resp.media = {"error": bad.problem, "field": bad.field}
