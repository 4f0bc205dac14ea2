# SPDX-License-Identifier: Apache-2.0
"""A measurement runs on an optimised Python, where there is one that can."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sealock_devkit.bench import interpreter


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ({"CONFIG_ARGS": "'--enable-optimizations' '--with-lto'", "PY_CFLAGS": "-O3"}, "--enable-optimizations"),
        ({"CONFIG_ARGS": "'--enable-shared'", "PY_CFLAGS": "-g -O0 -Wall"}, "-O0, --enable-optimizations not named"),
        ({"CONFIG_ARGS": "", "PY_CFLAGS": "-O3 -g -O2"}, "-O2, --enable-optimizations not named"),
        ({}, "no -O, --enable-optimizations not named"),
    ],
)
def test_how_a_python_was_built_is_said(configuration, said):
    assert interpreter.built_with(configuration) == said


@pytest.mark.parametrize(("seconds", "found"), [(0.5, ("other", 0.5)), (0.98, None), (1.2, None)])
def test_another_python_is_taken_only_when_it_is_clearly_cheaper(seconds, found, monkeypatch):
    monkeypatch.setattr(interpreter, "others", lambda: ["other"])
    monkeypatch.setattr(interpreter, "costs", lambda _: {sys.executable: 1.0, "other": seconds})
    assert interpreter.better() == found


def test_pythons_that_cannot_work_are_left_out(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    seen = interpreter.costs([sys.executable, str(broken), str(tmp_path / "none")])
    assert list(seen) == [sys.executable]
    assert seen[sys.executable] > 0


def test_another_python_runs_what_is_installed_for_this_one(tmp_path):
    python = interpreter.environment(tmp_path, sys.executable)
    assert python.parent.parent == tmp_path / "python"
    command = [str(python.with_name("sealock")), "--help"]
    assert "bench" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_sentence_names_the_python_and_why_it_was_taken(monkeypatch):
    assert interpreter.this_one().startswith(f"Python {sys.version.split()[0]} (")
    monkeypatch.setenv(interpreter.TOLD, "which takes half")
    assert interpreter.this_one().endswith(", which takes half")
