# SPDX-License-Identifier: Apache-2.0
"""The folder that an edge's processes share goes with the last of them, one way or another."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sealock_edge.recent_accounts import ABANDONED_SECONDS, IN_MEMORY, PREFIX, shared_folder


def test_it_is_this_user_s_alone_and_goes_in_the_end():
    with shared_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not IN_MEMORY.is_dir() or folder.parent == IN_MEMORY
        (folder / "x").write_text("sealed")
    assert not folder.exists()


FORKED = """
import os
from sealock_edge.recent_accounts import shared_folder
with shared_folder() as folder:
    if (child := os.fork()) == 0:
        raise SystemExit(0)
    os.waitpid(child, 0)
    print(folder, folder.exists())
"""


def test_the_end_of_a_forked_process_leaves_it_to_the_others():
    printed = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True).stdout
    folder, there = printed.split()
    assert there == "True"
    assert not Path(folder).exists()


def left_behind(place: Path, name: str = f"{PREFIX}x", *, age: float = ABANDONED_SECONDS + 5) -> Path:
    folder = place / name
    folder.mkdir()
    (folder / "x").write_text("sealed")
    then = time.time() - age
    os.utime(folder, (then, then))
    return folder


def test_what_a_killed_edge_left_behind_is_removed_by_the_next_one(tmp_path):
    abandoned = left_behind(tmp_path)
    with shared_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert not abandoned.exists()


@pytest.mark.parametrize("settings", [{"age": 1}, {"name": "something-else"}])
def test_what_may_be_somebody_s_stays(tmp_path, settings):
    other = left_behind(tmp_path, **settings)
    with shared_folder(tmp_path):
        assert (other / "x").exists()


def test_the_folder_of_an_edge_that_runs_stays(tmp_path):
    with shared_folder(tmp_path) as running:
        then = time.time() - ABANDONED_SECONDS - 5
        os.utime(running, (then, then))
        with shared_folder(tmp_path):
            assert running.exists()


def test_what_is_no_folder_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "elsewhere")
    then = time.time() - ABANDONED_SECONDS - 5
    os.utime(tmp_path / f"{PREFIX}link", (then, then), follow_symlinks=False)
    with shared_folder(tmp_path):
        assert (tmp_path / "elsewhere").is_dir()
