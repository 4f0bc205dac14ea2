# SPDX-License-Identifier: Apache-2.0
"""Whatever lies in the directory of keys: said by the file's name, at once, and the keys stay in use."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sealock_edge.sealing import KeyRing, KeyRingError
from sealock_edge.sealing.keyring import read_key
from tests.edge.sealing.conftest import add_key

NAME = "0a0b0c0d.key"


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def a_loop(path: Path) -> None:
    path.symlink_to(path.name)


def a_huge_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "lists in lists": (lambda path: path.write_text("[" * 4000), "is not a key file"),
    "objects in objects": (lambda path: path.write_text('{"a":' * 800), "is not a key file"),
    "a list": (lambda path: path.write_text("[]"), "is not a key file"),
    "a number": (lambda path: path.write_text("1e999"), "is not a key file"),
    "a long number": (lambda path: path.write_text("9" * 4000), "is not a key file"),
    "nothing": (lambda path: path.write_text(""), "is not a key file"),
    "bytes": (lambda path: path.write_bytes(b"\xff\xfe\x00canary"), "is not a key file"),
    "null characters": (lambda path: path.write_bytes(b"\0" * 4096), "is not a key file"),
    "a huge file": (a_huge_file, "is not a key file"),
    "a folder": (lambda path: path.mkdir(), "is not a file"),
    "a pipe": (os.mkfifo, "is not a file"),
    "a socket": (a_socket, "cannot be read: "),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is not a file"),
    "a terminal": (lambda path: path.symlink_to("/dev/tty"), ""),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"), "cannot be read: No such file or directory"),
    "a link to itself": (a_loop, "cannot be read: Too many levels of symbolic links"),
    "a link to the directory": (lambda path: path.symlink_to("."), "is not a file"),
    "a file of the process": (lambda path: path.symlink_to("/proc/self/mem"), ""),
}


@pytest.mark.parametrize(("make", "words"), FAULTS.values(), ids=FAULTS)
def test_whatever_a_key_file_is_the_ring_says_so_and_keeps_its_keys(directory, clock, ring, make, words):
    keys = ring.keys
    make(directory / NAME)

    said: list[bool] = []
    reading = threading.Thread(target=lambda: said.append(ring.refresh()), daemon=True)
    reading.start()
    reading.join(30)

    assert said == [False], "it neither waits nor breaks"
    assert ring.problem is not None
    assert ring.problem.startswith(f"{NAME} {words}")
    assert "canary" not in ring.problem
    assert ring.keys == keys
    (directory / NAME).rename(directory / "away")
    assert ring.refresh()
    assert ring.problem is None


def test_a_name_cannot_write_lines_of_its_own(directory, clock, ring):
    (directory / ("x\n{}\x1b[31m" + "y" * 200 + ".key")).write_text("")

    assert not ring.refresh()
    assert ring.problem is not None
    assert ring.problem.isprintable()
    assert len(ring.problem) < 120


def test_thousands_of_files_are_too_many_and_not_read(directory, clock, ring):
    for number in range(3000):
        (directory / f"{number:08x}.key").write_text("")

    assert not ring.refresh()
    assert ring.problem == "keys has more than 64 key files"


@pytest.mark.parametrize(
    ("mode", "fine"), [(0o700, True), (0o755, True), (0o770, False), (0o777, False), (0o3777, True)]
)
def test_nobody_else_may_put_keys_into_the_directory(directory, clock, ring, mode, fine):
    directory.chmod(mode)

    assert ring.refresh() is fine
    assert fine or ring.problem == "keys can be written by its group or by everybody; allow only its owner"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_key_of_another_user_is_refused(directory, clock, ring):
    key = add_key(directory, clock)
    os.chown(directory / f"{key}.key", 12345, -1)

    assert not ring.refresh()
    assert ring.problem == f"{key}.key belongs to another user; only its reader or root may own it"


def test_a_mounted_secret_that_is_swapped_meanwhile_is_read_again(directory, clock, ring, monkeypatch):
    """The name is listed, and gone as it is opened."""
    (directory / NAME).symlink_to("gone")
    real = os.open

    def removing(path: Path, *how: int) -> int:
        (directory / NAME).unlink(missing_ok=True)
        return real(path, *how)

    monkeypatch.setattr("sealock_edge.sealing.keyring.os.open", removing)
    assert ring.refresh()


def test_a_mounted_secret_of_root_that_a_group_reads_is_fine(directory, clock):
    key = add_key(directory, clock)
    (directory / f"{key}.key").chmod(0o440)

    assert read_key(directory / f"{key}.key").id == key


def test_a_directory_that_is_a_file_or_goes_is_said_to_be_so(directory, clock, ring):
    shutil.rmtree(directory)
    assert not ring.refresh()
    directory.write_text("")
    assert not ring.refresh()
    assert ring.problem == "keys cannot be read: Not a directory"
    with pytest.raises(KeyRingError):
        KeyRing.load(directory, clock)
