# SPDX-License-Identifier: Apache-2.0
"""One reply: posted as an answer to the right comment, or found where an answer of the site was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sealock_connector import (
    Cause,
    ConnectorError,
    MessageRejected,
    OriginThrottled,
    OriginUnavailable,
    OutcomeUnknown,
    Posted,
    Reply,
    Text,
)
from sealock_connector.markup import as_html
from sealock_origins.wordpress.accounts import account_error, explain
from sealock_origins.wordpress.api import Api
from sealock_origins.wordpress.comments import Comment
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.replies.calls import ReplyCalls, Stored
from sealock_origins.wordpress.replies.files import ReplyFiles, with_addition
from sealock_origins.wordpress.replies.finding import Finder, Sought, may_be
from sealock_origins.wordpress.replies.outcome import PAUSE, Gone, NotShown, Outcome
from sealock_origins.wordpress.replies.place import POST_REMOVED, UNPUBLISHED, answered_by, parent_of
from sealock_origins.wordpress.replies.words import forms
from sealock_origins.wordpress.resources import SiteAccount

MOST_BYTES = 65_525
"""WordPress's own limit of a comment."""
FLOOD_PAUSE = timedelta(seconds=15)
UPLOAD = "upload_files"
"""The right that files need."""
_LINK_BYTES = 200
"""A file's link takes so many at least."""
_LOOKS_FOR_QUEUED = 3
_FAILED = 500
_NOT_STORED, _DUPLICATE = "rest_comment_failed_create", "comment_duplicate"

CLOSED = Text("The post's comments are closed, so that WordPress takes no reply.")
TOO_LONG = Text("The reply is too long: WordPress takes at most {most} bytes.", most=MOST_BYTES)
THERE_ALREADY = Text("WordPress has the same reply to this comment already.")
QUEUED = Text(
    "The site took this reply but does not show it, perhaps because it publishes later. Look at the site before you "
    "send it again."
)
WORDS_REFUSED = Text(
    "The site's firewall refuses this reply, probably for certain words or a link in it: other calls pass. Word it "
    "differently, or ask whoever runs the site."
)
MAY_NOT_UPLOAD = Text(
    "The WordPress user of this account may not upload files (upload_files). Send the reply without files."
)
_REJECTED = {
    "rest_comment_closed": CLOSED,
    "rest_comment_content_invalid": Text("WordPress takes no empty reply."),
    "rest_comment_invalid_post_id": Text("The post that this comment belongs to is no longer on the site."),
    "rest_comment_trash_post": POST_REMOVED,
    "rest_comment_draft_post": UNPUBLISHED,
    "comment_content_column_length": TOO_LONG,
}
_NOT_WORDPRESS = {Cause.FIREWALL, Cause.CHALLENGE, Cause.NOT_ITS_API, Cause.HOST_PASSWORD}

T = TypeVar("T")


