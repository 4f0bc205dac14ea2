# SPDX-License-Identifier: Apache-2.0
"""How many calls are answered at once, and how they are shared out: no account can take the places of all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from sealock_connector.errors import OriginUnreached

RETRY_AFTER: Final = timedelta(seconds=5)


class NoPlace(OriginUnreached):
    """As many calls are under way as there may be. Nothing of this one was begun, so it may be made again."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=RETRY_AFTER)


class Place:
    """What one call holds."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._holder = ""

    def take_for(self, holder: str) -> None:
        """
        Say whose call it is, or whose it is instead: that of a connection, an account, or all of one kind.

        Raises `NoPlace` if the holder has more calls under way than there are places left. So one holder gets half of
        them at most, two get a third each, and for whoever comes first there is one left.
        """
        self._let_go()
        self._places.check_share(holder)
        self._holder = holder
        self._places.held[holder] += 1

    def leave(self) -> None:
        """Give it back."""
        self._places.taken -= 1
        self._let_go()

    def _let_go(self) -> None:
        if self._holder:
            self._places.held[self._holder] -= 1
            if not self._places.held[self._holder]:
                del self._places.held[self._holder]
            self._holder = ""


class Places:
    """The places of all calls."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self.held: Counter[str] = Counter()
        """How many each holder has."""

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place, while a call lasts. Raises `NoPlace` where none is left."""
        if self.taken >= self.most:
            raise NoPlace("all places are taken")
        self.taken += 1
        place = Place(self)
        try:
            yield place
        finally:
            place.leave()

    def check_share(self, holder: str) -> None:
        """Raises `NoPlace` if the holder has more than its share already."""
        if self.held[holder] > self.most - self.taken:
            raise NoPlace("one holder has as many calls under way as places are left")
