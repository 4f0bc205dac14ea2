# SPDX-License-Identifier: Apache-2.0
"""Which posts are visitors': a webhook about a comment does not say it, and the ticket depends on it."""

from __future__ import annotations

from collections import OrderedDict

MOST = 20_000


class KnownPosts:
    """
    Posts by what pulls and webhooks told of them, in memory.

    A post that nobody told of counts as the Page's own: pulls know all newer ones.
    """

    def __init__(self) -> None:
        self._visitors: OrderedDict[str, bool] = OrderedDict()

    def note(self, post: str, *, visitors: bool) -> None:
        """Keep whose post it is."""
        self._visitors[post] = visitors
        self._visitors.move_to_end(post)
        if len(self._visitors) > MOST:
            self._visitors.popitem(last=False)

    def is_visitors(self, post: str) -> bool:
        """Whether a visitor wrote it."""
        return self._visitors.get(post, False)
