# SPDX-License-Identifier: Apache-2.0
"""From a template to an answer with the headers that guard it; the files that pages need; the stream of changes."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

import falcon
from falcon import MEDIA_HTML
from falcon.asgi import Request, Response, SSEvent
from jinja2 import Environment, PackageLoader, StrictUndefined

from sealock_devkit.zendesk.context import Changes
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.transcripts.opened import Opened
from sealock_devkit.zendesk.web.arrivals import age

_PERMISSIONS = "camera=(), geolocation=(), microphone=()"
_HOST = re.compile(r"[\w.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?", re.ASCII)


class Pages:
    """
    Renders pages. All is escaped; only scripts with the answer's nonce run; no other site may frame a page.

    Those of an `opened` transcript say so, offer nothing that changes something, and load nothing from elsewhere.
    """

    def __init__(self, zendesk: LocalZendesk, opened: Opened | None = None) -> None:
        self._zendesk = zendesk
        self._opened = opened

    @property
    def is_opened(self) -> bool:
        """Whether they show what was opened from a file."""
        return self._opened is not None

    def answer(
        self, response: Response, template: str, *, frames: str = "", framed: bool = False, **values: object
    ) -> None:
        """
        Put the page into the response.

        `frames`: a URL whose origin the page shows in a frame and posts a form to. `framed`: the page itself is shown
        in a frame of ours.
        """
        nonce = secrets.token_urlsafe(18)
        response.text = (
            _templates()
            .get_template(template)
            .render(
                nonce=nonce,
                root=self._opened.root if self._opened else "",
                opened=self._opened,
                subdomain=self._zendesk.settings.subdomain,
                violation_count=self._zendesk.store.violations.count(),
                logos=self._zendesk.store.apps.with_logo(),
                **values,
            )
        )
        response.content_type = MEDIA_HTML
        response.set_header("Permissions-Policy", _PERMISSIONS)
        response.set_header("Content-Security-Policy", _policy(nonce, frames, framed=framed, alone=bool(self._opened)))


@cache
def _templates() -> Environment:
    """The templates, which take long to read: all local Zendesks of a process have them together."""
    templates = Environment(
        loader=PackageLoader("sealock_devkit.zendesk.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["instant"] = instant
    templates.filters["size"] = size
    templates.filters["age"] = age
    templates.filters["without_code"] = without_code
    return templates


_STATUS = re.compile(r"HTTP ([0-9]{3})(?:: (.*))?", re.DOTALL)


def without_code(problem: str) -> str:
    """Why a call failed, for people who have nothing to do with HTTP: its sentence, if there is one."""
    found = _STATUS.fullmatch(problem)
    if found is None:
        return problem
    return found[2] or f"no reason was given ({found[1]})"


def _policy(nonce: str, frames: str, *, framed: bool, alone: bool) -> str:
    service = _source(frames)
    frame_sources = f"'self'{service}" if frames else "'none'"
    ancestors = "'self'" if framed else "'none'"
    pictures = "'self'" if alone else "'self' https:"
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src {pictures}; connect-src 'self'; "
        f"base-uri 'none'; form-action 'self'{service}; frame-src {frame_sources}; frame-ancestors {ancestors}"
    )


def _source(url: str) -> str:
    """A URL's origin for a policy, with a space before it; empty for a host that could end a directive."""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else ""


def instant(stamp: str | None) -> str:
    """An instant as people read it, in UTC."""
    return datetime.fromisoformat(stamp).strftime("%d %b %H:%M:%S") if stamp else "never"


def size(count: int) -> str:
    """A number of bytes as people read it."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 1024:,.1f} kB" if count < 1000 * 1024 else f"{count / 1024 / 1024:,.1f} MB"


CONFIRMATIONS = {
    "installed": "The integration is installed. Next, add an account: it is what brings tickets.",
    "read": "The manifest was read again.",
    "removed": "The integration was removed with its accounts. Its tickets stay.",
    "added": "The account was added. It is pulled from now on.",
    "edited": "The account was saved.",
    "pulled": "The account was pulled.",
    "interval": "The interval was changed.",
    "active": "The account is active again.",
    "inactive": "The account is not active any more: no pulls, and no replies go out.",
    "paused": "Pulls are paused: the account is pulled only when you say so.",
    "resumed": "The account is pulled by itself again.",
    "deleted": "The account was deleted. Its tickets stay.",
}


def confirmation(request: Request) -> str:
    """The sentence that `done` in the address names; empty for none."""
    return CONFIRMATIONS.get(request.get_param("done") or "", "")


ASSETS = Path(__file__).parent / "assets"
ASSET_TYPES = {
    "style.css": "text/css; charset=utf-8",
    "composer.js": "text/javascript; charset=utf-8",
    "conversation.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Assets:
    """`/assets/{name}`: the files that pages need, and no others."""

    async def on_get(self, _request: Request, response: Response, name: str) -> None:
        """The file of this name; 404 for any other."""
        if name not in ASSET_TYPES:
            raise falcon.HTTPNotFound(title="There is no such file")
        response.content_type = ASSET_TYPES[name]
        response.text = (ASSETS / name).read_text("utf-8")
        response.set_header("Cache-Control", "no-cache")


CALM_SECONDS = 0.1
"""Changes within so short a time are seen once."""
PING_SECONDS = 15.0


class Stream:
    """`/stream`: server-sent events, one for each change, until the page is left or this server ends."""

    def __init__(self, changes: Changes, ends: Callable[[], bool]) -> None:
        self._changes = changes
        self._ends = ends

    async def on_get(self, _request: Request, response: Response) -> None:
        """The count of changes so far, now and after each change."""
        response.sse = self._events()

    async def _events(self) -> AsyncIterator[SSEvent | None]:
        seen = -1
        while not self._ends():
            if self._changes.count != seen:
                seen = self._changes.count
                yield SSEvent(event="change", text=str(seen))
                await asyncio.sleep(CALM_SECONDS)
            happened = await self._changes.wait_until(partial(self._has_news, seen), PING_SECONDS)
            if not happened:
                yield None  # a ping, which finds out that a page was left

    def _has_news(self, seen: int) -> bool:
        return self._changes.count != seen or self._ends()
