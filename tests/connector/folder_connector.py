# SPDX-License-Identifier: Apache-2.0
"""A connector as a program of its own; its origin is a folder, so that it outlives the connector's process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sealock_connector import Author, Connector, Done, ExternalResource, Posted, Pulled, serve


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


if __name__ == "__main__":
    serve(Folder())
