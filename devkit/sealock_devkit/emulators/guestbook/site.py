# SPDX-License-Identifier: Apache-2.0
"""A running guestbook: its file, its token, its server."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from sealock_devkit.emulators.connections import Connections
from sealock_devkit.emulators.guestbook.app import create_app
from sealock_devkit.emulators.guestbook.entries import Entries
from sealock_devkit.emulators.guestbook.faults import Faults, FaultyApi


def owner_token(file: Path) -> str:
    """The owner's token: what the file holds, or a new one that only the file's owner can read."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    token = secrets.token_urlsafe(24)
    file.write_text(token + "\n", encoding="utf-8")
    return token


def guestbook_server(
    entries: Entries, faults: Faults, *, host: str, port: int, token: str, title: str, switches: bool
) -> uvicorn.Server:
    """A server of the guestbook, to be run by its `serve`."""
    connections = Connections()
    app = create_app(entries, title=title, token=token, faults=faults, switches=switches)
    return connections.server(FaultyApi(app, faults, connections), host=host, port=port)


async def serve(*, host: str, port: int, data: Path, token: str, title: str, switches: bool) -> None:
    """Serve the guestbook until SIGTERM or SIGINT."""
    with Entries(data, clock=lambda: datetime.now(UTC)) as entries:
        server = guestbook_server(entries, Faults(), host=host, port=port, token=token, title=title, switches=switches)
        await server.serve()
