# SPDX-License-Identifier: Apache-2.0
"""Files of replies at a real WordPress: in the media library once, linked below the reply."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx2
import pytest

from sealock_connector import MessageRejected, OriginUnavailable
from sealock_connector.testing import File
from sealock_devkit.emulators.wordpress import FaultyProxy

pytestmark = pytest.mark.wordpress

PDF = File("Öffnungs;zeiten.pdf", "application/pdf", b"%PDF-1.4\n" + bytes(300_000))
NOTE = File("note.txt", "text/plain", b"Open at nine.")


@pytest.fixture
async def thread(site):
    post = await site.add_post("Questions")
    return f"{site.url}/?p={post}#comment-{await site.write_comment(post, 'First')}"


async def test_files_are_linked_below_the_reply_and_whole(site, thread, connector, account_at):
    account, _ = await account_at(site)
    await connector.channelback(account, "See <here>", thread_id=thread, files=[PDF, NOTE])
    content = (await site.comments())[-1].content
    assert content.startswith("See &lt;here&gt;\n\n<a href=")
    assert "Öffnungs;zeiten.pdf</a>" in content
    async with httpx2.AsyncClient(trust_env=False) as browser:
        found = [(await browser.get(url)).content for url in re.findall(r'href="([^"]+)"', content)]
    assert found == [PDF.data, NOTE.data]


async def test_files_alone_are_a_reply(site, thread, connector, account_at):
    account, _ = await account_at(site)
    await connector.channelback(account, "", thread_id=thread, files=[NOTE])
    assert (await site.comments())[-1].content.endswith(">note.txt</a>")


@pytest.mark.parametrize(
    "file", [File("run.exe", "application/x-msdownload", b"MZ"), File("a.php", "text/plain", b"<?")]
)
async def test_a_type_that_the_site_does_not_take_is_told_in_its_words(site, thread, connector, account_at, file):
    account, _ = await account_at(site)
    with pytest.raises(MessageRejected) as rejected:
        await connector.channelback(account, "Look", thread_id=thread, files=[file])
    assert "file type" in rejected.value.message_for_agent
    assert len(await site.comments()) == 1


async def test_a_file_is_uploaded_once_however_often_answers_are_lost(site, connector, account_at):
    post = await site.add_post("Questions")
    name = f"{uuid4().hex}.txt"
    async with FaultyProxy(site.url, lose_every=2) as proxy:
        account, _ = await account_at(site, url=proxy.url)
        thread = f"{proxy.url}/?p={post}#comment-{await site.write_comment(post, 'First')}"
        for key in ("key-1", "key-2", "key-3"):
            await until_posted(connector, account, thread, key, File(name, "text/plain", key.encode()))
        assert proxy.lost >= 2
    query = {"rest_route": "/wp/v2/media", "search": name.removesuffix(".txt"), "per_page": "100"}
    async with httpx2.AsyncClient(trust_env=False, auth=("agent", site.users["agent"].password)) as browser:
        listed = (await browser.get(f"{site.url}/", params=query)).json()
    replies = [comment for comment in await site.comments() if comment.user_id]
    assert (len(replies), len(listed)) == (3, 3)


async def until_posted(connector, account, thread, key, file):
    for _ in range(8):
        try:
            return await connector.channelback(account, key, key=key, thread_id=thread, files=[file])
        except OriginUnavailable:
            continue
    raise AssertionError("the reply was not posted")
