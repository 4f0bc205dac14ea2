# SPDX-License-Identifier: Apache-2.0
"""Whether a webhook's request was signed by its origin: HMAC over the exact bytes, in the shapes that origins have."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sealock_connector._types import WebhookRequest

MOST_SIGNATURES = 16
"""So many are compared in one header; one with more is refused."""
_MOST_HEADER_CHARS = 4_096
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_PIECE = re.compile(r"\{([A-Za-z0-9-]+)\}", re.ASCII)
_DIGEST_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True)
class HmacSignature:
    """
    How an origin signs its webhooks. Anything but what is described here is refused.

    A header that is missing or repeated, a signature in another encoding or of another length, a timestamp that is no
    number or is outside `replay_window`: none is an error, and none is valid. Raises `ValueError` for a description
    that would check less than it seems to.
    """

    header: str
    """The header with the signature; its case does not matter."""
    prefix: str = ""
    """What stands before each signature, such as `sha256=`."""
    encoding: Literal["hex", "base64"] = "hex"
    algorithm: Literal["sha256", "sha384", "sha512"] = "sha256"
    separator: str = ""
    """What stands between several signatures in one header; those with another prefix are passed over."""
    signed: str = "{body}"
    """
    What is signed: `{body}`, `{timestamp}`, and in braces the name of any other header, as in `v0:{timestamp}:{body}`.
    """
    timestamp_header: str = ""
    """The header with the time of signing, in Unix seconds."""
    timestamp_prefix: str = ""
    """Instead: what stands before the time of signing among the signatures, such as `t=`."""
    replay_window: timedelta = timedelta(minutes=5)
    """A time of signing may be so far from now, either way."""
    clock: Callable[[], float] = time.time
    """Unix seconds."""

    def __post_init__(self) -> None:
        pieces = _PIECE.findall(self.signed)
        timed = bool(self.timestamp_header or self.timestamp_prefix)
        if pieces.count("body") != 1:
            raise ValueError("signed: the body has to be in it, once")
        if timed != ("timestamp" in pieces):
            raise ValueError("timestamp_header: a time of signing counts only if it is signed, and the other way round")
        if self.timestamp_header and self.timestamp_prefix:
            raise ValueError("timestamp_prefix: the time of signing has one place")
        if self.timestamp_prefix and not self.separator:
            raise ValueError("separator: what stands between the time of signing and the signature")

    def is_valid(self, request: WebhookRequest, secrets: Sequence[str | bytes]) -> bool:
        """
        Whether one of `secrets` signed the request: several while one replaces another. Empty ones sign nothing.

        How long it takes does not depend on which one it was, or on how much of a signature was right.
        """
        header = _only(request, self.header)
        if header is None or len(header) > _MOST_HEADER_CHARS:
            return False
        parts = header.split(self.separator) if self.separator else [header]
        parts = [part.strip() for part in parts]
        timestamp = self._timestamp(request, parts)
        if timestamp is None or (content := self._content(request, timestamp)) is None:
            return False
        given = [digest for part in parts if (digest := self._digest(part)) is not None]
        if len(given) > MOST_SIGNATURES:
            return False
        valid = False
        for secret in (each for each in secrets if each):
            expected = self._made(secret, content)
            for digest in given:
                valid |= hmac.compare_digest(expected, digest)
        return valid

    def sign(self, secret: str | bytes, content: bytes) -> str:
        """The signature of `content` with its prefix, as some handshakes want. Raises `ValueError` without a secret."""
        if not secret:
            raise ValueError("secret: is empty")
        digest = self._made(secret, content)
        return self.prefix + (digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode())

    def _made(self, secret: str | bytes, content: bytes) -> bytes:
        return hmac.digest(secret.encode() if isinstance(secret, str) else secret, content, self.algorithm)

    def _timestamp(self, request: WebhookRequest, parts: Sequence[str]) -> str | None:
        """The time of signing as it came, empty where there is none; None if it is not to be taken."""
        if not self.timestamp_header and not self.timestamp_prefix:
            return ""
        if self.timestamp_header:
            given = _only(request, self.timestamp_header)
        else:
            found = [
                part.removeprefix(self.timestamp_prefix) for part in parts if part.startswith(self.timestamp_prefix)
            ]
            given = found[0] if len(found) == 1 else None
        if given is None or not _TIMESTAMP.fullmatch(given):
            return None
        return given if abs(self.clock() - int(given)) <= self.replay_window.total_seconds() else None

    def _content(self, request: WebhookRequest, timestamp: str) -> bytes | None:
        """What has to be signed; None if a header that belongs to it is missing or repeated."""
        content = b""
        for piece in self._pieces(request, timestamp):
            if piece is None:
                return None
            content += piece
        return content

    def _pieces(self, request: WebhookRequest, timestamp: str) -> Iterator[bytes | None]:
        for at, text in enumerate(_PIECE.split(self.signed)):
            if at % 2 == 0:
                yield text.encode()
            elif text == "body":
                yield request.body
            elif text == "timestamp":
                yield timestamp.encode()
            else:
                header = _only(request, text)
                yield None if header is None else header.encode("latin-1", "replace")

    def _digest(self, part: str) -> bytes | None:
        """The bytes of a signature; None for anything else that stands there."""
        if not part.startswith(self.prefix) or not part.isascii():
            return None
        text = part.removeprefix(self.prefix)
        length = _DIGEST_BYTES[self.algorithm]
        try:
            digest = binascii.unhexlify(text) if self.encoding == "hex" else base64.b64decode(text, validate=True)
        except ValueError:
            return None
        return digest if len(digest) == length else None


def _only(request: WebhookRequest, header: str) -> str | None:
    """A header's value; None where it is missing or repeated: which of two was meant, nobody can say."""
    found = [value for name, value in request.headers if name.lower() == header.lower()]
    return found[0] if len(found) == 1 else None
