# SPDX-License-Identifier: Apache-2.0
"""The composer of a ticket, and the files of its comments."""

from __future__ import annotations

import asyncio
import tracemalloc
from urllib.parse import urlsplit

import pytest

from sealock_devkit.app.build import logo
from sealock_devkit.zendesk.engine.files import MAX_BYTES, MAX_FILES, NewFile
from sealock_devkit.zendesk.web.forms import MAX_FORM_BYTES, MAX_PARTS
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource
from tests.devkit.zendesk.web.conftest import words

FORM = "multipart/form-data; boundary=limit"
COMMENTS = "/tickets/1/comments"


@pytest.fixture
async def ticket(zendesk, service, account):
    service.manifest["channelback_files"] = True
    await zendesk.installer.read_again(1)
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)


async def composed(browser, body="See.", *files, kind="public"):
    """Send the form as a browser does: all file fields, and an empty one when nothing was chosen."""
    sent = [("files", each) for each in files] or [("files", ("", b"", "application/octet-stream"))]
    fields, headers = {"body": body, "kind": kind}, {"Origin": browser.url}
    return await browser.client.post(COMMENTS, data=fields, files=sent, headers=headers)


async def raw(browser, body, content_type=FORM, **headers):
    sent = {"Origin": browser.url, "Content-Type": content_type, **headers}
    return await browser.client.post(COMMENTS, content=body, headers=sent)


def part(disposition, content=b"x", more=b""):
    return b"--limit\r\nContent-Disposition: form-data; " + disposition + b"\r\n" + more + b"\r\n" + content + b"\r\n"


def of_agent(zendesk):
    return [each for each in zendesk.store.tickets.comments(1) if each.agent]


async def test_a_comment_with_files_reaches_the_integration(browser, zendesk, service, ticket):
    files = [("a b é.png", b"\x89PNG\r\n", "image/png"), ("notes.txt", b"one\r\ntwo", "text/plain; charset=utf-8")]
    assert (await composed(browser, "See\r\nthese.", *files)).status_code == 303
    await zendesk.wait_until(lambda: zendesk.store.replies.count("delivered") == 1)
    stored = zendesk.store.files.of_comment(of_agent(zendesk)[0].id)
    assert [(each.name, zendesk.store.files.content(each.id), each.content_type) for each in stored] == files
    (sent,) = service.calls(CHANNELBACK)
    assert sent["message"] == "See\nthese."
    assert sent["file_urls[]"].endswith("?name=notes.txt")


async def test_a_file_field_that_was_left_empty_is_no_file(browser, zendesk, ticket):
    assert (await composed(browser)).status_code == 303
    assert zendesk.store.files.of_comment(of_agent(zendesk)[0].id) == []


async def test_the_form_is_there_for_browsers_without_script(browser, zendesk, ticket):
    form = (await browser.open("/tickets/1")).css_first("form#composer")
    assert (form.attributes["method"], form.attributes["enctype"]) == ("post", "multipart/form-data")
    chooser = form.css_first("input#files").attributes
    assert (chooser["name"], chooser["type"], "multiple" in chooser) == ("files", "file", True)
    assert words(form, "label[for=files]") == "Attach files"


async def test_a_name_with_a_quotation_mark_is_read_as_browsers_write_it(browser, zendesk, ticket):
    body = part(b'name="body"', b"See.") + part(b'name="files"; filename="say %22hi%22.txt"') + b"--limit--\r\n"
    assert (await raw(browser, body)).status_code == 303
    assert zendesk.store.files.of_comment(of_agent(zendesk)[0].id)[0].name == 'say "hi".txt'


@pytest.mark.parametrize(("more", "status"), [(0, 303), (1, 422)])
async def test_fifty_megabytes_are_taken_and_one_byte_more_is_refused_beside_the_form(
    browser, zendesk, ticket, more, status
):
    answer = await composed(browser, "Look <b>here</b>.", ("big.bin", b"x" * (MAX_BYTES + more), "a/b"), kind="note")
    assert answer.status_code == status
    if more:
        assert "a file has at most 50 MB, and big.bin has more" in answer.text
        assert "Look &lt;b&gt;here&lt;/b&gt;." in answer.text
        assert 'value="note" checked' in answer.text
    assert [zendesk.store.files.of_comment(each.id)[0].size for each in of_agent(zendesk)] == [MAX_BYTES] * (1 - more)


