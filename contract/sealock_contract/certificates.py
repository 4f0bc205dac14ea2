# SPDX-License-Identifier: Apache-2.0
"""Certificate files that are watched, so that a renewed certificate needs no restart."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal, NamedTuple


class Certificates(NamedTuple):
    """The contents of the files, in PEM; None for a file that there is none of."""

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None


class UnusableFiles(Exception):
    """The files cannot be used as they are; `which` of them: the authority, or the certificate with its key."""

    def __init__(self, which: Literal["ca", "certificate"]) -> None:
        super().__init__(which)
        self.which = which


class CertificateFiles:
    """
    Authority, certificate and key, any of which may be none, as files that may be replaced while somebody uses them.

    A certificate without its own key is a replacement half done: it does not count until both are there.
    """

    def __init__(self, *, ca: Path | None, certificate: Path | None, key: Path | None) -> None:
        self._ca, self._certificate, self._key = ca, certificate, key
        self._taken = False
        self.contents = Certificates()
        """What was last taken from the files."""

    def take(self) -> bool:
        """
        Take what the files hold now, and say whether it is new; the first time it is.

        Raises `UnusableFiles`, and keeps what it had.
        """
        found = self._read()
        if self._taken and found == self.contents:
            return False
        self._check()
        if self._read() != found:
            raise UnusableFiles("certificate")
        self.contents, self._taken = found, True
        return True

    def changed(self) -> bool:
        """Whether there was something usable to take that was not there before; True the first time."""
        try:
            return self.take()
        except UnusableFiles:
            return False

    def _read(self) -> Certificates:
        try:
            ca = self._ca.read_bytes() if self._ca else None
        except OSError:
            raise UnusableFiles("ca") from None
        try:
            return Certificates(
                ca,
                self._certificate.read_bytes() if self._certificate else None,
                self._key.read_bytes() if self._key else None,
            )
        except OSError:
            raise UnusableFiles("certificate") from None

    def _check(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if self._certificate is not None:
                context.load_cert_chain(self._certificate, self._key)
        except OSError:
            raise UnusableFiles("certificate") from None
        try:
            if self._ca is not None:
                context.load_verify_locations(self._ca)
        except OSError:
            raise UnusableFiles("ca") from None