class Replier:
    """Replies of one account. Raises the SDK's errors. `pause` waits for so many seconds, `now` is our clock."""

    def __init__(
        self,
        api: Api,
        account: SiteAccount,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = api
        self._calls = ReplyCalls(api)
        self._finder = Finder(self._calls, account, now)
        self._account = account
        self._pause = pause
        self._now = now
        self._outcome = Outcome(self._calls, pause)

    async def post(self, reply: Reply) -> Posted:
        """Post the reply; one that WordPress has already is found instead."""
        text = _fitting(as_html(reply.message))
        answered = answered_by(reply, self._account)
        parent = await self._explained(parent_of(self._api, answered, self._account))
        files = ReplyFiles(self._calls, reply, lambda: self._check_files(parent, text))
        try:
            links = await self._explained(files.links())
            content = _fitting("\n\n".join(filter(None, (text, "\n".join(each.markup for each in links)))))
            return await self._write(Sought(reply, parent.post, parent.id, text, links), content)
        except ConnectorError as error:
            if error.retryable or isinstance(error, OutcomeUnknown):
                raise
            if isinstance(error, NotShown) and not isinstance(error, Gone):
                raise
            raise with_addition(error, await files.take_back()) from None

    async def find(self, reply: Reply) -> Posted | None:
        """
        Look for the reply among the user's comments on the post.

        Raises `NotShown` for one that is there and not read, because a filter or a moderator removed it.
        """
        answered = answered_by(reply, self._account)
        sought = Sought(reply, answered.post, answered.comment, as_html(reply.message))
        stored = await self._explained(self._finder.find(sought, reply.first_tried_at))
        return None if stored is None else await self._judged(stored, sought)

    async def _write(self, sought: Sought, content: str) -> Posted:
        started = sought.reply.first_tried_at or self._now()
        try:
            comment, answer = await self._written(sought, content)
        except Refused as refused:
            return await self._after_refusal(refused, sought)
        except OriginUnavailable as error:
            if error.cause not in _NOT_WORDPRESS:
                raise
            return await self._after_block(error, sought, started)
        if not comment:
            return await self._queued(sought, started)
        try:
            stored = await self._explained(self._outcome.now(comment, answer))
        except Gone:
            if answer is None or not may_be(answer, sought):
                return await self._queued(sought, started)
            raise
        if not may_be(stored, sought):
            return await self._queued(sought, started)
        return self._posted(
            await self._explained(
                self._outcome.of_written(
                    stored, post=sought.post, parent=sought.parent, content=content, files=sought.files
                )
            )
        )

    async def _written(self, sought: Sought, content: str) -> tuple[int, Stored | None]:
        for form in forms(content):
            try:
                return await self._calls.write(
                    post=sought.post, parent=sought.parent, content=_fitting(form), user_agent=sought.mark
                )
            except Refused as refused:
                if refused.code != _NOT_STORED:
                    raise
        raise OriginUnavailable("the site's database did not take the comment", cause=Cause.ORIGIN_FAILED)

    async def _after_refusal(self, refused: Refused, sought: Sought) -> Posted:
        """What a refusal of the comment means. It may be there all the same: where it failed after it was stored."""
        if refused.code == _DUPLICATE or refused.status >= _FAILED:
            found = await self._explained(self._finder.find(sought, sought.reply.first_tried_at))
            if found is not None:
                return await self._judged(found, sought)
        if refused.code == _DUPLICATE:
            raise MessageRejected(THERE_ALREADY)
        raise await self._meaning(refused)

    async def _after_block(self, error: OriginUnavailable, sought: Sought, started: datetime) -> Posted:
        """Something before WordPress answered. If it lets a comment without words pass, it is the words."""
        found = await self._explained(self._finder.find(sought, started))
        if found is not None:
            return await self._judged(found, sought)
        try:
            await self._calls.check_writing(post=sought.post, parent=sought.parent)
        except (Refused, ConnectorError):
            raise error from None
        raise MessageRejected(WORDS_REFUSED, detail=str(error), cause=Cause.FIREWALL)

    async def _queued(self, sought: Sought, started: datetime) -> Posted:
        """The site took the reply and did not say what it became."""
        for _ in range(_LOOKS_FOR_QUEUED):
            found = await self._explained(self._finder.find(sought, started))
            if found is not None:
                return await self._judged(found, sought)
            await self._pause(PAUSE.total_seconds())
        raise OutcomeUnknown("the site took the reply and does not show it", message_for_agent=QUEUED)

    async def _check_files(self, parent: Comment, text: str) -> None:
        """Find out what stands against a reply with files before one of them is public, as far as that can be heard."""
        if len(text.encode()) + _LINK_BYTES > MOST_BYTES:
            raise MessageRejected(TOO_LONG)
        try:
            await self._check_rights(parent)
        except OriginUnavailable as error:
            if error.cause in _NOT_WORDPRESS:
                raise

    async def _check_rights(self, parent: Comment) -> None:
        if not await self._calls.may_upload():
            if error := await account_error(self._api):
                raise error
            raise MessageRejected(MAY_NOT_UPLOAD, cause=Cause.RIGHT_MISSING)
        await self._calls.check_writing(post=parent.post, parent=parent.id)

    async def _judged(self, stored: Stored, sought: Sought) -> Posted:
        await self._outcome.check(stored, post=sought.post, parent=sought.parent)
        return self._posted(stored)

    def _posted(self, stored: Stored) -> Posted:
        return Posted(self._account.id_of(stored.answered))

    async def _explained(self, step: Awaitable[T]) -> T:
        try:
            return await step
        except Refused as refused:
            raise await self._meaning(refused) from None

    async def _meaning(self, refused: Refused) -> ConnectorError:
        if refused.code == "comment_flood":
            return OriginThrottled("WordPress's flood protection", retry_after=FLOOD_PAUSE)
        if refused.code in _REJECTED:
            return MessageRejected(_REJECTED[refused.code])
        return await explain(refused, self._api)


def _fitting(content: str) -> str:
    if len(content.encode()) > MOST_BYTES:
        raise MessageRejected(TOO_LONG)
    return content
