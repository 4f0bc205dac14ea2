# SPDX-License-Identifier: Apache-2.0
"""Attacks by requests that are whole: floods, forgeries, and calls that a hostile connector answers."""

from __future__ import annotations

import asyncio
import json
import random
import re
from functools import partial
from urllib.parse import quote, urlencode, urlsplit

from sealock_devkit.bench.hostile import pages
from sealock_devkit.bench.hostile.callers import MEGABYTE, Attacker, get, post, pull
from sealock_devkit.bench.hostile.connections import ONE_ADDRESS, SMALL_BUFFER

EVENTS = "/hostile/event_callback"
AT_ONCE = 20
_TOKEN = re.compile(rb"event_callback\?token=([\w-]+)")
_LINK = re.compile(rb'"(https?:[^"]+/files/[^"]+)"')


async def forged(attacker: Attacker) -> None:
    """3,000 pulls with metadata and state of 5,000 characters: random ones, and own ones with one bit changed."""
    chance = random.Random(1)  # noqa: S311
    own = attacker.place.accounts["never"]

    def forgery() -> str:
        if chance.random() < 0.5:
            return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789-_", k=5000))
        at = chance.randrange(len(own))
        return own[:at] + chance.choice("AQgw") + own[at + 1 :]

    await attacker.many(3000, lambda: attacker.ask(pull(forgery(), forgery())), AT_ONCE)


