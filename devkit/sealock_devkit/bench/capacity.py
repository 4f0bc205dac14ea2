# SPDX-License-Identifier: Apache-2.0
"""
What a pull costs the edge and a real connector, in seconds of CPU, and what calls under way cost, in memory.

The whole system runs, with the guestbook as the origin; edge and connector share the subject's core. CPU is read from
the kernel's accounts, so that who waits for whom does not matter; one load gives both figures.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx2

from sealock_devkit.bench import pulling
from sealock_devkit.bench.connector import SENTENCE
from sealock_devkit.bench.processes import (
    OTHER_CORE,
    SUBJECT_CORE,
    cpu_seconds,
    pin_family,
    resident,
    running,
)
from sealock_devkit.emulators.guestbook.demo import DemoGuestbook
from sealock_devkit.stack.stack import Options, Stack

ENTRIES = 20
OPEN_AT_ONCE = 16
SLOW_SECONDS = 1.5


@dataclass(frozen=True)
class Cost:
    """What one pull cost, in seconds of CPU."""

    edge: float
    connector: float


@dataclass(frozen=True)
class Held:
    """Megabytes over the idle size."""

    edge: float
    connector: float


class Guestbook:
    """A running system with one account of the guestbook."""

    def __init__(self, stack: Stack, forms: dict[str, Path], origin: DemoGuestbook) -> None:
        self._stack = stack
        self._forms = forms
        self._origin = origin

    async def cost(self, what: str, requests: int) -> Cost:
        """Pull `requests` times; `what` is `nothing new` or `20 new`."""
        before = self._cpu()
        await asyncio.to_thread(pulling.rate, self._load(what, requests, OPEN_AT_ONCE))
        after = self._cpu()
        edge, connector = ((end - begin) / requests for begin, end in zip(before, after, strict=True))
        return Cost(edge, connector)

    async def held(self, pulls: int, *, slow_seconds: float = SLOW_SECONDS) -> Held:
        """What so many pulls under way take, while the origin takes that long for each."""
        await self._origin.set_faults(slow_seconds=slow_seconds)
        before = self._resident()
        most = list(before)
        log = self._stack.folder / f"load-of-{pulls}.log"
        with running(self._load("nothing new", pulls, pulls), core=OTHER_CORE, log=log) as load:
            while load.poll() is None:
                most = [max(*pair) for pair in zip(most, self._resident(), strict=True)]
                await asyncio.sleep(0.1)
        await self._origin.set_faults(slow_seconds=0)
        said = log.read_text().splitlines()
        if load.returncode or json.loads(said[-1])["failures"]:
            raise RuntimeError(f"the load of {pulls:,} pulls failed: {said[-1:]}")
        edge, connector = ((end - begin) / 1e6 for begin, end in zip(before, most, strict=True))
        return Held(edge, connector)

    def _pids(self) -> tuple[int, int]:
        return self._stack.edge.process.pid, self._stack.connector.process.pid

    def _cpu(self) -> list[float]:
        return [cpu_seconds(pid) for pid in self._pids()]

    def _resident(self) -> list[int]:
        return [resident(pid) for pid in self._pids()]

    def _load(self, what: str, requests: int, connections: int) -> list[str]:
        trust = self._stack.trust
        return pulling.command(
            f"{self._stack.edge.url}/guestbook/pull",
            self._forms[what],
            requests=requests,
            connections=connections,
            ca=trust.authority if trust else None,
        )


@asynccontextmanager
async def guestbook(folder: Path, *, tls: bool) -> AsyncGenerator[Guestbook]:
    """A running system whose guestbook has some entries; with `tls`, https at the edge and mTLS behind it."""
    origin = DemoGuestbook()
    async with Stack(folder, origin=origin, options=Options(tls=tls, pull_interval=3600)) as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, origin.account_answers)
        for number in range(ENTRIES):
            await origin.write_comment(f"Visitor {number}", SENTENCE * 2)
        metadata = (await stack.zendesk.account(account))["metadata"]
        forms = {}
        state = ""
        for what, expected in (("20 new", ENTRIES), ("nothing new", 0)):
            form = {"metadata": metadata, "state": state}
            forms[what] = folder / what.replace(" ", "-")
            forms[what].write_text(urlencode(form))
            state = await _state_after(stack, form, expected)
        for member in (stack.edge, stack.connector):
            pin_family(member.process.pid, SUBJECT_CORE)
        yield Guestbook(stack, forms, origin)


async def _state_after(stack: Stack, form: dict[str, str], expected: int) -> str:
    verify = stack.trust.context() if stack.trust else True
    async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=60) as http:
        answer = (await http.post(f"{stack.edge.url}/guestbook/pull", data=form)).raise_for_status().json()
    if len(answer["external_resources"]) != expected:
        raise RuntimeError(f"a pull brought {len(answer['external_resources'])} resources instead of {expected}")
    return str(answer["state"])
