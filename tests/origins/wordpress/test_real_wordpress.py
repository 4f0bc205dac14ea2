# SPDX-License-Identifier: Apache-2.0
"""The real WordPress itself: sites apart, nothing left behind, answers lost when asked for."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from sealock_devkit.emulators.wordpress import FaultyProxy, WordPress, missing
from sealock_devkit.emulators.wordpress.demo import DemoWordPress
from sealock_devkit.emulators.wordpress.processes import Server
from tests.origins.wordpress.fake_site import Answer, FakeSite

GRANDPARENT = """
import sys, time
from pathlib import Path
from sealock_devkit.emulators.wordpress.processes import Server
command = ["sh", "-c", "echo $$; sleep 300 & echo $!; wait"]
server = Server(command, log=Path(sys.argv[1]), environment={})
time.sleep(300)
"""


def alive(pid):
    """Whether the process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_server_ends_with_its_children_when_it_is_stopped(tmp_path):
    log = tmp_path / "log"
    server = Server(["sh", "-c", "echo $$; sleep 300 & echo $!; wait"], log=log, environment={})
    await until(lambda: len(log.read_text().split()) == 2)
    pids = log.read_text().split()
    assert server.running
    assert all(map(alive, pids))
    server.stop()
    assert not any(map(alive, pids))


async def test_a_server_ends_with_its_children_when_its_owner_is_killed(tmp_path):
    log = tmp_path / "log"
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", GRANDPARENT, str(log), env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    await until(lambda: log.exists() and len(log.read_text().split()) == 2)
    pids = log.read_text().split()
    owner.send_signal(signal.SIGKILL)
    await owner.wait()
    await until(lambda: not any(map(alive, pids)))


async def test_a_server_that_ends_by_itself_is_not_running(tmp_path):
    server = Server(["sh", "-c", "echo bye; exit 3"], log=tmp_path / "log", environment={})
    await until(lambda: not server.running)
    assert "bye" in server.last_words()
    server.stop()


@pytest.mark.wordpress
async def test_two_sites_have_the_same_ids_and_nothing_else_in_common(wordpress):
    one, other = wordpress.sites["plain"], wordpress.sites["pretty"]
    await one.reset()
    await other.reset()
    post = await one.add_post("Only here")
    written = await one.write_comment(post, "Only here")
    assert [comment.id for comment in await one.comments()] == [written]
    assert await other.comments() == []
    assert one.users["agent"].id == other.users["agent"].id
    assert one.users["agent"].password != other.users["agent"].password
    assert one.users["agent"].password not in repr(one.users)


@pytest.mark.wordpress
async def test_what_wordpress_refuses_is_an_error(wordpress):
    site = wordpress.sites["plain"]
    with pytest.raises(RuntimeError, match="refused"):
        await site.write_comment(999_999, "On nothing")
    with pytest.raises(RuntimeError, match="set_role"):
        await site.set_role("nobody", "editor")
    with pytest.raises(ValueError, match="letters"):
        await wordpress.add_site("../etc")


@pytest.mark.wordpress
@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_the_demo_origin_plays_a_visitor_and_an_owner_and_is_there_again_after_a_restart(tmp_path):
    origin = DemoWordPress()
    assert origin.missing() == ""
    try:
        await origin.start(tmp_path)
        first = await origin.write_comment("Zoë", "Hello <there> & 🦆")
        second = await origin.write_comment("Ben", "Hello Zoë", answer_to=first)
        posts = await origin.posts()
        assert [(post.id, post.author, post.answer_to, post.by_agent) for post in posts] == [
            (first, "Zoë", "", False),
            (second, "Ben", first, False),
        ]
        assert origin.account_answers[0]["password"] in origin.secrets
        assert origin.account_answers[0]["site"] in origin.url
        url = origin._site.url
    finally:
        await origin.stop()
        await origin.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    async with WordPress(tmp_path) as server:
        site = await server.add_site("blog")
        assert [comment.id for comment in await site.comments()] == [int(first), int(second)]


async def ask(proxy, method):
    """The status of an answer through the proxy, or None for one that was lost."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    writer.write(f"{method} /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab".encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1]) if answer else None


async def test_a_proxy_loses_every_second_answer_to_a_post_after_the_site_gave_it():
    async with FakeSite() as site, FaultyProxy(site.url, lose_every=2) as proxy:
        site.otherwise = Answer("done", 201)
        began = time.monotonic()
        assert [await ask(proxy, method) for method in ("POST", "POST", "GET", "GET", "POST", "POST")] == [
            *(201, None),
            *(201, 201),
            *(201, None),
        ]
        assert len(site.asked) == 6
        assert (proxy.posts, proxy.lost) == (4, 2)
        assert time.monotonic() - began < 20


async def test_a_proxy_loses_as_many_answers_as_it_is_asked_to():
    async with FakeSite() as site, FaultyProxy(site.url) as proxy:
        proxy.lose_next = 2
        assert [await ask(proxy, "POST") for _ in range(4)] == [None, None, 200, 200]
