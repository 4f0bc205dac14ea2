# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk in which much has happened, its transcripts, and another local Zendesk that opens them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.engine.files import NewFile
from sealock_devkit.zendesk.store import Account
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource
from tests.devkit.zendesk.serving import served
from tests.devkit.zendesk.web.conftest import Browser
from tests.serving import client_of

SECRET_LINK = "https://cdn.example/f.png?sig=SECRETSIGNATURE"
WORDS = "The lamp at the pier does not burn"


@pytest.fixture
async def lived(zendesk, service, account) -> Account:
    """Two tickets with names, words, files and links; a reply that was repeated, one that failed, a note, pulls."""
    ann = {"external_id": "ann", "name": "Ann Harbour", "image_url": "https://cdn.example/ann.png?k=AVATARSECRET"}
    info = [{"type": "card", "data": {"seen_by": "Bob Quay", "link": SECRET_LINK}}]
    html = f'<p>{WORDS} <a href="{SECRET_LINK}">photo</a></p>'
    service.resources = [resource("c1", WORDS, author=ann, html_message=html, display_info=info)]
    await zendesk.pull(account.id)
    service.resources = [resource("c2", "Second question", file_urls=[f"{service.url}/files/plan.txt?t=FILESECRET"])]
    await zendesk.pull(account.id)
    service.resources = []
    for _ in range(3):
        await zendesk.pull(account.id)
    service.script[CHANNELBACK] = [Canned(status=503)]
    await zendesk.settled(zendesk.reply(1, "We mend it tonight", files=[NewFile("plan.txt", "text/plain", b"INSIDE")]))
    service.script[CHANNELBACK] = [Canned(status=400)]
    await zendesk.settled(zendesk.reply(2, "Nobody sees this"))
    zendesk.reply(2, "Only for us", public=False)
    zendesk.change_settings({"locale": "de"})
    about = {"name": "Scripted", "version": "1", "identifier": "scripted", "installed_at": zendesk.context.now()}
    zendesk.store.apps.save(account.integration_id, logo=b"", **about)
    await zendesk.wait_until(zendesk.is_idle)
    return zendesk.store.accounts.get(account.id)


@pytest.fixture
async def elsewhere(tmp_path) -> AsyncIterator[Browser]:
    """A browser at another local Zendesk, which knows nothing."""
    async with LocalZendesk(tmp_path / "elsewhere", QUICK) as other, served(other) as url, client_of(url) as client:
        yield Browser(client, url)


async def transcript(browser: Browser, query: str = "words=kept") -> bytes:
    """What the page gives to download."""
    answer = await browser.client.get(f"/transcripts/download?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    return answer.content


async def send_file(browser: Browser, content: bytes, name: str = "transcript.jsonl"):
    """Open a file by the page's form."""
    return await browser.client.post("/transcripts", files={"file": (name, content)}, headers={"Origin": browser.url})


async def open_file(browser: Browser, content: bytes) -> str:
    """The same, for one that is taken; where its pages begin."""
    answer = await send_file(browser, content)
    assert answer.status_code == 303, answer.text
    return "/".join(answer.headers["location"].split("/")[:3])


def rows(content: bytes, name: str) -> list[dict]:
    """The rows of a table in a transcript."""
    return [row for line in content.splitlines() for key, row in json.loads(line).items() if key == name]
