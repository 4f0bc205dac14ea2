# SPDX-License-Identifier: Apache-2.0
"""What all pages share: who may use them, what guards them, and how they stay live."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.devkit.zendesk_web.conftest import words


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
