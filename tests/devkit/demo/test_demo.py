# SPDX-License-Identifier: Apache-2.0
"""`sealock demo`, as people run it."""

import asyncio
import io
import re
import signal
import sys
import webbrowser
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest

from sealock_devkit.demo.run import open_pages
from sealock_devkit.demo.story import Narrator, StoryFailed, expect, sealing_key
from sealock_devkit.stack.process import Process

SEALOCK = str(Path(sys.executable).with_name("sealock"))


async def run(tmp_path, *arguments):
    demo = Process("demo", [SEALOCK, "demo", *arguments], log=tmp_path / "demo.log")
    await demo.start()
    try:
        code = await asyncio.wait_for(demo.wait(), 200)
    finally:
        await demo.kill()
    return code, demo.log.read_text()


@pytest.mark.system
@pytest.mark.timeout(240)
async def test_the_story_is_told_to_its_end(tmp_path):
    code, told = await run(tmp_path, "--once")
    assert code == 0, told
    assert told.count("✓") == 15
    assert "✗" not in told


async def sign_the_guestbook(invitation):
    """The one thing that a newcomer does before the first ticket."""
    url = re.search(r"Sign the guestbook: (\S+)", invitation)[1]
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(url, data={"author": "Ann", "text": "Is it open?", "answer_to": ""})
    assert answer.status_code == 303


@pytest.mark.system
@pytest.mark.timeout(240)
async def test_the_demo_says_what_to_open_and_one_signature_later_there_is_a_ticket(tmp_path):
    shown = []
    demo = Process("demo", [SEALOCK, "demo"], log=tmp_path / "demo.log", echo=shown.append)
    await demo.start()

    async def invites():
        return any("Ctrl-C" in line for line in shown)

    await demo.ready(invites, within=90)
    text = "\n".join(shown)
    await sign_the_guestbook(text)

    async def is_a_ticket():
        return any("ticket 1" in line and "Is it open?" in line for line in shown)

    await demo.ready(is_a_ticket, within=20)
    demo.send(signal.SIGINT)
    assert await demo.wait() == 0
    await demo.kill()
    assert "Sign the guestbook: http://127.0.0.1:" in text
    assert re.search(r"http://127\.0\.0\.1:\d+/tickets", text)
    assert 'reply 1 "Thank you!"' in text
    assert "account Seaside guestbook was added" in text
    assert shown[-1] == "Everything is stopped."


@pytest.mark.parametrize(("display", "opened"), [(":0", ["http://g/", "http://z/tickets"]), ("", [])])
def test_pages_open_by_themselves_where_there_is_a_desktop(monkeypatch, display, opened):
    pages = []
    monkeypatch.setattr(webbrowser, "open", pages.append)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")

    open_pages(SimpleNamespace(origin=SimpleNamespace(url="http://g/"), zendesk_server=SimpleNamespace(url="http://z")))

    assert pages == opened


async def test_an_origin_that_does_not_exist_is_refused_with_the_choices(tmp_path):
    code, told = await run(tmp_path, "--origin", "myspace")
    assert code == 2
    assert "guestbook" in told


async def test_a_step_that_fails_gets_a_cross_and_passes_its_reason_on():
    out = io.StringIO()

    async def fails():
        expect(0, "nothing is there")

    with pytest.raises(StoryFailed, match="nothing is there"):
        await Narrator(out).step("something is there", fails)
    assert out.getvalue() == "✗ something is there\n"


def test_the_key_that_sealed_something_is_read_from_its_beginning():
    assert sealing_key("AaGyw9RhYmNk") == "a1b2c3d4"
