# SPDX-License-Identifier: Apache-2.0
"""What goes wrong during a ledger, as a seed says: one thing after another, and several at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx2

from sealock_devkit.ledger.balancer import Balancer
from sealock_devkit.ledger.logbook import Logbook
from sealock_devkit.ledger.valkey import Valkey
from sealock_devkit.stack.programs import Program
from sealock_devkit.stack.stack import Stack

EVERY = 1.5
"""A fault in so many seconds, on average."""
CALLS: Mapping[str, Sequence[str]] = {
    "pull": ("lose answer", "delay", "duplicate", "drop"),
    "channelback": ("lose answer", "delay", "duplicate", "drop"),
    "push": ("lose answer", "delay", "drop", "busy", "processing error", "missing parent"),
}
"""What the network between Zendesk and the edges does, by the local Zendesk's switches."""

Fault = Callable[[], Awaitable[str]]


@dataclass(slots=True)
class Faults:
    """Breaks things while it runs; `mended` puts everything right again."""

    stack: Stack
    logbook: Logbook
    balancer: Balancer
    edges_store: Valkey
    outbox: Valkey
    seed: int
    say: Callable[[str], None]
    killed_at: list[float] = field(default_factory=list)
    """When connectors were killed, on the loop's clock: between an origin's answer and the store a token is lost."""
    emptied_at: list[float] = field(default_factory=list)
    """When what edges know was emptied: hints that waited then are lost."""
    only: Sequence[str] | None = None
    """Those that may go wrong; None: all."""
    _random: random.Random = field(init=False)
    _busy: set[str] = field(default_factory=set)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a play, which a seed repeats

    def kinds(self) -> dict[str, Fault]:
        """Everything that can go wrong, by name."""
        kinds: dict[str, Fault] = {
            "kill an edge": lambda: self._kill(self.stack.edges),
            "kill a connector": lambda: self._kill(self.stack.connectors),
            "stop an edge": lambda: self._stand_still(self.stack.edges),
            "stop a connector": lambda: self._stand_still(self.stack.connectors),
            "lose answers of edges": self._lose_answers_of_edges,
            "lose answers of the origin": self._lose_answers_of_the_origin,
            "a slow origin": self._slow,
            "an origin that asks for fewer calls": self._throttled,
            "restart the edges' Valkey": lambda: self._restart_valkey(self.edges_store),
            "restart the outbox's Valkey": lambda: self._restart_valkey(self.outbox),
            "empty the edges' Valkey": self._empty,
            "turn the keys": self._turn_keys,
            "restart everything in turn": self._restart_all,
        }
        for call, named in CALLS.items():
            for kind in named:
                kinds[f"{kind} of {call}"] = lambda call=call, kind=kind: self._network(call, kind)  # type: ignore[misc]
        return {name: fault for name, fault in kinds.items() if self.only is None or name in self.only}

    async def work(self) -> None:
        """Break things until cancelled."""
        kinds = self.kinds()
        while kinds:
            await asyncio.sleep(self._random.expovariate(1 / EVERY))
            name = self._random.choice(list(kinds))
            task = asyncio.create_task(self._play(name, kinds[name]))
            self._under_way.add(task)

    async def mended(self) -> None:
        """Wait for faults to end, and put everything right. Raises what a fault itself raised."""
        await asyncio.gather(*self._under_way)
        self.logbook.slow_seconds, self.logbook.throttled, self.logbook.lost_answers = 0.0, False, 0
        self.balancer.lost_answers = 0
        await self._switch("DELETE")

    async def _play(self, name: str, fault: Fault) -> None:
        what = await fault()
        self.say(f"{name}{': ' + what if what else ''}")

    async def _kill(self, programs: Sequence[Program]) -> str:
        program = self._free(programs)
        if program is None:
            return "all are down"
        name = program.process.name
        try:
            if program in self.stack.connectors:
                self.killed_at.append(asyncio.get_running_loop().time())
            await self.stack.kill(program)
            await asyncio.sleep(self._random.random() * 2)
            await program.start()
        finally:
            self._busy.discard(name)
        return name

    async def _stand_still(self, programs: Sequence[Program]) -> str:
        program = self._free(programs)
        if program is None:
            return "all are down"
        name = program.process.name
        try:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.process.pid, signal.SIGSTOP)
            await asyncio.sleep(0.5 + self._random.random() * 3)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.process.pid, signal.SIGCONT)
        finally:
            self._busy.discard(name)
        return name

    def _free(self, programs: Sequence[Program]) -> Program | None:
        """One that nothing happens to, and not the last of its kind."""
        free = [program for program in programs if program.process.name not in self._busy]
        if len(free) < 2:
            return None
        program = self._random.choice(free)
        self._busy.add(program.process.name)
        return program

    async def _lose_answers_of_edges(self) -> str:
        self.balancer.lost_answers = self._random.randint(1, 3)
        return ""

    async def _lose_answers_of_the_origin(self) -> str:
        self.logbook.lost_answers = self._random.randint(1, 4)
        return ""

    async def _slow(self) -> str:
        self.logbook.slow_seconds = 0.2 + self._random.random()
        await asyncio.sleep(3)
        self.logbook.slow_seconds = 0.0
        return ""

    async def _throttled(self) -> str:
        self.logbook.throttled = True
        await asyncio.sleep(2)
        self.logbook.throttled = False
        return ""

    async def _restart_valkey(self, valkey: Valkey) -> str:
        if valkey.name in self._busy:
            return "it is down"
        self._busy.add(valkey.name)
        try:
            await valkey.kill()
            await asyncio.sleep(self._random.random() * 2)
            await valkey.start()
        finally:
            self._busy.discard(valkey.name)
        return ""

    async def _empty(self) -> str:
        if self.edges_store.name in self._busy:
            return "it is down"
        self.emptied_at.append(asyncio.get_running_loop().time())
        await self.edges_store.empty()
        return ""

    async def _turn_keys(self) -> str:
        if "keys" in self._busy:
            return "they are being turned"
        self._busy.add("keys")
        try:
            await self.stack.sealock("keys", "rotate", str(self.stack.keys))
        finally:
            self._busy.discard("keys")
        return ""

    async def _restart_all(self) -> str:
        for program in (*self.stack.edges, *self.stack.connectors):
            if program.process.name not in self._busy:
                self._busy.add(program.process.name)
                try:
                    await self.stack.restart(program)
                finally:
                    self._busy.discard(program.process.name)
        return ""

    async def _network(self, call: str, kind: str) -> str:
        seconds = {"seconds": 1 + self._random.random() * 2} if kind in {"delay", "busy"} else {}
        await self._switch("POST", call=call, kind=kind, times=self._random.randint(1, 3), **seconds)
        return ""

    async def _switch(self, method: str, **body: object) -> None:
        url = f"{self.stack.zendesk_server.url}/api/faults"
        async with httpx2.AsyncClient(trust_env=False) as http:
            (await http.request(method, url, json=body)).raise_for_status()
