# SPDX-License-Identifier: Apache-2.0
"""The `sealock` command finds what is installed, and hands over."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import pytest

from sealock_contract import __version__
from sealock_contract.command import DISTRIBUTIONS, GROUP, main

ROOT = Path(__file__).parents[2]

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


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs a distribution `other` with these entry points."""

    def install(lines: str) -> None:
        info = tmp_path / "other-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    return install


def test_a_command_whose_package_is_not_installed_says_so(installed, capsys):
    installed("nowhere = package_that_is_not_here:command")
    assert main(["nowhere"]) == 2
    told = "sealock: 'nowhere' needs package_that_is_not_here, which is not installed here: pip install other\n"
    assert capsys.readouterr().err == told
    assert main([]) == 2
    assert "nowhere" not in capsys.readouterr().out


def test_a_command_that_misses_a_package_only_once_it_runs_says_so_too(installed, tmp_path, capsys):
    installed("late = late_command_of_a_test:Late")
    (tmp_path / "late_command_of_a_test.py").write_text(
        "class Late:\n"
        "    name, help = 'late', 'imports what is not here'\n"
        "    add_arguments = staticmethod(lambda parser: None)\n"
        "    @staticmethod\n"
        "    def run(args):\n"
        "        import package_that_is_not_here\n"
    )
    assert main(["late"]) == 2
    told = "sealock: 'late' needs package_that_is_not_here, which is not installed here: pip install other\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("name", sorted(DISTRIBUTIONS))
def test_a_command_of_a_distribution_that_is_not_installed_says_which_one_brings_it(name, monkeypatch, capsys):
    monkeypatch.setattr("sealock_contract.command.entry_points", lambda group: ())
    assert main([name, "--option"]) == 2
    distribution = DISTRIBUTIONS[name]
    told = f"sealock: '{name}' comes with {distribution}: pip install {distribution}\n"
    assert capsys.readouterr() == ("", told)


def test_the_commands_that_are_told_of_are_those_of_the_workspace():
    found = {}
    for path in sorted(ROOT.glob("*/pyproject.toml")) + sorted(ROOT.glob("connector/*/pyproject.toml")):
        project = tomllib.loads(path.read_text())["project"]
        found.update(dict.fromkeys(project.get("entry-points", {}).get(GROUP, {}), project["name"]))
    assert found == dict(DISTRIBUTIONS)


def test_a_command_that_reads_its_own_arguments_gets_all_that_stands_after_its_name(monkeypatch):
    seen = []

    class Own:
        name, help = "own", "reads its own arguments"

        def add_arguments(self, parser):
            raise AssertionError

        def run(self, args):
            raise AssertionError

        def run_with(self, arguments):
            seen.append(list(arguments))
            return 7

    entry = SimpleNamespace(name="own", load=Own)
    monkeypatch.setattr("sealock_contract.command.entry_points", lambda group: (entry,))
    assert main(["own", "--one", "two", "--help"]) == 7
    assert seen == [["--one", "two", "--help"]]
