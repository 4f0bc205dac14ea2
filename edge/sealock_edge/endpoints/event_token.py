# SPDX-License-Identifier: Apache-2.0
"""The token in an event-callback URL: it tells the edge that the URL came from its own manifest."""

from __future__ import annotations

from sealock_edge.integration import Integration
from sealock_edge.sealing import Purpose, Sealer, Unsealable

_PLAIN = b"event_callback"


class EventTokens:
    """
    Makes and checks tokens. The manifest shows the token to anyone who asks, so it keeps out noise, not attackers:
    what happens to an account is believed only if the account's own sealed metadata comes with it.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def token(self, integration: Integration) -> str:
        """The integration's token; the same as long as the same key seals."""
        return self._sealer.seal(_PLAIN, purpose=Purpose.EVENT_TOKEN, owner=(integration.id,))

    def is_ours(self, token: str, integration: Integration) -> bool:
        """Whether this is a token of the integration."""
        try:
            opened = self._sealer.open(token, purpose=Purpose.EVENT_TOKEN, owner=(integration.id,))
        except Unsealable:
            return False
        return opened.plain == _PLAIN
