# SPDX-License-Identifier: Apache-2.0
"""`sealock zendesk` as a real process, and the subcommands that talk to it."""

from __future__ import annotations

import argparse
import asyncio
import io
import re
import signal
import sys

import pytest

from sealock_devkit.app.build import Description, build_app
from sealock_devkit.commands.zendesk import command
from sealock_devkit.stack.process import free_port
from sealock_devkit.zendesk.api.client import ZendeskClient
from sealock_devkit.zendesk.context import Console, excerpt
from sealock_devkit.zendesk.local_zendesk import utc_now
from sealock_devkit.zendesk.terminal import run_client_command
from tests.devkit.zendesk.scripted_service import CHANNELBACK, Canned, resource

RUN = "import sys, argparse; from sealock_devkit.commands.zendesk import command as c; p = argparse.ArgumentParser(); \
c.add_arguments(p); sys.exit(c.run(p.parse_args()))"


async def start(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def url_of(process: asyncio.subprocess.Process) -> str:
    """Where it listens, as it says itself when it starts."""
    line = (await process.stdout.readline()).decode()
    found = re.search(r"local Zendesk demo: (http://127\.0\.0\.1:[0-9]+)/$", line.strip())
    assert found, line
    return found[1]


@pytest.fixture
async def running(tmp_path):
    """A process that answers; its URL."""
    options = ("--listen", "127.0.0.1:0", "--data", str(tmp_path / "data"), "--interval", "3600")
    process = await start(*options, "--set", "event_window_seconds=0.05", "--set", "channelback_backoff_seconds=0.05")
    yield process, await url_of(process)
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def type_in(url: str, *words: str) -> tuple[int, str]:
    """What a subcommand says, and its exit code."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    lines: list[str] = []
    code = await asyncio.to_thread(run_client_command, parser.parse_args(["--url", url, *words]), lines.append)
    return code, "\n".join(lines)


async def first_pull(url: str) -> None:
    """Until the new account's own first pull is over."""
    waited = await asyncio.to_thread(ZendeskClient(url).get, "wait", account=1, pulls=1)
    assert waited["met"]


async def test_files_can_be_attached_and_are_shown(running, service, tmp_path, capsys):
    _, url = running
    service.manifest["channelback_files"] = True
    await type_in(url, "install", service.manifest_url)
    await type_in(url, "add-account", "1", "Site=https://site.example", "password=secret-1")
    await first_pull(url)
    service.resources = [resource("c1", file_urls=[f"{service.url}/file/a.png"])]
    await type_in(url, "pull", "1")
    (tmp_path / "b.txt").write_bytes(b"hello")
    assert await type_in(url, "reply", "1", "see", "--file", str(tmp_path / "b.txt")) == (0, "delivered")
    (form,) = service.calls(CHANNELBACK)
    assert form["file_urls[]"].startswith(f"{url}/attachments/token/")
    assert "[file b.txt, 5 bytes]" in (await type_in(url, "ticket", "1"))[1]
    assert (await type_in(url, "reply", "1", "see", "--file", str(tmp_path / "gone.txt")))[0] == 2
    assert "gone.txt: No such file" in capsys.readouterr().err


async def test_an_app_is_installed_or_refused_with_every_finding(running, service, tmp_path, capsys):
    _, url = running
    path = tmp_path / "app.zip"
    for manifest_url in ("http://s.example/", service.manifest_url):
        path.write_bytes(build_app(Description("Guestbook", "Example", "org.example", manifest_url, "1.0")))
        code, said = await type_in(url, "install", str(path))
        if code:
            lines = capsys.readouterr().err.splitlines()
            assert lines[0] == "sealock zendesk: the app cannot be installed:"
            assert "is not an absolute https address. Zendesk takes no other" in lines[1]
    assert (code, said) == (0, "integration 1: Scripted")
    path.write_bytes(b"x" * 2_000_001)
    assert (await type_in(url, "install", str(path)))[0] == 2
    assert "Leave out what the app does not need" in capsys.readouterr().err
    assert (await type_in(url, "install", str(tmp_path / "gone.zip")))[0] == 2
    assert "No such file" in capsys.readouterr().err


async def test_the_whole_story_can_be_typed(running, service):
    process, url = running
    assert await type_in(url, "tickets") == (0, "none")
    assert await type_in(url, "install", service.manifest_url) == (0, "integration 1: Scripted")
    code, said = await type_in(url, "add-account", "1", "Site=https://site.example", "password=secret-1")
    assert (code, said) == (0, "account 1: https://site.example")
    await first_pull(url)
    service.resources = [resource("c1", "Is it blue?\nReally?")]
    code, said = await type_in(url, "pull", "1")
    assert (code, said.startswith("1 new, 0 known already")) == (0, True)
    assert (await type_in(url, "tickets"))[1].splitlines()[1].split() == ["1", "new", "Ann", "Is", "it", "blue?"]
    assert await type_in(url, "fault", "lose answer") == (0, "lose answer for the next 1 channelback call")
    assert await type_in(url, "reply", "1", "It is red.") == (0, "delivered, 2 attempts")
    assert await type_in(url, "reply", "1", "--internal", "hm") == (0, "noted")
    said = (await type_in(url, "ticket", "1"))[1]
    assert "  Really?" in said
    assert "  [delivered, 2 attempts]" in said
    assert "(internal note)" in said
    assert "HTTP 200 The page" in (await type_in(url, "open", "1"))[1]
    assert await type_in(url, "status", "1", "solved") == (0, "ticket 1 is solved")
    assert await type_in(url, "violations") == (0, "none")
    assert "channelback" in (await type_in(url, "calls"))[1]
    assert "active" in (await type_in(url, "accounts"))[1]
    assert "Scripted" in (await type_in(url, "integrations"))[1]
    assert await type_in(url, "set", "id_scope=subdomain") == (0, 'id_scope = "subdomain"')
    assert "event_window_seconds = 0.05" in (await type_in(url, "set"))[1]
    process.send_signal(signal.SIGTERM)
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    log = out.decode()
    for line in (
        "integration Scripted was installed",
        "account https://site.example was added to Scripted",
        "ticket 1 made. Ann: Is it blue? Really?",
        "ticket 1: sending Agent's reply: It is red.",
        "ticket 1: reply not delivered (answer lost), again in 0.05 s",
        "ticket 1: reply delivered after 2 attempts",
    ):
        assert line in log
    assert "secret-1" not in log
    assert "\x1b" not in log


async def test_a_transcript_is_written_and_opened_again(running, service, tmp_path, capsys):
    _, url = running
    await type_in(url, "install", service.manifest_url)
    await type_in(url, "add-account", "1", "Site=https://site.example", "password=p")
    service.resources = [resource("c1", "Is it blue?")]
    await type_in(url, "pull", "1")
    file = tmp_path / "report.jsonl"
    code, said = await type_in(url, "transcript", str(file), "--ticket", "1")
    assert (code, "without secrets, with dots for what people wrote" in said) == (0, True)
    assert "Is it blue?" not in file.read_text()
    assert await type_in(url, "transcript", str(file)) == (2, "")
    assert "is there already" in capsys.readouterr().err
    file.unlink()
    assert (await type_in(url, "transcript", str(file), "--account", "9")) == (2, "")
    assert "there is no account 9" in capsys.readouterr().err
    assert not file.exists()
    await type_in(url, "transcript", str(file), "--words", "--account", "1")
    assert "Is it blue?" in file.read_text()
    code, said = await type_in(url, "open-transcript", str(file))
    assert (code, said) == (0, f"account 1: {url}/transcripts/1/accounts/1")
    file.write_bytes(file.read_bytes()[:-40])
    assert await type_in(url, "open-transcript", str(file)) == (2, "")
    assert "This transcript is cut" in capsys.readouterr().err
    with file.open("ab") as large:
        large.truncate(60 * 1024 * 1024)
    assert await type_in(url, "open-transcript", str(file)) == (2, "")
    assert "at most 50 MB" in capsys.readouterr().err


async def test_a_refusal_is_a_sentence_and_an_exit_code(running, service, capsys):
    _, url = running
    cases = [
        (("ticket", "7"), 2, "there is no ticket 7"),
        (("install", "http://s.example/"), 2, "the manifest's URL must be https"),
        (("set", "no_such=1"), 2, "there is no setting no_such"),
        (("set", "no_such"), 2, "a setting is NAME=VALUE"),
        (("add-account", "1", "nonsense"), 2, "an answer is FIELD=VALUE"),
    ]
    for words, code, problem in cases:
        assert (await type_in(url, *words))[0] == code
        assert problem in capsys.readouterr().err
    await type_in(url, "install", service.manifest_url)
    assert (await type_in(url, "add-account", "1", "Site=x", "password=wrong"))[0] == 2
    assert "The site refuses this password." in capsys.readouterr().err
    page = ("Site=x", "password=wrong", "+", "Site=x", "password=right")
    assert (await type_in(url, "add-account", "1", *page))[0] == 0
    await first_pull(url)
    service.script["/pull"] = [Canned("", status=500)]
    assert await type_in(url, "pull", "1") == (1, "failed: HTTP 500")
    assert (await type_in(url, "edit-account", "1", "Site=x", "password=right"))[0] == 0
    assert await type_in(url, "fault", "off") == (0, "no faults")


async def test_nobody_answering_is_said(capsys):
    assert (await type_in(f"http://127.0.0.1:{free_port()}", "tickets"))[0] == 2
    assert "no local Zendesk answers at" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--listen", "0.0.0.0:8800"), "--listen is an address of this machine"),
        (("--listen", "127.0.0.1"), "--listen is an address of this machine"),
        (("--set", "unknown_parent=maybe"), "unknown_parent is one of"),
        (("--interval", "-1"), "pull_interval_seconds is a number"),
        (("--subdomain", "a.b"), "subdomain is letters"),
        (("--listen", "127.0.0.1:0", "--ca", "/nowhere.pem"), "No such file"),
    ],
)
def test_a_wrong_option_stops_the_start_with_its_name(tmp_path, capsys, options, problem):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["--data", str(tmp_path / "data"), *options])) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), problem in said) == (1, True)


