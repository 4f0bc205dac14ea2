# SPDX-License-Identifier: Apache-2.0
"""
All attacks by name, and the process that makes some of them.

The process prints a line of JSON with what the attacks got. Then it keeps open what is still open until it is told to
end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sealock_devkit.bench.hostile import connections, grpc_calls, pages, requests
from sealock_devkit.bench.hostile.callers import NICENESS, Attacker, Place

Attack = Callable[[Attacker], Awaitable[None]]

BEHIND_TLS: Final = "handshakes"
"""The one that needs an edge which ends TLS."""

_FUNCTIONS: Final[tuple[Attack, ...]] = (
    connections.headers,
    connections.one_header,
    connections.header_lines,
    connections.trailers,
    connections.chunk_extensions,
    connections.tiny_chunks,
    connections.endless_bodies,
    connections.slow_headers,
    connections.crowd,
    connections.slow_bodies,
    connections.slow_chunks,
    connections.idle,
    connections.idle_from_one_address,
    connections.kept_alive,
    connections.no_body,
    connections.unfinished_bodies,
    connections.small_bodies,
    connections.unread_answers,
    connections.sipped_answers,
    connections.unread_pulls,
    connections.pipelined,
    connections.garbage,
    connections.resets,
    connections.handshakes,
    requests.forged,
    requests.long_forms,
    requests.wrong_events,
    requests.own_events,
    requests.set_ups,
    requests.set_up_pages,
    requests.clickthroughs,
    requests.full_pages,
    requests.endless_pulls,
    requests.abandoned_pulls,
    requests.trailing_metadata,
    requests.description,
    requests.unread_files,
    requests.sipped_files,
    requests.read_files,
    grpc_calls.refused_callers,
    grpc_calls.unfinished_calls,
    grpc_calls.silent_streams,
    grpc_calls.cancelled_calls,
    grpc_calls.open_to_strangers,
    grpc_calls.bare_connections,
)

ATTACKS: Final[Mapping[str, Attack]] = MappingProxyType(
    {
        **{attack.__name__.replace("_", "-"): attack for attack in _FUNCTIONS},
        **{f"page-{name}": partial(requests.pulls, name=name) for name in pages.PULLS},
    }
)
"""By name. Those that begin with `page-` are pulls of what the hostile connector answers."""

ACCOUNTS: Final = (*pages.PULLS, "never", "metadata", "initial-metadata", "long-details", "files", "described")
"""What the hostile connector has to be asked for, in the account's name."""


def meaning(name: str) -> str:
    """What an attack does, in a few words."""
    attack = ATTACKS[name]
    if isinstance(attack, partial):
        return f"Two pulls that are answered with {name.removeprefix('page-').replace('-', ' ')}."
    return (attack.__doc__ or "").strip()


async def make(attacker: Attacker, name: str) -> None:
    """Make one attack, for as long as it may take at most."""
    try:
        async with asyncio.timeout(attacker.seconds + 20):
            await ATTACKS[name](attacker)
    except TimeoutError:
        attacker.notes["out of time"] += 1
    except (OSError, KeyError) as error:
        attacker.notes[type(error).__name__] += 1


async def again_and_again(
    place: Place, names: list[str], *, scale: float, seconds: float, pause: float, until: float
) -> Attacker:
    """
    All of them at once, each again so many seconds after it is over, until the monotonic clock says so.

    They hang up in between.
    """
    whole = Attacker(place, scale=scale, seconds=seconds)

    async def repeat(name: str) -> None:
        await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - so that they do not all come at once
        while time.monotonic() < until:
            attacker = Attacker(place, scale=scale, seconds=min(seconds, max(1.0, until - time.monotonic())))
            await make(attacker, name)
            attacker.hang_up()
            whole.notes.update({f"{name} {what}": count for what, count in attacker.notes.items()})
            whole.notes[f"{name} rounds"] += 1
            await asyncio.sleep(pause)

    await asyncio.gather(*(repeat(name) for name in names))
    return whole


async def run(options: argparse.Namespace) -> None:
    """Attack, print, and wait to be told to end."""
    place = Place.read(options.place)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    if options.minutes:
        until = time.monotonic() + options.minutes * 60
        attacker = await again_and_again(
            place,
            options.names,
            scale=options.scale,
            seconds=options.seconds,
            pause=options.pause,
            until=until,
        )
    else:
        attacker = Attacker(place, scale=options.scale, seconds=options.seconds)
        for name in options.names:
            await make(attacker, name)
    sys.stdout.write(json.dumps(attacker.notes) + "\n")
    sys.stdout.flush()
    await told.wait()


def main() -> None:
    """Read the options, and attack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=ATTACKS)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--minutes", type=float, default=0.0, help="make all of them at once, again and again")
    parser.add_argument("--pause", type=float, default=0.5, help="between them")
    options = parser.parse_args()
    os.nice(NICENESS)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(options))


if __name__ == "__main__":
    main()