MEGABYTES_36 = ("m.bin", b"x" * (36 * 1024 * 1024), "a/b")
REFUSED = [
    ("See.", [MEGABYTES_36] * 3, "the files of a comment have at most 100 MB together"),
    ("See.", [("a.txt", b"a", "text/plain")] * (MAX_FILES + 1), "a comment has at most 20 files"),
    ("", [("a.txt", b"a", "text/plain")], "a comment has 1 to 65535 characters"),
    ("é" * 65_536, [("a.txt", b"a", "text/plain")], "a comment has 1 to 65535 characters"),
    ("See.", [("../../etc/passwd", b"a", "text/plain")], "no slash"),
    ("See.", [("..\\boot.ini", b"a", "text/plain")], "no slash"),
    ("See.", [("..", b"a", "text/plain")], "no slash"),
    ("See.", [("x" * 256, b"a", "text/plain")], "1 to 255 characters"),
]


@pytest.mark.parametrize(("body", "files", "problem"), REFUSED, ids=[each[2] for each in REFUSED])
async def test_what_is_refused_is_said_beside_the_form_and_what_was_typed_stays(
    browser, zendesk, ticket, body, files, problem
):
    answer = await composed(browser, body, *files)
    assert (answer.status_code, problem in answer.text, body in answer.text) == (422, True, True)
    assert of_agent(zendesk) == []


async def test_the_longest_text_goes_along_with_a_file(browser, zendesk, service, ticket):
    assert (await composed(browser, "😀" * 65_535, ("a.txt", b"a", "text/plain"))).status_code == 303
    await zendesk.wait_until(lambda: zendesk.store.replies.count("delivered") == 1)
    assert service.calls(CHANNELBACK)[0]["message"] == "😀" * 65_535


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>.png", "\u202egnp.exe", "a'onerror='x.png", "100%.txt"])
async def test_a_file_of_any_name_is_shown_and_its_link_works(browser, zendesk, ticket, name):
    assert (await composed(browser, "See.", (name, b"bytes", "text/plain"))).status_code == 303
    page = await browser.open("/tickets/1")
    link = page.css_first(".files a")
    assert (link.text(), page.css("main script, [onerror]")) == (name, [])
    assert (await browser.client.get(link.attributes["href"])).content == b"bytes"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_form_with_files_counts_only_when_it_comes_from_our_own_page(browser, zendesk, ticket, origin):
    body = part(b'name="body"', b"Bought.") + b"--limit--\r\n"
    answer = await raw(browser, body, Origin=origin)
    assert (answer.status_code, "another site" in answer.text, of_agent(zendesk)) == (403, True, [])


FILE = b'name="files"; filename="a.txt"'
BROKEN = [
    (part(b'name="body"') + b"--limit--", "multipart/form-data", 400),
    (part(b'name="body"') + b"--limit--", "multipart/form-data; boundary=", 400),
    (part(b'name="body"') + b"--limit--", "multipart/form-data; boundary=" + "b" * 100, 400),
    (b"", FORM, 400),
    (b"body=x", FORM, 400),
    (part(b'name="body"'), FORM, 400),
    (part(b'name="body"') + part(FILE)[:-20], FORM, 400),
    (part(b'name="body"', b"x", b"X: " + b"y" * 20_000 + b"\r\n") + b"--limit--", FORM, 400),
    (part(b'name="body\xff"') + b"--limit--", FORM, 400),
    (part(FILE, b"x", b"Content-Type: \xff\r\n") + b"--limit--", FORM, 400),
    (part(b'name="body"', b"\xff\xfe") + b"--limit--", FORM, 400),
    (part(b'name="body"', b"x", b"Content-Transfer-Encoding: base64\r\n") + b"--limit--", FORM, 400),
    (part(b'name="body"', b"x" * 2_000_001) + b"--limit--", FORM, 413),
    (part(b'name="a"') * 10_000 + b"--limit--", FORM, 400),
    (part(b'name="a"') * (MAX_PARTS + 1) + b"--limit--", FORM, 400),
    (b"body=" + b"x" * 2_000_001, "application/x-www-form-urlencoded", 413),
    (b"body=\xff", "application/x-www-form-urlencoded", 400),
    (b"body=x", "text/plain", 415),
    (b"{}", "application/json", 415),
]


