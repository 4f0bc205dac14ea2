# SPDX-License-Identifier: Apache-2.0
"""The `sealock` command finds what is installed, and hands over."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from sealock_contract import __version__
from sealock_contract.command import GROUP, main

pytestmark = pytest.mark.system


def sealock(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sealock_contract.command", *words],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_help_names_every_command_that_is_installed():
    answer = sealock("--help")
    assert answer.returncode == 0
    assert answer.stdout.startswith("usage: sealock")
    named = {line.split()[0] for line in answer.stdout.splitlines() if line.startswith("    ")}
    assert "keys" in named
    for entry in entry_points(group=GROUP):
        assert (entry.name in named) is _is_here(entry)


def _is_here(entry) -> bool:
    try:
        return entry.load().name == entry.name
    except ModuleNotFoundError:
        return False


def test_every_command_is_called_by_its_entry_points_name_and_says_what_it_does():
    for entry in filter(_is_here, entry_points(group=GROUP)):
        command = entry.load()
        assert command.name == entry.name
        assert 10 < len(command.help) < 90


def test_the_version_is_the_packages():
    assert sealock("--version").stdout == f"sealock {__version__}\n"


def test_no_command_shows_the_help_and_is_wrong():
    answer = sealock()
    assert answer.returncode == 2
    assert "commands:" in answer.stdout


def test_an_unknown_command_is_wrong_and_says_which_there_are():
    answer = sealock("fish")
    assert answer.returncode == 2
    assert "keys" in answer.stderr


def test_a_command_whose_package_is_not_installed_says_so(tmp_path, monkeypatch, capsys):
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nnowhere = package_that_is_not_here:command\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["nowhere"]) == 2
    assert capsys.readouterr().err == "sealock: 'nowhere' needs packages that are not installed here\n"
    assert main([]) == 2
    assert "nowhere" not in capsys.readouterr().out
