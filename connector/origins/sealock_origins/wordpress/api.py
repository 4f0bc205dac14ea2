# SPDX-License-Identifier: Apache-2.0
"""A site's REST API as a typed client: its calls, and what they give."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx2

from sealock_connector import Attachment, OriginUnavailable
from sealock_origins.wordpress.comments import (
    COMMENT_FIELDS,
    Answered,
    Comment,
    Medium,
    Post,
    Unreadable,
    User,
    comment_number,
)
from sealock_origins.wordpress.refusals import read_answer, read_upload, server_time

PAGE = 100
"""WordPress gives at most this many items at once."""

_TOTAL = re.compile(r"[0-9]{1,18}", re.ASCII)
_NOT_IN_HEADERS = str.maketrans(dict.fromkeys('";\\', "_"))
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of the list of comments, in the order of their ids."""

    comments: Sequence[Comment]
    ids: Sequence[int]
    """Of these, and of comments that cannot be read."""
    total: int
    """How many the whole list has."""


class Api:
    """
    One site's REST API with one user's credentials, all calls in edit context: as an anonymous visitor, which a
    wrong password can make of a caller without a word, each fails.

    Raises `Refused` for what WordPress refuses in its own words, the SDK's errors for everything else.
    """

    def __init__(self, http: httpx2.AsyncClient, root: str, credentials: tuple[str, str]) -> None:
        self._http = http
        self._root = root
        self._auth = httpx2.BasicAuth(*credentials)

    async def me(self) -> User:
        """The user whose credentials these are."""
        return _read(User.read, await self._get("wp/v2/users/me", {}))

    async def server_time(self) -> datetime:
        """What time it is at the site, to the second."""
        return server_time(await self._ask("GET", "wp/v2/users/me", params={"context": "edit"}))

    async def listed(self, *, offset: int = 0, newest_first: bool = False, count: int = PAGE, **query: str) -> Listed:
        """Approved and waiting comments by id, from an offset; other `query` parameters narrow the list."""
        parameters = {
            "status": "all",
            "type": "comment",
            "orderby": "id",
            "order": "desc" if newest_first else "asc",
            "offset": str(offset),
            "per_page": str(count),
            "_fields": COMMENT_FIELDS,
            **query,
        }
        response = await self._ask("GET", "wp/v2/comments", params={"context": "edit", **parameters})
        answer = read_answer(response)
        total = response.headers.get("x-wp-total", "")
        if not isinstance(answer, list) or not _TOTAL.fullmatch(total):
            raise OriginUnavailable("the list of comments is not WordPress's")
        comments, ids = [], []
        for item in answer:
            ids.append(_read(comment_number, item))
            try:
                comments.append(Comment.read(item))
            except Unreadable as problem:
                _log.warning("comment %d passed over, it cannot be read: %s", ids[-1], problem)
        return Listed(comments, ids, int(total))

    async def comments(self, ids: Iterable[int]) -> dict[int, Comment]:
        """Those of the comments that are approved or waiting now, by id. At most 100."""
        found = await self.listed(include=_joined(ids))
        return {comment.id: comment for comment in found.comments}

    async def comment(self, id: int) -> Comment:  # noqa: A002
        """One comment of any status. Raises `Refused` for one that is gone."""
        return _read(Comment.read, await self._get(f"wp/v2/comments/{id}", {"_fields": COMMENT_FIELDS}))

    async def parents(self, ids: Iterable[int]) -> dict[int, int]:
        """What each comment answers, 0 for nothing, whatever its status. At most 100; gone ones are missing."""
        query = {"include": _joined(ids), "status": "any", "type": "comment", "per_page": str(PAGE), "orderby": "id"}
        answer = await self._get("wp/v2/comments", {**query, "_fields": "id,parent"})
        return {answered.id: answered.parent for answered in _read_list(Answered.read, answer)}

    async def parents_below(self, post: int, *, offset: int) -> dict[int, int]:
        """What each comment below a post answers, 100 at a time."""
        query = {"post": str(post), "status": "any", "type": "comment", "per_page": str(PAGE), "orderby": "id"}
        answer = await self._get("wp/v2/comments", {**query, "offset": str(offset), "_fields": "id,parent"})
        return {answered.id: answered.parent for answered in _read_list(Answered.read, answer)}

    async def posts(self, collection: str, ids: Iterable[int]) -> dict[int, Post]:
        """Published posts by id. At most 100."""
        query = {"include": _joined(ids), "per_page": str(PAGE), "_fields": "id,title,comment_status"}
        answer = await self._get(collection, {"context": "view", **query})
        return {post.id: post for post in _read_list(Post.read, answer)}

    async def add_comment(self, *, post: int, parent: int, content: str, user_agent: str) -> Comment:
        """Write a comment as the user."""
        comment = {"post": post, "parent": parent, "content": content, "author_user_agent": user_agent}
        return _read(Comment.read, read_answer(await self._ask("POST", "wp/v2/comments", json=comment)))

    async def medium(self, slug: str) -> Medium | None:
        """The file of the media library with this slug, if there is one."""
        answer = await self._get("wp/v2/media", {"slug": slug, "per_page": "1", "_fields": "source_url"})
        return next(iter(_read_list(Medium.read, answer)), None)

    async def upload(self, file: Attachment, slug: str) -> Medium:
        """Add a file to the media library. Raises `Refused` for a type that the site does not take."""
        # Few sites take a body whose length is not said beforehand. The SDK holds it to the limit.
        whole = b"".join([chunk async for chunk in file.chunks()])
        response = await self._ask(
            "POST", "wp/v2/media", params={"slug": slug}, content=whole, headers=_upload_headers(file)
        )
        return _read(Medium.read, read_upload(response))

    async def _get(self, route: str, query: Mapping[str, str]) -> Any:
        return read_answer(await self._ask("GET", route, params={"context": "edit", **query}))

    async def _ask(self, method: str, route: str, **request: Any) -> httpx2.Response:
        address = httpx2.URL(self._root)
        if "rest_route" in address.params:
            base = address.params["rest_route"].rstrip("/")
            request["params"] = {"rest_route": f"{base}/{route}", **request.get("params", {})}
        else:
            address = address.copy_with(path=f"{address.path.rstrip('/')}/{route}")
        return await self._http.request(method, address, auth=self._auth, **request)


def _upload_headers(file: Attachment) -> dict[str, str | bytes]:
    """What WordPress wants to know of a file whose bytes are the body."""
    name = file.name.translate(_NOT_IN_HEADERS)
    return {
        "Content-Type": file.content_type,
        "Content-Disposition": f'attachment; filename="{name}"'.encode(),
    }


def _joined(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def _read(reading: Callable[[Any], _T], answer: Any) -> _T:
    try:
        return reading(answer)
    except Unreadable as problem:
        raise OriginUnavailable(f"the answer is not WordPress's: {problem}") from None


def _read_list(reading: Callable[[Any], _T], answer: Any) -> list[_T]:
    if not isinstance(answer, list):
        raise OriginUnavailable("the answer is not WordPress's: not a list")
    return [_read(reading, item) for item in answer]
