# SPDX-License-Identifier: Apache-2.0
"""Apps to check: a good one's files, and zips made of any."""

from __future__ import annotations

import io
import zipfile

import pytest

from sealock_devkit.app.build import Description, build_app


@pytest.fixture(scope="session")
def built():
    """A good app's zip."""
    url = "https://edge.example/guestbook/manifest.json"
    return build_app(Description("Guestbook", "Example Ltd", "org.example.guestbook", url, "1.2.3"))


@pytest.fixture
def files(built):
    """A good app's files; a test changes some."""
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def zipped(tmp_path):
    """Makes a zip of files and of members with oddities."""

    def zipped(files, *odd, compression=zipfile.ZIP_DEFLATED):
        path = tmp_path / "app.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            for member, content in odd:
                archive.writestr(member, content)
        return path

    return zipped
