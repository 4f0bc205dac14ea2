# SPDX-License-Identifier: Apache-2.0
"""An integration service that answers what a test tells it to, right or wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from html import escape
from typing import Self
from urllib.parse import parse_qsl

from falcon.asgi import App, Request, Response

from tests.serving import serving

PULL, CHANNELBACK, ADMIN, ADMIN_STEP, EVENTS = "/pull", "/channelback", "/admin_ui", "/admin_ui/step", "/events"
ROUTES = {
    "admin_ui": ADMIN,
    "pull_url": PULL,
    "channelback_url": CHANNELBACK,
    "clickthrough_url": "/clickthrough",
    "healthcheck_url": "/healthcheck",
    "event_callback_url": f"{EVENTS}?token=event-token-1",
}


def resource(external_id: str, message: str = "hello", **more) -> dict:
    """A valid external resource."""
    author = more.pop("author", {"external_id": "ann", "name": "Ann"})
    return {
        "external_id": external_id,
        "message": message,
        "created_at": "2026-01-02T03:04:05Z",
        "author": author,
        **more,
    }


class Canned:
    """
    An answer as a test wants it: a dict is JSON, a string HTML, bytes are bytes.

    `delay` seconds pass before it, or it waits for the event `after`; `drip` seconds pass before each of its bytes. It
    is sent `times` over, and says that it has `length` bytes. A content type of "" is none.
    """

    def __init__(
        self,
        body=b"",
        status=200,
        headers=None,
        content_type=None,
        delay=0.0,
        *,
        after: asyncio.Event | None = None,
        drip=0.0,
        times=1,
        length=None,
    ) -> None:
        self.body, self.status, self.headers, self.delay = body, status, headers or {}, delay
        self.content_type, self.after = content_type, after
        self.drip, self.times, self.length = drip, times, length

    def fill(self, response: Response) -> None:
        response.status = self.status
        kinds = {dict: "application/json", list: "application/json", str: "text/html; charset=utf-8"}
        usual = kinds.get(type(self.body), "application/octet-stream")
        response.content_type = usual if self.content_type is None else self.content_type or None
        is_json = isinstance(self.body, dict | list)
        response.data = (
            json.dumps(self.body).encode()
            if is_json
            else (self.body.encode() if isinstance(self.body, str) else self.body)
        )
        for name, value in self.headers.items():
            response.append_header(name, value)
        if self.drip or self.times > 1 or self.length:
            pieces = [bytes([byte]) for byte in response.data] if self.drip else [response.data] * self.times
            response.data, response.stream = None, self._pieces(pieces)
            if self.length:
                response.set_header("content-length", str(self.length))

    async def _pieces(self, pieces):
        for piece in pieces:
            await asyncio.sleep(self.drip)
            yield piece


class ScriptedService:
    """Runs on a free port. `script[path]` is a list of answers, used up one by one; then it behaves well."""

    def __init__(self, ssl: dict | None = None) -> None:
        self.good_answers = {"Site": "https://site.example", "password": "hunter-2-secret"}
        self.script: dict[str, list] = {}
        self.received: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = []
        self.manifest: dict = {"name": "Scripted", "id": "org.example.scripted", "urls": dict(ROUTES)}
        self.resources: list[dict] = []
        self.state = "state-1"
        self.posted: dict[str, str] = {}
        self.push_fields: dict[str, str] = {}
        self._ssl = ssl or {}
        self._app: App = App()
        self._app.resp_options.default_media_type = None
        self._app.add_sink(self._answer)

    async def __aenter__(self) -> Self:
        self._serving = serving(lambda _: self._app, patience=0, **self._ssl)
        self.url = await self._serving.__aenter__()
        self.manifest_url = f"{self.url}/manifest.json"
        return self

    async def __aexit__(self, *_) -> None:
        await self._serving.__aexit__(None, None, None)

    def calls(self, path: str) -> list[dict[str, str]]:
        """The forms that were posted to a path."""
        return [dict(form) for where, _, form in self.received if where == path]

    def events(self) -> list[dict]:
        """All events that came, in order."""
        return [
            event
            for where, _, form in self.received
            if where == EVENTS
            for event in json.loads(dict(form)["json"])["events"]
        ]

    async def _answer(self, request: Request, response: Response, **_) -> None:
        body = await request.stream.read()
        if (request.content_type or "").startswith("application/json"):
            form = [("json", body.decode())]
        else:
            form = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
        self.received.append((request.path, dict(request.headers), form))
        waiting = self.script.get(request.path)
        canned = waiting.pop(0) if waiting else self._well_behaved(request, dict(form))
        if isinstance(canned, Callable):
            canned = canned(request, dict(form))
        if canned.delay:
            await asyncio.sleep(canned.delay)
        if canned.after:
            await canned.after.wait()
        canned.fill(response)

    def _well_behaved(self, request: Request, form: dict[str, str]) -> Canned:
        answers = {
            "/manifest.json": lambda: Canned(self.manifest),
            ADMIN: lambda: Canned(self.first_page(form)),
            ADMIN_STEP: lambda: Canned(self.second_page(form)),
            PULL: lambda: Canned({"external_resources": self.resources, "state": self.state}),
            CHANNELBACK: lambda: self._channelback(form),
            "/clickthrough": lambda: Canned(status=302, headers={"location": f"/page?{request.query_string}"}),
            "/page": lambda: Canned("<title>The page</title><p>hello</p>"),
        }
        return answers.get(request.path, lambda: Canned("ok"))()

    def _channelback(self, form: dict[str, str]) -> Canned:
        key = form["request_unique_identifier"]
        self.posted.setdefault(key, f"reply-{len(self.posted) + 1}")
        return Canned({"external_id": self.posted[key]})

    def first_page(self, form: dict[str, str], problem: str = "", site: str = "") -> str:
        """A form with a text, a secret and what has to be carried along."""
        carried = {key: form.get(key, "") for key in ("return_url", "name", "state", "metadata")}
        hidden = "".join(f'<input type=hidden name="{key}" value="{escape(value)}">' for key, value in carried.items())
        alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
        return f"""<!doctype html><title>Connect</title>{alert}<form method="post" action="{ADMIN_STEP}">{hidden}
            <label for="s">Site *</label><input id="s" name="site" required value="{escape(site)}">
            <label>Password <input type="password" name="password" required></label>
            <label><input type="checkbox" name="notes" value="yes"> Import notes</label>
            <select name="kind"><option value="a">All</option><option value="b">Some</option></select>
            <button name="go" value="1">Connect</button></form>"""

    def second_page(self, form: dict[str, str]) -> str:
        """The return form; or the first again, when the password is wrong."""
        if form.get("password") == "wrong":
            return self.first_page(form, "The site refuses this password.", form["site"])
        metadata = json.dumps({"site": form["site"], "password": form["password"]})
        fields = {"name": form["name"] or form["site"], "metadata": metadata}
        return return_page(form["return_url"], fields)


def return_page(return_url: str, fields: dict[str, str]) -> str:
    """The last page of an admin UI."""
    inputs = "".join(f'<input type="hidden" name="{key}" value="{escape(value)}">' for key, value in fields.items())
    return (
        f'<title>Done</title><form method="post" action="{escape(return_url)}">{inputs}<button>Finish</button></form>'
    )
