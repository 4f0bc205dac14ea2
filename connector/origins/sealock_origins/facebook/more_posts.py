# SPDX-License-Identifier: Apache-2.0
"""
Posts that are in no list of a Page's wall: ads, single photos of albums, recommendations, posts that mention the Page.

Each list needs rights of its own, which many apps do not have. One that is refused is done without, counted, and
asked for again after an hour.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain

from sealock_connector import Miss, OriginUnavailable, count_miss
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.posts import NOT_TOLD, POST_FIELDS, Post, Writer, item_id
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.graph import (
    Graph,
    Unreadable,
    digits,
    elements,
    instant,
    mapping,
    read_items,
    required_instant,
    text,
)
from sealock_origins.meta.lists import Fields, Item
from sealock_origins.meta.messages.attachments import recommendation
from sealock_origins.meta.pull import all_of

AGAIN_SECONDS = 600.0
"""How often these lists are asked for: most Pages have few of these, and each call counts. A Page on which so much
happens that the pull's place forgets what is twice as old is asked in each pull."""
REFUSED_SECONDS = 3_600.0
EDGES = ("ads_posts", "photos", "ratings", "tagged")
MOST = 50
"""So many of the newest of each list are looked at."""
MOST_LOOKED_AT = 10
"""Below so many of the newest recommendations comments are looked for."""
_MOST_ACCOUNTS = 10_000
_REFUSALS = {Meaning.NOT_PERMITTED, Meaning.BAD_REQUEST, Meaning.GONE, Meaning.NOT_VISIBLE, Meaning.RESTRICTED}
_NEWEST_COMMENT = "comments.order(reverse_chronological).limit(1)"
PHOTO_FIELDS: Sequence[Fields] = (("id", "created_time", (_NEWEST_COMMENT, ("created_time",))),)
RATING_FIELDS: Sequence[Fields] = (
    (
        "created_time",
        "rating",
        "recommendation_type",
        "review_text",
        ("reviewer", ("id", "name")),
        ("open_graph_story", ("id",)),
    ),
    ("created_time", "recommendation_type", "review_text", ("open_graph_story", ("id",))),
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class More:
    """Posts beside those of the wall."""

    own: list[Post] = field(default_factory=list)
    """On which comments count as those on the Page's own posts."""
    visitors: list[Post] = field(default_factory=list)


class MorePosts:
    """Asks for them now and then, and remembers when, in memory. `clock` gives seconds that only grow."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._failed: set[tuple[str, str]] = set()

    async def of(
        self, graph: Graph, account: PageAccount, listed: Sequence[Post], *, remembered: timedelta = timedelta.max
    ) -> More:
        """
        What there is for the account. Raises `Refused` and the SDK's errors for what concerns all of it.

        `remembered` is how far back the pull still finds what it had not seen.
        """
        if remembered.total_seconds() < 2 * AGAIN_SECONDS:
            self._ask_again(account)
        own, visitors = [], []
        if account.comments:
            own.append(self._read(graph, account, "ads_posts", _posts, include_inline_create="true"))
            own.append(self._photos(graph, account, listed))
        if account.visitor_posts:
            visitors.append(self._read(graph, account, "ratings", _recommendations))
            visitors.append(self._read(graph, account, "tagged", _posts))
        lists = await all_of([*own, *visitors])
        return More(list(chain(*lists[: len(own)])), list(chain(*lists[len(own) :])))

    def done(self, account: PageAccount) -> None:
        """A pull of the account came to its end: what was listed for it need not be listed again soon."""
        for edge in EDGES:
            if (account.page, edge) not in self._failed:
                self._wait(account, edge, AGAIN_SECONDS)

    async def _photos(self, graph: Graph, account: PageAccount, listed: Sequence[Post]) -> list[Post]:
        """The photos of posts with several, on which there are comments of their own."""
        album_of = {photo: post for post in listed for photo in post.photos}
        if not album_of:
            return []
        photos = await self._read(graph, account, "photos", _photo_posts, type="uploaded")
        return [
            Post(
                id=f"{account.page}_{photo.node}",
                written_at=photo.written_at,
                changed_at=photo.changed_at,
                writer=Writer(account.page, account.name),
                message=album_of[photo.node].message,
                node=photo.node,
            )
            for photo in photos
            if photo.node in album_of
        ]

    async def _read(
        self,
        graph: Graph,
        account: PageAccount,
        edge: str,
        reading: Callable[[Item, int], list[Post]],
        **query: str,
    ) -> list[Post]:
        if self._clock() < self._next.get((account.page, edge), 0.0):
            return []
        found: list[Post] = []
        self._failed.discard((account.page, edge))
        steps = {"photos": PHOTO_FIELDS, "ratings": RATING_FIELDS}.get(edge, POST_FIELDS)
        portions = graph.portions(f"{account.page}/{edge}", *steps, limit=MOST, **query)
        try:
            async with aclosing(portions):
                async for portion in portions:
                    found += chain(*read_items(reading, portion.items, portion.step, "post"))
                    if len(found) >= MOST:
                        break
            if edge == "ratings":
                # They do not say when something changed below them, so the newest are looked at each time.
                found[:MOST_LOOKED_AT] = [replace(post, changed_at=NOT_TOLD) for post in found[:MOST_LOOKED_AT]]
        except Refused as refused:
            if refused.meaning in _REFUSALS:
                self._do_without(account, edge, refused)
            elif refused.meaning is Meaning.TRANSIENT:
                self._ask_soon(account, edge, refused)
            else:
                raise
        except OriginUnavailable as error:
            self._ask_soon(account, edge, error)
        return found

    def _ask_soon(self, account: PageAccount, edge: str, error: Exception) -> None:
        """The next pull asks again: what is written below these posts is found for as long as a pull looks back."""
        count_miss(Miss.POSTPONED)
        _log.warning("a Page's %s cannot be read now: %s", edge, error)
        if len(self._failed) < _MOST_ACCOUNTS:
            self._failed.add((account.page, edge))

    def _ask_again(self, account: PageAccount) -> None:
        """Do not wait, but where a list was refused."""
        for edge in EDGES:
            if self._next.get((account.page, edge), 0.0) <= self._clock() + AGAIN_SECONDS:
                self._next.pop((account.page, edge), None)

    def _do_without(self, account: PageAccount, edge: str, refused: Refused) -> None:
        count_miss(Miss.PERMISSION)
        _log.warning("a Page's %s cannot be read, which needs a permission of its own: %s", edge, refused.detail)
        self._wait(account, edge, REFUSED_SECONDS)

    def _wait(self, account: PageAccount, edge: str, seconds: float) -> None:
        key = (account.page, edge)
        self._next[key] = max(self._next.get(key, 0.0), self._clock() + seconds)
        self._next.move_to_end(key)
        if len(self._next) > _MOST_ACCOUNTS:
            self._next.popitem(last=False)


def _posts(item: Item, step: int) -> list[Post]:
    return [Post.read(item, step)]


def _photo_posts(item: Item, _: int) -> list[Post]:
    """A photo that has comments."""
    newest = [instant(each.get("created_time")) for each in elements(item.get("comments"))]
    photo = digits(item.get("id"))
    if not newest or not photo:
        return []
    written = required_instant(item.get("created_time"), "created_time")
    return [Post(photo, written, max(newest), Writer(), node=photo)]


def _recommendations(item: Item, _: int) -> list[Post]:
    """A recommendation, which is a post that can be commented on."""
    found = item_id(mapping(item.get("open_graph_story")).get("id"))
    if not found:
        raise Unreadable("open_graph_story")
    written, stars = required_instant(item.get("created_time"), "created_time"), item.get("rating")
    return [
        Post(
            id=found,
            written_at=written,
            changed_at=written,
            writer=Writer.read(item.get("reviewer")),
            message=text(item.get("review_text")),
            notes=(recommendation(text(item.get("recommendation_type")), stars),),
        )
    ]
