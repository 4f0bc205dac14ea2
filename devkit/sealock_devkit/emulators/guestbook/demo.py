# SPDX-License-Identifier: Apache-2.0
"""The guestbook in the demo and the system tests."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from sealock_devkit.emulators.guestbook.app import owner_token
from sealock_devkit.stack.demo_origin import Post
from sealock_devkit.stack.process import Process, free_port, http_answers
from sealock_devkit.stack.programs import SEALOCK

TITLE = "Seaside guestbook"


class DemoGuestbook:
    """A guestbook in a process of its own, with its fault switches on."""

    name = origin = "guestbook"
    title = "Guestbook"

    def __init__(self) -> None:
        self._address = f"127.0.0.1:{free_port()}"
        self._token = ""
        self._old_tokens: list[str] = []
        self._site: Process | None = None
        self._ticket_link = ""
        self._webhook = ""
        self._webhook_secret = Path()

    def post_webhooks_to(self, url: str) -> None:
        """The guestbook tells the edge at once when somebody signs."""
        self._webhook = url

    def lead_to_tickets(self, zendesk: str) -> None:
        """Those who sign are led to their ticket in the local Zendesk at this address."""
        self._ticket_link = f"{zendesk}/tickets/of?resource={quote(self.url, safe='')}%2Fentries%2F{{entry}}"

    def missing(self) -> str:
        """Nothing: it comes with the devkit."""
        return ""

    async def start(self, folder: Path) -> None:
        """Start the site."""
        self._token = owner_token(folder / "token")
        if self._webhook:
            self._webhook_secret = folder / "webhook-secret"
            owner_token(self._webhook_secret)
        command = [
            *(SEALOCK, "guestbook"),
            *("--listen", self._address),
            *("--data", str(folder / "entries.sqlite")),
            *("--token-file", str(folder / "token")),
            *("--title", TITLE),
            *("--ticket-link", self._ticket_link),
            *(("--webhook", self._webhook, *self._webhook_options) if self._webhook else ()),
            "--faults",
        ]
        self._site = Process("guestbook", command, log=folder / "guestbook.log")
        await self._site.start()
        await self._site.ready(http_answers(self.url, None))

    async def stop(self) -> None:
        """Stop the site."""
        if self._site is not None:
            await self._site.stop()
            self._site = None

    @property
    def url(self) -> str:
        """The site's front page."""
        return f"http://{self._address}"

    @property
    def connector_options(self) -> Sequence[str]:
        """The site is on loopback, and agents go there without being asked."""
        own = ("--allow-network", "127.0.0.0/8", "--clickthrough-host", "127.0.0.1")
        return (*own, *(self._webhook_options if self._webhook else ()))

    @property
    def _webhook_options(self) -> Sequence[str]:
        return ("--webhook-secret-file", str(self._webhook_secret))

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """The one step of the form."""
        return ({"site": self.url, "token": self._token, "start": "all"},)

    @property
    def secrets(self) -> Sequence[str]:
        """The owner's tokens, the present one first."""
        return (self._token, *self._old_tokens)

    @property
    def hints(self) -> Sequence[str]:
        """What people can try."""
        return (
            f"Sign the guestbook: {self.url}",
            "Put a picture to it: the picture comes to the ticket.",
            "Answer your own entry there: the answer becomes a comment of the same ticket.",
        )

    async def write_comment(
        self, author: str, text: str, *, answer_to: str = "", files: Sequence[tuple[str, str, bytes]] = ()
    ) -> str:
        """Send the page's form, with files as name, content type and bytes."""
        form = {"author": author, "text": text, "answer_to": answer_to}
        parts = [("files", (name, data, content_type)) for name, content_type, data in files]
        async with self._http() as http:
            response = await http.post("/", data=form, files=parts)
        if response.status_code != 303:
            response.raise_for_status()
        location: str = response.headers["location"]
        return location.rpartition("#entry-")[2]

    async def posts(self) -> list[Post]:
        """All entries, by the owner's API."""
        found: list[dict[str, Any]] = []
        query = {"since": "1970-01-01T00:00:00Z", "after": "0"}
        async with self._http() as http:
            while True:
                page = (await http.get("/api/entries", params=query)).raise_for_status().json()
                found.extend(page["entries"])
                if not page["more"]:
                    break
                query = {"since": found[-1]["created_at"], "after": str(found[-1]["id"])}
        return [
            Post(
                id=str(entry["id"]),
                author=entry["author"],
                text=entry["text"],
                answer_to=str(entry["parent"] or ""),
                by_agent=entry["by_owner"],
            )
            for entry in found
        ]

    async def delete(self, post: str) -> None:
        """Take an entry away, by the owner's API."""
        async with self._http() as http:
            (await http.delete(f"/api/entries/{post}")).raise_for_status()

    async def lose_answers(self, count: int) -> None:
        """Set the site's switch."""
        await self.set_faults(lose_answers=count)

    async def change_token(self) -> str:
        """Give the owner a new token, as one does when the old one became known: that one is refused from now on."""
        new = secrets.token_urlsafe(24)
        await self.set_faults(token=new)
        self._old_tokens.insert(0, self._token)
        self._token = new
        return new

    async def set_faults(self, **switches: float | str) -> None:
        """Set the site's fault switches by name, as `Faults` has them."""
        async with self._http() as http:
            (await http.put("/dev/faults", json=switches)).raise_for_status()

    def _http(self) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=20)


DEMO_ORIGINS = (DemoGuestbook,)