async def test_a_port_or_folder_in_use_is_said(running, tmp_path):
    _, url = running
    listen = url.removeprefix("http://")
    process = await start("--listen", "127.0.0.1:0", "--data", str(tmp_path / "data"))
    _, err = await process.communicate()
    assert (process.returncode, "another local Zendesk is using the folder" in err.decode()) == (2, True)
    process = await start("--data", str(tmp_path / "other"), "--listen", listen)
    _, err = await process.communicate()
    assert process.returncode == 2
    assert f"port {listen.rpartition(':')[2]} is taken by another program" in err.decode()


async def test_a_kill_and_a_new_start_keep_everything(running, service, tmp_path):
    process, url = running
    await type_in(url, "install", service.manifest_url)
    await type_in(url, "add-account", "1", "Site=x", "password=y")
    service.resources = [resource("c1")]
    await type_in(url, "pull", "1")
    assert "hello" in (await type_in(url, "tickets"))[1]
    process.kill()
    await process.communicate()
    again = await start("--data", str(tmp_path / "data"), "--listen", url.removeprefix("http://"))
    try:
        assert await url_of(again) == url
        assert "hello" in (await type_in(url, "tickets"))[1]
    finally:
        again.send_signal(signal.SIGINT)
        await again.communicate()
    assert again.returncode == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_violations_are_red_where_a_person_reads_them():
    stream = Terminal()
    Console(stream, utc_now).bad("broken\nrule")
    assert "\x1b[31mbroken rule\x1b[0m" in stream.getvalue()


def test_long_texts_are_cut():
    assert excerpt("a b\nc") == "a b c"
    assert excerpt("x" * 100, 10) == "x" * 9 + "…"
