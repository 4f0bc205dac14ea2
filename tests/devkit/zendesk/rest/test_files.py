# SPDX-License-Identifier: Apache-2.0
"""Files, both ways: the service gets agents' attachments, and the origin's files are downloaded."""

from __future__ import annotations

import asyncio
import base64
from contextlib import nullcontext
from urllib.parse import parse_qs, urlsplit

import pytest
from falcon.testing import ASGIConductor

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.engine.agents import TicketRefused
from sealock_devkit.zendesk.engine.files import MAX_BYTES, NewFile
from sealock_edge.attachments import AttachmentFetcher, Fetching, FileRefused
from sealock_edge.zendesk import ZendeskHosts
from tests.devkit.zendesk.conftest import QUICK, added
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource
from tests.serving import serving

PICTURE = NewFile("a b é.png", "image/png", b"\x89PNG" + bytes(range(256)))


@pytest.fixture
def takes_files(service):
    service.manifest["channelback_files"] = True


@pytest.fixture
async def ticket(zendesk, service, rest):
    await rest.push(resource("p1"))
    return zendesk.tickets()[0]


async def replied(zendesk, ticket, *files):
    return await zendesk.settled(zendesk.reply(ticket.id, "answer", files=files))


def urls(service) -> list[str]:
    return [value for path, _, form in service.received if path == CHANNELBACK for name, value in form if "[" in name]


async def get(rest, url, **headers):
    parts = urlsplit(url)
    return await rest.conductor.simulate_get(parts.path, query_string=parts.query, host="127.0.0.1", headers=headers)


async def test_a_reply_carries_its_files_addresses_in_every_repetition(zendesk, service, takes_files, ticket):
    zendesk.change_settings({"attachment_url": "http://127.0.0.1:8800"})
    service.script[CHANNELBACK] = [Canned("", status=503)]
    await replied(zendesk, ticket, PICTURE, NewFile("b.txt", "text/plain", b"b"))
    first, second, *again = urls(service)
    assert again == [first, second]
    assert first.startswith("http://127.0.0.1:8800/attachments/token/")
    assert urlsplit(first).path.endswith("/")
    assert parse_qs(urlsplit(first).query) == {"name": ["a b é.png"]}
    assert parse_qs(urlsplit(second).query) == {"name": ["b.txt"]}


async def test_without_an_address_of_its_own_files_are_at_zendesks_host(zendesk, service, takes_files, ticket):
    await replied(zendesk, ticket, PICTURE)
    assert urls(service)[0].startswith("https://demo.zendesk.com/attachments/token/")


async def test_files_are_kept_and_not_sent_to_an_integration_that_takes_none(zendesk, service, ticket):
    reply = await replied(zendesk, ticket, PICTURE)
    assert (reply.status, urls(service)) == ("delivered", [])
    (file,) = zendesk.store.files.of_comment(reply.comment_id)
    assert (file.status, file.problem) == ("stored", "the integration takes no files")


async def test_the_service_gets_a_file_as_it_was_attached_and_nothing_runs_in_a_browser(
    zendesk, service, takes_files, ticket, rest
):
    await replied(zendesk, ticket, PICTURE)
    answer = await get(rest, urls(service)[0])
    assert (answer.status_code, answer.content) == (200, PICTURE.content)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await get(rest, "http://x/attachments/token/wrong/")).status_code == 404
    call = zendesk.store.calls.all(kind="attachment")[0]
    assert (call.account_id, call.status, call.answer) == (ticket.account_id, 200, "image/png, 260 bytes")


@pytest.mark.parametrize(("needed", "without"), [(False, 200), (True, 401)])
async def test_whether_a_token_is_needed_is_a_setting_and_a_wrong_one_never_works(
    zendesk, service, takes_files, ticket, rest, needed, without
):
    zendesk.change_settings({"attachments_need_token": needed})
    await replied(zendesk, ticket, PICTURE)
    (url,) = urls(service)
    service.good_answers["Site"] = "https://other.example"
    other = await zendesk.add_account(zendesk.store.integrations.all()[0], [service.good_answers])
    assert (await get(rest, url)).status_code == without
    assert (await get(rest, url, authorization=f"Bearer {rest.account.access_token}")).status_code == 200
    for token in ("wrong", other.access_token):
        assert (await get(rest, url, authorization=f"Bearer {token}")).status_code == 401


