# SPDX-License-Identifier: Apache-2.0
"""One connector as the edge knows it: its client, its description, and whether it answers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from grpc.aio import Channel

from sealock.connector.v1.describe_pb2 import Capability, DescribeRequest, DescribeResponse
from sealock_edge.connectors.client import Budget, ConnectorClient
from sealock_edge.connectors.errors import ConnectorDown, ConnectorError, fault_of
from sealock_edge.connectors.faults import Fault
from sealock_edge.heavy_work import HeavyWork

FRESH_SECONDS = 60.0
"""How long a description is good without asking again."""

WATCH_SECONDS = 15.0
"""How often a connector that answers is asked whether it still does."""

WATCH_SECONDS_DOWN = 2.0
"""How often one that does not answer is asked."""

DESCRIBE_SECONDS = 5.0
"""How long a description may take."""

OLD_CHANNEL_SECONDS = 660.0
"""How long a channel is kept after another took its place: longer than any call."""


class Connector:
    """
    Opens its channel in the running event loop, keeps the last good description, and watches.

    Until `open` the connector counts as down; after `close` again.
    """

    def __init__(
        self,
        open_channel: Callable[[], Channel],
        *,
        on_call: Callable[[str, str], None],
        on_ready: Callable[[Fault | None, bool], None],
        heavy: HeavyWork,
        clock: Callable[[], float] = time.monotonic,
        credentials_changed: Callable[[], bool] = lambda: False,
        first_pause: Callable[[], float] = lambda: random.uniform(0.5, 1.0),  # noqa: S311 - not a secret
    ) -> None:
        """
        `on_call` gets RPC and outcome of every try, `on_ready` why it did not answer (None: it did),
        and whether that is new.
        Large answers are read by `heavy`.

        `credentials_changed` says whether a channel that is opened now has other credentials than when it last said so.
        `first_pause` is how long it waits before it asks again, as a share of what it waits from then on: by chance, so
        that connectors are not all asked together.
        """
        self._open_channel = open_channel
        self._credentials_changed = credentials_changed
        self._first_pause = first_pause
        self._on_call = on_call
        self._heavy = heavy
        self._on_ready = on_ready
        self._clock = clock
        self._channel: Channel | None = None
        self._client: ConnectorClient | None = None
        self._watching: asyncio.Task[None] | None = None
        self._replaced: set[asyncio.Task[None]] = set()
        self._description: DescribeResponse | None = None
        self._described_at = float("-inf")
        self._translated: dict[str, tuple[float, DescribeResponse]] = {}
        self._asking: asyncio.Task[DescribeResponse] | None = None
        self._told: set[Fault | None] = set()
        self.fault: Fault | None = Fault.NOT_OPEN
        """Why it is not ready; None: it is."""

    async def open(self) -> None:
        """Open the channel and begin to watch. Does not wait for the connector."""
        self._credentials_changed()
        self._use(self._open_channel())
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching and close the channel."""
        under_way = [task for task in (self._watching, self._asking, *self._replaced) if task is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._channel is not None:
            await self._channel.close()
        self._watching = self._channel = self._client = None
        self._became(Fault.NOT_OPEN)

    @property
    def ready(self) -> bool:
        """Whether it answered when it was last asked."""
        return self.fault is None

    @property
    def client(self) -> ConnectorClient:
        """The calls. Raises `ConnectorDown` before `open` and after `close`."""
        if self._client is None:
            raise ConnectorDown("NOT_OPEN", Fault.NOT_OPEN)
        return self._client

    @property
    def description(self) -> DescribeResponse | None:
        """The last good description; None: there was none yet."""
        return self._description

    def has(self, capability: Capability.ValueType) -> bool:
        """Whether the last good description names the capability."""
        return self._description is not None and capability in self._description.capabilities

    async def describe(self, request_id: str) -> DescribeResponse:
        """
        What the connector is and can do, at most a minute old; the last good answer while it is down.

        Raises `ConnectorError` if it never answered.
        """
        if self._description is None or self._clock() - self._described_at > FRESH_SECONDS:
            try:
                return await self.ask(request_id)
            except ConnectorError:
                if self._description is None:
                    raise
        return self._description

    async def describe_in(self, language: str, request_id: str) -> DescribeResponse | None:
        """
        The description for readers of a language (BCP 47, one of the pages'), at most a minute old.

        While the connector is down it is the last good one, in whatever language; None if there never was one.
        """
        described_at, translated = self._translated.get(language, (float("-inf"), self._description))
        if not self.ready or self._clock() - described_at <= FRESH_SECONDS:
            return translated
        try:
            translated = await self._describe(DescribeRequest(locale=language), request_id)
        except ConnectorError:
            return translated
        self._translated[language] = (self._clock(), translated)
        return translated

    async def ask(self, request_id: str) -> DescribeResponse:
        """What the connector says now; several callers share one call. Raises `ConnectorError`."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(request_id))
            self._asking.add_done_callback(self._asked)
        return await asyncio.shield(self._asking)

    async def _ask(self, request_id: str) -> DescribeResponse:
        try:
            self._description = await self._describe(DescribeRequest(), request_id)
        except ConnectorError as error:
            self._became(fault_of(error))
            raise
        self._described_at = self._clock()
        self._became(None)
        return self._description

    async def _describe(self, request: DescribeRequest, request_id: str) -> DescribeResponse:
        budget = Budget(self._clock() + DESCRIBE_SECONDS, self._clock)
        return await self.client.describe(request, budget, request_id)

    def _asked(self, asking: asyncio.Task[DescribeResponse]) -> None:
        self._asking = None
        if not asking.cancelled():
            asking.exception()  # those who asked have it; without this, asyncio would complain if nobody did

    def _became(self, fault: Fault | None) -> None:
        # Each fault is new once until it is ready again: those of several addresses take turns.
        changed = fault not in self._told
        self._told = {fault} if fault is None or None in self._told else self._told | {fault}
        self.fault = fault
        self._on_ready(fault, changed)

    def _use(self, channel: Channel) -> None:
        self._channel = channel
        self._client = ConnectorClient(channel, on_call=self._on_call, heavy=self._heavy)

    def _replace_channel(self) -> None:
        """New calls use new credentials; calls under way end on the channel where they began."""
        before = self._channel
        try:
            self._use(self._open_channel())
        except OSError:
            return
        if before is not None:
            closing = asyncio.create_task(_close_later(before))
            self._replaced.add(closing)
            closing.add_done_callback(self._replaced.discard)

    async def _watch(self) -> None:
        # Hundreds of connectors that are opened together, and always asked together, would keep every call waiting.
        pause = WATCH_SECONDS * self._first_pause()
        while True:
            if self._credentials_changed():
                self._replace_channel()
            try:
                await self.ask("watch")
            except ConnectorError:
                await asyncio.sleep(WATCH_SECONDS_DOWN)
            else:
                await asyncio.sleep(pause)
                pause = WATCH_SECONDS


async def _close_later(channel: Channel) -> None:
    try:
        await asyncio.sleep(OLD_CHANNEL_SECONDS)
    finally:
        await channel.close()
