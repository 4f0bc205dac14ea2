# SPDX-License-Identifier: Apache-2.0
"""A site's REST API as a typed client: its calls, and what they give."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sealock_connector import Cause, ConnectorError, Miss, OriginUnavailable, count_miss
from sealock_connector.egress import AnswerTooLarge, OriginAnswer, OriginClient, TooMuchAsked
from sealock_origins.wordpress.accounts import MODERATE
from sealock_origins.wordpress.comments import (
    APPROVED,
    COMMENT,
    COMMENT_FIELDS,
    LISTED_FIELDS,
    WAITING,
    Answered,
    Comment,
    Post,
    Rated,
    Unreadable,
    User,
    content_of,
    number_of,
)
from sealock_origins.wordpress.refusals import NOBODY, Refused, read_answer, said_time
from sealock_origins.wordpress.rest import Rest, SignIns

PAGE = 100
"""WordPress gives at most this many items at once."""

_TOTAL = re.compile(r"[0-9]{1,18}", re.ASCII)
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of the list of comments, in the order of their ids."""

    comments: Sequence[Comment]
    ids: Sequence[int]
    """Of these, and of comments that cannot be read."""
    total: int
    """How many the whole list has; where the site does not say, how many there are at least."""
    counted: bool = True
    """Whether the site says how many there are."""

    def followed_by(self, further: Listed) -> Listed:
        """It, and the part that comes after it."""
        return Listed([*self.comments, *further.comments], [*self.ids, *further.ids], further.total, further.counted)


@dataclass(frozen=True, slots=True)
class Found(Generic[_T_co]):
    """What the site has of some ids."""

    items: Mapping[int, _T_co]
    whole: bool
    """Whether that is all it has of them; it may have given fewer than it was asked for."""

    @classmethod
    def of_list(cls, items: Mapping[int, _T_co], *, given: int, total: int | None) -> Found[_T_co]:
        """What a list of so many items gave; `total` is how many it has in all, if the site says so."""
        return cls(items, whole=total is not None and total <= given)


