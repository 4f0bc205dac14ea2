# SPDX-License-Identifier: Apache-2.0
"""The guestbook's routes, and one that runs. A new route needs a row here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from sealock_devkit.emulators.guestbook.app import create_app
from tests.origins.guestbook.sites import TOKEN, GuestbookSite, running_guestbook
from tests.safety.hostile_values import fitting
from tests.safety.programs.routes import Row, routes_of

WHERE = "tests/safety/programs/guestbook_rows.py"
NUMBER = "{number:int(min=1, max=4611686018427387904)}"
OWNER = {"Authorization": f"Bearer {TOKEN}"}
FILE = "file-0001"

GUESTBOOK: Mapping[str, Row] = {
    "GET /": Row("/", page=True),
    "POST /": Row(
        "/",
        form={"author": "Anna", "text": "Hello", "answer_to": ""},
        files={"files": ("note.txt", "text/plain", "Hello")},
        status=303,
    ),
    "GET /guestbook.css": Row("/guestbook.css"),
    "GET /icon.svg": Row("/icon.svg"),
    f"GET /entries/{NUMBER}": Row("/entries/1", page=True),
    "GET /api/site": Row("/api/site", headers=OWNER),
    "GET /api/entries": Row("/api/entries?since=2026-01-01T00:00:00Z", headers=OWNER),
    "POST /api/entries": Row("/api/entries", media={"text": "Hello"}, headers=OWNER, status=201),
    f"GET /api/entries/{NUMBER}": Row("/api/entries/1", headers=OWNER),
    f"DELETE /api/entries/{NUMBER}": Row("/api/entries/3", headers=OWNER, status=204),
    "GET /api/files/{key}": Row(f"/api/files/{FILE}", headers=OWNER, may_be_kept=True),
    "PUT /api/files/{key}": Row(
        "/api/files/file-0002?name=x.txt", body=b"x", headers={**OWNER, "Content-Type": "text/plain"}, status=204
    ),
    "GET /files/{key}/{name}": Row(f"/files/{FILE}/x.txt", may_be_kept=True),
    "GET /dev/faults": Row("/dev/faults"),
    "PUT /dev/faults": Row("/dev/faults", media={"fail": 0}, status=204),
}


@dataclass
class Guestbook:
    """The running site and a browser's connection to it."""

    site: GuestbookSite
    url: str
    client: httpx2.AsyncClient
    names: dict[str, str]


def routes(guestbook: Guestbook) -> set[str]:
    """Every route, the switches for tests too."""
    site = guestbook.site
    return routes_of(
        create_app(site.entries, name="g.example", title="t", token=TOKEN, faults=site.faults, switches=True)
    )


@asynccontextmanager
async def running(values: Sequence[str] = ("word",)) -> AsyncIterator[Guestbook]:
    """Visitors wrote these values, and the owner gave files such names."""
    async with (
        running_guestbook(title=fitting(values[0], 100)) as site,
        httpx2.AsyncClient(base_url=site.url, timeout=30, trust_env=False, verify=False) as client,
    ):
        site.entries.files.put(FILE, name="x.txt", content_type="text/plain", data=b"<script>canary()</script>")
        first = site.sign("first")
        site.entries.add(author="owner", author_id="o", text="x", parent=first.id, by_owner=True, files=[FILE])
        for value in values:
            text = "".join(each for each in value if each.isprintable() or each == "\n")
            site.sign(fitting(text, 900), author=fitting(text.replace("\n", " "), 60).strip(), answer_to=first.id)
        yield Guestbook(site, site.url, client, {"url": site.url})
