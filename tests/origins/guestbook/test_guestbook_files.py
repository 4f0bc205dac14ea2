# SPDX-License-Identifier: Apache-2.0
"""Files go both ways, each once: those of replies to the guestbook, visitors' with their entries, streamed."""

from __future__ import annotations

import asyncio
import json

import grpc.aio
import httpx2
import pytest

from sealock.connector.v1 import channelback_pb2 as pb
from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock_connector import AccountRevoked, MessageRejected, NotFound, OriginThrottled, OriginUnavailable
from sealock_connector import File as FileOfAnEntry
from sealock_connector.testing import File, running
from sealock_devkit.emulators.guestbook.files import NewFile
from sealock_origins.guestbook.connector import Guestbook

PICTURE = File("Grüße vom Pier.png", "image/png", b"\x89PNG" + bytes(300_000))
NOTE = File("note.txt", "text/plain", b"<script>alert(1)</script>")


@pytest.fixture
def page(site):
    return f"{site.url}/entries/{site.sign('Hello').id}"


def names(site):
    return [[file.name for file in entry.files] for entry in site.owners()]


def rows(site):
    return site.entries._rows.execute("SELECT count(*) FROM files").fetchone()[0]


async def test_files_stand_with_the_reply_in_order_and_whole(site, connector, account, page):
    await connector.channelback(account, "Look", parent_id=page, files=[PICTURE, NOTE])
    [entry] = site.owners()
    assert [(file.name, file.content_type) for file in entry.files] == [
        (each.name, each.content_type) for each in (PICTURE, NOTE)
    ]
    assert [site.entries.files.read(file.key)[1] for file in entry.files] == [PICTURE.data, NOTE.data]


async def test_visitors_see_pictures_and_download_the_rest(site, connector, account, page):
    await connector.channelback(account, "Look", parent_id=page, files=[PICTURE, NOTE])
    async with httpx2.AsyncClient(base_url=site.url, trust_env=False) as browser:
        text = (await browser.get(page)).text
        shown = [await browser.get(f"/files/{file.key}/{file.name}") for file in site.owners()[0].files]
    assert '<img src="/files/sealock-' in text
    assert [answer.content for answer in shown] == [PICTURE.data, NOTE.data]
    assert [answer.headers["content-disposition"].partition(";")[0] for answer in shown] == ["inline", "attachment"]
    assert {answer.headers["x-content-type-options"] for answer in shown} == {"nosniff"}


async def test_files_alone_are_a_reply(site, connector, account, page):
    await connector.channelback(account, "", parent_id=page, files=[NOTE])
    assert names(site) == [["note.txt"]]


async def test_a_reply_whose_answer_was_lost_is_there_once_with_its_files(site, connector, account, page):
    site.faults.lose_answers = 1
    with pytest.raises(OriginUnavailable):
        await connector.channelback(account, "Look", key="k", parent_id=page, files=[PICTURE])
    await connector.channelback(account, "Look", key="k", parent_id=page, files=[PICTURE])
    assert (names(site), rows(site)) == ([[PICTURE.name]], 1)


async def test_a_repeat_after_a_failed_upload_replaces_what_was_there(site, connector, account, page):
    site.faults.fail = 1
    with pytest.raises(OriginUnavailable):
        await connector.channelback(account, "Look", key="k", parent_id=page, files=[NOTE])
    assert names(site) == []
    await connector.channelback(account, "Look", key="k", parent_id=page, files=[NOTE])
    assert (names(site), rows(site)) == ([["note.txt"]], 1)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([File("run.exe", "application/x-msdownload", b"MZ")], "a type that cannot be sent there"),
        ([File("page.html", "text/html", b"<script>")], "a type that cannot be sent there"),
        ([NOTE] * 6, "6 files"),
        ([File("large.txt", "text/plain", bytes(10_000_001))], "at most 10 MB"),
    ],
    ids=["a program", "a page", "too many", "too large"],
)
async def test_what_the_guestbook_does_not_take_is_told_in_a_sentence(site, connector, account, page, files, words):
    with pytest.raises(MessageRejected) as rejected:
        await connector.channelback(account, "Look", parent_id=page, files=files)
    assert words in rejected.value.message_for_agent
    assert names(site) == []


