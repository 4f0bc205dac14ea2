# SPDX-License-Identifier: Apache-2.0
"""One pull: the comments that are new, whatever happened to the others in between, and the threads they belong to."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from sealock_connector import ExternalResource, Miss, Pulled, count_miss
from sealock_connector.lists import Lists
from sealock_connector.localisation import Words
from sealock_origins.wordpress.api import PAGE, Api, Found
from sealock_origins.wordpress.comments import APPROVED, COMMENT, WAITING, Answered, Comment
from sealock_origins.wordpress.ids import reply_user_agent_prefix
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.pulls.details import Details, Gone, all_of
from sealock_origins.wordpress.pulls.given_up import GivenUpComments
from sealock_origins.wordpress.pulls.listing import CommentList, Part
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.resources import SiteAccount, as_resource

ALL_TYPES = "all"
NEWEST_WAITING = 200
OLDER_WAITING = 300
"""So many of the comments that wait for moderation are looked at in each pull: the newest, and older ones by turns."""
_USUAL_DEPTH = 10
"""As deep as WordPress's own settings allow. What is deeper is not asked for level by level."""
_MOST_PAGES = 100
"""Even a site that makes up comments without end is believed no further than this."""
_log = logging.getLogger(__name__)


class Puller:
    """
    One pull of one account. Raises what `Api` raises.

    `renew` is given the account's values where they change; `now` says what time it is; `words` translate what tickets
    say that nobody wrote.
    """

    def __init__(
        self,
        api: Api,
        account: SiteAccount,
        *,
        account_id: str,
        renew: Callable[[Mapping[str, Any]], None],
        now: Callable[[], datetime],
        words: Words,
    ) -> None:
        self._api = api
        self._words = words
        self._account = account
        self._renew = renew
        self._now = now
        self._own = reply_user_agent_prefix(account_id)
        self._type = COMMENT if account.wanted == {COMMENT} else ALL_TYPES
        self._lists = Lists(PAGE)
        self._list = CommentList(api, self._lists, self._type)
        self._details = Details(api, self._lists, self._type)
        self._given_up = GivenUpComments(api, self._type)
        self._threads = Threads(api, self._lists, self._list)

    async def steps(self, position: Position) -> AsyncIterator[Pulled]:
        """Comments that were approved since, then new ones, by id."""
        begun, last = False, 0
        known = position.given_again or self._account.given_again
        position = self._told_apart(replace(position, given_again=known))
        async for part in self._list.after(position):
            position = self._noticed(part, position)
            if not begun:
                begun = True
                async for step, after in self._approved_since(position):
                    position = after
                    yield step
                async for step, after in self._found_again(position):
                    position = after
                    yield step
            last = max(last, *part.listed.ids, 0)
            async for step, after in self._news(part, position):
                position = after
                yield step
            if part.is_last:
                position = self._told_apart(position.at_the_end(last, part.listed.total))
                yield Pulled(None, after=position)

    async def _news(self, part: Part, position: Position) -> AsyncIterator[tuple[Pulled, Position]]:
        comments = part.listed.comments
        self._threads.note(comments)
        below = sum(each <= position.settled for each in part.listed.ids)
        position = position.with_rank(part.offset + below) if below else position
        new = await self._learn([comment for comment in comments if self._concerns(comment, position)])
        for comment in comments:
            if new and comment is new[0]:
                new = new[1:]
                try:
                    said = await self._details.said(comment, new)
                except Gone:
                    continue
                position = self._after(comment, position)
                yield Pulled(await self._resource(comment, said), after=position), position
            elif not position.knows(comment.id):
                position = self._after(comment, position)
        yield Pulled(None, after=position), position

    def _after(self, comment: Comment, position: Position) -> Position:
        waits = comment.status == WAITING and not self._account.waiting_too
        if waits and comment.type in self._account.wanted | {COMMENT}:
            return position.with_waiting(comment.id, comment.mark)
        return position.with_seen(comment.id, comment.mark).without_waiting(comment.id)

    def _concerns(self, comment: Comment, position: Position) -> bool:
        """Whether the comment may be one to be brought to Zendesk, now."""
        if not position.waits(comment.id) and (position.knows(comment.id) or position.was_before(comment)):
            return False
        return self._may_come(comment)

    def _may_come(self, comment: Comment) -> bool:
        """Whether the comment is one to be brought to Zendesk, if it was not yet."""
        if comment.dated and comment.written_at.timestamp() < self._account.since:
            return False
        ours = comment.author and self._account.user_id in {0, comment.author}
        if ours and comment.user_agent.startswith(self._own):
            return False
        if comment.type not in self._account.wanted | {COMMENT}:
            return False
        return comment.status == APPROVED or (comment.status == WAITING and self._account.waiting_too)

    def _is_wanted(self, comment: Comment) -> bool:
        """
        Whether it is of a wanted type, and what it answers as well.

        What is written below a review is a comment, so that the shop's own answers would come without the reviews.
        """
        wanted, above = self._account.wanted, self._threads.types_above(comment.id)
        if comment.type == COMMENT and COMMENT not in wanted:
            return not wanted.isdisjoint(above)
        return comment.type in wanted and above <= wanted | {COMMENT}

    def _noticed(self, part: Part, position: Position) -> Position:
        """The position, put back where ids turn out to be given out again."""
        listed = part.listed
        position = position.with_latest(listed.comments)
        others = [comment for comment in listed.comments if position.is_another(comment)]
        if not others:
            return position
        first = min(comment.id for comment in others)
        before = min(position.latest, *(comment.mark.at - 1 for comment in others))
        rank = part.offset + sum(each < first for each in listed.ids)
        return self._told_apart(position.back_to(first, rank=rank, before=before))

    def _told_apart(self, position: Position) -> Position:
        """The position, after the account knows as well which ids the site gave out again."""
        if position.given_again and position.given_again != self._account.given_again:
            _log.warning("the site gives out ids of comments again, as after a restore: dates tell them apart")
            self._account = replace(self._account, given_again=position.given_again)
            self._renew(self._account.as_values())
        return position

    async def _approved_since(self, position: Position) -> AsyncIterator[tuple[Pulled, Position]]:
        """Comments that waited for moderation, are older than the window that each pull reads, and wait no longer."""
        older = [each for each in position.waiting if each <= position.settled]
        rest, newest = older[:-NEWEST_WAITING], older[-NEWEST_WAITING:]
        turn = [each for each in rest if each > position.turn][:OLDER_WAITING]
        turn += rest[: OLDER_WAITING - len(turn)]
        looked_at = list(dict.fromkeys([*turn, *newest]))
        for start in range(0, len(looked_at), PAGE):
            batch = looked_at[start : start + PAGE]
            found = await all_of(self._lists, batch, self._of_any_status, self._list.is_readable)
            concerned = [comment for comment in found.values() if comment and self._concerns(comment, position)]
            new = await self._learn(sorted(concerned, key=lambda comment: comment.id))
            for number, comment in enumerate(new):
                with suppress(Gone):
                    said = await self._details.said(comment, new[number + 1 :])
                    position = position.without_waiting(comment.id)
                    yield Pulled(await self._resource(comment, said), after=position), position
            still = {each for each, comment in found.items() if comment is None or comment.status == WAITING}
            position = position.without_waiting(*(set(batch) - still))
            yield Pulled(None, after=position), position
        if turn:
            position = position.with_turn(turn[-1])
            yield Pulled(None, after=position), position

    async def _found_again(self, position: Position) -> AsyncIterator[tuple[Pulled, Position]]:
        """Comments that were approved, and had been given up while they waited, because there were too many."""
        async for comments, after in self._given_up.parts(position):
            new = await self._learn([comment for comment in comments if self._may_come(comment)])
            for number, comment in enumerate(new):
                with suppress(Gone):
                    said = await self._details.said(comment, new[number + 1 :])
                    yield Pulled(await self._resource(comment, said), after=position), position
            position = after
            yield Pulled(None, after=position), position

    async def _of_any_status(self, ids: Sequence[int]) -> Found[Comment]:
        return await self._api.comments(ids, type=self._type)

    async def _learn(self, comments: Sequence[Comment]) -> Sequence[Comment]:
        """Those of the comments that are wanted, after all was found out that it takes to tell of them."""
        await self._threads.learn(comments)
        wanted = [comment for comment in comments if self._is_wanted(comment)]
        await self._details.learn(wanted)
        return wanted

    async def _resource(self, comment: Comment, said: str | None) -> ExternalResource:
        return await as_resource(
            comment,
            said=said,
            root=self._threads.root_of(comment),
            post=self._details.post(comment),
            account=self._account,
            now=self._now(),
            stars=self._details.stars(comment),
            words=self._words,
        )


