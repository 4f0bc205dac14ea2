# SPDX-License-Identifier: Apache-2.0
"""A little harbour town to look at: the demo's programs, two services more, and people who wrote to each other."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse
from sealock_devkit.emulators.wordpress.demo import DemoWordPress
from sealock_devkit.stack.stack import Options, Stack
from sealock_devkit.zendesk import LocalZendesk, Settings
from tests.browser.set_up_place import create_origin, serving_edge, serving_zendesk, sign_in_at
from tests.browser.views.arabic_town import ArabicTown, running_arabic_town
from tests.devkit.zendesk.scripted_service import ADMIN, CHANNELBACK, PULL, Canned, ScriptedService, resource
from tests.edge.scripted_connector import ALL_CAPABILITIES, ScriptedConnector, described
from tests.serving import serving

FERRY = "Does the ferry run on Sundays?"
LIGHTHOUSE = "灯台は何時まで開いていますか。"
UMBRELLA = "I left a red umbrella on the bench by the lighthouse."
LAMP = "The lamp on pontoon C is broken, see my pictures."
MOORING = "Is there a free mooring for an eleven-metre boat?"
HARBOUR = "Harbour Social"
FORUM = "Boating forum"


@dataclass
class Town:
    """Where everything is."""

    stack: Stack
    connector: ScriptedConnector
    forum: ScriptedService
    edge_url: str
    origin_url: str
    empty_url: str
    """A local Zendesk in which nothing ever happened."""
    arabic: ArabicTown
    guestbook_account: int = 0
    forum_account: int = 0
    social: int = 0
    """The integration whose connector does what `connector` says."""

    @property
    def zendesk_url(self) -> str:
        return self.stack.zendesk_server.url

    @property
    def meta_url(self) -> str:
        """Where people are customers of a Page."""
        return self.stack.origins[1].url

    async def at_zendesk(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """A call of the local Zendesk's API."""
        async with httpx2.AsyncClient(base_url=self.zendesk_url, trust_env=False, timeout=90) as http:
            answer = (
                await http.request(method, f"/api{path}", json=None if method == "GET" else body)
            ).raise_for_status()
            return answer.json() if answer.content else {}

    async def ticket(self, subject: str) -> int:
        """The number of the ticket about it."""
        tickets = (await self.at_zendesk("GET", "/tickets"))["tickets"]
        return next(int(ticket["id"]) for ticket in tickets if ticket["subject"].startswith(subject))

    async def report_error(self, external_id: str, description: str) -> None:
        """As the forum reports that a reply failed after all, with what Zendesk gave it when the account was added."""
        given = next(form for form in self.forum.calls(ADMIN) if "zendesk_access_token" in form)
        async with httpx2.AsyncClient(base_url=self.zendesk_url, trust_env=False) as http:
            report = {"instance_push_id": given["instance_push_id"], "external_id": external_id}
            answer = await http.post(
                "/api/v2/any_channel/channelback/report_error",
                json={**report, "description": description},
                headers={"Authorization": f"Bearer {given['zendesk_access_token']}"},
            )
            answer.raise_for_status()


class SetUpOfWordPress(DemoWordPress):
    """Its connector, without a site: enough to see how an account is set up."""

    connector_options: Sequence[str] = ("--allow-network", "127.0.0.0/8")

    async def start(self, folder: Path) -> None:
        """Nothing to start."""


@asynccontextmanager
async def running_town(folder: Path) -> AsyncIterator[Town]:
    """All of it, with its story played."""
    async with (
        Stack(
            folder / "stack", others=("facebook", "instagram", SetUpOfWordPress()), options=Options(pull_interval=3600)
        ) as stack,
        ScriptedConnector() as connector,
        ScriptedService() as forum,
        LocalZendesk(folder / "empty", Settings(subdomain="harbour")) as empty,
        serving_zendesk(empty) as empty_url,
        serving(create_origin) as origin_url,
        serving_edge(
            folder / "keys", connector, stack.zendesk_server.url, name=HARBOUR, id="org.example.social"
        ) as edge_url,
        running_arabic_town(folder / "arabic") as arabic,
    ):
        town = Town(stack, connector, forum, edge_url, origin_url, empty_url, arabic)
        connector.script("Describe", harbour_social())
        connector.script("Setup", sign_in_at(origin_url))
        await Story(town).play()
        yield town


