# SPDX-License-Identifier: Apache-2.0
"""What belongs to comments and is asked for by id: what they say, the titles of posts, the stars of reviews."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from sealock_connector import ConnectorError, Miss, OriginUnavailable, count_miss
from sealock_connector.egress import TooMuchAsked
from sealock_connector.lists import Lists
from sealock_origins.wordpress.api import PAGE, Api, Found
from sealock_origins.wordpress.comments import BARE_FIELDS, REVIEW, Comment, Post
from sealock_origins.wordpress.refusals import Refused

_FEW = 4
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Gone(Exception):
    """A comment is no longer there."""


async def first_of(
    lists: Lists,
    ids: Sequence[int],
    ask: Callable[[Sequence[int]], Awaitable[Found[_T]]],
    others_come: Callable[[int], Awaitable[bool]],
) -> tuple[Sequence[int], Mapping[int, _T | None]]:
    """
    As many of the ids as the site gives at once, and what it has of them.

    What it does not have is missing. None is what is too much even alone, as long as `others_come`; if they do not,
    what the site answered is raised.
    """

    async def call(size: int, step: int) -> Found[_T]:
        if not step:
            return await ask(ids[:size])
        if not await others_come(ids[0]):
            raise TooMuchAsked("the site gives nothing at all")
        return Found({}, whole=True)

    got = await lists.ask(call, steps=1, most=min(PAGE, len(ids)))
    asked = ids[: got.size]
    if got.step:
        return asked, {asked[0]: None}
    found = {each: got.answer.items[each] for each in asked if each in got.answer.items}
    # A plug-in may give fewer than asked for; the others are asked for again.
    return (asked if got.answer.whole or not found else list(found)), found


async def all_of(
    lists: Lists,
    ids: Sequence[int],
    ask: Callable[[Sequence[int]], Awaitable[Found[_T]]],
    others_come: Callable[[int], Awaitable[bool]],
) -> Mapping[int, _T | None]:
    """What the site has of all these ids, as `first_of` gives it."""
    found: dict[int, _T | None] = {}
    left = list(ids)
    while left:
        asked, some = await first_of(lists, left, ask, others_come)
        found.update(some)
        left = [each for each in left if each not in set(asked)]
    return found


class Details:
    """
    The details of the comments of one pull.

    What they say is needed: it raises what `Api` raises. The rest is not: comments come without it, and the miss is
    counted.
    """

    def __init__(self, api: Api, lists: Lists, type: str) -> None:  # noqa: A002
        self._api = api
        self._lists = lists
        self._type = type
        self._said: dict[int, str | None] = {}
        self._gone: set[int] = set()
        self._others_come: dict[int, bool] = {}
        self._posts: dict[int, Post | None] = {}
        self._stars: dict[int, int] = {}

    async def said(self, comment: Comment, ahead: Sequence[Comment]) -> str | None:
        """
        What the comment says; None where the site cannot give it, or it is too much. Raises `Gone`.

        What those `ahead` say is asked for at the same time.
        """
        if comment.told:
            return comment.rendered
        # A plug-in that gives fewer than asked for may have left out this one.
        for ids in ([comment.id, *(each.id for each in ahead if not each.told)], [comment.id]):
            if comment.id not in self._said and comment.id not in self._gone:
                await self._ask_what_they_say(ids)
        if comment.id in self._gone:
            raise Gone
        return self._said[comment.id]

    async def _ask_what_they_say(self, ids: Sequence[int]) -> None:
        for context in ("view", "edit"):
            # In the one, there is no second text for those who edit; the other is for what a plug-in hides there.
            async def ask(some: Sequence[int], context: str = context) -> Found[str | None]:
                return await self._api.contents(some, type=self._type, context=context)

            try:
                ids, some = await first_of(self._lists, ids, ask, self._gives_others)
            except Refused:
                if context == "edit":
                    raise
                continue
            self._said.update(some)
            ids = [each for each in ids if some.get(each) is None]
            if not ids:
                return
        self._gone.update(each for each in ids if each not in self._said)

    async def _gives_others(self, but: int) -> bool:
        """Whether the site gives what another comment says, if it has another."""
        if but not in self._others_come:
            try:
                oldest = await self._api.listed(count=_FEW, fields=BARE_FIELDS, type=self._type)
                others = [each for each in oldest.ids if each != but]
                self._others_come[but] = not others or await self._gives_any(others)
            except (OriginUnavailable, Refused):
                self._others_come[but] = False
        return self._others_come[but]

    async def _gives_any(self, ids: Sequence[int]) -> bool:
        for each in ids:
            try:
                if (await self._api.contents([each], type=self._type)).items:
                    return True
            except OriginUnavailable:
                continue
        return False

    async def learn(self, comments: Sequence[Comment]) -> None:
        """Ask for what can be missing: titles, stars."""
        unknown: dict[str, set[int]] = {}
        for comment in comments:
            if comment.post not in self._posts:
                unknown.setdefault(comment.post_collection, set()).add(comment.post)
        for collection, ids in unknown.items():
            found = await self._optional(self._titles(collection, sorted(ids)), Miss.TITLE) if collection else {}
            self._posts.update({post: found.get(post) for post in ids})
        reviews = [comment.id for comment in comments if comment.type == REVIEW and comment.id not in self._stars]
        if reviews:
            self._stars.update(await self._optional(self._api.stars(reviews), Miss.FIELDS))

    async def _titles(self, collection: str, ids: Sequence[int]) -> Mapping[int, Post]:
        public = await self._api.posts(collection, ids)
        found, hidden = dict(public.items), [each for each in ids if each not in public.items]
        if hidden:
            # Capped by a plug-in, or private, or not published any more: editors may see those.
            found.update((await self._api.posts(collection, hidden, status="any")).items)
        return found

    async def _optional(self, asking: Awaitable[Mapping[int, _T]], miss: Miss) -> Mapping[int, _T]:
        try:
            return await asking
        except (ConnectorError, Refused) as error:
            count_miss(miss)
            _log.warning("comments come without their %s: %s", miss.value, error)
            return {}

    def post(self, comment: Comment) -> Post | None:
        """What the comment stands below, if that is known."""
        return self._posts.get(comment.post)

    def stars(self, comment: Comment) -> int:
        """How many stars a review gives; 0 if that is not known."""
        return self._stars.get(comment.id, 0)