@pytest.mark.parametrize(("needed", "asked"), [(False, [401, 200]), (True, [401, 401])])
async def test_an_edge_gets_a_file_though_its_token_has_ended_unless_one_is_needed(
    zendesk, service, takes_files, ticket, rest, needed, asked
):
    zendesk.change_settings({"access_tokens": "ended", "attachments_need_token": needed})
    await replied(zendesk, ticket, PICTURE)
    path = urls(service)[0].removeprefix("https://demo.zendesk.com")
    async with serving(lambda _: rest.conductor.app, patience=0) as here:
        fetcher = AttachmentFetcher(ZendeskHosts(development_origins=[here]), max_bytes=1000)
        fetching = Fetching("demo", rest.account.access_token, asyncio.get_running_loop().time() + 20)
        with pytest.raises(FileRefused) if needed else nullcontext():
            async with fetcher.opened(here + path, fetching) as file:
                assert b"".join([chunk async for chunk in file.chunks()]) == PICTURE.content
    assert [call.status for call in zendesk.store.calls.all(kind="attachment")] == asked


async def test_a_file_may_be_somewhere_else_where_the_token_must_not_go(zendesk, service, takes_files, ticket, rest):
    zendesk.change_settings({"attachment_redirect": "http://localhost:9999/", "attachments_need_token": True})
    await replied(zendesk, ticket, PICTURE)
    bearer = {"authorization": f"Bearer {rest.account.access_token}"}
    assert (await get(rest, urls(service)[0])).status_code == 401
    redirect = await get(rest, urls(service)[0], **bearer)
    assert redirect.status_code == 302
    elsewhere = redirect.headers["location"]
    assert elsewhere.startswith("http://localhost:9999/attachments/stored/")
    assert (await get(rest, elsewhere)).content == PICTURE.content
    assert zendesk.store.violations.all() == []
    assert (await get(rest, elsewhere, **bearer)).content == PICTURE.content
    (violation,) = zendesk.store.violations.all()
    assert (violation.endpoint, violation.source, violation.account_id) == ("attachment", "advice", ticket.account_id)
    assert (await get(rest, "http://x/attachments/stored/wrong/a.png")).status_code == 404


async def test_no_files_address_is_in_the_journal(zendesk, service, takes_files, ticket, rest):
    reply = await replied(zendesk, ticket, PICTURE)
    await get(rest, urls(service)[0], authorization=f"Bearer {rest.account.access_token}")
    (file,) = zendesk.store.files.of_comment(reply.comment_id)
    shown = str(zendesk.store.calls.all(limit=1000)) + repr(file)
    for secret in (file.token, file.storage_key, rest.account.access_token):
        assert secret not in shown
    assert "/attachments/token/•••" in shown


REFUSED = [
    (NewFile("a.bin", "a/b", b"x" * (MAX_BYTES + 1)), "a file has at most 50 MB"),
    (NewFile("", "a/b", b""), "a file's name has"),
    (NewFile("../a", "a/b", b""), "a file's name has"),
    (NewFile("a\r\nb", "a/b", b""), "a file's name has"),
    (NewFile("x" * 256, "a/b", b""), "a file's name has"),
    (NewFile("a", "text/html\r\nx: y", b""), "a file's content type"),
    (NewFile("a", "", b""), "a file's content type"),
]


@pytest.mark.parametrize(("file", "problem"), REFUSED, ids=range(len(REFUSED)))
async def test_a_file_that_cannot_be_attached_is_refused_with_its_comment(zendesk, ticket, file, problem):
    with pytest.raises(TicketRefused, match=problem):
        zendesk.reply(ticket.id, "answer", files=[file])
    assert len(zendesk.store.tickets.comments(ticket.id)) == 1


async def test_a_file_of_fifty_megabytes_is_given_whole(zendesk, service, takes_files, ticket, rest):
    await replied(zendesk, ticket, NewFile("big.bin", "application/octet-stream", b"x" * MAX_BYTES))
    assert len((await get(rest, urls(service)[0])).content) == MAX_BYTES


async def test_files_are_attached_and_shown_through_the_api(zendesk, takes_files, ticket):
    file = {"name": "a.txt", "content_type": "text/plain", "content": base64.b64encode(b"hello").decode()}
    path = f"/api/tickets/{ticket.id}/comments"
    async with ASGIConductor(create_app(zendesk)) as api:
        made = await api.simulate_post(path, host="127.0.0.1", json={"body": "b", "files": [file], "wait": 10})
        (shown,) = made.json["files"]
        assert (shown["name"], shown["size"], shown["status"], shown["problem"]) == ("a.txt", 5, "stored", "")
        assert (await api.simulate_get(shown["url"], host="127.0.0.1")).content == b"hello"
        assert (await api.simulate_get("/api/files/99", host="127.0.0.1")).status_code == 404
        for bad in ("x", [1], [{**file, "content": "?"}], [{**file, "more": 1}], [{"name": "a"}]):
            refused = await api.simulate_post(path, host="127.0.0.1", json={"body": "b", "files": bad})
            assert refused.status_code == 400, bad


FILE = "/file/1/a%20b.png"


