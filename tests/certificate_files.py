# SPDX-License-Identifier: Apache-2.0
"""Certificates: in files that a test can renew, as a mounted Secret has them, and with whatever names it wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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


class SigningAuthority:
    """Signs whatever it is given, as an authority may that others use too."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _names("An authority")
        extensions = (x509.BasicConstraints(ca=True, path_length=None),)
        self.pem = self._signed(self._name, self._key.public_key(), extensions)

    def certificate(self, *extensions: x509.ExtensionType, common_names: Sequence[str] = ("common",)) -> bytes:
        """A certificate in PEM whose key nobody has."""
        return self.pair(*extensions, common_names=common_names)[0]

    def pair(self, *extensions: x509.ExtensionType, common_names: Sequence[str] = ("common",)) -> tuple[bytes, bytes]:
        """A certificate and its key, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self._signed(_names(*common_names), key.public_key(), extensions), key.private_bytes(*pem)

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, extensions: Sequence[x509.ExtensionType]
    ) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def alternative(*names: str | x509.GeneralName) -> x509.SubjectAlternativeName:
    """Alternative names; plain ones are DNS names, as they stand."""
    return x509.SubjectAlternativeName([x509.DNSName(each) if isinstance(each, str) else each for each in names])


def _names(*common_names: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each) for each in common_names])
