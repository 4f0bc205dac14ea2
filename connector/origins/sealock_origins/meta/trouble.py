# SPDX-License-Identifier: Apache-2.0
"""What an administrator is told where a set-up meets trouble at Meta."""

from __future__ import annotations

from dataclasses import dataclass

from sealock_connector import ConnectorError, OriginThrottled, OriginUnreached, Text
from sealock_origins.meta.failures import Meaning, Refused


@dataclass(frozen=True, slots=True)
class Trouble:
    """The sentences of one connector, whose catalogues translate them."""

    unreached: Text
    busy: Text
    failed: Text

    def sentence(self, error: Refused | ConnectorError) -> Text:
        """What the error means to somebody who waits before a form."""
        if isinstance(error, OriginUnreached):
            return self.unreached
        refused = isinstance(error, Refused) and error.meaning is Meaning.THROTTLED
        return self.busy if refused or isinstance(error, OriginThrottled) else self.failed
