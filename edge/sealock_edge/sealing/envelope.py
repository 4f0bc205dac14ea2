# SPDX-License-Identifier: Apache-2.0
"""
The form of a sealed string: `base64url(version 1 | key id 4 | nonce 12 | ciphertext | tag 16)`, unpadded.

Numbers are bytes. There is exactly one spelling of each envelope: another one is not opened, so that a sealed
string can be compared as it stands.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from typing import Final, NamedTuple

from sealock_edge.sealing.errors import Unsealable

VERSION: Final = 1
KEY_ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16

MAX_SEALED_CHARS: Final = 5000
"""The longest metadata or state that Zendesk keeps (protocol: metadata and state)."""

MAX_PLAINTEXT: Final = MAX_SEALED_CHARS * 3 // 4 - (1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES)
"""The most bytes that fit into a metadata or state: 3,717."""

_NONCE_AT: Final = 1 + KEY_ID_BYTES
_CIPHERTEXT_AT: Final = _NONCE_AT + NONCE_BYTES
_SHORTEST: Final = _CIPHERTEXT_AT + TAG_BYTES
_STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/!!!")


class Envelope(NamedTuple):
    """The parts of a sealed string. `ciphertext` ends with the tag."""

    key_id: bytes
    nonce: bytes
    ciphertext: bytes


def encoded_chars(plain_bytes: int) -> int:
    """How long the sealed string of so many bytes is."""
    return -((_SHORTEST + plain_bytes) * 4 // -3)


def encode(envelope: Envelope) -> str:
    """The sealed string of these parts."""
    raw = bytes((VERSION,)) + envelope.key_id + envelope.nonce + envelope.ciphertext
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(sealed: str) -> Envelope:
    """
    The parts of a sealed string.

    Raises `Unsealable`: it has not this form, another version, or is not spelled as `encode` spells it.
    """
    try:
        text = sealed.encode("ascii")
        raw = a2b_base64(text.translate(_STANDARD) + b"=" * (-len(text) % 4), strict_mode=True)
    except (UnicodeEncodeError, NotBase64):
        raise Unsealable from None
    if len(raw) < _SHORTEST or raw[0] != VERSION or not text.endswith(_last_letters(raw)):
        raise Unsealable
    return Envelope(raw[1:_NONCE_AT], raw[_NONCE_AT:_CIPHERTEXT_AT], raw[_CIPHERTEXT_AT:])


def _last_letters(raw: bytes) -> bytes:
    """How the bytes after the last whole three are spelled; only there a decoder takes several spellings."""
    return urlsafe_b64encode(raw[len(raw) - len(raw) % 3 :]).rstrip(b"=")
