# SPDX-License-Identifier: Apache-2.0
"""The names of accounts, of what they watch, and of hints: the same in every process, and they tell nobody anything."""

from __future__ import annotations

from hashlib import blake2b


def account_name(integration_id: str, account_id: str) -> str:
    """An account, by the edge's own id for it."""
    return digest("account", integration_id, account_id)


def watched_name(integration_id: str, origin_account_key: str) -> str:
    """An origin account, by the connector's name for it; empty for an account that watches none."""
    return digest("watched", integration_id, origin_account_key) if origin_account_key else ""


def hint_id(integration_id: str, hint: bytes) -> str:
    """A hint, by its bytes: the same one twice is one."""
    return digest("hint", integration_id, hint.decode("latin-1"))


def digest(*parts: str) -> str:
    """Texts by which nobody reads them, such as a sealed state that is only looked for. No other ones have the same."""
    written = "".join(f"{len(part)}:{part}" for part in parts).encode(errors="surrogatepass")
    return blake2b(written, digest_size=16).hexdigest()