def harbour_social() -> DescribeResponse:
    return described(
        origin="social",
        display_name=HARBOUR,
        version="2.4.1",
        description="Comments and direct messages become tickets; agents answer in public or in private.",
        limits={
            "reply_max_chars": 2200,
            "reply_window": {"seconds": 7 * 86_400},
            "reply_max_files": 4,
            "reply_max_file_bytes": 8_000_000,
            "reply_file_types": ["image/png", "image/jpeg", "video/mp4"],
        },
        clickthrough_hosts=["social.example", "*.social.example"],
        capabilities=(*ALL_CAPABILITIES, Capability.CAPABILITY_CHANNELBACK_FILES),
    )


class Story:
    """What happened in the town so far."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._zendesk = town.stack.zendesk
        self._guests = town.stack.origin

    async def play(self) -> None:
        await self._zendesk.change_settings(subdomain="harbour")
        await self._connect()
        await self._guestbook()
        await self._forum()

    async def _connect(self) -> None:
        town, forum = self._town, self._town.forum
        guestbook = await self._zendesk.install(town.stack.manifest_url())
        town.guestbook_account = await self._zendesk.add_account(guestbook, self._guests.account_answers)
        forum.manifest = {
            "name": FORUM,
            "id": "org.example.forum",
            "author": "Boating friends",
            "version": "0.9",
            "push_client_id": "b" * 128,
            "urls": {**forum.manifest["urls"]},
        }
        number = await self._zendesk.install(forum.manifest_url)
        answers = {"Site": "forum.example", "password": "not-a-secret-of-anybody"}
        town.forum_account = await self._zendesk.add_account(number, [answers])
        town.social = await self._zendesk.install(f"{town.edge_url}/guestbook/manifest.json")

    async def _guestbook(self) -> None:
        sign = ("sign-at-the-pier.png", "image/png", timetable_picture())
        ferry = await self._guests.write_comment(
            "Søren Lindqvist", f"{FERRY}\nWe are two adults, two children and a dog. The sign is old.", files=[sign]
        )
        lighthouse = await self._guests.write_comment("小林さくら", f"{LIGHTHOUSE}\n日曜日に家族で行く予定です。")
        umbrella = await self._guests.write_comment("Noor El-Sayed", f"{UMBRELLA} Did anyone find it?")
        await self._zendesk.pull(self._town.guestbook_account)
        await self._guests.write_comment("Søren Lindqvist", "The dog is small, if that matters.", answer_to=ferry)
        await self._zendesk.pull(self._town.guestbook_account)

        await self._write(FERRY, "Ida, is the boat at half past five full already?", agent="Henrik", public=False)
        await self._town.at_zendesk("POST", "/faults", call="channelback", kind="lose answer", times=1)
        timetable = ("sunday-timetable.png", "image/png", timetable_picture())
        words = (
            "It does, at 9:00 and at 17:30. Children travel free, and so do dogs, small or not. Here is the timetable."
        )
        await self._write(FERRY, words, agent="Ida", files=[timetable])
        await self._guests.write_comment("Søren Lindqvist", "Wonderful, thank you! See you on Sunday.", answer_to=ferry)
        await self._write(LIGHTHOUSE, "夕方6時までです。お待ちしております。", agent="Ida")
        await self._write(UMBRELLA, "We did! It waits for you at the harbour office.", agent="Henrik")
        await self._zendesk.pull(self._town.guestbook_account)
        await self._status(UMBRELLA, "closed")
        await self._guests.write_comment(
            "Noor El-Sayed", "You are the best. Until when are you open?", answer_to=umbrella
        )
        await self._guests.write_comment("小林さくら", "ありがとうございます！", answer_to=lighthouse)  # noqa: RUF001
        await self._zendesk.pull(self._town.guestbook_account)

    async def _forum(self) -> None:
        forum, account = self._town.forum, self._town.forum_account
        skipper = {"external_id": "skipper", "name": "Mika Korhonen"}
        info = [{"type": "boat", "data": {"name": "Sisu", "length_m": 11.2, "draught_m": 1.6}}]
        forum.resources = [
            resource("post-1", MOORING, author=skipper, thread_id="t-1", parent_id="post-0", display_info=info)
        ]
        await self._zendesk.change_settings(both_ids="thread_id")
        await self._zendesk.pull(account)
        forum.script[CHANNELBACK] = [Canned({"error_info": "This member has closed their mailbox."}, 422)]
        await self._write(MOORING, "Berth 14 is free from Friday on.", agent="Henrik")
        late = resource(
            "post-2", "And is there electricity?", author={"external_id": "s" * 256, "name": "Mika Korhonen"}
        )
        forum.script[PULL] = [
            Canned({"external_resources": [late], "state": "state-2"}),
            Canned({"external_resources": [], "state": "state-2", "metadata_needs_update": True}),
        ]
        await self._zendesk.pull(account)
        await self._zendesk.pull(account)
        await self._lamp()

    async def _lamp(self) -> None:
        """Files in every state, and a reply that the forum delivers and takes away later."""
        forum = self._town.forum
        forum.script["/lamp.png"] = [Canned(timetable_picture(), content_type="image/png")]
        forum.script["/pontoon-plan.txt"] = [Canned("A B C D", content_type="text/plain; charset=utf-8")]
        forum.script["/lamp-by-night.png"] = [Canned(status=410)]
        urls = [f"{forum.url}/{name}" for name in ("lamp.png", "pontoon-plan.txt", "lamp-by-night.png")]
        deckhand = {"external_id": "deckhand", "name": "Aino Virtanen"}
        forum.resources = [resource("post-9", LAMP, author=deckhand, thread_id="t-9", file_urls=urls)]
        await self._zendesk.pull(self._town.forum_account)
        await self._zendesk.wait(idle=True)
        await self._write(LAMP, "Thank you, Aino! An electrician comes tomorrow.", agent="Henrik")
        plan = ("repair-plan.pdf", "application/pdf", b"%PDF-1.7 tomorrow")
        await self._write(LAMP, "This is when.", agent="Henrik", files=[plan])
        await self._town.report_error(list(forum.posted.values())[-1], "A moderator took the answer away.")
        await self._town.at_zendesk("POST", "/faults", call="file", kind="delay", times=1, seconds=600)
        film = f"{forum.url}/lamp-in-the-wind.mp4"
        forum.resources = [resource("post-10", "And a film of it.", author=deckhand, thread_id="t-9", file_urls=[film])]
        await self._zendesk.pull(self._town.forum_account)

    async def _write(
        self,
        subject: str,
        body: str,
        *,
        agent: str,
        public: bool = True,
        files: list[tuple[str, str, bytes]] | None = None,
    ) -> None:
        attached = [
            {"name": name, "content_type": kind, "content": base64.b64encode(data).decode()}
            for name, kind, data in files or ()
        ]
        path = f"/tickets/{await self._town.ticket(subject)}/comments"
        await self._town.at_zendesk("POST", path, body=body, agent=agent, public=public, files=attached, wait=30)

    async def _status(self, subject: str, status: str) -> None:
        await self._town.at_zendesk("PATCH", f"/tickets/{await self._town.ticket(subject)}", status=status)


def timetable_picture(width: int = 360, height: int = 160) -> bytes:
    """A PNG that could be a timetable: a head and lines, in two colours."""
    rows = []
    for y in range(height):
        ink = y < 30 or (y % 26 < 2)
        rows.append(b"\0" + bytes(1 if ink or 118 < x < 121 else 0 for x in range(width)))
    palette = bytes((245, 250, 252, 11, 92, 122))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    )
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)
