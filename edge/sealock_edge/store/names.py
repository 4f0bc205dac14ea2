# SPDX-License-Identifier: Apache-2.0
"""The names of accounts, of what they watch, and of hints: the same in every process, and they tell nobody anything."""

from __future__ import annotations

from hashlib import blake2b


def account_name(integration_id: str, account_id: str) -> str:
    """An account, by the edge's own id for it."""
    return _digest(b"account", integration_id, account_id.encode(errors="surrogatepass"))


def watched_name(integration_id: str, origin_account_key: str) -> str:
    """An origin account, by the connector's name for it; empty for an account that watches none."""
    key = origin_account_key.encode(errors="surrogatepass")
    return _digest(b"watched", integration_id, key) if key else ""


def hint_id(integration_id: str, hint: bytes) -> str:
    """A hint, by its bytes: the same one twice is one."""
    return _digest(b"hint", integration_id, hint)


def digest(text: str) -> str:
    """A text by which nobody reads it, such as a sealed state that is only looked for."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _digest(kind: bytes, integration_id: str, name: bytes) -> str:
    owner = integration_id.encode(errors="surrogatepass")
    return blake2b(b"%d:%b%b" % (len(owner), owner, name), digest_size=16, person=kind).hexdigest()
