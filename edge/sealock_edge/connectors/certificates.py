# SPDX-License-Identifier: Apache-2.0
"""The files that a channel's credentials are made of, watched so that a renewed certificate needs no restart."""

from __future__ import annotations

import ssl
from pathlib import Path


class CertificateFiles:
    """
    Authority, certificate and key, any of which may be none, as files that may be replaced while the edge runs.

    A certificate without its own key is a replacement half done: it does not count until both are there.
    """

    def __init__(self, *, ca: Path | None, certificate: Path | None, key: Path | None) -> None:
        self._ca, self._certificate, self._key = ca, certificate, key
        self._seen: tuple[bytes | None, ...] = ()

    def changed(self) -> bool:
        """Whether there is something usable that was not there when this was last asked; True the first time."""
        try:
            found = tuple(path.read_bytes() if path else None for path in (self._ca, self._certificate, self._key))
            if found == self._seen:
                return False
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            if self._ca is not None:
                context.load_verify_locations(self._ca)
            if self._certificate is not None:
                context.load_cert_chain(self._certificate, self._key)
        except OSError:
            return False
        self._seen = found
        return True