async def pulled(zendesk, service, account, *urls):
    service.resources = [resource("c1", file_urls=list(urls))]
    await zendesk.pull(account.id)
    assert await zendesk.wait_until(zendesk.is_idle)
    (comment,) = zendesk.store.tickets.comments(1)
    return zendesk.store.files.of_comment(comment.id)


def posted(service):
    return [form for path, _, form in service.received if path.startswith("/file/")]


@pytest.mark.parametrize(("method", "metadata"), [("POST", True), ("GET", False)])
async def test_a_file_is_fetched_and_kept_with_its_type(zendesk, service, account, method, metadata):
    zendesk.change_settings({"file_method": method})
    service.script["/file/1/a b.png"] = [Canned(b"\x89PNG", content_type="image/png")]
    (file,) = await pulled(zendesk, service, account, service.url + FILE)
    assert (file.status, file.name, file.content_type, file.size) == ("stored", "a b.png", "image/png", 4)
    assert zendesk.store.files.content(file.id) == b"\x89PNG"
    assert posted(service) == ([[("metadata", account.metadata)]] if metadata else [[]])
    (call,) = zendesk.store.calls.all(kind="file")
    assert (call.method, call.status, call.account_id) == (method, 200, account.id)
    assert account.metadata not in str(call)


MISSED = [
    (Canned("", status=404), {}, "HTTP 404"),
    (Canned("", status=500), {}, "HTTP 500"),
    (Canned("", status=302, headers={"location": "/elsewhere"}), {}, "HTTP 302"),
    (Canned(b"x" * 11), {"file_bytes": 10}, "more than 10 bytes"),
    (Canned(b"x", delay=5), {"file_timeout_seconds": 0.2}, "timeout"),
]


@pytest.mark.parametrize(("answer", "changes", "problem"), MISSED)
async def test_a_file_that_cannot_be_had_is_missed_with_a_reason_and_its_comment_stays(
    zendesk, service, account, answer, changes, problem
):
    zendesk.change_settings(changes)
    service.script["/file/bad"] = [answer]
    bad, good = await pulled(zendesk, service, account, f"{service.url}/file/bad", f"{service.url}/file/good")
    assert (bad.status, bad.problem) == ("failed", problem)
    assert good.status == "stored"


async def test_a_file_as_large_as_the_limit_is_kept(zendesk, service, account):
    zendesk.change_settings({"file_bytes": 10})
    service.script["/file/x"] = [Canned(b"x" * 10)]
    (file,) = await pulled(zendesk, service, account, f"{service.url}/file/x")
    assert (file.status, file.size) == ("stored", 10)


async def test_a_host_that_is_not_the_services_is_asked_only_by_setting(zendesk, service, account):
    (file,) = await pulled(zendesk, service, account, "https://files.example/a.png")
    assert (file.status, "file_hosts" in file.problem) == ("failed", True)
    assert zendesk.store.calls.all(kind="file") == []


async def test_a_type_that_is_none_becomes_bytes_and_a_strange_name_is_mended(zendesk, service, account):
    service.script["/file/a/b"] = [Canned(b"x", content_type="what is this")]
    first, second = await pulled(zendesk, service, account, f"{service.url}/file/a%2Fb", f"{service.url}/file/")
    assert (first.name, first.content_type) == ("a_b", "application/octet-stream")
    assert second.name == "file"


async def test_what_waits_is_not_fetched_once_its_account_is_deleted(zendesk, service, account):
    for number in range(4):
        service.script[f"/file/{number}"] = [Canned(b"slow", delay=1)]
    service.resources = [resource("c1", file_urls=[f"{service.url}/file/{number}" for number in range(5)])]
    await zendesk.pull(account.id)
    zendesk.lifecycle.delete(zendesk.store.accounts.get(account.id))
    assert await zendesk.wait_until(zendesk.is_idle)
    assert "/file/4" not in [path for path, _, _ in service.received]
    assert zendesk.store.files.of_comment(1)[4].problem == "the account or its channel is gone"


async def test_a_download_that_the_end_interrupted_is_made_after_the_next_start(tmp_path, service):
    async with LocalZendesk(tmp_path / "again", QUICK) as zendesk:
        account = await added(zendesk, service)
        service.script["/file/x"] = [Canned(b"late", delay=30)]
        service.resources = [resource("c1", file_urls=[f"{service.url}/file/x"])]
        await zendesk.pull(account.id)
        assert await zendesk.wait_until(lambda: bool(posted(service)) or zendesk.store.files.waiting_count() == 1)
    async with LocalZendesk(tmp_path / "again", QUICK) as zendesk:
        service.script["/file/x"] = []
        assert await zendesk.wait_until(lambda: zendesk.store.files.waiting_count() == 0)
        (file,) = zendesk.store.files.of_comment(1)
        assert file.status == "stored"