async def long_forms(attacker: Attacker) -> None:
    """500 forms of 64 kB and of 256 kB with as many fields, escapes or equal signs as fit."""
    chance = random.Random(1)  # noqa: S311
    fillers = (b"a=&", b"%00", b"=", b"&", b"metadata=a&", b"%", b"+")

    async def once() -> str:
        path, size = chance.choice((("/hostile/pull", 65_536), ("/hostile/admin_ui", 262_144)))
        filler = chance.choice(fillers)
        return await attacker.ask(post(path, b"metadata=" + filler * ((size - 9) // len(filler))))

    await attacker.many(500, once, AT_ONCE)


def _event(attacker: Attacker, metadata: str) -> dict[str, object]:
    names = {"subdomain": attacker.place.subdomain, "integration_name": "a", "integration_id": "a"}
    return {
        "type_id": "activate_integration_instance",
        "timestamp": "2026-01-01T00:00:00Z",
        **names,
        "data": {"metadata": metadata},
    }


def _events(body: bytes, token: str = "wrong") -> bytes:  # noqa: S107 - it is the wrong one
    return post(f"{EVENTS}?token={quote(token)}", body, content_type="application/json")


async def wrong_events(attacker: Attacker) -> None:
    """300 bodies of events with a wrong token: 1 MB of JSON, 1,000 events each, deep and broken ones."""
    chance = random.Random(1)  # noqa: S311
    full = json.dumps({"events": [_event(attacker, "a" * 700)] * 1000}).encode()
    bodies = (
        full[: MEGABYTE - 1],
        full,
        b'{"events":[' + b"[" * 1_000_000,
        b'{"events":' + b"[" * 500_000 + b"]" * 500_000 + b"}",
        b'{"events":[' + b"{}," * 340_000 + b"{}]}",
        b'{"events":[' + b"0," * 500_000 + b"0]}",
        b"[" + b"9" * 1_000_000 + b"]",
    )
    await attacker.many(300, lambda: attacker.ask(_events(chance.choice(bodies))), AT_ONCE)


async def own_events(attacker: Attacker) -> None:
    """40 bodies of 900 events each with the manifest's token and own metadata, which the connector never answers."""
    line = await attacker.connect()
    await line.send(get("/hostile/manifest.json"))
    token = _TOKEN.search(await line.read(5))
    metadata = attacker.place.accounts["never"]
    body = json.dumps({"events": [_event(attacker, metadata)] * 900}).encode()
    request = _events(body, token.group(1).decode() if token else "none")
    await attacker.many(40, lambda: attacker.ask(request, patience=attacker.seconds), at_once=40)


def _admin_form(attacker: Attacker, **more: str) -> bytes:
    place = attacker.place
    form = {"return_url": f"{place.zendesk}/return", "subdomain": place.subdomain, "locale": "en-US", **more}
    return urlencode(form).encode()


async def set_ups(attacker: Attacker) -> None:
    """500 set-ups begun from one address, for the guestbook and the hostile integration."""
    form = _admin_form(attacker)
    for path in ("/guestbook/admin_ui", "/hostile/admin_ui"):
        await attacker.many(250, lambda path=path: attacker.ask(post(path, form), ONE_ADDRESS), AT_ONCE)  # type: ignore[misc]


async def set_up_pages(attacker: Attacker) -> None:
    """Set-up pages of a million fields, options or problems, or with texts of 15 MB."""
    for name in pages.SETUPS:
        form = _admin_form(attacker, locale=name)
        attacker.notes[await attacker.ask(post("/hostile/admin_ui", form))] += 1


async def clickthroughs(attacker: Attacker) -> None:
    """3,000 clickthroughs, some of which the connector answers with a URL of 15 MB."""
    chance = random.Random(1)  # noqa: S311

    async def once() -> str:
        wanted = chance.choices(("long", "short", "%00", "a" * 3000), (1, 100, 100, 100))[0]
        return await attacker.ask(get(f"/hostile/clickthrough?external_id={wanted}"))

    await attacker.many(3000, once, AT_ONCE)


async def pulls(attacker: Attacker, name: str) -> None:
    """Two pulls of the page of that name, one after the other."""
    for _ in range(2):
        attacker.notes[await attacker.ask(pull(attacker.place.accounts[name]), patience=attacker.seconds)] += 1


async def full_pages(attacker: Attacker) -> None:
    """100 pulls of a page of 4 MB, 20 at once, whose answers are read."""
    request = pull(attacker.place.accounts["full-page"])

    async def once() -> str:
        line = await attacker.connect()
        await line.send(request)
        answer = await line.read(attacker.seconds)
        line.close()
        return f"{answer[9:12].decode()}, {len(answer) // MEGABYTE} MB" if answer else "closed"

    await attacker.many(100, once, AT_ONCE)


async def endless_pulls(attacker: Attacker) -> None:
    """300 pulls that the connector never answers."""
    metadata = attacker.place.accounts["never"]
    await attacker.many(300, lambda: attacker.ask(pull(metadata), patience=attacker.seconds))


async def abandoned_pulls(attacker: Attacker) -> None:
    """1,000 pulls that the connector never answers, given up after a tenth of a second."""
    request = pull(attacker.place.accounts["never"])

    async def once() -> str:
        line = await attacker.connect()
        await line.send(request)
        await asyncio.sleep(0.1)
        line.reset()
        return "given up"

    await attacker.many(1000, once, at_once=100)


async def trailing_metadata(attacker: Attacker) -> None:
    """100 pulls that the connector answers with 7 MB of metadata, before or after, or a reason of 8 MB."""
    chance = random.Random(1)  # noqa: S311
    kinds = ("metadata", "initial-metadata", "long-details")
    await attacker.many(100, lambda: attacker.ask(pull(attacker.place.accounts[chance.choice(kinds)])), AT_ONCE)


async def description(attacker: Attacker) -> None:
    """A connector that says of itself that agents go to a million hosts, and 100 calls that ask for it."""
    attacker.notes[await attacker.ask(pull(attacker.place.accounts["described"]))] += 1
    await attacker.many(50, lambda: attacker.ask(get("/hostile/manifest.json")), AT_ONCE)
    await attacker.many(50, lambda: attacker.ask(get("/hostile/clickthrough?external_id=a")), AT_ONCE)


async def _links(attacker: Attacker) -> dict[str, str]:
    """The paths of links to the connector's files, by what the connector sends."""
    line = await attacker.connect()
    await line.send(pull(attacker.place.accounts["files"]))
    answer = await line.read(attacker.seconds)
    paths = [urlsplit(found.decode()).path for found in _LINK.findall(answer)]
    return {path.rpartition("/")[2].removesuffix(".bin"): path for path in paths}


async def _unread_file(attacker: Attacker, path: str) -> str:
    line = await attacker.connect(receive_buffer=SMALL_BUFFER)
    await line.send(get(path))
    await asyncio.sleep(min(10, attacker.seconds))
    return "held"


async def _sipped_file(attacker: Attacker, path: str) -> str:
    line = await attacker.connect(receive_buffer=SMALL_BUFFER)
    await line.send(get(path))
    return await line.sip(attacker.seconds)


async def _read_file(attacker: Attacker, path: str) -> str:
    line = await attacker.connect()
    await line.send(get(path))
    try:
        async with asyncio.timeout(attacker.seconds):
            return f"read {await line.drain() // MEGABYTE} MB"
    except TimeoutError:
        return "held"


async def unread_files(attacker: Attacker) -> None:
    """100 links to an endless file that is never read."""
    path = (await _links(attacker))["endless"]
    await attacker.many(100, partial(_unread_file, attacker, path))


async def sipped_files(attacker: Attacker) -> None:
    """100 links to an endless file that is taken a kilobyte a second."""
    path = (await _links(attacker))["endless"]
    await attacker.many(100, partial(_sipped_file, attacker, path))


async def read_files(attacker: Attacker) -> None:
    """Files that are endless, come byte by byte, in empty pieces, or not at all: 10 of each, read."""
    for path in (await _links(attacker)).values():
        await attacker.many(10, partial(_read_file, attacker, path))
