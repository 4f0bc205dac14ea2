# SPDX-License-Identifier: Apache-2.0
"""How a scene's calls are made, when it is recorded and when it is played again, and what is kept of what they gave."""

from __future__ import annotations

import base64
import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from sealock_connector import ConnectorError, Done, FieldKind, Redirect
from sealock_connector._serving.options import parse
from sealock_connector.testing import LOOPBACK, Client, File, PulledPage
from sealock_origins.facebook.connector import Facebook
from sealock_origins.guestbook.connector import Guestbook
from sealock_origins.instagram.connector import Instagram
from sealock_origins.meta.budget import Budgets
from sealock_origins.wordpress.connector import WordPress
from tests.connector.scripted_origin import quick
from tests.devkit.meta.callers import NOON
from tests.origins.recorded.exchanges import ORIGIN

VOLATILE = {"guest_key", "since", "messages_since", "token_at"}
"""Members of an account that another set-up gives another value."""
SECRET = "recorded-secret"
ORIGINS = ("facebook", "guestbook", "instagram", "wordpress")


async def no_time(_seconds: float) -> None:
    """Sleeps for no time at all."""


def still() -> datetime:
    """A clock that stands still."""
    return datetime.fromtimestamp(NOON).astimezone()


def connector_of(
    origin: str,
    url: str,
    folder: Path,
    now: Callable[[], datetime] = still,
    seconds: Callable[[], float] = time.monotonic,
) -> Any:
    """
    The origin's connector as its program would make it, with the origin at this address.

    `now` is Meta's clock, and `seconds` that of its budgets.
    """
    arguments = ["--insecure", "--listen=127.0.0.1:0", f"--allow-network={LOOPBACK}"]
    if origin in {"guestbook", "wordpress"}:
        connector = {"guestbook": Guestbook, "wordpress": WordPress}[origin]()
    else:
        kind = {"facebook": Facebook, "instagram": Instagram}[origin]
        connector = kind(now=now, budgets=Budgets(clock=seconds, sleep=no_time))
        arguments += _of_meta(origin, url, folder)
    parse(connector, arguments, environ={})
    return connector


def _of_meta(origin: str, url: str, folder: Path) -> list[str]:
    secret = folder / "secret"
    secret.write_text(SECRET)
    options: dict[str, Any] = {
        "app-id": "424242424242424",
        "app-secret-file": secret,
        "graph-url": f"{url}/graph.facebook.com",
        "dialog-url": f"{url}/www.facebook.com",
        "webhook-verify-token-file": secret,
    }
    if origin == "instagram":
        options |= {
            "instagram-app-id": "535353535353535",
            "instagram-app-secret-file": secret,
            "instagram-graph-url": f"{url}/graph.instagram.com",
            "instagram-dialog-url": f"{url}/www.instagram.com",
            "instagram-token-url": f"{url}/api.instagram.com",
        }
    return ["--human-agent", *(f"--{name}={value}" for name, value in options.items())]


@asynccontextmanager
async def served(origin: str, url: str, folder: Path, *clocks: Callable[[], Any]):
    """A client of the origin's connector, which is served as in production."""
    async with quick(connector_of(origin, url, folder, *clocks)) as client:
        yield client


@dataclass
class Player:
    """Makes a scene's calls, one after the other: each goes on from where the ones before it ended."""

    client: Client
    host: str
    """Where the origin is, as host and port."""
    account: Mapping[str, Any]
    state: bytes = b""
    session: bytes = b""
    pulled: PulledPage | None = field(default=None, repr=False)

    async def make(self, call: Mapping[str, Any]) -> Any:
        """Make the call; what it gave, as JSON values in which nothing is of this machine."""
        call = self.here(call)
        try:
            gave = await getattr(self, f"_{call['kind']}")(call)
        except ConnectorError as error:
            gave = error
        return self.plain(gave)

    def here(self, value: Any) -> Any:
        """What was recorded, with the origin where it is now."""
        return json.loads(json.dumps(value).replace(ORIGIN, self.host))

    def plain(self, value: Any) -> Any:
        """As JSON values, with no host in it."""
        return json.loads(json.dumps(_plain(value)).replace(self.host, ORIGIN))

    async def _setup(self, call: Mapping[str, Any]) -> Any:
        outcome = await self.client.setup(
            call["step"],
            call.get("answers"),
            account=self.account if call.get("editing") else None,
            session=self.session,
            callback_query=call.get("query"),
            callback_url="https://channels.example.com/back",
            callback_state="sealed",
        )
        if isinstance(outcome, Done):
            kept = {name: value for name, value in outcome.account.items() if name not in VOLATILE}
            return {"done": outcome.account_name, "account": kept}
        self.session = outcome.session
        if isinstance(outcome, Redirect):
            return {"step_id": outcome.step_id, "url": outcome.url}
        fields = {each.name: "" if each.kind is FieldKind.SECRET else each.value for each in outcome.fields}
        return {"step_id": outcome.step_id, "fields": fields, "problems": outcome.problems}

    async def _pull(self, call: Mapping[str, Any]) -> Any:
        self.pulled = page = await self.client.pull(self.account, self.state, max_resources=call.get("most", 0))
        self.state = page.state
        self.account = page.account or self.account
        return {"resources": page.resources, "more": page.more, "interruption": page.interruption}

    async def _reply(self, call: Mapping[str, Any]) -> Any:
        files = [File(each["name"], each["type"], base64.b64decode(each["data"])) for each in call.get("files", ())]
        posted = await self.client.channelback(
            self.account, call["text"], key=call["key"], parent_id=call["to"], files=files
        )
        self.account = self.client.renewed or self.account
        return posted

    async def _clickthrough(self, call: Mapping[str, Any]) -> Any:
        return await self.client.clickthrough(call["id"])

    async def _file(self, call: Mapping[str, Any]) -> Any:
        return await self.client.open_file(self.account, call["reference"])


def _plain(value: Any) -> Any:
    if isinstance(value, ConnectorError):
        cause = value.cause.name if value.cause else None
        return {"error": type(value).__name__, "cause": cause, "says": value.message_for_agent}
    if dataclasses.is_dataclass(value):
        fields = {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return {name: each for name, each in fields.items() if each not in ("", None, [], {}, False, 0)}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Enum):
        return value.name
    return value.isoformat() if isinstance(value, datetime) else value
