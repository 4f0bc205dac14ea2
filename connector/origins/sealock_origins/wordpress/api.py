# SPDX-License-Identifier: Apache-2.0
"""A site's REST API as a typed client: its calls, how its answers are read, and what its refusals mean."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx2

from sealock_connector import (
    AccountRevoked,
    Attachment,
    ConnectorError,
    MessageRejected,
    NotFound,
    NotJson,
    OriginThrottled,
    OriginUnavailable,
    read_json,
)
from sealock_connector.egress import measured_json
from sealock_connector.markup import one_line
from sealock_origins.wordpress.comments import (
    COMMENT_FIELDS,
    Answered,
    Comment,
    Medium,
    Post,
    Unreadable,
    User,
    comment_number,
    in_utc,
)

PAGE = 100
"""WordPress gives at most this many items at once."""

PASSWORD_REFUSED = (
    "WordPress no longer accepts this account's application password. An administrator has to enter a new one."  # noqa: S105
)
NO_LONGER_MODERATES = (
    "The WordPress user of this account may no longer moderate comments. An administrator has to give the user the "
    "right back, or connect the account with another user."
)
_MOST_SENTENCE_CHARS = 300
_CODE = re.compile(r"[a-z0-9_-]{1,80}", re.ASCII | re.IGNORECASE)
_TOTAL = re.compile(r"[0-9]{1,18}", re.ASCII)
_NOT_IN_HEADERS = str.maketrans(dict.fromkeys('";\\', "_"))
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Refused(Exception):
    """WordPress said no, in its own words. `code` is WordPress's name for the reason, such as `comment_duplicate`."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.sentence = sentence
        """What WordPress says to people, plain, at most 300 characters."""


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


def read_answer(response: httpx2.Response) -> Any:
    """
    The answer's JSON.

    Raises `Refused`, `OriginThrottled` for 429, and `OriginUnavailable` for answers that are not WordPress's: HTML
    of a firewall, a maintenance page, a redirect to somewhere else.
    """
    answer = _json(response)
    if response.is_success and answer is not None:
        return answer
    status = response.status_code
    if status == 429:
        raise OriginThrottled("the site asks for fewer calls", retry_after=_retry_after(response))
    if 400 <= status < 500 and (code := _code(answer)):
        raise Refused(status, code, one_line(str(answer.get("message", "")), _MOST_SENTENCE_CHARS))
    raise OriginUnavailable(f"the site answered {status} without WordPress's JSON", retry_after=_retry_after(response))


def read_upload(response: httpx2.Response) -> Any:
    """
    The answer to an upload as JSON.

    Raises what `read_answer` raises. WordPress answers 500 to files that it does not take: that is `Refused` too.
    """
    answer = _json(response)
    code = _code(answer)
    if response.status_code == 413:
        raise Refused(413, "too_large", "A file is larger than the site takes.")
    if response.status_code == 500 and code.startswith("rest_upload_"):
        raise Refused(500, code, one_line(str(answer.get("message", "")), _MOST_SENTENCE_CHARS))
    return read_answer(response)


def server_time(response: httpx2.Response) -> datetime:
    """The answer's Date, and a check of the answer. Raises what `read_answer` raises."""
    read_answer(response)
    try:
        return in_utc(parsedate_to_datetime(response.headers.get("date", "")))
    except (ValueError, OverflowError):
        raise OriginUnavailable("the site does not say what time it is") from None


async def explain(api: Api, refused: Refused) -> ConnectorError:
    """
    What the refusal of a reply means.

    A wrong password is not always called one: WordPress may treat the caller as an anonymous visitor, who lacks
    rights. So after any lack of rights the user is asked for, which only the right password answers.
    """
    if refused.status in {401, 403}:
        return await _explain_lack_of_rights(api, refused)
    if refused.code == "rest_no_route":
        return OriginUnavailable("the site's REST API has no comments")
    if refused.status in {404, 410}:
        return NotFound(f"the site does not have it: {refused.code}")
    return MessageRejected(f"WordPress refuses this: {refused.sentence or refused.code}")


async def explain_to_pull(api: Api, refused: Refused) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = await explain(api, refused)
    if isinstance(error, MessageRejected | NotFound):
        return OriginUnavailable(f"the site refuses its comments: {refused.code}")
    return error


async def _explain_lack_of_rights(api: Api, refused: Refused) -> ConnectorError:
    try:
        user = await api.me()
    except Refused as again:
        if again.status == 401:
            return AccountRevoked(f"no user with this password: {again.code}", message_for_agent=PASSWORD_REFUSED)
        return OriginUnavailable(f"the REST API refuses everything: {again.code}")
    if not user.moderates:
        return AccountRevoked("the user may not moderate comments", message_for_agent=NO_LONGER_MODERATES)
    return MessageRejected(f"WordPress refuses this: {refused.sentence or refused.code}")


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


def _json(response: httpx2.Response) -> Any:
    if "json" not in response.headers.get("content-type", "").lower():
        return None
    try:
        return read_json(measured_json(response))
    except NotJson:
        return None


def _code(answer: Any) -> str:
    """WordPress's name for the reason of a refusal; empty if it gives none."""
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _retry_after(response: httpx2.Response) -> timedelta | None:
    seconds = response.headers.get("retry-after", "")
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 6 else None
