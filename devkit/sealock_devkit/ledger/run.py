# SPDX-License-Identifier: Apache-2.0
"""A ledger, from its start to its reckoning."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealock_devkit.ledger.balancer import Balancer
from sealock_devkit.ledger.faults import Faults
from sealock_devkit.ledger.logbook import Logbook
from sealock_devkit.ledger.people import People
from sealock_devkit.ledger.programs import LedgerPrograms, LogbookOrigin
from sealock_devkit.ledger.reckoning import Answered, Arrived, Reckoning, reckon
from sealock_devkit.ledger.valkey import Valkey
from sealock_devkit.ledger.webhooks import WebhookSender
from sealock_devkit.stack.process import free_port
from sealock_devkit.stack.stack import Options, Stack

PLACES = 6
KILLED_WITH_IT = 1.0
"""A token that was renewed so many seconds before a connector was killed may have been lost with it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a ledger is to be kept."""

    seconds: float
    seed: int
    faults: Sequence[str] | None = None
    """Only these; None: all."""
    programs: Callable[..., LedgerPrograms] = LedgerPrograms
    say: Callable[[str], None] = print
    """Gets a line for each fault."""
    calm_seconds: float = 60.0
    """So long at most after the last fault until everything has to have arrived."""


@dataclass(slots=True)
class Outcome:
    """What a ledger found, and what there was of everything."""

    reckoning: Reckoning
    counted: Mapping[str, int] = field(default_factory=dict)
    explained: Sequence[str] = ()
    """What is lost and nobody could have kept."""


async def keep(folder: Path, wish: Wish) -> Outcome:
    """Run everything, break everything, mend everything, and compare."""
    async with AsyncExitStack() as cleanup:
        ledger = await _begun(folder, wish, cleanup)
        await _for_so_long(wish.seconds, ledger.people.work(), ledger.faults.work())
        await ledger.end()
        return await ledger.reckoned(wish.calm_seconds)


async def _begun(folder: Path, wish: Wish, cleanup: AsyncExitStack) -> _Ledger:
    logbook, balancer = Logbook(wish.seed), Balancer(free_port())
    port, secret = free_port(), secrets.token_hex(16)
    origin = LogbookOrigin(logbook, port, secret)
    edges_store, outbox = (Valkey(name, folder / name) for name in ("edges-store", "outbox-store"))
    for store in (edges_store, outbox):
        cleanup.push_async_callback(store.stop)
        await store.start()
    options = Options(
        edges=2,
        connectors=2,
        pull_interval=2,
        edge_settings={"public_url": balancer.url, "store": edges_store.url},
        connector_options=("--store", outbox.url, "--allow-network", "127.0.0.0/8"),
    )
    stack = Stack(folder, origin=origin, options=options, programs=wish.programs, on_zendesk_line=_silent)
    await cleanup.enter_async_context(stack)
    cleanup.push_async_callback(balancer.stop)
    await balancer.start([edge.url for edge in stack.edges])
    sender = WebhookSender(f"{balancer.url}/{origin.name}/webhook", secret, wish.seed)
    cleanup.push_async_callback(sender.close)
    logbook.told = sender.tell
    accounts: dict[str, int] = {}
    integration = await stack.zendesk.install(f"{balancer.url}/{origin.name}/manifest.json")
    for place in (f"place-{number}" for number in range(1, PLACES + 1)):
        answers = [{"place": place, "refresh": logbook.sign_in(place)}]
        accounts[place] = await stack.zendesk.add_account(integration, answers)
    return _Ledger(
        stack,
        logbook,
        People(logbook, stack.zendesk, accounts, wish.seed),
        sender,
        Faults(stack, logbook, balancer, edges_store, outbox, wish.seed, wish.say, only=wish.faults),
    )


async def _for_so_long(seconds: float, *work: Coroutine[Any, Any, None]) -> None:
    """Let them work; what one of them raises is raised."""
    tasks = [asyncio.create_task(each) for each in work]
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


@dataclass(slots=True)
class _Ledger:
    stack: Stack
    logbook: Logbook
    people: People
    sender: WebhookSender
    faults: Faults
    lost_tokens: Sequence[tuple[str, float]] = ()
    """Where the origin revoked what an account had: the place, and when its token was renewed last."""

    async def end(self) -> None:
        """Mend everything, and let what is under way end."""
        await self.faults.mended()
        self.sender.calm = True
        await self.sender.settle()
        self.lost_tokens = [
            (family.place, family.renewed_at) for family in self.logbook.all_families() if family.revoked
        ]
        for place in {place for place, _ in self.lost_tokens}:
            await self.people.sign_in_at_last(place)
        await self.people.settle()

    async def reckoned(self, calm_seconds: float) -> Outcome:
        """Compare until it adds up, or so long at most."""
        loop = asyncio.get_running_loop()
        until = loop.time() + calm_seconds
        while True:
            found = reckon(self.logbook.entries, await self._arrived(), await self._answered())
            explained = self._lost_with_the_store(found)
            if found.adds_up or loop.time() > until:
                break
            await asyncio.sleep(1)
        for place, renewed_at in self.lost_tokens:
            if any(0 <= at - renewed_at < KILLED_WITH_IT for at in self.faults.killed_at):
                explained.append(f"the token of {place} was lost with the connector that had just renewed it")
            else:
                found.tokens_lost.append(place)
        return Outcome(found, self._counted(), explained)

    def _lost_with_the_store(self, found: Reckoning) -> list[str]:
        """Take out what was only a hint in the edges' store when that was emptied."""
        by_name = {entry.name: entry for entry in self.logbook.entries}
        explained: list[str] = []
        for lost in list(found.lost):
            entry = by_name[lost.split(" ", 1)[0]]
            taken = self.sender.taken.get(entry.id)
            if not entry.listed and taken is not None and any(at > taken for at in self.faults.emptied_at):
                found.lost.remove(lost)
                explained.append(f"{lost} was lost with the store that held its hint")
        return explained

    async def _arrived(self) -> list[Arrived]:
        arrived: list[Arrived] = []
        for ticket in await self.stack.zendesk.tickets():
            comments = sorted(await self.stack.zendesk.comments(ticket), key=lambda comment: int(comment["id"]))
            arrived += [Arrived(ticket, str(each["external_id"])) for each in comments if each["external_id"]]
        return arrived

    async def _answered(self) -> list[Answered]:
        return [
            Answered(str(comment["body"]), delivered=comment["reply"]["status"] == "delivered")
            for ticket in await self.stack.zendesk.tickets()
            for comment in await self.stack.zendesk.comments(ticket)
            if comment["reply"]
        ]

    def _counted(self) -> dict[str, int]:
        return {
            "entries": sum(not entry.mark for entry in self.logbook.entries),
            "of them in no list": sum(not entry.listed for entry in self.logbook.entries),
            "replies": len(self.people.replies),
            "renewals": sum(len(family.spent) for family in self.logbook.all_families()),
            **self.people.counted,
            **{f"webhooks: {what}": count for what, count in self.sender.counted.items()},
        }


def _silent(_: str) -> None:
    pass
