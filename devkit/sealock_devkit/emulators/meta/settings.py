# SPDX-License-Identifier: Apache-2.0
"""What tests and the demo can turn: the clock, the app's settings, and faults on purpose."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sealock_devkit.emulators.connections import Application, Connections, Receive, Scope, Send

MINUTE, HOUR, DAY = 60, 3_600, 86_400
FACEBOOK_SCOPES = frozenset(
    {
        "ads_management",
        "ads_read",
        "business_management",
        "email",
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
        "pages_manage_ads",
        "pages_manage_engagement",
        "pages_manage_metadata",
        "pages_manage_posts",
        "pages_messaging",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_show_list",
        "public_profile",
    }
)
INSTAGRAM_SCOPES = frozenset(
    {
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
    }
)
GRAPH = ("/graph.facebook.com/", "/graph.instagram.com/")


class Clock:
    """Time that runs with the machine's, is moved by hand, or stands still."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        """`real` gives unix seconds."""
        self._real = real
        self._offset = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        """Unix seconds."""
        return self._frozen_at if self._frozen_at is not None else self._real() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the time forward, or back."""
        self.set(self.now() + seconds)

    def set(self, instant: float) -> None:
        """Make it that time now."""
        if self._frozen_at is not None:
            self._frozen_at = instant
        self._offset = instant - self._real()

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen_at is not None

    def freeze(self) -> None:
        """Let time stand still."""
        self._frozen_at = self.now()

    def thaw(self) -> None:
        """Let time go on from where it stands."""
        if self._frozen_at is not None:
            instant, self._frozen_at = self._frozen_at, None
            self.set(instant)


def graph_time(instant: float) -> str:
    """An instant as the Graph API writes it: `2026-11-22T06:44:35+0000`."""
    return datetime.fromtimestamp(int(instant), tz=UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def read_time(text: str) -> float:
    """An instant as the Graph API takes it: unix seconds or ISO 8601. Raises `ValueError`."""
    text = text.strip()
    if text.removeprefix("-").isdecimal():
        return float(text)
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()


@dataclass(slots=True)
class Settings:
    """What `/dev/settings` shows and changes while the emulator runs."""

    require_proof: bool = False
    """The app's "require app secret" switch: every call needs `appsecret_proof`."""
    human_agent: bool = True
    """The app has the Human Agent feature."""
    advanced_access: bool = True
    """Without it only people with a role on the app sign in, are told of by webhooks, and get messages."""
    app_enabled: bool = True
    """An app that Meta switched off is refused everything, `debug_token` included."""
    loopback_redirects: bool = True
    """The app is in development: any `redirect_uri` on this machine is taken. Others must be registered exactly."""
    redirect_uris: list[str] = field(default_factory=list)
    """The registered ones."""
    configurations: dict[str, list[str]] = field(default_factory=lambda: {"600100200300": sorted(FACEBOOK_SCOPES)})
    """Facebook Login for Business: the scopes that a `config_id` stands for."""
    oldest_version: str = "v22.0"
    """What calls without a version get."""
    sunset: str = "refused"
    """What becomes of calls to versions that are gone: `refused` or `forwarded` to the oldest there is."""
    short_token_seconds: int = 5_108
    long_token_seconds: int = 5_183_944
    refresh_after_seconds: int = 86_400
    """How old an Instagram token must be before it can be refreshed."""
    cursor_seconds: int = 3_600
    cdn_seconds: int = 3_600
    app_calls_per_hour: int = 200_000
    """By all app and user tokens: Meta says 200 for each of the app's users."""
    page_calls_per_day: int = 480_000
    """By a Page's tokens: Meta says 4,800 for each engaged person."""
    messenger_calls_per_day: int = 200_000
    instagram_calls_per_day: int = 480_000
    counted_hours: int = 24
    """Over how long these three are counted. Meta says a day where it grants them, an hour where it explains them."""
    comment_levels: int = 2
    """So many levels of comments there are: an answer to one of the last level goes beside it."""
    conversation_calls_per_second: float = 2
    """Counted over ten seconds; 0: any number."""
    sends_per_second: float = 300
    media_sends_per_second: float = 10
    private_replies_per_hour: int = 750
    throttled_minutes: int = 5
    """How long a call has to wait once a limit is reached; each call meanwhile adds a minute."""
    instagram_comment_shape: str = "changes"
    """How webhooks tell Instagram comments: `changes`, `flat` or `alternating`."""
    instagram_code_answer: str = "data"
    """How codes of Instagram Login are answered: `data` as documented, or `flat`."""
    page_inbox_app_id: str = "263902037430900"
    """The `app_id` in echoes of what people wrote in the Page's inbox."""


