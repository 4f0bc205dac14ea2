# SPDX-License-Identifier: Apache-2.0
"""Files of the origin's comments: fetched once, kept with their type, or missed with a reason."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk import LocalZendesk
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import Canned, resource
from tests.devkit.zendesk_rest.conftest import added

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
