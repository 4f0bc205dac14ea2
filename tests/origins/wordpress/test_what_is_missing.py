# SPDX-License-Identifier: Apache-2.0
"""What this machine lacks for a real WordPress is said before anything is set up, with the command that brings it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sealock_devkit.emulators.wordpress import installed

ROOT = Path(__file__).parents[3]
PHP = "#!/bin/sh\necho '[PHP Modules]'\nfor each in {extensions}; do echo $each; done\n"


def program(folder, name, text="#!/bin/sh\n"):
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine that has everything."""
    monkeypatch.setattr(installed, "PLACES", str(tmp_path))
    monkeypatch.setattr(installed, "WORDPRESS", tmp_path / "wordpress")
    monkeypatch.setattr(installed, "THEMES", tmp_path / "themes")
    (tmp_path / "wordpress").mkdir()
    (tmp_path / "wordpress" / "wp-load.php").touch()
    (tmp_path / "themes" / "twentytwentythree").mkdir(parents=True)
    for name in ("mariadbd", "mariadb", "mariadb-install-db"):
        program(tmp_path, name)
    program(tmp_path, "php", PHP.format(extensions="curl dom gd mbstring mysqli"))
    return tmp_path


def test_nothing_is_missing_where_all_is_installed(machine):
    assert installed.missing() == ""


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("wordpress/wp-load.php", "Missing: WordPress."),
        ("themes/twentytwentythree", "Missing: a theme of WordPress."),
        ("mariadbd", "Missing: MariaDB (the program mariadbd)."),
        ("php", "Missing: PHP (the program php)."),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_brings_it(machine, lost, named):
    (machine / lost).rename(machine / "elsewhere")
    said = installed.missing()
    assert named in said
    assert f"\n    {installed.command()}\n" in said


def test_an_extension_that_php_lacks_is_named(machine):
    program(machine, "php", PHP.format(extensions="curl dom gd mbstring"))
    assert "Missing: PHP's extension mysqli." in installed.missing()


@pytest.mark.parametrize(("user", "sudo"), [(0, False), (1000, True)])
def test_the_command_is_for_whoever_runs_it(monkeypatch, user, sudo):
    monkeypatch.setattr(installed.os, "geteuid", lambda: user)
    command = installed.command()
    assert command.count("sudo ") == (2 if sudo else 0)
    assert "'wordpress-theme-twenty.*'" in command


def test_the_program_needs_the_standard_library_only():
    ran = subprocess.run(
        [sys.executable, "-I", "-S", installed.__file__], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == ((1, f"{installed.missing()}\n") if installed.missing() else (0, ""))


@pytest.mark.parametrize("target", ["demo", "demo-once"])
def test_the_demo_asks_before_it_sets_anything_up(target):
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", target, "ORIGIN=wordpress"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    asked, set_up = planned.index("wordpress/installed.py"), planned.index("-m venv")
    assert asked < set_up