@dataclass(slots=True)
class Faults:
    """What goes wrong next. The counts go down as calls of the Graph API use them up."""

    lose_answers: int = 0
    """This many POSTs are done, and their answers never sent: the connection ends."""
    drop_midway: int = 0
    """This many answers end in the middle."""
    fail: int = 0
    """This many calls are answered 503 with a page instead of JSON, before they do anything."""
    slow_seconds: float = 0
    """Each call waits this long first."""
    errors: list[str] = field(default_factory=list)
    """
    The next calls are refused with these errors, by their names in the emulator's table, one after the other.

    `debug_token`, by which an app tells a dead token from other trouble, is not refused.
    """
    refusals: dict[str, str] = field(default_factory=dict)
    """
    What is refused until it is taken out: the name of an error for each edge that is written to (`messages`,
    `message_attachments`, `comments`, `replies`, `mentions`). With `sent_and_refused` the message is sent all the same.
    """
    removed_at_once: int = 0
    """This many comments of Pages and accounts are removed as soon as they are posted."""
    too_much_above: int = 0
    """Lists are refused with "reduce the amount of data" where their `limit` is above this; 0: never."""
    heavy: dict[str, list[str]] = field(default_factory=dict)
    """Ids of items, and the fields with which none of their lists can be given; `*` stands for every field but `id`."""
    denied_fields: list[str] = field(default_factory=list)
    """Fields for which a permission is missing: a call that asks for one of them is refused with 10."""
    refused_reads: dict[str, str] = field(default_factory=dict)
    """What cannot be read until it is taken out: the name of an error for each id of a node, or name of an edge."""
    odd: list[str] = field(default_factory=list)
    """Oddities of every answer, until they are taken out, by their names in `odd.py`."""
    empty_pages: int = 0
    """This many pages of a list come empty, though there is more behind them."""
    expire_cursors: int = 0
    """This many calls with a cursor are told that it is no good any more."""
    webhooks_lost: int = 0
    """This many updates are never sent."""
    webhooks_twice: int = 0
    """This many deliveries are sent two times."""
    webhooks_out_of_order: bool = False
    """The newest update is sent first."""
    webhooks_unsigned: int = 0
    """This many deliveries carry a wrong signature."""

    def use(self, name: str) -> bool:
        """Use up one of a count; false when it is at zero."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0

    def next_error(self) -> str:
        """The name of the error that comes next; empty for none."""
        return self.errors.pop(0) if self.errors else ""


class FaultyGraph:
    """An ASGI application whose Graph API does what the switches say."""

    def __init__(self, application: Application, faults: Faults, connections: Connections) -> None:
        self._application = application
        self._faults = faults
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or do to a call of the Graph API what the switches say."""
        if scope["type"] != "http" or not scope["path"].startswith(GRAPH):
            await self._application(scope, receive, send)
            return
        await asyncio.sleep(self._faults.slow_seconds)
        if self._faults.use("fail"):
            await _unavailable(send)
        elif scope["method"] == "POST" and self._faults.use("lose_answers"):
            await self._connections.lose_answer(self._application, scope, receive)
        elif self._faults.use("drop_midway"):
            await self._application(scope, receive, functools.partial(_half, send))
            await self._connections.end(scope, receive, flush=True)
        else:
            await self._application(scope, receive, send)


async def _half(send: Send, message: dict[str, Any]) -> None:
    if message["type"] == "http.response.body":
        body = message.get("body", b"")
        message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
    await send(message)


async def _unavailable(send: Send) -> None:
    body = b"<!doctype html><title>Error</title><p>Sorry, something went wrong."
    headers = [(b"content-type", b"text/html"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})
