# SPDX-License-Identifier: Apache-2.0
"""Going through an account's posts and comments by time, and how far its pulls have come."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    Cursor,
    ExternalResource,
    Miss,
    OriginUnavailable,
    OriginUnreached,
    count_miss,
)
from sealock_origins.meta.failures import OF_THE_ACCOUNT, Meaning, Refused
from sealock_origins.meta.inbox import MOST_AHEAD
from sealock_origins.meta.position import (
    MOST_AT_IT,
    MOST_UNLISTED,
    MOST_UNREAD_POSTS,
    Unread,
    UnreadPost,
    hash_of,
    name_of,
)

AT_ONCE = 4
"""So many lists are begun at a time."""
TRIES = 5
"""So many pulls in a row end where Meta fails to give a post's comments. Then it is passed over."""
MOST_POSTS = 20_000
"""So many posts are remembered, the latest ones."""
_TRIED_AGAIN = {Meaning.TRANSIENT, Meaning.NOT_PERMITTED}
_T = TypeVar("_T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A post or comment in the order of the pull: by time, what is answered before the answer."""

    at: datetime
    depth: int
    id: str


Listed = tuple[Entry, ExternalResource | None]
"""An entry, and what it becomes; None for what the account wrote itself."""
Step = tuple[ExternalResource | None, Cursor]
"""What an entry becomes, and how far the pull is with it."""


class Stream:
    """A sequence of entries, read as far as needed."""

    def __init__(self, entries: AsyncGenerator[Listed], post: str = "") -> None:
        """`post` is the one that the entries are below; empty where they are below none."""
        self._entries = entries
        self.post = post

    async def next(self) -> Listed | None:
        """The next entry; None at the end."""
        return await anext(self._entries, None)

    async def close(self) -> None:
        """End what is being read."""
        await self._entries.aclose()


async def news(streams: Sequence[Stream], cursor: Cursor, pull: PullOfPosts) -> AsyncGenerator[Step]:
    """
    What of the streams' entries was not brought, in order, and the cursor after each.

    The cursor has a start. The streams are closed at the end, however it comes. Raises what `begun` of the pull does,
    once all streams were begun and before anything of them is given; and at the end what has to be told of it.
    """
    since = cursor.since
    assert since is not None
    pull.unread.begin(cursor)
    try:
        async for entry, resource, post in merged(streams, pull.begun):
            if entry.at >= since and (entry.at, entry.id) not in cursor:
                cursor = cursor.seen(entry.at, entry.id)
            elif entry.at >= since or not pull.unread.is_news(post, entry.at, entry.id):
                continue
            pull.unread.went_on(post, entry.at, entry.id)
            yield resource, cursor
    finally:
        for stream in streams:
            await stream.close()
    yield None, cursor
    pull.end()


async def merged(
    streams: Sequence[Stream], begun: Callable[[], Awaitable[None]]
) -> AsyncIterator[tuple[Entry, ExternalResource | None, str]]:
    """
    The entries of all streams in order, each with the post that it is below.

    A few streams are begun at a time, and `begun` is awaited after that.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def first(stream: Stream) -> Listed | None:
        async with gate:
            return await stream.next()

    heads = await all_of([first(stream) for stream in streams])
    await begun()
    ordered = [(head[0], number, head[1]) for number, head in enumerate(heads) if head]
    heapq.heapify(ordered)
    while ordered:
        entry, number, resource = heapq.heappop(ordered)
        yield entry, resource, streams[number].post
        following = await streams[number].next()
        if following:
            heapq.heappush(ordered, (following[0], number, following[1]))


async def all_of(calls: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    """The results of all calls. The first failure ends the others, and is raised as it is."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class UnreadPosts:
    """
    The posts whose comments could not be read, as one pull finds and leaves them.

    A cursor forgets what is older than its overlap, so each of these has a place of its own, from which it goes on.
    """

    def __init__(self, known: Mapping[bytes, UnreadPost] | None = None) -> None:
        self._known = dict(known or {})
        self._reached = 0
        """The second up to which this and earlier pulls brought everything that could be read."""
        self._at_it: tuple[bytes, ...] = ()
        """What they brought of that second."""

    def begin(self, cursor: Cursor) -> None:
        """Take note of how far earlier pulls came."""
        reached = cursor.newest or cursor.since
        self._reached = int(reached.timestamp()) if reached else 0
        self._at_it = tuple(map(_hash_of, cursor.keys_at_newest))[-MOST_AT_IT:]

    def kept(self) -> Mapping[bytes, UnreadPost]:
        """What is to be remembered now."""
        return dict(self._known)

    def knows(self, post: str) -> bool:
        """Whether the post's comments could not be read."""
        return self._of(post) is not None

    def is_due(self, post: str, now: datetime) -> bool:
        """Whether the post's comments are asked for now, if they are at all."""
        known = self._of(post)
        return known is None or known.unread.is_due(int(now.timestamp()))

    def since(self, post: str, since: datetime) -> datetime:
        """From when on the post's comments are asked for, where others are asked for from `since` on."""
        known = self._of(post)
        return min(since, datetime.fromtimestamp(known.unread.at, UTC)) if known else since

    def is_news(self, post: str, at: datetime, comment: str) -> bool:
        """Whether a comment that is too old for the cursor was not brought, because the post could not be read."""
        known, second = self._of(post), int(at.timestamp())
        if known is None or second < known.unread.at:
            return False
        return second > known.unread.at or _hash_of(Cursor.key_of(comment)) not in known.at_it

    def went_on(self, post: str, at: datetime, comment: str) -> None:
        """A comment of the post came."""
        second, name = int(at.timestamp()), _hash_of(Cursor.key_of(comment))
        if second >= self._reached:
            same = self._at_it if second == self._reached else ()
            self._reached, self._at_it = second, (*same, name)[-MOST_AT_IT:]
        known = self._of(post)
        if known is not None and second >= known.unread.at:
            same = known.at_it if second == known.unread.at else ()
            self._put(post, Unread(second), (*same, name)[-MOST_AT_IT:])

    def remember(self, post: str, now: datetime, *, passing: bool) -> bool:
        """
        Remember a post that cannot be read; false where there is no room. `passing`: Meta only failed.

        It is asked for again from how far this pull is, or from where an earlier one had to leave it.
        """
        known = self._of(post)
        if known is None:
            if len(self._known) >= MOST_UNREAD_POSTS:
                return False
            known = UnreadPost(Unread(self._reached), self._at_it)
        self._put(post, known.unread.again(known.unread.at, int(now.timestamp()), passing=passing), known.at_it)
        return True

    def give_up_one(self) -> int:
        """Forget the one that was asked for most often; how often that was."""
        name = max(self._known, key=lambda each: self._known[each].unread.tries)
        return self._known.pop(name).unread.tries

    def was_read(self, post: str) -> None:
        """Nothing is left of the post."""
        if self._of(post) is not None:
            del self._known[name_of(post)]

    def without_unlisted(self, listed: Collection[str], now: datetime) -> int:
        """Take note of what is listed; forgets, and counts, what was not listed for so long that it must be gone."""
        if not self._known:
            return 0
        names, second, gone = {name_of(post) for post in listed}, int(now.timestamp()), 0
        for name, (unread, at_it) in list(self._known.items()):
            if name not in names and unread.is_due(second):
                self._known[name] = UnreadPost(unread.again(unread.at, second, passing=False), at_it)
                if unread.tries >= MOST_UNLISTED:
                    del self._known[name]
                    gone += 1
        return gone

    def _of(self, post: str) -> UnreadPost | None:
        return self._known.get(name_of(post)) if self._known else None

    def _put(self, post: str, unread: Unread, at_it: tuple[bytes, ...]) -> None:
        self._known[name_of(post)] = UnreadPost(unread, at_it)


def _hash_of(key: int) -> bytes:
    return hash_of(str(key))


class UnreadablePosts:
    """
    The posts whose comments Meta failed to give, and how often in a row, in memory.

    A pull that went on without a post's comments would leave them behind; one that never went on, all others.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, int] = OrderedDict()

    def ends(self, post: str) -> bool:
        """Note one more failure; whether there were so many that the post is done without."""
        self._failures[post] = self._failures.get(post, 0) + 1
        self._failures.move_to_end(post)
        if len(self._failures) > MOST_POSTS:
            self._failures.popitem(last=False)
        return self._failures[post] > TRIES

    def was_read(self, post: str) -> None:
        """Note that the post was read."""
        self._failures.pop(post, None)


class PullOfPosts:
    """What becomes, in one pull, of posts whose comments Meta does not give."""

    def __init__(
        self,
        unreadable: UnreadablePosts,
        explain: Callable[[Refused], Awaitable[ConnectorError]],
        unread: UnreadPosts | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        `explain` says what a refusal means for the account, which it looks at for that.

        `unread` are the posts that could not be read before.
        """
        self.unread = unread or UnreadPosts()
        self._unreadable = unreadable
        self._explain = explain
        self._now = now
        self._refused: Refused | None = None
        self._told: Refused | OriginUnavailable | None = None
        self._any_read = False

    def is_due(self, post: str) -> bool:
        """Whether the post's comments are asked for now, if they are at all."""
        return self.unread.is_due(post, self._now())

    def was_read(self, post: str, *, whole: bool = False) -> None:
        """Note that a post was read; `whole`: nothing is left of it."""
        self._any_read = True
        self._unreadable.was_read(post)
        if whole:
            self.unread.was_read(post)

    def listed(self, posts: Collection[str]) -> None:
        """Note which posts there are."""
        if gone := self.unread.without_unlisted(posts, self._now()):
            _log.warning("%d posts whose comments could not be read are listed no more", gone)

    def pass_over(self, post: str, error: Refused | OriginUnavailable) -> None:
        """
        Do without a post for now, and remember it. Raises the error where the pull has to end instead, and to try
        again.
        """
        meaning = error.meaning if isinstance(error, Refused) else Meaning.TRANSIENT
        if meaning is not Meaning.NOT_PERMITTED and meaning in OF_THE_ACCOUNT:
            raise error
        known = self.unread.knows(post)
        if meaning in _TRIED_AGAIN and not known and not self._unreadable.ends(post):
            if meaning is Meaning.TRANSIENT:
                raise error
            self._refused = error if isinstance(error, Refused) else None
        if not known and meaning is not Meaning.GONE:
            count_miss(Miss.POSTPONED)
            _log.warning("a post's comments cannot be read now, and are asked for again later: %s", error)
            self._told = self._told or error
        if not self.unread.remember(post, self._now(), passing=meaning is Meaning.TRANSIENT):
            count_miss(Miss.GIVEN_UP)
            tries = self.unread.give_up_one()
            _log.error("a post's comments that could not be read %d times are given up: there are too many", tries)
            self.unread.remember(post, self._now(), passing=meaning is Meaning.TRANSIENT)

    async def begun(self) -> None:
        """
        Look at the account where it may read none of its posts' comments.

        Raises what that means. Where a few may be read and others not, it is about these, and the account is fine.
        """
        if self._refused is not None and not self._any_read:
            raise await self._explain(self._refused)

    def end(self) -> None:
        """Raise why posts cannot be read, if that is news."""
        if self._told is not None:
            raise self._told


def not_ahead(at: datetime, now: datetime) -> datetime:
    """
    An item's time, for its place in a pull; one that is ahead of the clock counts as written now.

    An item from the year 2099 would be the newest for ever, and hide whatever is written after it.
    """
    return at if at <= now + MOST_AHEAD else now


class Postponed:
    """The failure of one part of a pull, kept until the others had their turn."""

    def __init__(self, explain: Callable[[Refused], Awaitable[ConnectorError]]) -> None:
        """`explain` says what a refusal means for the account, which it looks at for that."""
        self._explain = explain
        self._error: Refused | ConnectorError | None = None

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Around a part of a pull. What concerns the whole account, or all calls, is raised at once."""
        try:
            yield
        except Refused as refused:
            if refused.meaning is Meaning.NOT_PERMITTED:
                self._error = await self._explain(refused)
            elif refused.meaning in OF_THE_ACCOUNT:
                raise
            else:
                self._error = refused
        except OriginUnreached:
            raise
        except OriginUnavailable as error:
            self._error = error
        if isinstance(self._error, AccountRevoked):
            raise self._error

    def end(self) -> None:
        """Raise what was kept."""
        if self._error is not None:
            raise self._error
