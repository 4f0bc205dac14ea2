# SPDX-License-Identifier: Apache-2.0
"""A connector as a program of its own; its origin is a folder, so that it outlives the connector's process."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sealock_connector import Author, Connector, Done, ExternalResource, Posted, Pulled, serve
from sealock_connector._command import serve_until_signal
from sealock_connector._outbox import DeliveryTimes
from sealock_connector._serving.options import parse
from sealock_connector._telemetry import log_to


class Folder(Connector):
    """While there is a file `hold` in the folder, every call waits after it has done its work."""

    origin, display_name = "folder", "Folder"

    async def setup(self, step):
        return Done("Folder", {"folder": "/"})

    async def pull(self, pull):
        folder = Path(pull.account["folder"])
        for number in range(int(pull.state or b"0"), 5):
            at = datetime.now(UTC)
            yield Pulled(ExternalResource(str(number), "hello", at, Author("a")), str(number + 1).encode())
            await self.held(folder)

    async def channelback(self, reply):
        folder = Path(reply.account["folder"])
        name = uuid4().hex
        (folder / f"new-{name}").write_text(reply.key)
        (folder / f"new-{name}").rename(folder / f"post-{name}")  # at once: a process may be killed in between
        await self.held(folder)
        return Posted(name)

    async def find_reply(self, reply):
        return found_in(Path(reply.account["folder"]), reply.key)

    async def held(self, folder):
        while (folder / "hold").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def found_in(folder: Path, key: str) -> Posted | None:
    for post in folder.glob("post-*"):
        if post.read_text() == key:
            return Posted(post.name.removeprefix("post-"))
    return None


def serve_with_lease(seconds: float, arguments: list[str]) -> None:
    """As `serve`, but its claims end so soon after the process."""
    options = parse(Folder(), arguments)
    log_to()
    asyncio.run(serve_until_signal(Folder(), options, times=DeliveryTimes(lease=timedelta(seconds=seconds))))


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("--lease="):
        serve_with_lease(float(sys.argv[1].partition("=")[2]), sys.argv[2:])
    else:
        serve(Folder())
