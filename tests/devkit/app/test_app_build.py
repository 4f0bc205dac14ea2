# SPDX-License-Identifier: Apache-2.0
"""`sealock app`: what it builds is what Zendesk takes, and always the same."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest

from sealock_contract.command import main
from sealock_devkit.app.build import logo
from sealock_devkit.app.lint import lint, read_app

CONFIG = """
[edge]
public_url = "https://edge.example"
keys = "keys"

[zendesk]
subdomains = ["acme"]

[integrations.guestbook]
id = "org.example.guestbook"
name = "Guestbook & Söhne"
author = "Example Ltd"
target = "dns:///connector:9443"
"""
URL = "https://edge.example/manifest.json"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "edge.toml"
    path.write_text(CONFIG)
    return path


def test_an_app_is_built_from_the_edges_configuration(config, tmp_path, capsys):
    output = tmp_path / "guestbook.zip"
    assert main(["app", "build", "guestbook", "--config", str(config), "-o", str(output)]) == 0
    assert "https://edge.example/guestbook/manifest.json" in capsys.readouterr().out
    app = read_app(output)
    assert (app.name, app.identifier) == ("Guestbook & Söhne", "org.example.guestbook")
    assert app.manifest_url == "https://edge.example/guestbook/manifest.json"
    with zipfile.ZipFile(output) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["requirementsOnly"] is True
        assert manifest["author"] == {"name": "Example Ltd"}
        assert "location" not in manifest
        assert list(json.loads(archive.read("requirements.json"))) == ["channel_integrations"]
    assert main(["app", "lint", str(output)]) == 0


def test_an_app_for_another_service_is_built_from_its_manifests_url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["app", "build", "letters", "--manifest-url", URL, "--author", "Ann"]) == 0
    app = read_app(tmp_path / "letters-app.zip")
    assert (app.identifier, app.manifest_url) == ("letters", URL)


def test_two_builds_are_the_same_bytes_in_another_process_and_time_zone(tmp_path, monkeypatch):
    built = []
    for zone in ("UTC", "Asia/Tokyo"):
        output = tmp_path / f"{len(built)}.zip"
        words = ["app", "build", "letters", "--manifest-url", URL, "-o", str(output)]
        monkeypatch.setenv("TZ", zone)
        subprocess.run([sys.executable, "-m", "sealock_contract.command", *words], check=True, capture_output=True)
        built.append(output.read_bytes())
    assert built[0] == built[1]


@pytest.mark.parametrize("url", ["http://edge.example/m.json", "http://127.0.0.1:1/m.json", "edge.example/m.json"])
def test_an_address_that_zendesk_would_refuse_is_refused_and_nothing_is_written(tmp_path, url, capsys):
    output = tmp_path / "app.zip"
    assert main(["app", "build", "letters", "--manifest-url", url, "-o", str(output)]) == 1
    assert "not an absolute https address" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_an_app_for_the_local_zendesk_may_lead_to_this_machine(tmp_path):
    output = str(tmp_path / "app.zip")
    words = ["--manifest-url", "http://127.0.0.1:1/m.json", "--insecure-loopback"]
    assert main(["app", "build", "letters", *words, "-o", output]) == 0
    assert main(["app", "lint", output]) == 1
    assert main(["app", "lint", output, "--insecure-loopback"]) == 0


def test_an_integration_that_is_not_there_is_named_with_those_that_are(config, tmp_path, capsys):
    assert main(["app", "build", "blog", "--config", str(config), "-o", str(tmp_path / "x.zip")]) == 2
    assert "no integration blog; it has: guestbook" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["not toml", "[edge]\nkeys = 3\n"])
def test_a_wrong_configuration_is_said(tmp_path, text, capsys):
    (tmp_path / "edge.toml").write_text(text)
    assert main(["app", "build", "blog", "--config", str(tmp_path / "edge.toml")]) == 2
    assert capsys.readouterr().err.startswith("sealock app: ")


def test_an_output_that_cannot_be_written_is_said(tmp_path, capsys):
    output = str(tmp_path / "no-such-folder" / "app.zip")
    assert main(["app", "build", "letters", "--manifest-url", URL, "-o", output]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_lint_tells_findings_and_exits_with_1_and_with_2_when_there_is_nothing(tmp_path, capsys):
    (tmp_path / "manifest.json").write_text("{}")
    assert main(["app", "lint", str(tmp_path)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(lint(tmp_path))
    assert "requirements.json is missing. Add it: no app is installed without it." in told
    assert main(["app", "lint", str(tmp_path / "nothing")]) == 2


@pytest.mark.parametrize("side", [1, 128, 320])
def test_a_logo_is_a_png_whose_chunks_and_pixels_are_whole(side):
    data = logo(side)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + content)
        chunks[kind] = content
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (side, side)
    assert len(zlib.decompress(chunks[b"IDAT"])) == side * (side + 1)
