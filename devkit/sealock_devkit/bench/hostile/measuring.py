# SPDX-License-Identifier: Apache-2.0
"""Attacks, each by itself on a stack of its own, or all at once on one: what they got, and what others lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sealock_devkit.bench.hostile.attacked_stack import AttackedStack, attacked_stack
from sealock_devkit.bench.hostile.attacks import BEHIND_TLS
from sealock_devkit.bench.hostile.watching import (
    Honest,
    Memory,
    Probe,
    Times,
    connections,
    descriptors,
    family_alive,
    lines_of,
    looking,
)
from sealock_devkit.stack.programs import Program

Tell = Callable[[str], None]

LONGEST_STOP = 100.0
NOTES_SECONDS = 60.0
"""How long after its time an attack's process may take to say what it got."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large an attack is, and how long it is watched."""

    scale: float = 1.0
    """1 for figures; less is less of everything."""
    seconds: float = 20.0
    """When an attack gives up."""
    quiet_seconds: float = 10.0
    """How long the honest tenant is watched before: long enough for the worst hundredth to be more than one pull."""
    pause_seconds: float = 15.0
    """After each round of an attack, when all are made at once: a flood would show only how fast one process is."""
    after_seconds: float = 15.0
    """How long after the attack is looked whether anything of it is still open."""


@dataclass(frozen=True, slots=True)
class Alone:
    """What came of one attack, or of some in turn."""

    name: str
    notes: Mapping[str, int]
    """What it got, and how often."""
    quiet: Times
    during: Times
    late_probes: int
    """How often /livez was not answered within a second."""
    edge_growth: float
    """The peak over what there was before, in MB."""
    connector_growth: float
    """Likewise, of the honest connector."""
    still_open: int
    """Connections that it still holds some time after."""
    stop_seconds: float
    """How long the edge took to end, while they were held."""
    connector_stop_seconds: float
    died: str
    """Which processes were killed, or ended by themselves: the edge's worker, the connector."""
    log_lines: int


@asynccontextmanager
async def attacking(
    names: Sequence[str], place: Path, log: Path, bounds: Bounds, minutes: float = 0
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The attacks' process, which prints a line when they are over, and ends with the block."""
    arguments = ["--place", str(place), "--scale", str(bounds.scale), "--seconds", str(bounds.seconds)]
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sealock_devkit.bench.hostile.attacks"),
            *names,
            *arguments,
            *("--minutes", str(minutes), "--pause", str(bounds.pause_seconds)),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=1 << 20,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _notes(process: asyncio.subprocess.Process, within: float) -> Mapping[str, int]:
    if process.stdout is None:
        raise RuntimeError("an attack's output is read")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), within)
    except TimeoutError:
        return {"out of time": 1}
    notes: Mapping[str, int] = json.loads(line or b'{"ended early": 1}')
    return notes


class Watch:
    """Everything that is watched of one stack."""

    def __init__(self, built: AttackedStack) -> None:
        self.honest, self.probe = Honest(built), Probe(built)
        self.edge = Memory(built.stack.edge.process.pid)
        self.connector = Memory(built.stack.connector.process.pid)
        self._stack = built.stack
        self._worker = self._workers()

    @property
    def died(self) -> str:
        """Which processes are others than at the beginning, or none at all."""
        edge = "the edge's worker" if self._workers() != self._worker else ""
        connector = "the connector" if self._stack.connector.process.exit_code is not None else ""
        return " and ".join(filter(None, (edge, connector)))

    def _workers(self) -> list[int]:
        return family_alive(self._stack.edge.process.pid)[1:]

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Watch until the block ends, and until the honest tenant has its last answers."""
        async with self.honest.pulling(), self.probe.probing(), looking((self.edge, self.connector)):
            yield

    async def quiet(self, seconds: float) -> Times:
        """The honest tenant's times while nothing happens; what follows is counted anew."""
        await asyncio.sleep(seconds / 4)
        self.honest.begin_anew()
        await asyncio.sleep(seconds)
        quiet = self.honest.begin_anew()
        self.probe.times = Times()
        for memory in (self.edge, self.connector):
            memory.begin_anew()
        return quiet


