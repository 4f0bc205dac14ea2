# SPDX-License-Identifier: Apache-2.0
"""The server's certificate, read again when its files change."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import grpc

_log = logging.getLogger(__name__)


class Certificates:
    """
    Certificate, key and the callers' authority, as files that may be replaced while the server runs.

    Files that cannot be used at the start raise `ValueError` with the option that names them.
    """

    def __init__(self, cert: Path, key: Path, client_ca: Path | None) -> None:
        self._cert, self._key, self._client_ca = cert, key, client_ca
        self._check()
        self._seen = self._read()

    def credentials(self) -> grpc.ServerCredentials:
        """The server's credentials; with an authority for callers, callers need a certificate."""
        return grpc.dynamic_ssl_server_credentials(
            _configuration(self._seen), self._changed, require_client_authentication=self._client_ca is not None
        )

    def _check(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self._cert, self._key)
        except OSError:
            raise ValueError("--tls-cert, --tls-key: are not a certificate and its key in PEM") from None
        try:
            context.load_verify_locations(self._client_ca or self._cert)
        except OSError:
            raise ValueError("--tls-client-ca: is not a certificate in PEM") from None

    def _changed(self) -> grpc.ServerCertificateConfiguration:
        """Called at each handshake: the files' present configuration, or the one before if they cannot be read."""
        try:
            self._seen = self._read()
        except OSError:
            _log.warning("the TLS files cannot be read: the certificate before stays")
        return _configuration(self._seen)

    def _read(self) -> tuple[bytes, bytes, bytes | None]:
        ca = self._client_ca.read_bytes() if self._client_ca else None
        return self._key.read_bytes(), self._cert.read_bytes(), ca


def _configuration(files: tuple[bytes, bytes, bytes | None]) -> grpc.ServerCertificateConfiguration:
    key, cert, client_ca = files
    return grpc.ssl_server_certificate_configuration([(key, cert)], client_ca)
