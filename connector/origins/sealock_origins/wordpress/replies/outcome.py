# SPDX-License-Identifier: Apache-2.0
"""What became of a reply at the site: whether it is there, whole, and read by those for whom it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import islice

from sealock_connector import ConnectorError, MessageRejected, Text
from sealock_origins.wordpress.comments import APPROVED, WAITING
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.replies.calls import ReplyCalls, Stored
from sealock_origins.wordpress.replies.files import FileLink
from sealock_origins.wordpress.replies.words import Kept, forms, kept, kept_words

PAUSE = timedelta(seconds=1)
"""After this a comment that was not there yet is looked for again: copies of a database lag behind."""

WAITS = Text(
    "WordPress took this reply but holds it back for moderation, so that nobody sees it yet. Approve it there: it "
    "need not be sent again."
)
SPAM = Text(
    "The site's filter put this reply into WordPress's spam folder, where nobody reads it. Somebody who moderates "
    "there can mark it as not spam."
)
TRASH = Text(
    "The site's filter put this reply into WordPress's trash, where nobody reads it. Somebody who moderates there can "
    "restore it."
)
DELETED = Text("WordPress took this reply, but something at the site deleted it at once. Nobody can read it.")
HIDDEN = Text(
    "WordPress took this reply, but does not show it to visitors of the site, who see the comment it answers."
)
ELSEWHERE = Text("WordPress put this reply below another post than that of the comment it answers.")
CUT = Text("The site keeps only the beginning of this reply, perhaps because it is too long.")
REPLACED = Text("The site replaced the text of this reply with another.")
NO_LINKS = Text(
    "The site takes links out of replies, so that nobody gets the files of this one. Send it without files."
)
TAKEN_BACK = Text("The reply was taken back.")
STILL_THERE = Text("What is left of it can be read there until somebody deletes it.")
_BY_STATUS = {WAITING: WAITS, "spam": SPAM, "trash": TRASH, "post-trashed": TRASH}


class NotShown(MessageRejected):
    """The site took the reply, and it is not read there. It is not sent again: that would be another one."""

    nothing_sent = False


class Gone(NotShown):
    """The site took the reply, and does not have it any more."""


class Outcome:
    """Judges replies of one account. `pause` waits for so many seconds."""

    def __init__(self, calls: ReplyCalls, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._calls = calls
        self._pause = pause

    async def of_written(
        self, stored: Stored, *, post: int, parent: int, content: str, files: Sequence[FileLink]
    ) -> Stored:
        """
        The comment that was just written, once it is known to be there for everybody, whole.

        `files` are the links that it has. Raises `NotShown`, and `MessageRejected`
        for a reply that was taken back.
        """
        stored = await self._whole(stored, content)
        if _lacks(stored, files):
            stored = await self._with_addresses(stored, content, files)
        await self.check(stored, post=post, parent=parent)
        return stored

    async def check(self, stored: Stored, *, post: int, parent: int) -> None:
        """Raise `NotShown` unless those who see the comment that is answered see the reply, too."""
        if stored.post != post:
            raise NotShown(ELSEWHERE)
        if stored.status in _BY_STATUS:
            raise NotShown(_BY_STATUS[stored.status])
        if not await self._calls.is_hidden_from_visitors(stored.id):
            return
        if stored.status != APPROVED or not await self._calls.is_hidden_from_visitors(parent):
            raise NotShown(HIDDEN)

    async def now(self, comment: int, answer: Stored | None) -> Stored:
        """
        What the site says now of a comment; if it does not say, what it did in its `answer` when it was written.

        Raises `Gone`.
        """
        for seconds in (0.0, PAUSE.total_seconds()):
            if seconds:
                await self._pause(seconds)
            try:
                stored = await self._calls.stored(comment)
            except (Refused, ConnectorError):
                if answer is None:
                    raise
                return answer
            if stored is not None:
                return stored
        raise Gone(DELETED)

    async def _whole(self, stored: Stored, content: str) -> Stored:
        """The comment, mended where the site lost something of it that can be said otherwise."""
        how = _how(stored, content)
        if how in {Kept.MARKS_LOST, Kept.LETTERS_LOST}:
            stored = await self._mended(stored, content)
            how = _how(stored, content)
        if how is Kept.LETTERS_LOST:
            how = kept_words(content, stored.raw or stored.shown)
        if how in _BROKEN:
            await self._take_back(stored.id, _BROKEN[how])
        return stored

    async def _mended(self, stored: Stored, content: str) -> Stored:
        for form in islice(forms(content), 1, None):
            try:
                await self._calls.rewrite(stored.id, form)
                stored = await self._calls.stored(stored.id) or stored
            except (Refused, ConnectorError):
                continue
            if _how(stored, content) is Kept.WHOLE:
                break
        return stored

    async def _with_addresses(self, stored: Stored, content: str, files: Sequence[FileLink]) -> Stored:
        """The comment with the addresses of its files as text, where the site has taken the links away."""
        for file in files:
            content = content.replace(file.markup, file.spelt_out)
        try:
            await self._calls.rewrite(stored.id, content)
            stored = await self._calls.stored(stored.id) or stored
        except (Refused, ConnectorError):
            pass
        if _lacks(stored, files):
            await self._take_back(stored.id, NO_LINKS)
        return stored

    async def _take_back(self, comment: int, why: Text) -> None:
        try:
            await self._calls.delete_comment(comment)
        except (Refused, ConnectorError):
            raise NotShown(Text.joined(why, STILL_THERE)) from None
        raise MessageRejected(Text.joined(why, TAKEN_BACK))


_BROKEN = {Kept.CUT: CUT, Kept.REPLACED: REPLACED}


def _lacks(stored: Stored, files: Sequence[FileLink]) -> bool:
    """Whether people do not get one of the files, though the comment should have its link."""
    return not all(file.is_in(f"{stored.raw or ''} {stored.shown}") for file in files)


def _how(stored: Stored, content: str) -> Kept:
    if stored.raw is None:
        return Kept.WHOLE
    how = kept(content, stored.raw)
    # What is stored may be in a form of a plugin's own; what people see counts.
    return Kept.WHOLE if how in _BROKEN and kept(content, stored.shown) is Kept.WHOLE else how