async def alone(folder: Path, names: Sequence[str], bounds: Bounds) -> Alone:
    """Make one attack, or some in turn, on a stack of its own."""
    async with attacked_stack(folder, tls_edge=BEHIND_TLS in names) as built, AsyncExitStack() as running:
        watch, log = Watch(built), built.stack.edge.process.log
        before = connections(built.place)
        async with watch.watching():
            quiet = await watch.quiet(bounds.quiet_seconds)
            lines = lines_of(log)
            attack = attacking(names, built.place_file, folder / "attack.log", bounds)
            notes = await _notes(await running.enter_async_context(attack), bounds.seconds * len(names) + NOTES_SECONDS)
        edge_growth, connector_growth = watch.edge.growth, watch.connector.growth
        lines = lines_of(log) - lines - watch.honest.times.ends.total()
        still_open, died = await _still_open(built, before, bounds.after_seconds), watch.died
        stopped = await asyncio.gather(_stop(built.stack.edge), _stop(built.stack.connector))
        return Alone(
            name=", ".join(names),
            notes=notes,
            quiet=quiet,
            during=watch.honest.times,
            late_probes=watch.probe.late,
            edge_growth=edge_growth,
            connector_growth=connector_growth,
            still_open=still_open,
            stop_seconds=stopped[0],
            connector_stop_seconds=stopped[1],
            died=died,
            log_lines=lines,
        )


async def _still_open(built: AttackedStack, before: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while (held := connections(built.place) - before) > 0 and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    return max(0, held)


async def _stop(program: Program) -> float:
    began = time.monotonic()
    program.process.send(signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(program.process.wait(), LONGEST_STOP)
    return time.monotonic() - began


async def each_alone(folder: Path, names: Sequence[str], bounds: Bounds, tell: Tell) -> list[Alone]:
    """Make the attacks in turn."""
    found = []
    for name in names:
        tell(name)
        place = folder / name
        place.mkdir()
        found.append(await alone(place, [name], bounds))
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """What one quarter of an attack by all ended with."""

    edge: float
    """Resident memory, in MB."""
    connector: float
    edge_descriptors: int
    connector_descriptors: int
    log_lines: int
    """Of edge and connector, since the moment before."""


@dataclass(frozen=True, slots=True)
class Together:
    """What came of all attacks at once."""

    notes: Mapping[str, int]
    quiet: Times
    during: Times
    late_probes: int
    probes: int
    moments: Sequence[Moment]
    minutes: float
    died: str

    @property
    def ratio(self) -> float:
        """The 99th percentile during it to the quiet one."""
        return self.during.percentile(99) / (self.quiet.percentile(99) or 1e-9)


GROUPS = 3
"""The attackers' processes."""


async def together(folder: Path, names: Sequence[str], bounds: Bounds, minutes: float, tell: Tell) -> Together:
    """Make all attacks at once, again and again."""
    names = [name for name in names if name != BEHIND_TLS]
    async with attacked_stack(folder) as built, AsyncExitStack() as running:
        watch = Watch(built)
        await running.enter_async_context(watch.watching())
        quiet = await watch.quiet(bounds.quiet_seconds)
        moments, lines = [_moment(built, 0)], _lines(built)
        processes = []
        for group in range(GROUPS):
            log = folder / f"attack-{group}.log"
            attack = attacking(names[group::GROUPS], built.place_file, log, bounds, minutes)
            processes.append(await running.enter_async_context(attack))
        for quarter in range(1, 5):
            await asyncio.sleep(minutes * 60 / 4)
            moments.append(_moment(built, lines))
            lines = _lines(built)
            tell(f"quarter {quarter}: {moments[-1]}")
        notes = [await _notes(process, bounds.seconds + NOTES_SECONDS) for process in processes]
        return Together(
            notes={what: count for each in notes for what, count in each.items()},
            quiet=quiet,
            during=watch.honest.begin_anew(),
            late_probes=watch.probe.late,
            probes=len(watch.probe.times.seconds),
            moments=moments,
            minutes=minutes,
            died=watch.died,
        )


def _moment(built: AttackedStack, lines: int) -> Moment:
    edge, connector = (program.process.pid for program in (built.stack.edge, built.stack.connector))
    return Moment(
        edge=Memory.resident(edge),
        connector=Memory.resident(connector),
        edge_descriptors=descriptors(edge),
        connector_descriptors=descriptors(connector),
        log_lines=_lines(built) - lines,
    )


def _lines(built: AttackedStack) -> int:
    return lines_of(built.stack.edge.process.log) + lines_of(built.stack.connector.process.log)
