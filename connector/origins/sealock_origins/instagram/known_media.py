# SPDX-License-Identifier: Apache-2.0
"""What webhooks leave out: the address of a post, and what an unread mention says."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

MOST_MEDIA, MOST_ACCOUNTS, MOST_MENTIONS = 20_000, 10_000, 200


class KnownMedia:
    """
    What pulls learned, and what webhooks left for the next pull, in memory.

    A webhook's comment needs its post's shortcode, or its id would be another than in a pull. And a webhook about a
    mention is only a pair of ids, which cannot be read without the account's token.
    """

    def __init__(self) -> None:
        self._shortcodes: OrderedDict[str, str] = OrderedDict()
        self._read: OrderedDict[str, None] = OrderedDict()
        self._mentions: OrderedDict[str, dict[tuple[str, str], None]] = OrderedDict()

    def note(self, account: str, media: Iterable[tuple[str, str]]) -> None:
        """An account's newest posts, with their shortcodes."""
        for each, shortcode in media:
            self._shortcodes[each] = shortcode
            self._shortcodes.move_to_end(each)
        while len(self._shortcodes) > MOST_MEDIA:
            self._shortcodes.popitem(last=False)
        self._read[account] = None
        self._read.move_to_end(account)
        if len(self._read) > MOST_ACCOUNTS:
            self._read.popitem(last=False)

    def shortcode(self, account: str, media: str) -> str | None:
        """The post's; empty for one so old that no pull reads it; None where that is not known yet."""
        return self._shortcodes.get(media, "" if account in self._read else None)

    def leave_mention(self, account: str, media: str, comment: str) -> None:
        """Keep a mention for the account's next pull; `comment` is empty where a caption mentions."""
        mentions = self._mentions.setdefault(account, {})
        self._mentions.move_to_end(account)
        mentions[(media, comment)] = None
        while len(mentions) > MOST_MENTIONS:
            del mentions[next(iter(mentions))]
        if len(self._mentions) > MOST_ACCOUNTS:
            self._mentions.popitem(last=False)

    def mentions(self, account: str) -> list[tuple[str, str]]:
        """The mentions that were left for the account."""
        return list(self._mentions.get(account, ()))

    def forget_mention(self, account: str, media: str, comment: str) -> None:
        """The mention was brought, or cannot be read."""
        self._mentions.get(account, {}).pop((media, comment), None)
