# SPDX-License-Identifier: Apache-2.0
"""What is played with the emulator of Meta's Graph API, to be recorded."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.settings import Clock, Settings
from sealock_devkit.emulators.meta.store import AppKeys
from tests.devkit.meta.callers import NOON, PICTURE, Meta
from tests.origins.facebook.conftest import account as of_a_page
from tests.origins.instagram.conftest import account as of_instagram
from tests.origins.recorded.playing import SECRET, Player, served
from tests.origins.recorded.recording import Recorder, Story

BACK = "https://channels.example.com/back"
FILE = {"name": "pier.png", "type": "image/png", "data": base64.b64encode(PICTURE.data).decode()}
WANTED = {"comments": "true", "visitor_posts": "true", "messages": "true", "mentions": "true", "start": "now"}


@asynccontextmanager
async def _played(name: str, origin: str, folder: Path, **changes: Any) -> AsyncIterator[tuple[Meta, Story]]:
    """An emulator of its own for a scene, whose clock stands still, and its story, which is written in the end."""
    keys = AppKeys("424242424242424", SECRET, "535353535353535", SECRET)
    clock = Clock(lambda: NOON)
    settings = Settings(require_proof=True, conversation_calls_per_second=0)
    async with (
        running_meta(settings=settings, keys=keys, clock=clock, delivers=False) as site,
        Recorder(site.url) as recorder,
        httpx2.AsyncClient(trust_env=False, verify=False) as http,
        served(origin, recorder.url, folder) as client,
    ):
        site.store.base_url = recorder.url
        meta = Meta(site, http)
        account = _account(meta, origin, changes)
        story = Story(name, origin, recorder, Player(client, recorder.host, account))
        yield meta, story
        story.write()


def _account(meta: Meta, origin: str, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    if origin == "instagram":
        return of_instagram(meta, changes.get("login", "facebook"))
    since = int(NOON) - 60
    page = {"page": meta.page.id, "name": meta.page.name, "token": meta.page_token.id}
    return of_a_page(**page, since=since, messages_since=since, **changes)


async def record_facebook(folder: Path) -> None:
    """A Page: signed in to, pulled and answered."""
    async with _played("set-up", "facebook", folder) as (meta, story):
        await story.tell("setup", step="")
        code = meta.tokens.new_code(meta.site.logins.facebook(meta.owner, [], pages=[meta.page.id]), BACK)
        await story.tell("setup", step="signed_in", query={"code": code})
        await story.tell("setup", step="choices", answers={"page": meta.page.id, **WANTED})
    async with _played("comments-posts-and-messages", "facebook", folder) as (meta, story):
        await story.tell("pull")
        post = meta.visitor_post("Lovely place!")
        top = meta.comment(meta.page_post, "Open on Sunday?")
        answer = meta.comment(top, "Yes, they are", person="Ben Sample")
        meta.comment(answer, "Thanks", person="Chloé Sørensen")
        meta.comment(post, "It is")
        message = meta.message("Hello")
        meta.message("", picture=PICTURE)
        await story.tell("pull", most=3)
        pulled = await story.tell("pull")
        await story.tell("pull")
        for each in pulled["resources"]:
            for file in each.get("files", ()):
                await story.tell("file", reference=file["reference"])
        ids = {"comment": f"facebook:{meta.page.id}/comment/{meta.page_post.id}/{top.id}"}
        ids["message"] = f"facebook:{meta.page.id}/message/{meta.scoped()}/{message.id}"
        for kind, to in ids.items():
            await story.tell("clickthrough", id=to)
            await story.tell("reply", key=kind, text="We are, from ten to four.", to=to)
            await story.tell("reply", key=f"{kind}-file", text="Look", to=to, files=[FILE])
        await story.tell("pull")


async def record_instagram(folder: Path) -> None:
    """A professional account, by each of the two ways of signing in."""
    for login in ("facebook", "instagram"):
        async with _played(f"set-up-by-{login}", "instagram", folder, login=login) as (meta, story):
            await story.tell("setup", step="")
            await story.tell("setup", step="login", answers={"login": login})
            await story.tell("setup", step="signed_in", query={"code": _code(meta, login)})
            chosen = {"account": meta.instagram.id} if login == "facebook" else {}
            await story.tell("setup", step="choices", answers={**WANTED, **chosen})
        async with _played(f"comments-and-messages-by-{login}", "instagram", folder, login=login) as (meta, story):
            await story.tell("pull")
            top = meta.media_comment(meta.media, "How much?", account=meta.instagram)
            meta.media_comment(top, "Ten", person="Ben Sample", account=meta.instagram)
            message = meta.message("Hello", account=meta.instagram)
            meta.message("", picture=PICTURE, account=meta.instagram)
            pulled = await story.tell("pull")
            await story.tell("pull")
            for each in pulled["resources"]:
                for file in each.get("files", ()):
                    await story.tell("file", reference=file["reference"])
            told = [each["external_id"] for each in pulled["resources"]]
            for of in (top, message):
                [to] = [each for each in told if of.id in each.split("/")][:1]
                await story.tell("clickthrough", id=to)
                await story.tell("reply", key=to, text="We are, from ten to four.", to=to)
            await story.tell("reply", key="with a file", text="Look", to=to, files=[FILE])
            await story.tell("pull")


def _code(meta: Meta, login: str) -> str:
    if login == "instagram":
        return meta.tokens.new_code(meta.site.logins.instagram(meta.instagram, []), BACK)
    pages = [page.id for page in meta.site.logins.pages_of(meta.owner)]
    instagrams = [each.id for each in meta.site.logins.instagrams_of(meta.owner)]
    return meta.tokens.new_code(meta.site.logins.facebook(meta.owner, [], pages=pages, instagrams=instagrams), BACK)
