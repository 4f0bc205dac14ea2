# SPDX-License-Identifier: Apache-2.0
"""Who calls: the names that a caller's certificate carries, each with its type, and who is let in by them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import grpc
import grpc.aio
from cryptography import x509
from cryptography.x509.oid import NameOID

from sealock_connector._serving.requests import Context, SeldomLine
from sealock_connector._telemetry import Metrics

_log = logging.getLogger(__name__)

DNS, URI, COMMON = "dns", "uri", "cn"
_FORMS: Final = f"{DNS}:NAME, {URI}:URI, or {COMMON}:NAME for a certificate without alternative names"
_SPIFFE: Final = "spiffe"
_LONGEST_CERTIFICATE: Final = 64 * 1024
"""In characters of PEM. A longer one carries no name."""
_REMEMBERED: Final = 256
"""How many certificates' names are kept, so that they are read once."""
_SHOWN_NAMES, _SHOWN_CHARS = 3, 120
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


class CallerName(NamedTuple):
    """A name in a certificate, and what kind of name it is there: names of different kinds are never the same."""

    kind: str
    """`dns`, `uri` or `cn`."""
    value: str
    """A DNS name in small letters; any other as it stands."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"

    @classmethod
    def read(cls, text: str) -> CallerName:
        """The name of an option, such as `dns:edge.example`. Raises `ValueError`, which says what is wrong with it."""
        kind, colon, value = text.partition(":")
        if not colon or kind not in {DNS, URI, COMMON}:
            raise ValueError(f"a name needs its type: {_FORMS}")
        if kind == DNS and not _is_host(value.lower()):
            raise ValueError("dns: takes a whole DNS name in ASCII (xn--...), without wildcards and without a last dot")
        if kind == URI and not _is_uri(value):
            raise ValueError("uri: takes a whole URI in ASCII, such as uri:spiffe://example.org/edge")
        if kind == COMMON and not (value and value.isprintable()):
            raise ValueError("cn: takes the certificate's common name")
        return cls(kind, value.lower() if kind == DNS else value)


class AllowedCallers:
    """The callers that are let in, by the certificates that gRPC checked."""

    def __init__(self, allowed: Collection[CallerName]) -> None:
        self._allowed = frozenset(allowed)

    def admit(self, identity: Mapping[str, Iterable[bytes]]) -> bool:
        """Whether the caller with this identity, as gRPC has it, carries an allowed name."""
        return not self._allowed.isdisjoint(_names_of(identity))


class Admission:
    """Refuses callers that are not allowed, whatever they call, before anything of the call was read."""

    def __init__(self, allowed: AllowedCallers, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = allowed
        self._metrics = metrics
        self._line = SeldomLine(clock)

    async def check(self, context: Context) -> None:
        """Abort the call of a caller that is not allowed."""
        identity = context.auth_context()
        if self._allowed.admit(identity):
            return
        self._metrics.callers_refused.inc()
        if self._line.is_due():
            _log.warning("a caller that is not allowed was refused", extra={"caller": shown(identity)})
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "this caller is not allowed")


def shown(identity: Mapping[str, Iterable[bytes]]) -> str:
    """The first names of a caller, for a line of the log: of bounded length, with nothing but printable ASCII."""
    names = sorted(ascii(str(name))[1:-1][:_SHOWN_CHARS] for name in _names_of(identity))
    return ", ".join(names[:_SHOWN_NAMES]) or "none"


def _names_of(identity: Mapping[str, Iterable[bytes]]) -> frozenset[CallerName]:
    # Not gRPC's own list of names: it has no types, and cuts a name at its first null character.
    certificates = tuple(identity.get("x509_pem_cert", ()))
    return names_in(certificates[0]) if len(certificates) == 1 else frozenset()


@lru_cache(maxsize=_REMEMBERED)
def names_in(pem: bytes) -> frozenset[CallerName]:
    """
    The names that a certificate carries; none if it cannot be read in any part that matters.

    Alternative names of other kinds (addresses, e-mail) are no names of callers. With any alternative names, or an
    empty list of them, the common name does not count; nor does one of several. A SPIFFE id counts only if it is the
    certificate's one URI.
    """
    if len(pem) > _LONGEST_CERTIFICATE:
        return frozenset()
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        try:
            found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return _common_name(certificate)
        hosts = found.get_values_for_type(x509.DNSName)
        uris = found.get_values_for_type(x509.UniformResourceIdentifier)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return frozenset()
    if len(uris) > 1:
        uris = [uri for uri in uris if urlsplit(uri).scheme != _SPIFFE]
    names = {CallerName(DNS, host.lower()) for host in hosts if _is_host(host.lower())}
    return frozenset(names | {CallerName(URI, uri) for uri in uris if _is_uri(uri)})


def _common_name(certificate: x509.Certificate) -> frozenset[CallerName]:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1 or not isinstance(names[0].value, str) or not names[0].value.isprintable():
        return frozenset()
    return frozenset({CallerName(COMMON, names[0].value)})


def _is_host(name: str) -> bool:
    return len(name) <= 253 and all(0 < len(part) <= 63 and _LETTERS.issuperset(part) for part in name.split("."))


def _is_uri(text: str) -> bool:
    if not text.isascii() or any(letter <= " " or letter == "\x7f" for letter in text):
        return False
    try:
        return bool(urlsplit(text).scheme)
    except ValueError:
        return False
