# SPDX-License-Identifier: Apache-2.0
"""Keeping an account subscribed: after an hour of failed deliveries Meta ends a subscription by itself."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection

from sealock_connector import ConnectorError
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.fields import Fields
from sealock_origins.meta.graph import Graph

EVERY_SECONDS = 3_600.0
_FIELDS: Fields = ("id", "subscribed_fields")
_MOST_ACCOUNTS = 10_000

_log = logging.getLogger(__name__)


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
        if now - self._looked.get(name, -EVERY_SECONDS) < EVERY_SECONDS:
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
        async for app in graph.items(path, _FIELDS):
            if str(app.get("id")) in self._app_ids:
                return set(wanted) <= set(app.get("subscribed_fields") or ())
        return False


async def subscribe(graph: Graph, path: str, wanted: Collection[str]) -> None:
    """Subscribe the app to the account's fields. Raises `Refused` and the SDK's errors."""
    await graph.post(path, subscribed_fields=",".join(wanted))
