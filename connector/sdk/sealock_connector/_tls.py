# SPDX-License-Identifier: Apache-2.0
"""The server's certificate, read again when its files change."""

from __future__ import annotations

import logging
from pathlib import Path

import grpc

from sealock_contract.certificates import CertificateFiles, Certificates, UnusableFiles

_log = logging.getLogger(__name__)

_UNUSABLE = {
    "certificate": "--tls-cert, --tls-key: are not a certificate and its key in PEM",
    "ca": "--tls-client-ca: is not a certificate in PEM",
}


def server_credentials(cert: Path, key: Path, client_ca: Path | None) -> grpc.ServerCredentials:
    """
    The credentials of a server whose files may be replaced while it runs; with an authority for callers, callers need a
    certificate. Raises `ValueError`, with the option, for files that cannot be used.
    """
    files = CertificateFiles(ca=client_ca, certificate=cert, key=key)
    try:
        files.take()
    except UnusableFiles as error:
        raise ValueError(_UNUSABLE[error.which]) from None

    def at_a_handshake() -> grpc.ServerCertificateConfiguration:
        try:
            files.take()
        except UnusableFiles:
            _log.warning("the TLS files cannot be used: the certificate before stays")
        return _configuration(files.contents)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(files.contents), at_a_handshake, require_client_authentication=client_ca is not None
    )


def _configuration(files: Certificates) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(files.key or b"", files.certificate or b"")], files.ca)
