# SPDX-License-Identifier: Apache-2.0
"""
Sealing: what leaves the edge comes back unchanged, from where it belongs, or not at all.

A sealed string is `base64url(version 1 | key id 4 | nonce 12 | ciphertext | tag 16)`, unpadded; numbers are bytes.
There is exactly one spelling of each: another one is not opened, so that a sealed string can be compared as it stands.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from sealock_edge.sealing.keyring import KEY_ID_BYTES, KeyRing

VERSION: Final = 1
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
_LAST_LETTERS: Final = (bytes(range(128)), b"", b"AQgw", b"AEIMQUYcgkosw048")
"""
How a sealed string may end, by its letters after the last whole four. Where some bits of the last letter stand for
nothing, a decoder takes several spellings: the one here has them at 0.
"""
_CONTEXT: Final = b"sealock sealed string"
_EXPIRY_BYTES: Final = 8


class Unsealable(Exception):
    """
    A sealed string does not open: not ours, changed, cut, expired, or meant for something else.

    There is one answer for all of these, in the same words, so that nobody learns which it was.
    """

    def __init__(self) -> None:
        super().__init__("This was not sealed here.")


class TooLarge(ValueError):
    """What is to be sealed does not fit into what Zendesk keeps: `size` bytes of at most `limit`."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes are to be sealed, and at most {limit} fit")
        self.size = size
        self.limit = limit


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
    if len(raw) < _SHORTEST or raw[0] != VERSION or text[-1] not in _LAST_LETTERS[len(text) % 4]:
        raise Unsealable
    return Envelope(raw[1:_NONCE_AT], raw[_NONCE_AT:_CIPHERTEXT_AT], raw[_CIPHERTEXT_AT:])


def _led(part: bytes) -> bytes:
    """The part, led by its length, so that no two lists of parts have the same bytes."""
    return len(part).to_bytes(4, "big") + part


class Purpose(Enum):
    """What a sealed string is for. One that was sealed for another purpose does not open."""

    METADATA = b"metadata"
    STATE = b"state"
    SETUP = b"admin form", True
    """An administrator's way through the set-up pages. Expires."""
    SIGN_IN = b"sign in", True
    """What an origin's sign-in page brings back (OAuth's state). Expires."""
    FILE = b"file", True
    """A link to a file of the origin. Expires."""
    HINT = b"hint"
    """What a webhook told for later pulls."""
    EVENT_TOKEN = b"event token"
    """The token of an event-callback URL: the same text gives the same token for as long as a key seals."""

    expires: bool
    """Whether it is sealed with `seal_until` instead of `seal`."""
    associated: bytes
    """What the associated data of all sealed strings of this purpose begin with."""

    def __init__(self, written: bytes, expires: bool = False) -> None:
        self.expires = expires
        self.associated = _led(_CONTEXT) + _led(bytes((VERSION,))) + _led(written)


class Opened(NamedTuple):
    """What was sealed. `stale`: not under the key that seals now, so it should be sealed anew."""

    plain: bytes
    stale: bool


class Sealer:
    """
    Seals what Zendesk and browsers keep for the edge, with AES-256-GCM-SIV.

    A sealed string opens only for the purpose and the owner it was sealed for. `owner` is a list of names,
    such as the integration's id and the account's.
    """

    def __init__(self, ring: KeyRing, clock: Callable[[], datetime]) -> None:
        self._ring = ring
        self._clock = clock
        self._nobodys = AESGCMSIV(AESGCMSIV.generate_key(256))

    def seal(self, plain: bytes, *, purpose: Purpose, owner: tuple[str, ...], limit: int | None = MAX_PLAINTEXT) -> str:
        """
        Seals for as long as the key is kept.

        Raises `TooLarge`: `plain` has more than `limit` bytes (None: any number is fine).
        Raises `ValueError`: the purpose is one that expires.
        """
        if purpose.expires:
            raise ValueError(f"{purpose.name} has to expire")
        if limit is not None and len(plain) > limit:
            raise TooLarge(len(plain), limit)
        return self._seal(plain, purpose, owner)

    def seal_until(
        self,
        plain: bytes,
        until: datetime,
        *,
        purpose: Purpose,
        owner: tuple[str, ...],
        limit: int | None = None,
    ) -> str:
        """
        Seals so that it opens only before `until`, which is kept in whole seconds.

        Raises `TooLarge`: `plain` has more than `limit` bytes (None: any number is fine).
        Raises `ValueError`: the purpose is one that does not expire.
        """
        if not purpose.expires:
            raise ValueError(f"{purpose.name} does not expire")
        if limit is not None and len(plain) > limit:
            raise TooLarge(len(plain), limit)
        return self._seal(int(until.timestamp()).to_bytes(_EXPIRY_BYTES, "big") + plain, purpose, owner)

    def sealed_chars(self, plain: bytes, purpose: Purpose) -> int:
        """How long the sealed string of this will be."""
        return encoded_chars(len(plain) + (_EXPIRY_BYTES if purpose.expires else 0))

    def open(self, sealed: str, *, purpose: Purpose, owner: tuple[str, ...]) -> Opened:
        """
        What was sealed for this purpose and owner.

        Raises `Unsealable`: it was not, or it has expired. Always the same words.
        """
        envelope = decode(sealed)
        key = self._ring.find(envelope.key_id)
        # Under an unknown key the same work is done in vain: time tells no more than words do.
        cipher = self._nobodys if key is None else key.cipher
        try:
            plain = cipher.decrypt(envelope.nonce, envelope.ciphertext, _associated_data(purpose, owner))
        except InvalidTag:
            raise Unsealable from None
        if key is None:
            raise Unsealable
        if purpose.expires:
            plain = self._unexpired(plain)
        return Opened(plain, stale=not self._ring.opened(key))

    def _seal(self, plain: bytes, purpose: Purpose, owner: tuple[str, ...]) -> str:
        key = self._ring.primary
        associated = _associated_data(purpose, owner)
        # A manifest must not change at each reading. GCM-SIV stays safe under a repeated nonce.
        repeatable = purpose is Purpose.EVENT_TOKEN
        nonce = sha256(associated).digest()[:NONCE_BYTES] if repeatable else os.urandom(NONCE_BYTES)
        return encode(Envelope(key.id_bytes, nonce, key.cipher.encrypt(nonce, plain, associated)))

    def _unexpired(self, plain: bytes) -> bytes:
        if self._clock().timestamp() >= int.from_bytes(plain[:_EXPIRY_BYTES], "big"):
            raise Unsealable
        return plain[_EXPIRY_BYTES:]


def _associated_data(purpose: Purpose, owner: tuple[str, ...]) -> bytes:
    return purpose.associated + b"".join([_led(name.encode()) for name in owner])
