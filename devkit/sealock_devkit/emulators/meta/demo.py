# SPDX-License-Identifier: Apache-2.0
"""A Facebook Page and an Instagram account in the demo and the system tests: one emulator, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import orjson

from sealock_devkit.emulators.meta.emulator import OWNER, PLACES
from sealock_devkit.stack.demo_origin import Post
from sealock_devkit.stack.process import Process, free_port, http_answers
from sealock_devkit.stack.programs import SEALOCK

PAGE, INSTAGRAM_ACCOUNT, _ = PLACES[0]


class MetaEmulator:
    """The emulator with its switches on. Its ids and secrets are known once it was started."""

    def __init__(self) -> None:
        self._address = f"127.0.0.1:{free_port()}"
        self._folder = Path()
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """The customers' page."""
        return f"http://{self._address}"

    @property
    def app_id(self) -> str:
        """The app's id."""
        return self._ids["app_id"]

    @property
    def instagram_app_id(self) -> str:
        """The id of the app for Instagram Login."""
        return self._ids["instagram_app_id"]

    @property
    def secret_file(self) -> Path:
        """Where the app's secret is."""
        return self._folder / "app-secret"

    @property
    def instagram_secret_file(self) -> Path:
        """Where the secret of the app for Instagram Login is."""
        return self._folder / "instagram-app-secret"

    @property
    def secrets(self) -> Sequence[str]:
        """The app's secrets."""
        return [file.read_text(encoding="utf-8").strip() for file in (self.secret_file, self.instagram_secret_file)]

    async def start(self, folder: Path) -> None:
        """Start it with its data in the folder, and wait until it answers."""
        self._folder = folder / "meta"
        command = [SEALOCK, "meta", "--listen", self._address, "--data", str(self._folder), "--faults"]
        self._process = Process("meta", command, log=folder / "meta.log")
        await self._process.start()
        await self._process.ready(http_answers(self.url, None))

    async def stop(self) -> None:
        """Stop the emulator, if it runs. Its data stay."""
        if self._process is not None:
            await self._process.stop()
            self._process = None

    def host(self, name: str) -> str:
        """The base URL that stands for `https://{name}`."""
        return f"{self.url}/{name}"

    async def records(self) -> dict[str, Any]:
        """Everything there is, by table."""
        async with self._http() as http:
            records: dict[str, Any] = (await http.get("/dev/records")).raise_for_status().json()
        return records

    async def write(self, account_id: str, name: str, *, target: str, text: str) -> str:
        """Comment as a customer of that name, through the customers' page. Returns the comment's id."""
        form = {"name": name, "at": account_id, "action": "comment", "target": target, "text": text}
        async with self._http() as http:
            answer = await http.post("/", data=form)
        if answer.status_code != 303:
            answer.raise_for_status()
        return str(answer.headers["location"].rpartition("#")[2])

    async def set_faults(self, **switches: Any) -> None:
        """Set switches by name, as `Faults` has them."""
        async with self._http() as http:
            (await http.put("/dev/faults", json=switches)).raise_for_status()

    @property
    def _ids(self) -> dict[str, str]:
        ids: dict[str, str] = orjson.loads((self._folder / "app-ids.json").read_bytes())
        return ids

    def _http(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, trust_env=False, timeout=20)


class _DemoMeta:
    """What both have in common: an emulator, and comments in one of its tables."""

    def __init__(self) -> None:
        self._emulator = MetaEmulator()

    def missing(self) -> str:
        """Nothing: it comes with the devkit."""
        return ""

    async def stop(self) -> None:
        """Stop the emulator."""
        await self._emulator.stop()

    @property
    def url(self) -> str:
        """The customers' page."""
        return self._emulator.url

    @property
    def connector_options(self) -> Sequence[str]:
        """The app, and where Facebook is."""
        return (
            *("--app-id", self._emulator.app_id),
            *("--app-secret-file", str(self._emulator.secret_file)),
            *("--graph-url", self._emulator.host("graph.facebook.com")),
            *("--dialog-url", self._emulator.host("www.facebook.com")),
            "--human-agent",
            *("--allow-network", "127.0.0.0/8"),
            *("--clickthrough-host", "127.0.0.1"),
        )

    @property
    def secrets(self) -> Sequence[str]:
        """The secrets of both apps."""
        return self._emulator.secrets

    async def lose_answers(self, count: int) -> None:
        """Set the emulator's switch."""
        await self._emulator.set_faults(lose_answers=count)

    async def set_faults(self, **switches: Any) -> None:
        """Set the emulator's switches; those that are not named stay."""
        await self._emulator.set_faults(**switches)

    async def _posts(self, comments: str, *, words: str, owners: str, name: str) -> list[Post]:
        """The comments of a table that are there: who wrote them, by `name`, and whether one of the `owners` did."""
        records = await self._emulator.records()
        names = {each["id"]: each[name] for each in (*records["people"], *records[owners])}
        ours = {each["id"] for each in records[owners]}
        return [
            Post(
                id=comment["id"],
                author=names[comment["author_id"]],
                text=comment[words],
                answer_to=comment["parent_id"],
                by_agent=comment["author_id"] in ours,
            )
            for comment in records[comments]
            if not comment["deleted"]
        ]


