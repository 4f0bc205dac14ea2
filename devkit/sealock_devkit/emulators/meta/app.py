# SPDX-License-Identifier: Apache-2.0
"""The emulator as an ASGI application: all hosts below one address, each under its own name."""

from __future__ import annotations

from typing import Any

import orjson
from falcon import HTTPContentTooLarge
from falcon.asgi import App, Request, Response

from sealock_devkit.emulators.meta.cdn import CdnFile
from sealock_devkit.emulators.meta.deeds import Deeds
from sealock_devkit.emulators.meta.domain import Domain
from sealock_devkit.emulators.meta.errors import GraphError
from sealock_devkit.emulators.meta.graph.call import FACEBOOK, INSTAGRAM
from sealock_devkit.emulators.meta.graph.oauth import TokenService, instagram_error
from sealock_devkit.emulators.meta.graph.params import MAX_BODY_BYTES, read_params
from sealock_devkit.emulators.meta.graph.service import GraphHost
from sealock_devkit.emulators.meta.usage import Usage
from sealock_devkit.emulators.meta.web import control
from sealock_devkit.emulators.meta.web.customers import Changes, CustomersPage
from sealock_devkit.emulators.meta.web.dialogs import Dialog
from sealock_devkit.emulators.meta.web.permalinks import Permalinks, Picture
from sealock_devkit.emulators.meta.web.rendering import Pages


class BodyLimit:
    """A middleware that refuses bodies of too great a length before they are read."""

    async def process_request(self, req: Request, _: Response) -> None:
        """Look at the announced length."""
        if (req.content_length or 0) > MAX_BODY_BYTES:
            raise HTTPContentTooLarge


class InstagramTokens:
    """`api.instagram.com/oauth/access_token`: a code for a token."""

    def __init__(self, domain: Domain) -> None:
        self._tokens = TokenService(domain)

    async def on_post(self, req: Request, resp: Response) -> None:
        """The token, or a refusal in a shape of its own."""
        resp.content_type = "application/json"
        try:
            told: dict[str, Any] = self._tokens.instagram_access_token(await read_params(req))
        except GraphError as error:
            resp.status = 400
            told = instagram_error(error)
        resp.data = orjson.dumps(told)


def create_app(domain: Domain, *, switches: bool) -> App[Request, Response]:
    """The emulator; with `switches` anyone may use `/dev/`."""
    app = App(middleware=(BodyLimit(),))
    app.req_options.strip_url_path_trailing_slash = True
    pages, deeds, usage = Pages(), Deeds(domain), Usage(domain.world)
    app.add_route("/graph.facebook.com/{path:path}", GraphHost(domain, usage, FACEBOOK))
    app.add_route("/graph.instagram.com/{path:path}", GraphHost(domain, usage, INSTAGRAM))
    _add_sign_in(app, domain, pages)
    _add_pages(app, domain, deeds, pages)
    if switches:
        _add_switches(app, domain, deeds)
    return app


def _add_sign_in(app: App[Request, Response], domain: Domain, pages: Pages) -> None:
    facebook, instagram = Dialog(domain, pages, "facebook"), Dialog(domain, pages, "instagram")
    app.add_route("/www.facebook.com/dialog/oauth", facebook)
    app.add_route("/www.facebook.com/{key}/dialog/oauth", facebook)
    app.add_route("/www.instagram.com/oauth/authorize", instagram)
    tokens = InstagramTokens(domain)
    app.add_route("/api.instagram.com/oauth/access_token", tokens)


def _add_pages(app: App[Request, Response], domain: Domain, deeds: Deeds, pages: Pages) -> None:
    links = Permalinks(domain, pages)
    app.add_route("/", CustomersPage(domain, deeds, pages))
    app.add_route("/changes", Changes(domain))
    app.add_route("/cdn/{file_id}/{name}", CdnFile(domain.world, domain.cdn))
    app.add_route("/pictures/{key}.png", Picture())
    app.add_route("/www.facebook.com/{key}", links, suffix="page")
    app.add_route("/www.facebook.com/{key}/posts/{number}", links, suffix="post")
    app.add_route("/www.facebook.com/{key}/inbox/{number}", links, suffix="inbox")
    for kind in ("p", "reel"):
        app.add_route(f"/www.instagram.com/{kind}/{{shortcode}}", links, suffix="media")
        app.add_route(f"/www.instagram.com/{kind}/{{shortcode}}/c/{{comment_id}}", links, suffix="media")
    app.add_route("/www.instagram.com/direct/inbox", links, suffix="direct")


def _add_switches(app: App[Request, Response], domain: Domain, deeds: Deeds) -> None:
    world = domain.world
    app.add_route("/dev/clock", control.ClockControl(domain))
    app.add_route("/dev/faults", control.Switches(world.faults))
    app.add_route("/dev/settings", control.Switches(world.settings))
    app.add_route("/dev/world", control.WorldView(domain))
    app.add_route("/dev/deeds/{name}", control.DeedControl(deeds))
    app.add_route("/dev/revocations", control.RevocationControl(domain))
    app.add_route("/dev/webhooks/{product}", control.DashboardControl(domain))
    app.add_route("/dev/{table}/{key}", control.RecordControl(domain))
