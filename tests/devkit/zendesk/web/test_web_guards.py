# SPDX-License-Identifier: Apache-2.0
"""What keeps the pages from others: the frame, the forms, and the end of the process."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest
from falcon.asgi import App
from falcon.testing import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_devkit.stack.process import Process
from sealock_devkit.zendesk.web.forms import read_form_with_files
from tests.devkit.zendesk.web.conftest import words
from tests.serving import client_of


async def test_the_address_leads_to_the_tickets(browser):
    answer = await browser.client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/tickets")


async def test_pages_and_the_api_are_at_one_address(browser):
    assert (await browser.client.get("/api/status")).json()["tickets"] == 0
    assert "No tickets yet" in words(await browser.open("/tickets"))


async def test_only_scripts_of_ours_run_and_nobody_frames_a_page(browser):
    answer = await browser.client.get("/tickets")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    nonce = re.fullmatch(r"'nonce-([\w-]{20,})'", policy["script-src"])[1]
    assert (policy["default-src"], policy["frame-ancestors"], policy["frame-src"]) == ("'none'", "'none'", "'none'")
    assert (policy["form-action"], policy["base-uri"]) == ("'self'", "'none'")
    assert re.findall(r"<script([^>]*)>", answer.text) == [f' nonce="{nonce}" src="/assets/live.js" defer']
    assert nonce not in (await browser.client.get("/tickets")).text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["style.css", "live.js"])
async def test_what_pages_need_is_served(browser, name):
    answer = await browser.client.get(f"/assets/{name}")
    assert (answer.status_code, "SPDX" in answer.text) == (200, True)


@pytest.mark.parametrize("name", ["..%2fpages.py", "pages.py", "style.css%00"])
async def test_no_other_file_is_served(browser, name):
    assert (await browser.client.get(f"/assets/{name}")).status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1:1"])
async def test_a_form_of_another_site_is_refused(browser, zendesk, origin):
    answer = await browser.send("/tickets/1/status", {"status": "closed"}, Origin=origin)
    assert (answer.status_code, "another site" in answer.text) == (403, True)


async def test_a_host_that_only_leads_here_is_refused(browser):
    answer = await browser.client.get("/tickets", headers={"Host": "zendesk.evil.example"})
    assert answer.status_code == 403


async def test_what_does_not_exist_is_said_on_a_page(browser):
    assert "there is no ticket 7" in words(await browser.open("/tickets/7", 404))
    assert "404" in words(await browser.open("/nowhere", 404))
    answer = await browser.client.put("/tickets", headers={"Origin": browser.url})
    assert (answer.status_code, answer.headers["allow"][:3]) == (405, "GET")


async def test_what_is_not_a_form_is_refused(browser):
    headers = {"Origin": browser.url, "Content-Type": "text/plain"}
    answer = await browser.client.post("/tickets/1/comments", content="body=x", headers=headers)
    assert answer.status_code == 415


async def test_open_pages_are_told_of_each_change_without_asking(browser, zendesk):
    async with browser.client.stream("GET", "/stream") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = (line async for line in stream.aiter_lines() if line.startswith("data:"))
        first = await asyncio.wait_for(anext(lines), 20)
        zendesk.context.changes.announce()
        assert await asyncio.wait_for(anext(lines), 20) != first


GOOD = (
    b'--limit\r\nContent-Disposition: form-data; name="body"\r\n\r\nSee.\r\n'
    b'--limit\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"hello\r\n--limit--\r\n"
)
FORM = "multipart/form-data; boundary=limit"


class Reader:
    """Says what the form has."""

    async def on_post(self, request, response):
        form = await read_form_with_files(request)
        files = [(file.name, file.content_type, file.content.decode("latin-1")) for file in form.files]
        response.media = {"fields": form.fields, "files": files, "problem": form.problem}


def sent(body, content_type=FORM):
    app = App()
    app.add_route("/", Reader())
    return TestClient(app).simulate_post("/", body=body, headers={"Content-Type": content_type})


def test_a_form_is_read():
    read = sent(GOOD).json
    assert read == {"fields": {"body": "See."}, "files": [["a.txt", "text/plain", "hello"]], "problem": ""}


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 5))
def test_a_form_that_was_cut_off_is_refused(length):
    assert sent(GOOD[:length]).status_code == 400


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6))
def test_a_form_that_was_damaged_is_read_or_refused(at, damage):
    assert sent(GOOD[:at] + damage + GOOD[at + len(damage) :]).status_code in {200, 400}


HEADERS = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40)


@settings(deadline=None)
@given(st.binary(max_size=300), HEADERS)
def test_any_bytes_of_any_type_are_read_or_refused(body, more):
    for content_type in (FORM, f"multipart/form-data; boundary={more}", "application/x-www-form-urlencoded", more):
        assert sent(body, content_type).status_code in {200, 400, 415}


@settings(deadline=None)
@given(HEADERS, HEADERS)
def test_any_header_of_a_part_is_read_or_refused(disposition, content_type):
    head = f"Content-Disposition: form-data; {disposition}\r\nContent-Type: {content_type}\r\n\r\n"
    assert sent(b"--limit\r\n" + head.encode("latin-1") + b"x\r\n--limit--").status_code in {200, 400}


SEALOCK = str(Path(sys.executable).with_name("sealock"))


@pytest.mark.system
async def test_an_open_page_does_not_keep_the_server_from_ending(tmp_path):
    command = [SEALOCK, "zendesk", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")]
    process = Process("zendesk", command, log=tmp_path / "zendesk.log")
    await process.start()

    def address() -> list[str]:
        return re.findall(r"local Zendesk demo: (http://127\.0\.0\.1:\d+)/", process.log.read_text())

    async def listens() -> bool:
        return bool(address())

    await process.ready(listens, within=40)
    async with client_of(*address()) as client, client.stream("GET", "/stream") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        process.send(signal.SIGINT)
        rest = [line async for line in lines]
    assert await process.wait() == 0
    await process.kill()
    assert "timeout graceful shutdown exceeded" not in process.log.read_text()
    assert rest
