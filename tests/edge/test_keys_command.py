# SPDX-License-Identifier: Apache-2.0
"""`sealock keys`: keys are made, turned, shown, and retired only when they rest."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sealock_edge.commands.keys import KeysCommand
from sealock_edge.sealing import KeyRing

START = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


class Keys:
    """Runs `sealock keys ...` at a time that tests move."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = START
        self.command = KeysCommand(lambda: self.now)

    def __call__(self, action: str, *options: str) -> int:
        parser = ArgumentParser()
        self.command.add_arguments(parser)
        return self.command.run(parser.parse_args([action, str(self.directory), *options]))

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now

    def ids(self) -> set[str]:
        return {path.stem for path in self.directory.glob("*.key")}

    def add(self) -> str:
        """Adds a key, by `new` or `rotate`; returns its id."""
        before = self.ids()
        assert self("rotate" if before else "new") == 0
        (made,) = self.ids() - before
        return made


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


ServeMetrics = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Callable[[bytes, int], str]]:
    """Serves a body at /metrics on a port of its own; returns the URL to ask."""
    servers: list[ThreadingHTTPServer] = []

    def start(body: bytes, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status if self.path == "/metrics" else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def metrics(*, started: datetime, **last_opened: datetime | None) -> bytes:
    """What an edge's /metrics says; None stands for a key that has opened nothing."""
    registry = CollectorRegistry()
    Gauge("sealock_edge_start_timestamp_seconds", "When it started", registry=registry).set(started.timestamp())
    opened = Gauge("sealock_key_last_opened_timestamp_seconds", "When it opened", ["key"], registry=registry)
    for key, when in last_opened.items():
        opened.labels(key.removeprefix("key_")).set(when.timestamp() if when else 0)
    return generate_latest(registry)


HOUR = timedelta(hours=1)


def said(capsys) -> str:
    output = capsys.readouterr()
    return output.out + output.err


def test_the_first_key_is_for_its_owner_only_and_seals_at_once(keys, capsys):
    key = keys.add()
    assert said(capsys) == f"Key {key} is made, and seals from now on.\n"
    assert stat.S_IMODE(keys.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((keys.directory / f"{key}.key").stat().st_mode) == 0o600
    assert [path.name for path in keys.directory.iterdir()] == [f"{key}.key"]
    assert KeyRing.load(keys.directory, lambda: keys.now).primary.id == key


def test_a_second_first_key_is_refused(keys, capsys):
    keys.add()
    assert keys("new") == 1
    assert "has keys already. `sealock keys rotate` adds one." in said(capsys)
    assert len(keys.ids()) == 1


def test_a_new_key_seals_after_two_minutes_or_as_told(keys, capsys):
    first = keys.add()
    second = keys.add()
    words = said(capsys)
    assert f"Key {second} is made. It opens as soon as an edge sees it" in words
    assert "seals from 2026-05-04 03:04:01 UTC on." in words
    assert f"Until then {first} seals." in words
    assert KeyRing.load(keys.directory, lambda: keys.now).primary.id == first
    keys.move(seconds=120)
    assert KeyRing.load(keys.directory, lambda: keys.now).primary.id == second


def test_keys_that_are_to_seal_at_once_do_so_in_the_order_they_were_made_even_in_one_instant(keys):
    made = keys.add()
    for _ in range(8):
        before = keys.ids()
        assert keys("rotate", "--seals-after", "0") == 0
        (made,) = keys.ids() - before
        later = keys.now + timedelta(milliseconds=1)
        assert KeyRing.load(keys.directory, lambda later=later: later).primary.id == made


def test_rotating_nothing_is_not_possible(keys, capsys):
    assert keys("rotate") == 2
    assert said(capsys) == "keys cannot be read: No such file or directory.\n"


@pytest.mark.parametrize("seconds", ["-1", "1.5", "soon", ""])
def test_seconds_that_are_none_are_refused(keys, seconds):
    keys.add()
    with pytest.raises(SystemExit) as caught:
        keys("rotate", f"--seals-after={seconds}")
    assert caught.value.code == 2


def test_status_shows_what_each_key_does(keys, capsys, serve):
    first, second = keys.add(), keys.add()
    keys.move(minutes=3)
    third = keys.add()
    url = serve(
        metrics(started=keys.now - HOUR, **{f"key_{first}": keys.now - timedelta(minutes=1), f"key_{second}": None})
    )
    capsys.readouterr()
    assert keys("status", "--edge", url) == 0
    rows = [re.split(" {2,}", line) for line in said(capsys).splitlines()]
    table = {row[0]: (row[1], row[-1]) for row in rows}
    assert table == {
        "KEY": ("NOW", "LAST OPENED"),
        third: ("will seal", "not since it started"),
        second: ("seals", "not since it started"),
        first: ("opens", "2026-05-04 03:04:01 UTC"),
    }


def test_status_without_edges_says_that_it_cannot_know(keys, capsys):
    keys.add()
    capsys.readouterr()
    assert keys("status") == 0
    assert "ask with --edge" in said(capsys)


def test_status_names_an_edge_that_is_silent(keys, capsys):
    keys.add()
    assert keys("status", "--edge", "http://127.0.0.1:1") == 1
    assert "http://127.0.0.1:1 (127.0.0.1) does not answer." in said(capsys)


def test_status_warns_of_a_key_that_everybody_can_read(keys, capsys):
    key = keys.add()
    (keys.directory / f"{key}.key").chmod(0o644)
    assert keys("status") == 0
    assert f"Beware: {key}.key can be read by everybody on this machine." in said(capsys)


def test_a_key_at_rest_is_retired(keys, capsys, serve):
    old, new = keys.add(), keys.add()
    keys.move(hours=3)
    rested = serve(metrics(started=keys.now - 2 * HOUR, **{f"key_{old}": keys.now - HOUR, f"key_{new}": keys.now}))
    never = serve(metrics(started=keys.now - HOUR))
    assert keys("retire", old, "--edge", rested, "--edge", never) == 0
    assert f"Key {old} is retired." in said(capsys)
    assert keys.ids() == {new}


def refusal(keys, capsys, key: str, *options: str) -> str:
    before = keys.ids()
    capsys.readouterr()
    assert keys("retire", key, *options) == 1
    assert keys.ids() == before
    return said(capsys)


def test_a_key_that_was_used_within_the_hour_is_not_retired(keys, capsys, serve):
    old, new = keys.add(), keys.add()
    keys.move(hours=3)
    when = keys.now - timedelta(minutes=59)
    used = serve(metrics(started=keys.now - 3 * HOUR, **{f"key_{old}": when}))
    rested = serve(metrics(started=keys.now - 3 * HOUR, **{f"key_{old}": None}))
    words = refusal(keys, capsys, old, "--edge", rested, "--edge", used)
    assert f"{old} was used at 2026-05-04 05:03:01 UTC." in words
    assert f"--force {old}" in words
    assert keys("retire", old, "--edge", rested, "--edge", used, "--quiet-for", "3540") == 0
    assert keys.ids() == {new}


def test_an_edge_that_runs_too_short_cannot_know(keys, capsys, serve):
    old, _ = keys.add(), keys.add()
    keys.move(hours=3)
    young = serve(metrics(started=keys.now - timedelta(minutes=59)))
    assert "runs only since 2026-05-04 05:03:01 UTC: it cannot know" in refusal(keys, capsys, old, "--edge", young)


def test_the_youngest_worker_of_an_edge_counts(keys, capsys, serve):
    old, _ = keys.add(), keys.add()
    keys.move(hours=3)
    workers = "".join(
        f'sealock_edge_start_timestamp_seconds{{pid="{n}"}} {(keys.now - timedelta(minutes=age)).timestamp()}\n'
        for n, age in enumerate([180, 10, 120])
    )
    assert "runs only since 2026-05-04 05:52:01" in refusal(keys, capsys, old, "--edge", serve(workers.encode()))


def test_the_key_that_seals_is_not_retired(keys, capsys):
    first, _ = keys.add(), keys.add()
    assert f"{first} is the key that seals." in refusal(keys, capsys, first)


def test_a_key_that_is_about_to_seal_is_not_retired(keys, capsys):
    _, second = keys.add(), keys.add()
    assert f"{second} is going to seal from 2026-05-04 03:04:01 UTC on." in refusal(keys, capsys, second)


def test_without_edges_nothing_is_retired(keys, capsys):
    old, _ = keys.add(), keys.add()
    keys.move(hours=3)
    assert "No edge is named" in refusal(keys, capsys, old)


SILENT = {
    "nobody there": ("http://127.0.0.1:1", "does not answer."),
    "no name known": ("http://edge.invalid:9090", "has no address."),
    "https": ("https://127.0.0.1:9090", "is not an address such as http://127.0.0.1:9090."),
    "no address": ("edge", "is not an address such as http://127.0.0.1:9090."),
    "a port that is none": ("http://127.0.0.1:port", "is not a web address."),
}


@pytest.mark.parametrize(("url", "words"), SILENT.values(), ids=SILENT)
def test_an_edge_that_cannot_be_asked_keeps_the_key(keys, capsys, url, words):
    old, _ = keys.add(), keys.add()
    keys.move(hours=3)
    assert words in refusal(keys, capsys, old, "--edge", url)


STRANGE = {
    "an error": (b"", 503, "answers with status 503 instead of metrics."),
    "a page": (b"<html>Hello</html>", 200, "answers something that is not metrics."),
    "not text": (b"\xff\xfe", 200, "answers something that is not metrics."),
    "metrics of something else": (b"python_info 1.0\n", 200, "does not say since when it runs."),
}


@pytest.mark.parametrize(("body", "status", "words"), STRANGE.values(), ids=STRANGE)
def test_an_edge_that_answers_something_else_keeps_the_key(keys, capsys, serve, body, status, words):
    old, _ = keys.add(), keys.add()
    keys.move(hours=3)
    assert words in refusal(keys, capsys, old, "--edge", serve(body, status))


def test_a_key_can_be_forced_out_by_its_name(keys, capsys):
    old, new = keys.add(), keys.add()
    assert keys("retire", old, "--force", new) == 2
    assert f"--force names {new}, but the key to retire is {old}." in said(capsys)
    assert keys("retire", old, "--force", old) == 0
    assert keys.ids() == {new}


def test_the_last_key_stays_even_when_forced(keys, capsys):
    only = keys.add()
    assert f"{only} is the only key." in refusal(keys, capsys, only, "--force", only)


def test_a_key_that_is_not_there_cannot_be_retired(keys, capsys):
    keys.add()
    assert keys("retire", "00000000") == 2
    assert "There is no key 00000000" in said(capsys)


def test_a_broken_directory_is_named_and_exits_with_2(keys, capsys):
    keys.add()
    (keys.directory / "0a0b0c0d.key").write_text("canary-secret")
    for action in ("status", "rotate"):
        assert keys(action) == 2
    words = said(capsys)
    assert "0a0b0c0d.key is not a key file." in words
    assert "canary" not in words


def test_no_action_prints_a_secret(keys, capsys):
    new = (keys.add(), keys.add())[1]
    secrets = [json.loads(path.read_text())["secret"] for path in keys.directory.glob("*.key")]
    keys("status")
    keys("retire", new, "--force", new)
    words = said(capsys)
    assert len(secrets) == 2
    assert not any(secret[:8] in words for secret in secrets)


@pytest.mark.system
def test_the_command_works_as_a_process(tmp_path):
    def sealock(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sealock_contract.command", "keys", *words],
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    directory = str(tmp_path / "keys")
    made = sealock("new", directory)
    assert (made.returncode, made.stderr) == (0, "")
    again = sealock("new", directory)
    assert (again.returncode, again.stdout) == (1, "")
    assert sealock("rotate", directory, "--seals-after", "0").returncode == 0
    status = sealock("status", directory)
    assert [line.split()[1] for line in status.stdout.splitlines()] == ["NOW", "seals", "opens"]
    ring = KeyRing.load(tmp_path / "keys", lambda: datetime.now(UTC))
    assert sealock("retire", directory, ring.primary.id).returncode == 1
    assert sealock("retire", directory, ring.keys[1].id, "--force", ring.keys[1].id).returncode == 0
    assert sealock("no-such-action").returncode == 2