@pytest.mark.parametrize(("body", "content_type", "status"), BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_form_is_refused_and_adds_nothing(browser, zendesk, ticket, body, content_type, status):
    answer = await raw(browser, body, content_type)
    assert (answer.status_code, of_agent(zendesk)) == (status, [])
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_form_of_unknown_length_is_refused(browser, zendesk, ticket):
    async def endless():
        yield part(b'name="body"')

    assert (await raw(browser, endless())).status_code == 411


async def test_a_form_that_claims_to_be_huge_is_refused_before_it_is_read(browser, zendesk, ticket):
    head = (
        f"POST {COMMENTS} HTTP/1.1\r\nHost: {urlsplit(browser.url).netloc}\r\nOrigin: {browser.url}\r\n"
        f"Content-Type: {FORM}\r\nContent-Length: {MAX_FORM_BYTES + 1}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(browser.url).port)
    writer.write(head.encode() + b"--limit")
    assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 413")
    writer.close()
    await writer.wait_closed()


async def test_a_file_that_is_too_large_is_not_held_in_memory(browser, zendesk, ticket):
    chunk, count, head, tail = (
        b"x" * 1_000_000,
        250,
        part(FILE, b"").rstrip(b"\r\n") + b"\r\n\r\n",
        b"\r\n--limit--\r\n",
    )

    async def huge():
        yield head
        for _ in range(count):
            yield chunk
        yield tail

    tracemalloc.start()
    answer = await raw(browser, huge(), **{"Content-Length": str(len(head) + count * len(chunk) + len(tail))})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.status_code, "a.txt has more" in answer.text) == (422, True)
    assert peak < 2 * MAX_BYTES


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
@pytest.mark.parametrize("content_type", ["image/png", "text/html", "application/octet-stream"])
async def test_a_picture_is_shown_whatever_the_origin_calls_it(
    browser, zendesk, service, account, content, real, content_type
):
    await with_file(zendesk, service, account, content, content_type)
    page = await browser.open("/tickets/1")
    source = page.css_first(".thumbnail img").attributes["src"]
    answer = await browser.client.get(source)
    assert (answer.headers["content-type"], guards(answer), answer.content) == (real, "inline", content)


@pytest.mark.parametrize(("content", "content_type"), NO_PICTURES, ids=range(len(NO_PICTURES)))
async def test_anything_else_is_saved_and_runs_nothing(browser, zendesk, service, account, content, content_type):
    await with_file(zendesk, service, account, content, content_type)
    page = await browser.open("/tickets/1")
    assert page.css("main img") == []
    answer = await browser.client.get(page.css_first(".files a[download]").attributes["href"])
    assert (guards(answer), answer.content) == ("attachment", content)


async def test_a_file_says_its_name_type_and_size(browser, zendesk, service, account):
    await with_file(zendesk, service, account, b"x" * 2_048, "text/plain; charset=utf-8", "notes.txt")
    shown = words(await browser.open("/tickets/1"), ".file")
    assert shown == "notes.txt text/plain, 2.0 kB"


async def test_a_file_is_shown_as_being_fetched_and_arrives_by_itself(browser, zendesk, service, account):
    looked = asyncio.Event()
    service.script["/a.png"] = [Canned(PNG, content_type="image/png", after=looked)]
    service.resources = [resource("c1", file_urls=[f"{service.url}/a.png"])]
    await zendesk.pull(account.id)
    page = await browser.open("/tickets/1")
    assert words(page, "#conversation[data-live] .file") == "a.png being fetched from Scripted …"
    assert page.css(".files a, .files img") == []
    before = zendesk.context.changes.count
    looked.set()
    await zendesk.wait_until(zendesk.is_idle)
    assert zendesk.context.changes.count > before
    assert len((await browser.open("/tickets/1")).css("#conversation .thumbnail img")) == 1


async def test_a_file_that_cannot_be_fetched_says_why(browser, zendesk, service, account):
    service.script["/a.png"] = [Canned(status=410)]
    service.resources = [resource("c1", file_urls=[f"{service.url}/a.png"])]
    await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    page = await browser.open("/tickets/1")
    assert words(page, ".file.failed") == "a.png could not be fetched: no reason was given (410)"
    assert (await browser.client.get("/files/1/a.png")).status_code == 404


async def test_an_agents_file_says_when_the_integration_takes_none(browser, zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    zendesk.reply(1, "See.", files=[NewFile("a.txt", "text/plain", b"hello")])
    shown = words(await browser.open("/tickets/1"), ".file")
    assert shown == "a.txt text/plain, 5 bytes not sent to Scripted: the integration takes no files"


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