class Threads:
    """
    Which conversation each comment of one pull belongs to: the comment at the top of the ones it answers.

    What it learns about a comment it does not ask again.
    """

    def __init__(self, api: Api, lists: Lists, comments: CommentList) -> None:
        self._api = api
        self._lists = lists
        self._comments = comments
        self._known: dict[int, Answered] = {}
        self._gone: set[int] = set()
        self._read_posts: set[int] = set()

    def note(self, comments: Iterable[Comment]) -> None:
        """Keep what these comments say themselves."""
        self._known.update((comment.id, Answered.of(comment)) for comment in comments)

    async def learn(self, comments: Sequence[Comment]) -> None:
        """Find out whatever `root_of` needs to know about these comments."""
        self.note(comments)
        for _ in range(_USUAL_DEPTH):
            if not await self._ask_for(self._unknown(comments)):
                return
        deep = {comment.post for comment in comments if self._unknown([comment])}
        for post in deep - self._read_posts:
            await self._read_post(post)
        for _ in range(_MOST_PAGES):
            if not await self._ask_for(self._unknown(comments)):
                return

    def root_of(self, comment: Comment) -> Answered:
        """
        The comment at the top. A parent that is gone is the top, under the id that it had, so that its answers stay
        together; so is the oldest of comments that answer each other in a circle.
        """
        path = self._path(comment.id)
        above = self._parent(path[-1])
        top = min(path[path.index(above) :]) if above in path else path[-1]
        return self._known.get(top) or Answered(top, 0, comment.post)

    def types_above(self, id: int) -> frozenset[str]:  # noqa: A002
        """The types of the comments that a comment answers, as far as they are known."""
        return frozenset(self._known[each].type for each in self._path(id)[1:] if each in self._known)

    def _parent(self, id: int) -> int:  # noqa: A002
        return self._known[id].parent if id in self._known else 0

    def _path(self, id: int) -> list[int]:  # noqa: A002
        """The comment and those above it, as far as known; a parent that is gone is its end."""
        path, met = [id], {id}
        while (parent := self._parent(path[-1])) and parent not in met:
            path.append(parent)
            met.add(parent)
        return path

    def _unknown(self, comments: Iterable[Comment]) -> list[int]:
        tops = {self._path(comment.id)[-1] for comment in comments}
        return sorted(tops - self._known.keys() - self._gone)

    async def _ask_for(self, ids: Sequence[int]) -> bool:
        """Ask what these answer; whether there was anything to ask."""
        if not ids:
            return False
        try:
            found = await all_of(self._lists, ids, self._api.answered, self._comments.is_readable)
        except Refused as refused:
            _log.warning("what comments answer cannot be asked: %s", refused.code)
            found = dict.fromkeys(ids)
        for each in ids:
            answered = found.get(each)
            if answered is not None:
                self._known[each] = answered
                continue
            self._gone.add(each)
            if each in found:
                count_miss(Miss.PARENT)
        return True

    async def _read_post(self, post: int) -> None:
        self._read_posts.add(post)
        offset = 0
        for _ in range(_MOST_PAGES):
            got = await self._lists.ask(self._below(post, offset))
            self._known.update(got.answer.items)
            offset += len(got.answer.items)
            if not got.answer.items:
                return

    def _below(self, post: int, offset: int) -> Callable[[int, int], Awaitable[Found[Answered]]]:
        return lambda size, _: self._api.answered_below(post, offset=offset, count=size)
