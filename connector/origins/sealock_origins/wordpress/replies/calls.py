# SPDX-License-Identifier: Apache-2.0
"""The calls of the REST API that a reply needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from sealock_connector import Attachment, Cause, ConnectorError, OriginUnavailable
from sealock_origins.wordpress.api import Api, read_as
from sealock_origins.wordpress.comments import Answered, Comment, Unreadable
from sealock_origins.wordpress.refusals import Refused, read_answer, read_written, said_time

NO_TYPE = "sealock-no-such-type"
"""A type of comment that WordPress makes none of, after it has checked everything else that it checks beforehand."""
_GONE = {"rest_comment_invalid_id"}
_NOT_FOR_VISITORS = {"rest_cannot_read", "rest_cannot_read_post", "rest_comment_invalid_id", "rest_forbidden"}
_PASSED = {"rest_invalid_comment_type", "rest_comment_content_invalid"}
_LACKS_RIGHT = {401, 403}
_WRONG, _CREATED = 400, 201
"""What WordPress says of what it has made. Another answer may be of a cache, and name what somebody else wrote."""
_DELETE_IS_BLOCKED = {403, 404, 405, 501}
_NOT_IN_HEADERS = str.maketrans(dict.fromkeys('";\\\r\n', "_"))


@dataclass(frozen=True, slots=True)
class Stored:
    """A comment as the site has stored it, as far as a reply is known by it."""

    id: int
    post: int
    parent: int
    author: int
    user_agent: str
    written_at: datetime
    raw: str | None = field(repr=False)
    """The markup as it is stored, if the site says it."""
    shown: str = field(repr=False)
    """The markup as people get it."""
    status: str

    @property
    def answered(self) -> Answered:
        """What external ids are made of."""
        return Answered(self.id, self.parent, self.post, int(self.written_at.timestamp()))

    @classmethod
    def read(cls, item: Any) -> Stored:
        """From the API's JSON. Raises `Unreadable`."""
        comment = Comment.read(item)
        raw = item["content"].get("raw") if isinstance(item.get("content"), dict) else None
        return cls(
            comment.id,
            comment.post,
            comment.parent,
            comment.author,
            comment.user_agent,
            comment.written_at,
            raw if isinstance(raw, str) else None,
            comment.rendered,
            comment.status,
        )


_STORED_FIELDS = "id,post,parent,author,author_user_agent,date,date_gmt,content,status"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A part of the comments below a post, newest first."""

    comments: list[Stored]
    full: bool
    """Whether there may be more."""
    site_time: datetime | None
    """What time it was at the site, if it said so."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A file of the site's media library."""

    id: int
    url: str

    @classmethod
    def read(cls, item: Any, root: str) -> Medium:
        """From the API's JSON; addresses may be given without scheme and host. Raises `Unreadable`."""
        if not isinstance(item, dict):
            raise Unreadable("medium")
        number, guid = item.get("id"), item.get("guid")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise Unreadable("id")
        # A file that is still to be moved elsewhere has the address at least that it was given first.
        first = guid.get("rendered") if isinstance(guid, dict) else None
        url = next((each for each in (item.get("source_url"), first) if isinstance(each, str) and each), "")
        if not url:
            raise Unreadable("source_url")
        try:
            place = urljoin(root, url)
        except ValueError:
            raise Unreadable("source_url") from None
        if not place.startswith(("https://", "http://")):
            raise Unreadable("source_url")
        return cls(number, place)