@pytest.mark.parametrize("end", ["broken off", "cut"])
async def test_half_a_file_of_unknown_size_is_never_posted(site, account, page, end):
    """As the edge breaks a reply off, and as a call ends when the edge dies."""
    header = pb.ChannelbackHeader(
        account_id="a",
        account=json.dumps(account).encode(),
        idempotency_key="k",
        message="Look",
        parent_id=page,
        file_count=1,
    )
    async with running(Guestbook(), account_id="a", settle_seconds=0.1) as each:
        async with grpc.aio.insecure_channel(each.target) as channel:
            call = ConnectorServiceStub(channel).Channelback(timeout=20)
            await call.write(pb.ChannelbackRequest(header=header))
            await call.write(pb.ChannelbackRequest(file=pb.FileStart(name="a.txt", content_type="text/plain")))
            await call.write(pb.ChannelbackRequest(chunk=b"half"))
            if end == "cut":
                await asyncio.sleep(0.3)
                call.cancel()
                await asyncio.sleep(0.5)
            else:
                await call.write(pb.ChannelbackRequest())
                await call.done_writing()
                with pytest.raises(grpc.aio.AioRpcError):
                    await call
        assert names(site) == []
        whole = File("a.txt", "text/plain", b"half and half")
        await each.channelback(account, "Look", key="k", parent_id=page, files=[whole])
        assert names(site) == [["a.txt"]]


PNG = NewFile("Grüße „vom“ Pier.png", "image/png", b"\x89PNG" + bytes(range(256)) * 9000)
EMPTY = NewFile("empty.txt", "text/plain", b"")
LARGE = NewFile("x" * 240 + ".txt", "text/plain", bytes(5_000_000))


@pytest.fixture
def entry(site):
    return site.entries.add(author="Anna", author_id="visitor-anna", text="Look", brought=[PNG, EMPTY, LARGE])


async def test_an_entry_comes_with_references_to_its_files(connector, account, entry):
    [resource] = (await connector.pull(account)).resources
    assert resource.files == tuple(
        FileOfAnEntry(file.name, content_type=file.content_type, reference=file.key) for file in entry.files
    )
    assert all(len(file.reference) <= 200 for file in resource.files)


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_a_file_is_opened_by_its_reference(connector, account, entry, number):
    brought = (PNG, EMPTY, LARGE)[number]
    opened = await connector.open_file(account, entry.files[number].key)
    assert (opened.name, opened.content_type, opened.data) == (brought.name[:127], brought.content_type, brought.data)


async def test_a_file_of_a_deleted_entry_is_not_found(site, connector, account, entry):
    site.entries.delete(entry.id)
    with pytest.raises(NotFound):
        await connector.open_file(account, entry.files[0].key)


@pytest.mark.parametrize("reference", ["../entries", "short", "a" * 81, "%2e%2e/site", "unknown-but-possible"])
async def test_a_reference_that_is_not_the_guestbook_s_is_not_found(connector, account, reference):
    with pytest.raises(NotFound):
        await connector.open_file(account, reference)


FAULTS = [
    ({"token_revoked": True}, AccountRevoked),
    ({"throttle": 1}, OriginThrottled),
    ({"fail": 1}, OriginUnavailable),
]


@pytest.mark.parametrize(("faults", "error"), FAULTS)
async def test_what_the_guestbook_refuses_has_its_reason(site, connector, account, entry, faults, error):
    for name, value in faults.items():
        setattr(site.faults, name, value)
    with pytest.raises(error):
        await connector.open_file(account, entry.files[0].key)
