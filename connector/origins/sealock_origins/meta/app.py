# SPDX-License-Identifier: Apache-2.0
"""The Meta app that a deployment has made, and the proof that a call comes from it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class App:
    """An app by its id and secret, as the app dashboard shows them."""

    id: str
    secret: str = field(repr=False)

    @property
    def token(self) -> str:
        """The app's own access token."""
        return f"{self.id}|{self.secret}"

    def proof(self, token: str) -> str:
        """`appsecret_proof` of an access token: a token that was stolen alone is of no use."""
        return hmac.new(self.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
