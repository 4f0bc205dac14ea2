# SPDX-License-Identifier: Apache-2.0
"""
The origin of a ledger: logbooks of places, in the process that keeps the count, so that what stands there is known.

It is as awkward as origins are: refresh tokens work once and a second use revokes everything, some entries stand in no
list and only a webhook tells of them, and it can be slow, ask for fewer calls, and lose answers.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from falcon import HTTPNotFound, HTTPTooManyRequests, HTTPUnauthorized
from falcon.asgi import App, Request, Response

from sealock_devkit.emulators.connections import Connections, EmulatorServer

GOOD_FOR: Final = timedelta(minutes=10, seconds=8)
"""How long an access token works: the SDK renews ten minutes before, so each is renewed after eight seconds."""
PAGE: Final = 50


@dataclass(slots=True)
class Entry:
    """Something that stands in a logbook."""

    id: int
    """Rises with time over all places."""
    place: str
    thread: int
    """The id of the entry that began the conversation."""
    author: str
    text: str
    at: str
    listed: bool = True
    """False for one that no list shows."""
    mark: str = ""
    """What the account put on it; empty for entries of people."""

    @property
    def name(self) -> str:
        """Its external id."""
        return f"{self.place}/{self.id}"


@dataclass(slots=True)
class Family:
    """The tokens that follow each other from one sign-in."""

    place: str
    refresh: str
    spent: set[str] = field(default_factory=set)
    access: dict[str, datetime] = field(default_factory=dict)
    renewed_at: float = 0.0
    """On the loop's clock, when the last renewal was answered."""
    revoked: bool = False


class Logbook:
    """The places with their entries and tokens. `told` is called with each new entry of people."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a play, which a seed repeats
        self.entries: list[Entry] = []
        self.families: dict[str, Family] = {}
        self.told: Callable[[Entry], None] = lambda _: None
        self.slow_seconds = 0.0
        self.throttled = False
        self.lost_answers = 0
        """So many answers more are lost, after what was asked is done; not those of renewals."""

    def all_families(self) -> list[Family]:
        """Each once."""
        return list({id(family): family for family in self.families.values()}.values())

    def sign_in(self, place: str) -> str:
        """A refresh token for the place, of a family of its own."""
        family = Family(place, self._token("refresh"))
        self.families[family.refresh] = family
        return family.refresh

    def write(
        self, place: str, text: str, *, author: str = "", thread: int = 0, listed: bool = True, mark: str = ""
    ) -> Entry:
        """Somebody writes an entry, the account if it has a mark; without a thread it begins one."""
        number = len(self.entries) + 1
        at = datetime.now(UTC).isoformat()
        author = author or ("the account" if mark else f"visitor {number % 7}")
        entry = Entry(number, place, thread or number, author, text, at, listed=listed, mark=mark)
        self.entries.append(entry)
        if not mark:
            self.told(entry)
        return entry

    def renew(self, refresh: str) -> tuple[Family, str]:
        """The family with its next refresh token, and an access token. Raises 401 for one that was used before."""
        family = self.families.get(refresh)
        if family is None:
            raise HTTPUnauthorized
        if refresh in family.spent or family.revoked:
            family.revoked = True
            raise HTTPUnauthorized
        family.spent.add(refresh)
        family.refresh = self._token("refresh")
        self.families[family.refresh] = family
        access = self._token("access")
        family.access[access] = datetime.now(UTC) + GOOD_FOR
        family.renewed_at = asyncio.get_running_loop().time()
        return family, access

    def check(self, place: str, access: str) -> None:
        """Raises 401 for a token that does not open the place now."""
        for family in self.families.values():
            if (
                family.place == place
                and not family.revoked
                and family.access.get(access, _LONG_AGO) > datetime.now(UTC)
            ):
                return
        raise HTTPUnauthorized

    def _token(self, kind: str) -> str:
        return f"{kind}-{self._random.getrandbits(128):032x}"


_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Tokens:
    """`POST /token`: a refresh token for the next one."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook

    async def on_post(self, req: Request, resp: Response) -> None:
        """Spends the token that comes."""
        body = await _body(req)
        family, access = self._logbook.renew(str(body.get("refresh", "")))
        ends = int(family.access[access].timestamp())
        resp.media = {"refresh": family.refresh, "access": access, "ends": ends, "place": family.place}


class _Entries:
    """`/places/{place}/entries`: what is listed after an id, what has a mark, and a new one of the account's."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook

    async def on_get(self, req: Request, resp: Response, place: str) -> None:
        """`?after=ID`, at most a page, or `?mark=MARK`."""
        await _opened(self._logbook, req, place)
        mark = req.get_param("mark")
        there = [entry for entry in self._logbook.entries if entry.place == place]
        if mark is not None:
            resp.media = [asdict(entry) for entry in there if entry.mark == mark]
            return
        after = req.get_param_as_int("after", default=0)
        resp.media = [asdict(entry) for entry in there if entry.listed and entry.id > after][:PAGE]

    async def on_post(self, req: Request, resp: Response, place: str) -> None:
        """Post as the account."""
        await _opened(self._logbook, req, place)
        body = await _body(req)
        entry = self._logbook.write(place, str(body["text"]), thread=int(body["thread"]), mark=str(body["mark"]))
        resp.media = asdict(entry)


class _OneEntry:
    """`/places/{place}/entries/{number}`: one entry, listed or not."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook

    async def on_get(self, req: Request, resp: Response, place: str, number: int) -> None:
        """The entry."""
        await _opened(self._logbook, req, place)
        found = [entry for entry in self._logbook.entries if (entry.id, entry.place) == (number, place)]
        if not found:
            raise HTTPNotFound
        resp.media = asdict(found[0])


async def _body(req: Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(await req.stream.read())
    return body


async def _opened(logbook: Logbook, req: Request, place: str) -> None:
    if logbook.slow_seconds:
        await asyncio.sleep(logbook.slow_seconds)
    if logbook.throttled:
        raise HTTPTooManyRequests(retry_after=1)
    logbook.check(place, (req.get_header("Authorization") or "").removeprefix("Bearer "))


class LogbookServer:
    """A logbook as a server on a port of this machine."""

    def __init__(self, logbook: Logbook, port: int) -> None:
        self._logbook = logbook
        self._connections = Connections()
        self._app: App[Request, Response] = App()
        self._app.add_route("/token", _Tokens(logbook))
        self._app.add_route("/places/{place}/entries", _Entries(logbook))
        self._app.add_route("/places/{place}/entries/{number:int}", _OneEntry(logbook))
        self._server: EmulatorServer = self._connections.server(self, host="127.0.0.1", port=port)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen."""
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn says it by nothing else
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Answer nobody any more."""
        if self._serving is not None:
            self._server.stop()
            await self._serving

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["path"] != "/token" and self._logbook.lost_answers > 0:
            self._logbook.lost_answers -= 1
            await self._connections.lose_answer(self._app, scope, receive)
            return
        await self._app(scope, receive, send)
