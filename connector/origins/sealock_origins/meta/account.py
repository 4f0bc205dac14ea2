# SPDX-License-Identifier: Apache-2.0
"""What an account keeps: its values, and what was sent from it by agents."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from sealock_connector import Account, InvalidRequest


@dataclass(frozen=True, slots=True)
class MetaAccount:
    """The base of what accounts keep."""

    @classmethod
    def of(cls, account: Account) -> Self:
        """Read the values that `as_values` made. Raises `InvalidRequest`, with the name of one that is missing."""
        given = [each.name for each in fields(cls) if each.name in account.values or each.default is MISSING]
        try:
            return cls(**{name: account[name] for name in given})
        except KeyError as missing:
            raise InvalidRequest(f"the account lacks {missing}") from None

    def as_values(self) -> Mapping[str, Any]:
        """What the account keeps."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


MOST = 60
_BYTES = 6


def with_sent(sent: str, ids: Iterable[str]) -> str:
    """What an account's `sent` becomes once these were sent too."""
    new = [_hash(message) for message in ids]
    hashes = [each for each in _split(sent) if each not in new] + new
    return base64.b64encode(b"".join(hashes[-MOST:])).decode()


def was_sent(sent: str, item: str) -> bool:
    """Whether an account's `sent` holds the message or comment."""
    return _hash(item) in _split(sent)


def _split(sent: str) -> list[bytes]:
    try:
        data = base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):
        return []
    if len(data) % _BYTES:
        return []
    return [data[start : start + _BYTES] for start in range(0, len(data), _BYTES)]


def _hash(message: str) -> bytes:
    return hashlib.blake2b(message.encode(), digest_size=_BYTES).digest()
