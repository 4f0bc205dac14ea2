# SPDX-License-Identifier: Apache-2.0
"""Meta's webhooks: subscriptions, the handshake, the signature over the exact bytes, and updates in any shape."""

from __future__ import annotations

import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sealock_connector import (
    ConnectorError,
    HmacSignature,
    Miss,
    NotJson,
    WebhookAnswer,
    WebhookRequest,
    count_miss,
    read_json,
)
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.graph import Graph, Unreadable, digits, instant, objects, texts
from sealock_origins.meta.hints import MOST_HINTS
from sealock_origins.meta.lists import Fields

SIGNATURE = HmacSignature("X-Hub-Signature-256", prefix="sha256=")
MESSAGING = "messaging"
"""The `change` of updates about messages, which Meta gives a list of their own."""
LOOK_EVERY_SECONDS = 3_600.0
"""How often a subscription is looked at: Meta ends one after an hour of failed deliveries."""
_SUBSCRIPTION_FIELDS: Fields = ("id", "subscribed_fields")
_MOST_ACCOUNTS = 10_000
_REFUSED = WebhookAnswer(403, b"refused", [("content-type", "text/plain")])
_TAKEN = WebhookAnswer(200, b"EVENT_RECEIVED", [("content-type", "text/plain")])

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that happened in one account."""

    account: str
    """The id of the Page or Instagram account."""
    at: datetime
    change: str
    """What changed, `feed` or `comments`; `MESSAGING` for messages."""
    value: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """
    The webhooks of one app.

    `secrets` sign: Instagram Login has one of its own, so that an app can have two. Without a `verify_token` nothing
    is taken. Whatever is wrong gets one and the same answer.
    """

    object: str
    """`page` or `instagram`; others are taken and not looked at."""
    secrets: Sequence[str] = field(repr=False)
    verify_token: str = field(repr=False)

    def handshake(self, request: WebhookRequest) -> WebhookAnswer | None:
        """The answer to a request that registers the webhook, or to one that is refused; None for a delivery."""
        if not self.verify_token:
            return _REFUSED
        if request.method == "GET":
            return self._challenged(dict(parse_qsl(request.query)))
        if request.method != "POST" or not SIGNATURE.is_valid(request, self.secrets):
            return _REFUSED
        return None

    def updates(self, request: WebhookRequest) -> list[Update]:
        """
        What a delivery holds, by time.

        What cannot be read is passed over with a line in the log: Meta would send it again for a day and a half.
        """
        try:
            raw = read_json(request.body)
        except NotJson:
            raw = None
        if not isinstance(raw, dict):
            _log.warning("a webhook's delivery passed over: it is no JSON object")
            return []
        if raw.get("object") != self.object:
            return []
        entries = raw.get("entry")
        found = [update for entry in objects(entries) for update in _updates_of(entry)]
        return sorted(found, key=lambda update: update.at)

    def answer(self, request: WebhookRequest, hints_of: Callable[[Update], Sequence[bytes] | None]) -> WebhookAnswer:
        """The answer to any request. `hints_of` gives the hints of an update, and None where that is no news."""
        refused_or_registered = self.handshake(request)
        if refused_or_registered is not None:
            return refused_or_registered
        return WebhookAnswer(_TAKEN.status, _TAKEN.body, _TAKEN.headers, _deliveries(self.updates(request), hints_of))

    def _challenged(self, query: Mapping[str, str]) -> WebhookAnswer:
        token, challenge = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
        right = hmac.compare_digest(token.encode(), self.verify_token.encode())
        if not right or query.get("hub.mode") != "subscribe" or not challenge.isascii():
            return _REFUSED
        return WebhookAnswer(200, challenge.encode(), _TAKEN.headers)


def _deliveries(
    updates: Iterable[Update], hints_of: Callable[[Update], Sequence[bytes] | None]
) -> Mapping[str, Sequence[bytes]]:
    """The accounts that have something new, with the hints for their pulls, each once."""
    found: dict[str, dict[bytes, None]] = {}
    for update in updates:
        try:
            hints = hints_of(update)
        except Unreadable as problem:
            _log.warning("a webhook's update passed over, it cannot be read: %s", problem)
            continue
        if hints is not None:
            found.setdefault(update.account, {}).update(dict.fromkeys(hints))
    return {account: _as_many_as_are_taken(list(hints)) for account, hints in found.items()}


def _as_many_as_are_taken(hints: Sequence[bytes]) -> Sequence[bytes]:
    if len(hints) > MOST_HINTS:
        _log.error("a webhook names %d things of one account: the first of them are given up", len(hints))
        count_miss(Miss.GIVEN_UP)
    return hints[-MOST_HINTS:]


def _updates_of(entry: Mapping[str, Any]) -> Iterator[Update]:
    """An entry's updates: `changes`, a change of its own, and messages, those of other apps' threads included."""
    account, at = digits(entry.get("id")), instant(entry.get("time"))
    if not account:
        return
    changes = objects(entry.get("changes")) if "changes" in entry else objects([entry])
    for change in changes:
        name, value = change.get("field"), change.get("value")
        if isinstance(name, str) and isinstance(value, dict):
            yield Update(account, at, name, value)
    for name in (MESSAGING, "standby"):
        for event in objects(entry.get(name)):
            yield Update(account, instant(event.get("timestamp")), MESSAGING, event)


class Subscriptions:
    """Looks at each account's subscription once an hour, in memory: after a restart at the next pull."""

    def __init__(self, app_ids: Collection[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app_ids = app_ids
        self._clock = clock
        self._looked: OrderedDict[str, float] = OrderedDict()

    async def keep(self, graph: Graph, path: str, wanted: Collection[str]) -> None:
        """
        Subscribe the account at `path` (`1001/subscribed_apps`) to the wanted fields, if it is not.

        What goes wrong is a line in the log: pulls bring everything without a subscription, only later.
        """
        now, name = self._clock(), f"{graph.account} {path}"
        if now - self._looked.get(name, -LOOK_EVERY_SECONDS) < LOOK_EVERY_SECONDS:
            return
        self._looked[name] = now
        self._looked.move_to_end(name)
        if len(self._looked) > _MOST_ACCOUNTS:
            self._looked.popitem(last=False)
        try:
            if not await self._is_subscribed(graph, path, wanted):
                await subscribe(graph, path, wanted)
        except (Refused, ConnectorError) as error:
            _log.warning("an account's subscription cannot be kept up: %s", error)

    async def _is_subscribed(self, graph: Graph, path: str, wanted: Collection[str]) -> bool:
        async for app in graph.items(path, _SUBSCRIPTION_FIELDS):
            if str(app.get("id")) in self._app_ids:
                return set(wanted) <= set(texts(app.get("subscribed_fields")))
        return False


async def subscribe(graph: Graph, path: str, wanted: Collection[str]) -> None:
    """Subscribe the app to the account's fields. Raises `Refused` and the SDK's errors."""
    await graph.post(path, subscribed_fields=",".join(wanted))
