# SPDX-License-Identifier: Apache-2.0
"""Which failures end a pull, and which only one post: how long pulls wait for what Meta fails to tell."""

from __future__ import annotations

import logging
from collections import OrderedDict

from sealock_origins.meta.failures import OF_THE_ACCOUNT, Meaning, Refused

TRIES = 5
"""So many pulls in a row end where Meta fails to tell of a post. Then it is passed over."""
MOST = 20_000

_log = logging.getLogger(__name__)


class Patience:
    """
    Which posts Meta failed to tell of, and how often in a row, in memory.

    A pull that went on without a post's comments would leave them behind; one that never went on, all others.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, int] = OrderedDict()

    def pass_over(self, post: str, refused: Refused) -> None:
        """Do without a post. Raises the refusal where the pull has to end instead, and to try again."""
        fails = refused.meaning is Meaning.TRANSIENT
        if refused.meaning in OF_THE_ACCOUNT or (fails and not self._ends(post)):
            raise refused
        if refused.meaning is not Meaning.GONE:
            _log.warning("a post's comments cannot be read now: %s", refused.detail)

    def renew(self, post: str) -> None:
        """Note that the post was read."""
        self._failures.pop(post, None)

    def _ends(self, post: str) -> bool:
        self._failures[post] = self._failures.get(post, 0) + 1
        self._failures.move_to_end(post)
        if len(self._failures) > MOST:
            self._failures.popitem(last=False)
        return self._failures[post] > TRIES
