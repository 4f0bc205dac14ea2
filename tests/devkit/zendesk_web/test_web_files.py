# SPDX-License-Identifier: Apache-2.0
"""Comments' files on the ticket page, and what a browser gets of them."""

from __future__ import annotations

import pytest

from sealock_devkit.app.build import logo
from sealock_devkit.zendesk.engine.files import NewFile
from tests.devkit.zendesk.scripted_service import Canned, resource
from tests.devkit.zendesk_web.conftest import words

PNG = logo(8)
PICTURES = [
    (PNG, "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    (b"GIF89a\1\0\1\0", "image/gif"),
    (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
]
NO_PICTURES = [
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
    (b"<!doctype html><script>alert(1)</script>", "text/html"),
    (b"<script>alert(1)</script>", "image/png"),
    (b"%PDF-1.7", "application/pdf"),
    (b"RIFF\x10\0\0\0WAVEfmt ", "image/webp"),
    (b"BM\x3a\0\0\0", "image/bmp"),
    (b"", "image/png"),
]


async def with_file(zendesk, service, account, content, content_type, name="it"):
    """A ticket whose comment has the origin's file."""
    service.script[f"/{name}"] = [Canned(content, content_type=content_type)]
    service.resources = [resource("c1", file_urls=[f"{service.url}/{name}"])]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)


def guards(answer):
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer.headers["content-disposition"].partition(";")[0]


@pytest.mark.parametrize(("content", "real"), PICTURES, ids=[each[1] for each in PICTURES])
@pytest.mark.parametrize("told", ["image/png", "text/html", "application/octet-stream"])
async def test_a_picture_is_shown_whatever_the_origin_calls_it(browser, zendesk, service, account, content, real, told):
    await with_file(zendesk, service, account, content, told)
    page = await browser.open("/tickets/1")
    source = page.css_first(".thumbnail img").attributes["src"]
    answer = await browser.client.get(source)
    assert (answer.headers["content-type"], guards(answer), answer.content) == (real, "inline", content)


@pytest.mark.parametrize(("content", "told"), NO_PICTURES, ids=range(len(NO_PICTURES)))
async def test_anything_else_is_saved_and_runs_nothing(browser, zendesk, service, account, content, told):
    await with_file(zendesk, service, account, content, told)
    page = await browser.open("/tickets/1")
    assert page.css("main img") == []
    answer = await browser.client.get(page.css_first(".files a[download]").attributes["href"])
    assert (guards(answer), answer.content) == ("attachment", content)


async def test_a_file_says_its_name_type_and_size(browser, zendesk, service, account):
    await with_file(zendesk, service, account, b"x" * 2_048, "text/plain; charset=utf-8", "notes.txt")
    shown = words(await browser.open("/tickets/1"), ".file")
    assert shown == "notes.txt text/plain, 2.0 kB"


async def test_a_file_is_shown_as_being_fetched_and_arrives_by_itself(browser, zendesk, service, account):
    service.script["/a.png"] = [Canned(PNG, content_type="image/png", delay=3)]
    service.resources = [resource("c1", file_urls=[f"{service.url}/a.png"])]
    await zendesk.pull(account.id)
    page = await browser.open("/tickets/1")
    assert words(page, "#conversation[data-live] .file") == "a.png being fetched from the origin …"
    assert page.css(".files a, .files img") == []
    before = zendesk.context.changes.count
    await zendesk.wait_until(zendesk.is_idle)
    assert zendesk.context.changes.count > before
    assert len((await browser.open("/tickets/1")).css("#conversation .thumbnail img")) == 1


async def test_a_file_that_cannot_be_fetched_says_why(browser, zendesk, service, account):
    service.script["/a.png"] = [Canned(status=410)]
    service.resources = [resource("c1", file_urls=[f"{service.url}/a.png"])]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    page = await browser.open("/tickets/1")
    assert words(page, ".file.failed") == "a.png could not be fetched: HTTP 410"
    assert (await browser.client.get("/files/1/a.png")).status_code == 404


async def test_an_agents_file_says_when_the_integration_takes_none(browser, zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    zendesk.reply(1, "See.", files=[NewFile("a.txt", "text/plain", b"hello")])
    shown = words(await browser.open("/tickets/1"), ".file")
    assert shown == "a.txt text/plain, 5 bytes not sent to the origin: the integration takes no files"


async def test_a_large_picture_is_a_link_only(browser, zendesk, service, account):
    await with_file(zendesk, service, account, PNG + b"x" * (10 * 1024 * 1024), "image/png")
    page = await browser.open("/tickets/1")
    assert (page.css("main img"), len(page.css(".files a[download]"))) == ([], 1)


@pytest.mark.parametrize("path", ["/files/1/other", "/files/1/..%2fit", "/files/2/it", "/files/x/it", "/files/1/"])
async def test_nothing_but_a_file_under_its_own_name_is_given(browser, zendesk, service, account, path):
    await with_file(zendesk, service, account, b"x", "text/plain")
    assert (await browser.client.get(path)).status_code == 404


async def test_the_address_of_a_file_at_the_origin_is_no_name_that_leads_away(browser, zendesk, service, account):
    service.resources = [resource("c1", file_urls=[f"{service.url}/x/%2e%2e", f"{service.url}/x/..%5c%2fa"])]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    page = await browser.open("/tickets/1")
    names = [node.text() for node in page.css(".files a[download]")]
    assert names == ["file", "..__a"]
    for link in page.css(".files a[download]"):
        assert (await browser.client.get(link.attributes["href"])).status_code == 200