class ReplyCalls:
    """Raises `Refused` for what WordPress refuses in its own words, the SDK's errors for everything else."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._rest = api.rest

    async def write(self, *, post: int, parent: int, content: str, user_agent: str) -> tuple[int, Stored | None]:
        """
        Write a comment that everybody sees: its id, and the comment if it came back.

        The id is 0 where the site took it and does not say what it became.
        """
        comment = {"post": post, "parent": parent, "content": content, "author_user_agent": user_agent}
        try:
            response = await self._rest.ask("POST", "wp/v2/comments", json={**comment, "status": "approve"})
            answer = read_written(response)
        except Refused as refused:
            if refused.code != "rest_comment_invalid_status":
                raise
            answer = read_written(await self._rest.ask("POST", "wp/v2/comments", json=comment))
        return _number(answer), _stored_or_none(answer)

    async def rewrite(self, comment: int, content: str) -> None:
        """Give a comment another text."""
        read_written(await self._rest.ask("POST", f"wp/v2/comments/{comment}", json={"content": content}))

    async def stored(self, comment: int) -> Stored | None:
        """The comment as moderators see it; None for one that is gone."""
        query = {"context": "edit", "_fields": _STORED_FIELDS}
        try:
            answer = read_answer(await self._rest.ask("GET", f"wp/v2/comments/{comment}", params=query))
        except Refused as refused:
            if refused.code in _GONE:
                return None
            raise
        return read_as(Stored.read, answer)

    async def newest_below(self, post: int, *, author: int, offset: int, count: int) -> StoredPage:
        """Comments below a post, those in the trash and spam folder too; of one user, unless `author` is 0."""
        query = {
            "context": "edit",
            "post": str(post),
            "status": "any",
            "type": "comment",
            "orderby": "id",
            "order": "desc",
            "offset": str(offset),
            "per_page": str(count),
            "_fields": _STORED_FIELDS,
            # A cache before the site may have kept the list from before the reply.
            "_": self._api.unlike_before(),
            **({"author": str(author)} if author else {}),
        }
        response = await self._rest.ask("GET", "wp/v2/comments", params=query)
        answer = read_answer(response)
        if not isinstance(answer, list):
            raise OriginUnavailable("the list of comments is not WordPress's", cause=Cause.NOT_ITS_API)
        comments = [stored for item in answer if (stored := _stored_or_none(item))]
        return StoredPage(comments, len(answer) >= count, said_time(response))

    async def is_hidden_from_visitors(self, comment: int) -> bool:
        """Whether the site shows a comment to us and says that a visitor may not see it. No if it says neither."""
        try:
            query = {"_fields": "id"}
            read_answer(await self._rest.ask("GET", f"wp/v2/comments/{comment}", params=query, as_visitor=True))
        except Refused as refused:
            return refused.code in _NOT_FOR_VISITORS
        except ConnectorError:
            return False
        return False

    async def check_writing(self, *, post: int, parent: int) -> None:
        """
        Find out whether a comment would be taken, without writing one. Raises `Refused` if it would not.

        WordPress checks the user, the post and whether its comments are open before it looks at type and text.
        """
        response = None
        nothing = {"post": post, "parent": parent, "content": "", "type": NO_TYPE}
        try:
            response = await self._rest.ask("POST", "wp/v2/comments", json=nothing)
            written = _number(read_written(response))
        except Refused as refused:
            if refused.code in _PASSED:
                return
            raise
        except OriginUnavailable as error:
            # A web server may have a page of its own in place of what WordPress says of that type.
            if response is not None and response.status_code == _WRONG and error.cause is Cause.NOT_ITS_API:
                return
            raise
        if written and response.status_code == _CREATED:
            await self.delete_comment(written)

    async def medium(self, slug: str) -> Medium | None:
        """The file of the media library with this slug, if there is one. None where the library cannot be read."""
        query = {"slug": slug, "per_page": "1", "_fields": "id,source_url,guid"}
        try:
            answer = read_answer(await self._rest.ask("GET", "wp/v2/media", params=query))
        except Refused:
            return None
        except OriginUnavailable as error:
            if error.cause is not Cause.FIREWALL:
                raise
            return None
        if not isinstance(answer, list):
            raise OriginUnavailable("the list of files is not WordPress's", cause=Cause.NOT_ITS_API)
        return read_as(self._medium, answer[0]) if answer else None

    async def upload(self, file: Attachment, slug: str) -> Medium:
        """Add a file to the media library. Raises `Refused` for a type that the site does not take."""
        # Few sites take a body whose length is not said beforehand. The SDK holds it to the limit.
        whole = b"".join([chunk async for chunk in file.chunks()])
        response = await self._rest.ask(
            "POST", "wp/v2/media", params={"slug": slug}, content=whole, headers=_upload_headers(file)
        )
        return read_as(self._medium, read_written(response))

    async def is_gone(self, medium: Medium) -> bool:
        """Whether the site says that it does not have a file any more. No if it does not say."""
        try:
            read_answer(await self._rest.ask("GET", f"wp/v2/media/{medium.id}", params={"_fields": "id"}))
        except Refused as refused:
            return refused.code == "rest_post_invalid_id"
        except ConnectorError:
            return False
        return False

    async def may_upload(self) -> bool:
        """Whether the site would take a file, found out with an empty one, which it refuses. Yes if it does not say."""
        headers = {"Content-Type": "text/plain", "Content-Disposition": 'attachment; filename="empty.txt"'}
        try:
            response = await self._rest.ask("POST", "wp/v2/media", content=b"", headers=headers)
            written = _number(read_written(response))
            if written and response.status_code == _CREATED:
                await self.delete_medium(written)
        except Refused as refused:
            return refused.status not in _LACKS_RIGHT
        except ConnectorError:
            return True
        return True

    async def delete_medium(self, medium: int) -> None:
        """Delete a file for good."""
        await self._delete(f"wp/v2/media/{medium}")

    async def delete_comment(self, comment: int) -> None:
        """Delete a comment for good."""
        await self._delete(f"wp/v2/comments/{comment}")

    async def _delete(self, route: str) -> None:
        response = await self._rest.ask("DELETE", route, params={"force": "true"})
        if response.status_code in _DELETE_IS_BLOCKED:
            # Some hosts let no DELETE through; WordPress takes a POST that says so for one.
            query = {"force": "true", "_method": "DELETE"}
            response = await self._rest.ask("POST", route, params=query)
        read_written(response)

    def _medium(self, item: Any) -> Medium:
        return Medium.read(item, self._rest.root)


def _upload_headers(file: Attachment) -> dict[str, str]:
    """What WordPress wants to know of a file whose bytes are the body."""
    name = file.name.translate(_NOT_IN_HEADERS).strip()
    return {
        "Content-Type": file.content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
    }


def _number(answer: Any) -> int:
    number = answer.get("id") if isinstance(answer, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0


def _stored_or_none(item: Any) -> Stored | None:
    try:
        return Stored.read(item)
    except Unreadable:
        return None
