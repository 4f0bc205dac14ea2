# SPDX-License-Identifier: Apache-2.0
"""Certificate files count once they fit together, however they are replaced."""

from __future__ import annotations

import pytest

from sealock_contract.certificates import CertificateFiles, Certificates, UnusableFiles
from tests.certificate_files import RenewableFiles


@pytest.fixture
def files(tmp_path) -> RenewableFiles:
    return RenewableFiles(tmp_path)


def test_files_count_once_they_fit_together(files):
    watched = files.watched()
    assert watched.changed()
    assert not watched.changed()

    certificate, key = files.certificate.read_bytes(), files.key.read_bytes()
    files.issue("second")
    renewed = files.certificate.read_bytes()
    for half_done in (certificate, b"", renewed[: len(renewed) // 2]):
        files.certificate.write_bytes(half_done)
        assert not watched.changed()
    files.certificate.unlink()
    assert not watched.changed()
    files.certificate.write_bytes(renewed)
    assert watched.changed()

    files.certificate.write_bytes(certificate)
    files.key.write_bytes(key)
    assert watched.changed()


def test_a_mounted_secret_that_is_swapped_counts(tmp_path):
    for version in ("first", "second"):
        (tmp_path / version).mkdir()
        RenewableFiles(tmp_path / version)
    data = tmp_path / "..data"
    data.symlink_to("first")
    watched = CertificateFiles(ca=data / "ca.crt", certificate=data / "tls.crt", key=data / "tls.key")
    assert watched.changed()

    data.unlink()
    data.symlink_to("second")

    assert watched.changed()
    assert not watched.changed()


def test_without_files_nothing_ever_changes_after_the_first_time():
    watched = CertificateFiles(ca=None, certificate=None, key=None)
    assert watched.changed()
    assert not watched.changed()


def test_what_was_taken_stays_until_there_is_something_usable(files):
    watched = files.watched()
    assert watched.contents == Certificates()
    assert watched.take()
    first = watched.contents
    assert first == (files.ca.read_bytes(), files.certificate.read_bytes(), files.key.read_bytes())
    files.issue("second")
    renewed = files.certificate.read_bytes()
    files.certificate.write_bytes(first.certificate)
    with pytest.raises(UnusableFiles):
        watched.take()
    assert watched.contents == first
    files.certificate.write_bytes(renewed)
    assert watched.take()
    assert watched.contents.certificate == renewed


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
@pytest.mark.parametrize(("name", "which"), [("ca", "ca"), ("certificate", "certificate"), ("key", "certificate")])
def test_it_is_said_which_files_cannot_be_used(files, name, which, content):
    path = getattr(files, name)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(UnusableFiles) as raised:
        files.watched().take()
    assert raised.value.which == which
    assert not files.watched().changed()


def test_files_that_change_while_they_are_read_count_once_they_stay(files, monkeypatch):
    watched, check = files.watched(), CertificateFiles._check

    def slow_check(self):
        check(self)
        files.issue("second")

    monkeypatch.setattr(CertificateFiles, "_check", slow_check)
    assert not watched.changed()
    monkeypatch.undo()
    assert watched.changed()
    assert watched.contents.certificate == files.certificate.read_bytes()
