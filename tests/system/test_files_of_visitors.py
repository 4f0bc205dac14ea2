# SPDX-License-Identifier: Apache-2.0
"""What visitors put to their entries is on the ticket, byte for byte, however Zendesk fetches it."""

from __future__ import annotations

import random
import struct
import zlib
from urllib.parse import quote, urlsplit

import httpx2
import pytest

from tests.system.conftest import assert_nowhere, logs_in


def png(seed: int) -> bytes:
    """A picture of one colour."""

    def block(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + random.Random(seed).randbytes(3) * 64) * 64
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + block(b"IHDR", header) + block(b"IDAT", zlib.compress(rows)) + block(b"IEND", b"")


PICTURE = ("pier.png", "image/png", png(1))
UNICODE = ("Grüße „vom“ Pier 🛶.png", "image/png", png(2))
EMPTY = ("empty.txt", "text/plain", b"")
LARGE = ("large.pdf", "application/pdf", random.Random(3).randbytes(5_000_000))
CANARY = ("canary-name-4b1d.txt", "text/plain", b"canary-content-91c2" * 1000)


async def newest_comment(stack, account) -> dict:
    """What a pull brought, once its files were fetched."""
    await stack.zendesk.pull(account)
    assert await stack.zendesk.wait(idle=True)
    return (await stack.zendesk.comments(max(await stack.zendesk.tickets())))[0]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_files_of_an_entry_are_on_its_ticket(run, method):
    brought = [[UNICODE, EMPTY, LARGE], [PICTURE]]
    async with run(workers=2) as stack:
        await stack.zendesk.change_settings(file_method=method)
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        for files in brought:
            await stack.origin.write_comment("Anna", "Look at this", files=files)
            found = (await newest_comment(stack, account))["files"]
            assert [file["status"] for file in found] == ["stored"] * len(files)
            assert [(file["name"], file["content_type"]) for file in found] == [each[:2] for each in files]
            assert [await stack.zendesk.file(file["id"]) for file in found] == [each[2] for each in files]


async def test_a_link_works_with_any_client_until_the_entry_is_deleted(run):
    async with run() as stack:
        integration = await stack.zendesk.install(stack.manifest_url())
        account = await stack.zendesk.add_account(integration, stack.origin.account_answers)
        entry = await stack.origin.write_comment("Anna", "", files=[UNICODE, CANARY])
        links = (await newest_comment(stack, account))["file_urls"]
        assert all(len(link) <= 511 and link.startswith(f"{stack.edge.url}/guestbook/files/") for link in links)
        assert links[0].endswith("/" + quote(UNICODE[0], safe=""))
        metadata = (await stack.zendesk.account(account))["metadata"]

        verify = stack.trust.context()
        async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=30) as http:
            for link, (name, content_type, data) in zip(links, (UNICODE, CANARY), strict=True):
                got, head = await http.get(link), await http.head(link)
                posted = await http.post(link, data={"metadata": metadata})
                assert got.content == posted.content == data
                for answer in (got, head, posted):
                    assert answer.status_code == 200
                    assert answer.headers["content-type"] == content_type
                    assert answer.headers["content-length"] == str(len(data))
                    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
                    assert answer.headers["content-disposition"] == disposition
            renamed = links[1].replace(".txt", ".html")
            assert (await http.get(renamed)).status_code == 401

            await stack.origin.delete(entry)
            assert [(await http.get(link)).status_code for link in links] == [404, 404]
            await stack.kill(stack.connector)
            assert (await http.get(links[0])).status_code == 503
            texts = (await http.get(f"{stack.edge.internal_url}/metrics")).text
        planted = [metadata, CANARY[0], CANARY[2].decode()[:19], *(urlsplit(link).path.split("/")[3] for link in links)]
        assert not any(secret in texts for secret in planted)
        ours = [file for file in logs_in(stack.folder) if file.name.startswith(("edge", "connector"))]
        assert_nowhere(planted, ours)
