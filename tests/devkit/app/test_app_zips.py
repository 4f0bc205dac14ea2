# SPDX-License-Identifier: Apache-2.0
"""Zips that are made to hurt, or only badly, are refused before anything is unpacked."""

from __future__ import annotations

import os
import random
import stat
import struct
import tracemalloc
import zipfile

import pytest

from sealock_devkit.app.lint import PackageUnreadable, lint


def member(name, mode=0o100644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


AWAY = ["../evil", "/etc/pass", "a/../../e", "C:/evil", "c:evil", "a\\..\\evil", "a\0b.txt"]


@pytest.mark.parametrize("name", AWAY)
def test_a_name_that_leads_out_of_the_app_is_found(files, zipped, name):
    path = zipped(files, (member("x" * len(name)), b"x"))
    # The library mends some names as it writes them, so the name is put in afterwards.
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name.encode()))
    assert [f.problem for f in lint(path)] == ["leads out of the app"]


def test_a_link_is_found(files, zipped):
    path = zipped(files, (member("assets/away", stat.S_IFLNK | 0o777), b"/etc/hostname"))
    assert [(f.place, f.problem) for f in lint(path)] == [("assets/away", "is a link")]


def test_an_encrypted_file_is_found(files, zipped):
    path = zipped(files)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature)
        data[at + offset] |= 1
    path.write_bytes(data)
    assert "is encrypted" in [f.problem for f in lint(path)]


def test_a_file_that_is_there_twice_is_found(files, zipped):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(files, (member("manifest.json"), files["manifest.json"]))
    assert [(f.place, f.problem) for f in lint(path)] == [("manifest.json", "is in the zip twice")]


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_compression_that_not_everybody_knows_is_found(files, zipped, compression):
    assert "is compressed in an unusual way" in [f.problem for f in lint(zipped(files, compression=compression))]


def test_a_zip_of_a_folder_is_told_from_a_zip_of_its_contents(files, zipped):
    findings = lint(zipped({f"my-app/{name}": content for name, content in files.items()}))
    assert "manifest.json is only at my-app/manifest.json. Zip the folder's contents, not the folder." in map(
        str, findings
    )


@pytest.mark.parametrize("name", ["assets/more.zip", "assets/more.bin"])
def test_a_zip_in_the_app_is_found_whatever_it_is_called(files, zipped, built, name):
    assert [f.problem for f in lint(zipped({**files, name: built}))] == ["is a zip in the app"]


def test_a_bomb_is_refused_without_being_unpacked(files, zipped):
    path = zipped({**files, "assets/bomb": bytes(200_000_000)})
    assert path.stat().st_size < 2_000_000
    tracemalloc.start()
    try:
        findings = lint(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert [f.problem for f in findings] == ["holds too much"]


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_either(files, zipped):
    path = zipped({**files, "requirements.json": bytes(50_000_000)})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 50_000_000), struct.pack("<I", 500)))
    tracemalloc.start()
    try:
        findings = lint(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert {f.place for f in findings} == {"requirements.json"}


def test_too_many_files_are_found(files, zipped):
    many = {f"assets/{number}": b"" for number in range(2000)}
    assert [f.problem for f in lint(zipped({**files, **many}))] == ["holds too much"]


def test_two_megabytes_are_the_limit(files, zipped):
    path = zipped({**files, "assets/noise": random.Random(1).randbytes(2_000_000)})
    (finding,) = lint(path)
    assert finding.problem == f"has {path.stat().st_size} bytes"
    assert lint(zipped({**files, "assets/noise": random.Random(1).randbytes(1_800_000)})) == []


def test_an_empty_zip_is_found(tmp_path):
    path = tmp_path / "empty.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    assert [f.problem for f in lint(path)] == ["is empty"]


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PackageUnreadable, match="neither a file nor a folder"):
        lint(tmp_path / "pipe")


def test_a_damaged_zip_is_said_to_be_damaged(built, tmp_path):
    path = tmp_path / "damaged.zip"
    choose = random.Random(7)
    for _ in range(300):
        data = bytearray(built)
        # The names, sizes and JSON of a zip are where it hurts; the logos are most of its bytes.
        start = choose.choice([0, built.index(b"manifest.json"), len(built) - 500])
        for _ in range(choose.randint(1, 6)):
            data[min(start + choose.randrange(500), len(data) - 1)] = choose.randrange(256)
        path.write_bytes(data)
        try:
            findings = lint(path)
        except PackageUnreadable:
            continue
        assert all(str(finding) for finding in findings)
