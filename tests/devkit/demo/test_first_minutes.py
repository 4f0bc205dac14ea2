# SPDX-License-Identifier: Apache-2.0
"""What stands in a newcomer's way is told in one sentence, with the command that helps."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sealock_devkit.commands.guestbook import GuestbookCommand
from sealock_devkit.commands.ports import taken
from sealock_devkit.commands.zendesk import ZendeskCommand
from sealock_devkit.stack.programs import SEALOCK

ROOT = Path(__file__).parents[3]
OLD = """#!/bin/sh
case "$*" in *%d.%d*) echo 3.8;; *) exit 1;; esac
"""
WITHOUT_VENV = """#!/bin/sh
case "$*" in *%d.%d*) echo 3.12;; *ensurepip*) exit 1;; *) exit 0;; esac
"""
NO_PYTHON = """#!/bin/sh
exit 3
"""


def usable(python: str, path: str = "") -> tuple[int, str]:
    environment = {**os.environ, **({"PATH": path} if path else {})}
    done = subprocess.run(
        ["/bin/bash", ROOT / ".ci/usable", python], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (OLD, "is Python 3.8, and Sealock needs 3.11 or newer: "),
        (
            WITHOUT_VENV,
            "cannot make virtual environments, as it lacks its module venv: sudo apt install python3.12-venv",
        ),
        (NO_PYTHON, "is not a Python: name one of 3.11 or newer, as in: make demo PYTHON="),
        (None, "here: name a Python 3.11 or newer, as in: make demo PYTHON="),
    ],
)
def test_a_python_that_will_not_do_is_one_sentence_with_what_helps(tmp_path, program, told):
    python = tmp_path / "python"
    if program is not None:
        python.write_text(program)
        python.chmod(0o755)
    code, said = usable(str(python))
    assert code == 1
    assert told in said
    assert str(python) in said
    assert said.count("\n") == 1


def test_no_python_at_all_is_one_sentence_too(tmp_path):
    code, said = usable("", path=str(tmp_path))
    assert (code, said.count("\n")) == (1, 1)
    assert "Sealock needs Python 3.11 or newer, and there is no python3 here: " in said


def test_the_python_that_is_found_will_do():
    found = subprocess.run([ROOT / ".ci/python"], capture_output=True, text=True, check=True).stdout.strip()
    assert usable(found) == (0, "")


def test_packages_that_cannot_be_fetched_are_one_sentence(tmp_path):
    broken = tmp_path / "pip"
    broken.write_text("#!/bin/sh\necho 'WARNING: Retrying: NewConnectionError(x)' >&2\nexit 1\n")
    broken.chmod(0o755)
    done = subprocess.run([ROOT / ".ci/fetch", broken], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Packages cannot be fetched: connect this machine to the Internet" in done.stderr
    broken.write_text("#!/bin/sh\necho 'something else'\nexit 1\n")
    done = subprocess.run([ROOT / ".ci/fetch", broken], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "something else\n")


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that another program has."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_is_one_sentence_with_a_free_one(busy):
    said = taken("zendesk", "127.0.0.1", busy)
    beginning, _, command = said.partition("; take a free one: sealock zendesk --listen 127.0.0.1:")
    assert beginning == f"port {busy} is taken by another program"
    assert taken("zendesk", "127.0.0.1", int(command)) == ""


@pytest.mark.parametrize("command", [ZendeskCommand.name, GuestbookCommand.name, "meta"])
def test_each_command_says_it(tmp_path, busy, command):
    words = [SEALOCK, command, "--listen", f"127.0.0.1:{busy}", "--data", tmp_path / "data"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 2
    assert done.stderr.startswith(f"sealock {command}: port {busy} is taken by another program; ")
    assert done.stderr.count("\n") == 1
