# SPDX-License-Identifier: Apache-2.0
"""Sealing: what leaves the edge comes back unchanged, from where it belongs, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from sealock_edge.sealing.envelope import MAX_PLAINTEXT, NONCE_BYTES, VERSION, Envelope, decode, encode, encoded_chars
from sealock_edge.sealing.errors import TooLarge, Unsealable
from sealock_edge.sealing.keyring import KeyRing

_CONTEXT: Final = b"sealock sealed string"
_EXPIRY_BYTES: Final = 8


class Purpose(Enum):
    """What a sealed string is for. One that was sealed for another purpose does not open."""

    METADATA = b"metadata"
    STATE = b"state"
    ADMIN_FORM = b"admin form"
    """An administrator's way through the set-up pages. Expires."""
    SIGN_IN = b"sign in"
    """What an origin's sign-in page brings back (OAuth's state). Expires."""
    FILE = b"file"
    """A link to a file of the origin. Expires."""
    EVENT_TOKEN = b"event token"
    """The token of an event-callback URL: the same text gives the same token for as long as a key seals."""

    @property
    def expires(self) -> bool:
        """Whether it is sealed with `seal_until` instead of `seal`."""
        return self in _EXPIRING


_EXPIRING: Final = frozenset({Purpose.ADMIN_FORM, Purpose.SIGN_IN, Purpose.FILE})


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
        self._ring.opened(key)
        return Opened(plain, stale=key is not self._ring.primary)

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
    # Each part is led by its length, so that no two lists of parts have the same bytes.
    parts = (_CONTEXT, bytes((VERSION,)), purpose.value, *(name.encode("utf-8") for name in owner))
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