class DemoFacebook(_DemoMeta):
    """A `DemoOrigin`: a Page whose posts people comment on. Its owner signs in with Facebook."""

    name = origin = "facebook"
    title = "Facebook"

    def __init__(self) -> None:
        super().__init__()
        self._page = ""
        self._post = ""

    async def start(self, folder: Path) -> None:
        """Start the emulator, and choose the Page's newest post to comment on."""
        await self._emulator.start(folder)
        records = await self._emulator.records()
        self._page = next(page["id"] for page in records["pages"] if page["name"] == PAGE)
        self._post = [post["id"] for post in records["posts"] if post["page_id"] == self._page][-1]

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """The sign-in, the consent, and the connector's own form."""
        return ({"Person": OWNER}, {}, {"page": PAGE, "start": "7"})

    @property
    def hints(self) -> Sequence[str]:
        """What people can try."""
        return (
            f"Be one of several people, and write to two Pages: {self.url}",
            "Comment on a post, post on the wall, send a message with a picture.",
            f"{PAGE} is connected. Other Pages and the sign-in: add an account in the administrator's pages.",
        )

    async def write_comment(self, author: str, text: str, *, answer_to: str = "") -> str:
        """Comment on the Page's newest post, or reply to a comment."""
        return await self._emulator.write(self._page, author, target=answer_to or self._post, text=text)

    async def posts(self) -> list[Post]:
        """All comments that are there."""
        return await self._posts("comments", words="message", owners="pages", name="name")


class DemoInstagram(_DemoMeta):
    """A `DemoOrigin`: an account whose posts people comment on. Its owner signs in with Instagram."""

    name = origin = "instagram"
    title = "Instagram"

    def __init__(self) -> None:
        super().__init__()
        self._account = ""
        self._media = ""

    async def start(self, folder: Path) -> None:
        """Start the emulator, and choose one of the account's posts to comment on."""
        await self._emulator.start(folder)
        records = await self._emulator.records()
        self._account = next(each["id"] for each in records["instagrams"] if each["username"] == INSTAGRAM_ACCOUNT)
        self._media = next(each["id"] for each in records["media"] if each["owner_id"] == self._account)

    @property
    def connector_options(self) -> Sequence[str]:
        """The two apps, and where Facebook and Instagram are."""
        return (
            *super().connector_options,
            *("--instagram-app-id", self._emulator.instagram_app_id),
            *("--instagram-app-secret-file", str(self._emulator.instagram_secret_file)),
            *("--instagram-graph-url", self._emulator.host("graph.instagram.com")),
            *("--instagram-dialog-url", self._emulator.host("www.instagram.com")),
            *("--instagram-token-url", self._emulator.host("api.instagram.com")),
        )

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """Which sign-in, the sign-in, the consent, and the connector's own form."""
        return ({"login": "instagram"}, {"Account": INSTAGRAM_ACCOUNT}, {}, {"start": "7"})

    @property
    def hints(self) -> Sequence[str]:
        """What people can try."""
        return (
            f"Be one of several people, and write to two Instagram accounts: {self.url}",
            "Comment on a post, send a message, reply to a story.",
        )

    async def write_comment(self, author: str, text: str, *, answer_to: str = "") -> str:
        """Comment on one of the account's posts, or reply to a comment."""
        return await self._emulator.write(self._account, author, target=answer_to or self._media, text=text)

    async def posts(self) -> list[Post]:
        """All comments that are there."""
        return await self._posts("media_comments", words="text", owners="instagrams", name="username")


DEMO_ORIGINS = (DemoFacebook, DemoInstagram)
