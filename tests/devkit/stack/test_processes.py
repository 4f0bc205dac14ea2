# SPDX-License-Identifier: Apache-2.0
"""Programs leave nothing behind; and the parts of a stack: certificates, settings, ports, origins."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import sys
import textwrap
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from sealock_devkit.stack.certificates import Authority
from sealock_devkit.stack.demo_origin import demo_origin_names, load_demo_origin
from sealock_devkit.stack.process import Process, ProcessFailed, free_port
from sealock_devkit.stack.programs import write_settings

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
WITH_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def python(tmp_path, program, **more):
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return Process("a program", command, log=tmp_path / "program.log", **more)


def printed(process):
    async def answers():
        return process.log.read_text() != ""

    return answers


def has_ended(pid):
    """Whether a process is gone, or ended without being asked how by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def gone(pid, within=10):
    deadline = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < deadline:
        if has_ended(pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_program_that_is_asked_to_stop_stops(tmp_path):
    program = python(tmp_path, "import signal; print('up', flush=True); signal.pause()")
    await program.start()
    await program.ready(printed(program))
    assert await program.stop() == -signal.SIGTERM


async def test_a_program_that_will_not_stop_is_ended(tmp_path):
    program = python(tmp_path, STUBBORN)
    await program.start()
    await program.ready(printed(program))
    assert await program.stop(within=0.2) == -signal.SIGKILL


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_no_child_of_a_program_is_left_behind(tmp_path, end):
    program = python(tmp_path, WITH_A_CHILD)
    await program.start()
    await program.ready(printed(program))
    child = int(program.log.read_text())
    await getattr(program, end)()
    assert await gone(child)


async def test_nothing_is_left_behind_when_whoever_started_it_is_killed(tmp_path):
    starter = f"""
    import asyncio, sys
    from pathlib import Path
    from sealock_devkit.stack.process import Process

    async def main():
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        program = Process("a program", command, log=Path({str(tmp_path / "inner.log")!r}))
        await program.start()
        print(program.pid, flush=True)
        await program.wait()

    asyncio.run(main())
    """
    outer = python(tmp_path, starter)
    await outer.start()
    await outer.ready(printed(outer))
    inner = int(outer.log.read_text())
    os.kill(outer.pid, signal.SIGKILL)
    assert await gone(inner)
    await outer.kill()


async def test_a_program_that_ends_early_says_where_its_log_is(tmp_path):
    program = python(tmp_path, "print('no such setting'); raise SystemExit(2)")
    await program.start()

    async def never():
        return False

    with pytest.raises(ProcessFailed, match=r"ended with 2\n(.|\n)*program.log(.|\n)*no such setting"):
        await program.ready(never)
    await program.kill()


async def test_a_program_that_never_gets_ready_is_not_waited_for_forever(tmp_path):
    program = python(tmp_path, "import time; time.sleep(60)")
    await program.start()

    async def never():
        return False

    with pytest.raises(ProcessFailed, match=r"not ready within 0\.2 seconds"):
        await program.ready(never, within=0.2)
    await program.kill()


async def test_lines_are_shown_and_kept(tmp_path):
    lines = []
    program = python(tmp_path, "print('one'); print('twó')", echo=lines.append)
    await program.start()
    assert await program.wait() == 0
    await program.kill()
    assert lines == ["one", "twó"]
    assert program.log.read_text() == "one\ntwó\n"


async def test_a_program_can_be_started_again_and_its_log_goes_on(tmp_path):
    program = python(tmp_path, "print('here')")
    for _ in range(2):
        await program.start()
        await program.wait()
        await program.kill()
    assert program.log.read_text() == "here\nhere\n"


async def test_programs_see_nothing_of_the_starters_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SEALOCK_CANARY", "a secret")
    program = python(tmp_path, "import os; print(sorted(os.environ))", environment={"GIVEN": "1"})
    await program.start()
    await program.wait()
    await program.kill()
    assert "GIVEN" in program.log.read_text()
    assert "SEALOCK_CANARY" not in program.log.read_text()


async def test_a_program_that_was_never_started_says_so(tmp_path):
    with pytest.raises(ProcessFailed, match="never started"):
        await python(tmp_path, "").stop()


async def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    async def close(_, writer):
        writer.close()

    listening = await asyncio.start_server(close, "127.0.0.1", 0, ssl=server)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=name)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "connector"])
async def test_a_certificate_of_the_authority_is_believed_by_name_and_address(tmp_path, name):
    authority = Authority(tmp_path)
    pair = authority.make("connector")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    await shake_hands(server, ssl.create_default_context(cafile=authority.certificate), name)


async def test_a_certificate_of_another_authority_is_not_believed(tmp_path):
    (tmp_path / "other").mkdir()
    pair = Authority(tmp_path).make("connector")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    other = Authority(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(server, ssl.create_default_context(cafile=other.certificate), "connector")


def test_keys_are_readable_by_their_owner_only(tmp_path):
    pair = Authority(tmp_path).make("edge")
    assert pair.key.stat().st_mode & 0o077 == 0


def test_a_free_port_can_be_listened_on():
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert server.getsockname()[0] == "127.0.0.1"


def test_settings_are_read_back_as_they_were_written(tmp_path):
    tables = {"edge": {"name": 'a "quoted" \\ näme', "workers": 2, "seconds": 0.5}, "a.b": {"on": True, "l": ["x"]}}
    write_settings(tmp_path / "edge.toml", tables)
    assert tomllib.loads((tmp_path / "edge.toml").read_text()) == {
        "edge": tables["edge"],
        "a": {"b": tables["a.b"]},
    }


@pytest.mark.parametrize("name", demo_origin_names())
def test_every_demo_origin_has_its_name(name):
    origin = load_demo_origin(name)
    assert origin.name == name
    assert origin.title
    assert name in entry_points(group="sealock.origins").names


def test_an_unknown_origin_is_told_which_ones_there_are():
    with pytest.raises(ValueError, match="guestbook"):
        load_demo_origin("myspace")