class Api:
    """
    One site's REST API with one user's credentials, all calls in edit context: as an anonymous visitor, which a
    wrong password can make of a caller without a word, each fails.

    Raises `Refused` for what WordPress refuses in its own words, the SDK's errors for everything else.
    """

    def __init__(
        self,
        http: OriginClient,
        root: str,
        credentials: tuple[str, str],
        *,
        sign_ins: SignIns | None = None,
        unlike_before: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self.rest = Rest(http, root, credentials, sign_ins or SignIns())
        self.unlike_before = unlike_before
        """Makes a value for a parameter that no cache before the site has seen."""

    async def me(self) -> User:
        """The user whose credentials these are."""
        return read_as(User.read, await self._get("wp/v2/users/me", {}))

    async def who_we_are(self) -> User:
        """
        The same, proved by what the site does: some plugins hide users, and a network's administrator may more than
        is said. Raises `Refused` when the credentials are not accepted.
        """
        try:
            user = await self.me()
        except Refused as refused:
            if refused.code in NOBODY or not await self._moderates():
                raise
            return User(0, "", None)
        if not user.has(MODERATE) and await self._moderates():
            return replace(user, rights=None)
        return user

    async def offers_passwords(self) -> bool:
        """Whether the site's index has application passwords. Yes if there is none."""
        try:
            index = read_answer(await self._ask("GET", "", params={"_fields": "authentication"}, as_visitor=True))
        except (Refused, ConnectorError):
            return True
        offered = index.get("authentication") if isinstance(index, dict) else None
        return not isinstance(offered, dict | list) or "application-passwords" in offered

    async def takes_password_elsewhere(self) -> bool:
        """Whether XML-RPC knows the password, which it gets in the body: then the header with it does not arrive."""
        return await self.rest.signs_in_by_xml()

    async def _moderates(self) -> bool:
        try:
            await self._get("wp/v2/comments", {"status": "all", "per_page": "1", "_fields": "id"})
        except Refused:
            return False
        return True

    async def site_time(self) -> datetime | None:
        """What time it is at the site, to the second, if its answers say so."""
        response = await self._ask(
            "GET", "wp/v2/comments", params={"context": "edit", "per_page": "1", "_fields": "id"}
        )
        read_answer(response)
        return said_time(response)

    async def listed(
        self,
        *,
        offset: int = 0,
        newest_first: bool = False,
        count: int = PAGE,
        fields: str = COMMENT_FIELDS,
        type: str = COMMENT,  # noqa: A002
        **query: str,
    ) -> Listed:
        """
        Approved and waiting comments by id, from an offset; other `query` parameters narrow the list.

        `type` is one of the site's, or `all`. Raises `AnswerTooLarge` also where the site gives no page of that size.
        """
        parameters = {
            "status": "all",
            "type": type,
            "orderby": "id",
            "order": "desc" if newest_first else "asc",
            "offset": str(offset),
            "per_page": str(count),
            "_fields": fields,
            **query,
        }
        items, total = await self._comments(parameters)
        found: list[Comment] = []
        ids = []
        for number, item in _numbered(items).items():
            ids.append(number)
            try:
                found.append(Comment.read(item))
            except Unreadable as problem:
                count_miss(Miss.PASSED_OVER)
                _log.warning("a comment is passed over, it cannot be read: %s", problem)
        comments = await self._with_statuses(found, type)
        return Listed(comments, ids, offset + len(ids) if total is None else total, total is not None)

    async def _with_statuses(self, comments: Sequence[Comment], type: str) -> Sequence[Comment]:  # noqa: A002
        """The comments, where a plug-in takes their status away with the one by which the site lists them."""
        unknown = [comment.id for comment in comments if not comment.status]
        if not unknown:
            return comments
        query = {"include": _joined(unknown), "per_page": str(len(unknown)), "status": "approve", "type": type}
        items, _ = await self._comments({**query, "orderby": "id", "_fields": "id"})
        approved = _numbered(items)
        return [
            comment if comment.status else replace(comment, status=APPROVED if comment.id in approved else WAITING)
            for comment in comments
        ]

    async def comments(self, ids: Sequence[int], *, type: str) -> Found[Comment]:  # noqa: A002
        """Those of the comments that are approved or waiting now, without what they say. At most 100."""
        found = await self.listed(include=_joined(ids), count=len(ids), fields=LISTED_FIELDS, type=type)
        by_id = {comment.id: comment for comment in found.comments if comment.id in ids}
        return Found(by_id, whole=found.counted and found.total <= len(found.ids))

    async def contents(self, ids: Sequence[int], **query: str) -> Found[str | None]:
        """
        What the comments say, as WordPress rendered it; None where the answer lacks that. At most 100.

        What lacks it, and has what was not asked for, is a cache's answer to another question: that is missing.
        """
        parameters = {"include": _joined(ids), "per_page": str(len(ids)), "offset": "0", "_fields": "id,content"}
        # As in other contexts: that of moderators has the text twice.
        query = {"context": "view", "status": "all", "orderby": "id", **query}
        items, total = await self._comments({**parameters, **query})
        answers = {number: item for number, item in _numbered(items).items() if number in ids}
        told = {
            number: content_of(item)
            for number, item in answers.items()
            if "content" in item or item.keys() <= {"id", "_links"}
        }
        return Found.of_list(told, given=len(items), total=total)

    async def comment(self, id: int) -> Comment:  # noqa: A002
        """One comment of any status. Raises `Refused` for one that is gone."""
        return read_as(Comment.read, await self._get(f"wp/v2/comments/{id}", {"_fields": COMMENT_FIELDS}))

    async def public_link(self, id: int) -> str:  # noqa: A002
        """Where visitors find a comment, as the site says it to them; empty if it does not."""
        answer = read_answer(
            await self._ask("GET", f"wp/v2/comments/{id}", params={"_fields": "link"}, as_visitor=True)
        )
        link = answer.get("link") if isinstance(answer, dict) else None
        return link if isinstance(link, str) else ""

    async def answered(self, ids: Sequence[int]) -> Found[Answered]:
        """What each comment answers, whatever its status and type. At most 100; gone ones are missing."""
        query = {"include": _joined(ids), "per_page": str(len(ids))}
        return await self._answered(query)

    async def answered_below(self, post: int, *, offset: int, count: int) -> Found[Answered]:
        """What each comment below a post answers, from an offset."""
        return await self._answered({"post": str(post), "per_page": str(count), "offset": str(offset)})

    async def _answered(self, query: Mapping[str, str]) -> Found[Answered]:
        items, total = await self._comments(
            {"status": "any", "type": "all", "orderby": "id", "_fields": Answered.FIELDS, **query}
        )
        found = [read_as(Answered.read, item) for item in _numbered(items).values()]
        return Found.of_list({each.id: each for each in found}, given=len(items), total=total)

    async def posts(self, collection: str, ids: Sequence[int], **query: str) -> Found[Post]:
        """Published posts by id, or those of another `status`. At most 100."""
        parameters = {"include": _joined(ids), "per_page": str(len(ids)), "_fields": "id,title,comment_status"}
        items, total = await self._list(collection, {"context": "view", **parameters, **query})
        found = [read_as(Post.read, item) for item in _numbered(items).values()]
        return Found.of_list({post.id: post for post in found}, given=len(items), total=total)

    async def stars(self, ids: Sequence[int]) -> Mapping[int, int]:
        """How many stars product reviews give, as WooCommerce's own API has it, for those that have any."""
        query = {"include": _joined(ids), "per_page": str(len(ids)), "status": "all", "_fields": "id,rating"}
        items, _ = await self._list("wc/v3/products/reviews", query)
        rated = [read_as(Rated.read, item) for item in _numbered(items).values()]
        return {each.id: each.stars for each in rated if each.stars}

    async def post_status(self, collection: str, post: int) -> str:
        """What a post's status is, such as `publish` or `future`; empty if the site does not say."""
        answer = await self._get(f"{collection}/{post}", {"context": "view", "_fields": "id,status"})
        status = answer.get("status") if isinstance(answer, dict) else None
        return status if isinstance(status, str) else ""

    async def _comments(self, query: Mapping[str, str]) -> tuple[Sequence[Any], int | None]:
        # Plug-ins for several languages list comments of one of them, unless all are asked for.
        return await self._list("wp/v2/comments", {"lang": "all", **query})

    async def _list(self, route: str, query: Mapping[str, str]) -> tuple[Sequence[Any], int | None]:
        """A list, and how many items it has in all, if the site says so."""
        # A cache before the site may keep answers, and what it kept lacks what is new.
        fresh = {"context": "edit", **query, "_": self.unlike_before()}
        several = "," in query.get("include", "")
        try:
            response = await self._ask("GET", route, params=fresh, headers={"cache-control": "no-cache"})
            answer = read_answer(response)
        except Refused as refused:
            if refused.code == "rest_invalid_param" and "per_page" in refused.sentence:
                raise AnswerTooLarge("the site gives no page of that size") from None
            raise
        except OriginUnavailable as error:
            # Hosts end PHP, and its connection, where it takes too much; firewalls dislike long lists of numbers.
            if error.cause is Cause.CONNECTION_BROKEN or (several and error.cause is Cause.FIREWALL):
                raise _less_may_come(error) from None
            raise
        total = response.headers.get("x-wp-total", "")
        return _items(answer), int(total) if _TOTAL.fullmatch(total) else None

    async def _get(self, route: str, query: Mapping[str, str]) -> Any:
        return read_answer(await self._ask("GET", route, params={"context": "edit", **query}))

    async def _ask(self, method: str, route: str, **request: Any) -> OriginAnswer:
        return await self.rest.ask(method, route, **request)


def _less_may_come(error: OriginUnavailable) -> TooMuchAsked:
    return TooMuchAsked(
        str(error), message_for_agent=error.message_for_agent, retry_after=error.retry_after, cause=error.cause
    )


def _joined(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def read_as(reading: Callable[[Any], _T], answer: Any) -> _T:
    """What `reading` takes an answer for. Raises `OriginUnavailable` where it finds it `Unreadable`."""
    try:
        return reading(answer)
    except Unreadable as problem:
        raise OriginUnavailable(f"the answer is not WordPress's: {problem}", cause=Cause.UNREADABLE) from None


def _numbered(items: Sequence[Any]) -> Mapping[int, Any]:
    """
    The items by their ids: without those that have none, and once what comes twice, as from plug-ins that join tables.

    Raises `OriginUnavailable` where nothing has an id.
    """
    found: dict[int, Any] = {}
    for item in items:
        with suppress(Unreadable):
            found.setdefault(number_of(item), item)
    if items and not found:
        raise OriginUnavailable("the list is not WordPress's", cause=Cause.NOT_ITS_API)
    return found


def _items(answer: Any) -> Sequence[Any]:
    """The items of a list; PHP turns one with a gap, as a plug-in leaves it, into an object with numbers as names."""
    if isinstance(answer, dict) and answer and all(map(_TOTAL.fullmatch, answer)):
        return list(answer.values())
    if not isinstance(answer, list):
        raise OriginUnavailable("the answer is not WordPress's: not a list", cause=Cause.NOT_ITS_API)
    return answer
