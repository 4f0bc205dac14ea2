# SPDX-License-Identifier: Apache-2.0
"""
What a newcomer meets on a call: `python -m tests.architecture.trips` runs real pulls under a profiler.

Each trip goes through the production edge and a served connector in this process, and counts the files of ours and the
functions that were entered. The generated code, the devkit and the tests are not counted.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from sealock_connector import Account
from sealock_connector.testing import Client, running
from sealock_origins.facebook.account import ASKED_FOR
from sealock_origins.facebook.connector import Facebook
from sealock_origins.guestbook.connector import Guestbook
from tests.architecture.source_tree import PACKAGES, ROOT, hand_written
from tests.edge.edge_under_test import EdgeUnderTest, MovedClock, add_key, build, settings, under_test
from tests.origins.facebook.conftest import account as facebook_account
from tests.origins.guestbook.sites import TOKEN, running_guestbook
from tests.origins.meta.fake_graph import APP_ID, APP_SECRET, FakeGraph

WALKED = {name: folder for name, folder in PACKAGES.items() if name != "sealock_devkit"}


@dataclass
class Trip:
    """The files and functions that a call entered, by package."""

    name: str
    functions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, frame: FrameType, event: str, _argument: object) -> None:
        """What `sys.setprofile` calls."""
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            self.functions[frame.f_code.co_filename].add(frame.f_code.co_qualname)

    def of(self, package: str) -> dict[str, set[str]]:
        """The files of a package, as it names them, with their functions."""
        folder = f"{WALKED[package]}/"
        return {path.removeprefix(folder): names for path, names in self.functions.items() if path.startswith(folder)}

    def files(self, *packages: str) -> int:
        """How many files it entered, in all or in these packages."""
        return sum(len(self.of(package)) for package in packages or WALKED)


@contextmanager
def watched(trip: Trip) -> Iterator[None]:
    """Count what is entered meanwhile, in every thread that begins."""
    threading.setprofile(trip.note)
    sys.setprofile(trip.note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@asynccontextmanager
async def edge_before(connector: Client, folder: Path) -> AsyncIterator[EdgeUnderTest]:
    """A production edge that forwards to the connector."""
    clock, keys = MovedClock(), folder / "keys"
    add_key(keys, clock)
    tables = settings(connector.target)
    del tables["integrations"]["other"]  # looking after it would be counted
    edge, ring, log = build(tables, keys, clock)
    handle = under_test(edge, ring, keys, clock, log)
    async with handle.client:
        yield handle


async def pulled(name: str, connector: Client, values: dict[str, Any], more: Callable[[], object]) -> Trip:
    """The trip of a pull that brings something new, on an account that was pulled before."""
    with tempfile.TemporaryDirectory() as folder:
        async with edge_before(connector, Path(folder)) as edge:
            metadata = edge.metadata(connector_account=Account("trip", values).dump())
            before = (await edge.pull(metadata)).json
            assert before["external_resources"], before
            more()
            trip = Trip(name)
            with watched(trip):
                answer = await edge.pull(metadata, before["state"])
            assert answer.json["external_resources"], answer.json
            return trip


async def pull_of_a_guestbook() -> Trip:
    """A plain pull: one new entry."""
    async with running_guestbook() as site, running(Guestbook()) as connector:
        site.sign("Is the pier open?")
        account = {"site": site.url, "token": TOKEN, "start": ""}
        return await pulled("pull of a guestbook", connector, account, lambda: site.sign("And on Sunday?"))


async def pull_of_a_facebook_page() -> Trip:
    """A pull of a Page: one new comment."""
    async with FakeGraph() as graph:
        graph.grants["scopes"] = list(ASKED_FOR)
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "secret"
            secret.write_text(APP_SECRET)
            options = (f"--app-id={APP_ID}", f"--app-secret-file={secret}", f"--graph-url={graph.url}")
            connector = Facebook(now=lambda: datetime.fromtimestamp(graph.now, UTC))
            async with running(connector, *options) as client:
                post = graph.post(text="Fresh rolls")
                graph.comment(post)
                graph.message(text="Do you deliver?")

                def more() -> None:
                    graph.now += 600
                    graph.comment(post, "7008", "And on Sunday?")

                return await pulled("pull of a Facebook Page", client, facebook_account(), more)


def rooms() -> tuple[int, Counter[str]]:
    """How many Python files there are, written by hand, and how many in each folder, its `__init__.py` apart."""
    files = hand_written(".py")
    siblings = Counter(
        path.parent.relative_to(ROOT).as_posix() for path in files if path.name not in {"__init__.py", "conftest.py"}
    )
    return len(files), siblings


async def trips() -> list[Trip]:
    """All trips."""
    return [await pull_of_a_guestbook(), await pull_of_a_facebook_page()]


def report(taken: list[Trip], *, whole: bool) -> Iterator[str]:
    """The counts for people; `whole` lists each file with its functions."""
    for trip in taken:
        functions = sum(len(names) for package in WALKED for names in trip.of(package).values())
        yield f"{trip.name}: {trip.files()} files, {functions} functions"
        for package in WALKED:
            found = trip.of(package)
            count = sum(map(len, found.values()))
            yield f"  {package:<18} {len(found):>3} files {count:>4} functions"
            if whole:
                yield from (f"    {path} ({', '.join(sorted(names))})" for path, names in sorted(found.items()))
    count, siblings = rooms()
    yield f"Python files, tests included: {count}"
    folder, most = siblings.most_common(1)[0]
    yield f"Most files in one folder: {most} ({folder})"


def main() -> int:
    """The program: `-v` lists the files."""
    sys.stdout.write("\n".join(report(asyncio.run(trips()), whole="-v" in sys.argv[1:])) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
