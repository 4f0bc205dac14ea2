# SPDX-License-Identifier: Apache-2.0
"""Certificates in files, as a mounted Secret has them, that a test can renew."""

from __future__ import annotations

from pathlib import Path

import trustme

from sealock_contract.certificates import CertificateFiles


class RenewableFiles:
    """An authority's certificates, as a mounted Secret has them."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.certificate, self.key = folder / "ca.crt", folder / "tls.crt", folder / "tls.key"
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(self.ca))
        self.issue("first")

    def issue(self, name: str) -> None:
        issued = self.authority.issue_cert("edge.example", common_name=name)
        issued.private_key_pem.write_to_path(str(self.key))
        self.certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))

    def watched(self) -> CertificateFiles:
        return CertificateFiles(ca=self.ca, certificate=self.certificate, key=self.key)
