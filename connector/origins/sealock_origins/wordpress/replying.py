# SPDX-License-Identifier: Apache-2.0
"""One reply: posted as an answer to the right comment, or found where an answer of the site was lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from itertools import count

from sealock_connector import (
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    Posted,
    Reply,
)
from sealock_connector.markup import as_html
from sealock_origins.wordpress.api import PAGE, Api
from sealock_origins.wordpress.comments import REMOVED, WAITING, Comment
from sealock_origins.wordpress.ids import CommentId, file_slug, reply_user_agent
from sealock_origins.wordpress.refusals import Refused, explain
from sealock_origins.wordpress.resources import SiteAccount

MOST_BYTES = 65_525
"""WordPress's own limit of a comment."""
FLOOD_PAUSE = timedelta(seconds=15)
_CLOCKS_APART = timedelta(days=1)
"""How much the site's clock may differ from ours."""

FOREIGN = "What this replies to is not a comment of the account's site."
GONE = "The comment that this replies to is no longer on the site."
CLOSED = "The post's comments are closed, so that WordPress takes no reply."
_REJECTED = {
    "rest_comment_closed": CLOSED,
    "rest_comment_content_invalid": "WordPress takes no empty reply.",
    "rest_comment_invalid_post_id": "The post that this comment belongs to is no longer on the site.",
    "rest_comment_trash_post": "The post that this comment belongs to is in the site's trash.",
    "rest_comment_draft_post": "The post that this comment belongs to is not published any more.",
    "comment_content_column_length": f"The reply is too long: WordPress takes at most {MOST_BYTES:,} bytes.",
}


class Replier:
    """Replies of one account. Raises the SDK's errors."""

    def __init__(self, api: Api, account: SiteAccount) -> None:
        self._api = api
        self._account = account

    async def post(self, reply: Reply) -> Posted:
        """Post the reply; one that WordPress has already is found instead."""
        content = _fitting(as_html(reply.message))
        answered = self._answered(reply)
        try:
            parent = await self._parent(answered)
            content = _fitting("\n\n".join(filter(None, (content, await self._links(reply)))))
            comment = await self._api.add_comment(
                post=parent.post,
                parent=parent.id,
                content=content,
                user_agent=reply_user_agent(reply.account.id, reply.key),
            )
        except Refused as refused:
            if refused.code != "comment_duplicate":
                raise await self._refusal(refused) from None
            return await self._already_there(reply)
        return Posted(self._account.comment_id(comment))

    async def find(self, reply: Reply) -> Posted | None:
        """Look for the reply among the user's comments on the post, those that a moderator removed included."""
        user_agent = reply_user_agent(reply.account.id, reply.key)
        post = self._answered(reply).post
        for offset in count(step=PAGE):
            try:
                page = await self._api.listed(
                    offset=offset,
                    newest_first=True,
                    post=str(post),
                    author=str(self._account.user_id),
                    status="any",
                )
            except Refused as refused:
                raise await self._refusal(refused) from None
            for comment in page.comments:
                if comment.user_agent == user_agent:
                    return Posted(self._account.comment_id(comment))
            if self._before(page.comments, reply) or offset + PAGE >= page.total:
                break
        return None

    async def _links(self, reply: Reply) -> str:
        """Bring the reply's files to the media library, unless an earlier try did; a line for each."""
        links: list[str] = []
        if reply.files is not None:
            async for file in reply.files:
                slug = file_slug(reply.account.id, reply.key, len(links))
                medium = await self._api.medium(slug) or await self._api.upload(file, slug)
                links.append(f'<a href="{escape(medium.url)}">{escape(file.name)}</a>')
        return "\n".join(links)

    def _answered(self, reply: Reply) -> CommentId:
        external_id = reply.parent_id or reply.thread_id
        if not external_id:
            raise MessageRejected("There is no comment on this ticket that could be answered.")
        try:
            answered = CommentId.read(external_id)
        except NotFound as not_ours:
            raise NotFound(str(not_ours), message_for_agent=FOREIGN) from None
        if answered.site != self._account.site:
            raise NotFound("a comment of another site", message_for_agent=FOREIGN)
        return answered

    async def _parent(self, answered: CommentId) -> Comment:
        """The comment to answer. WordPress itself would take an answer to one that is gone, and show it nowhere."""
        try:
            parent = await self._api.comment(answered.comment)
        except Refused as refused:
            if refused.code == "rest_comment_invalid_id":
                raise NotFound("the comment is gone", message_for_agent=GONE) from None
            raise
        if not self._account.still_has(answered, parent):
            raise NotFound("another comment has the number now", message_for_agent=GONE)
        if parent.status in REMOVED:
            raise MessageRejected("The comment that this replies to is in the site's trash or spam folder.")
        if parent.status == WAITING:
            raise MessageRejected(
                "The comment that this replies to waits for moderation. Approve it in WordPress, then reply again."
            )
        return parent

    async def _already_there(self, reply: Reply) -> Posted:
        found = await self.find(reply)
        if found is None:
            raise MessageRejected("WordPress has the same reply to this comment already.")
        return found

    async def _refusal(self, refused: Refused) -> ConnectorError:
        if refused.code == "comment_flood":
            return OriginThrottled("WordPress's flood protection", retry_after=FLOOD_PAUSE)
        if refused.code in _REJECTED:
            return MessageRejected(_REJECTED[refused.code])
        return await explain(refused, self._api.me)

    def _before(self, comments: Sequence[Comment], reply: Reply) -> bool:
        """Whether the comments are all too old to be the reply."""
        if reply.first_tried_at is None or not comments:
            return not comments
        return comments[-1].written_at < reply.first_tried_at - _CLOCKS_APART


def _fitting(content: str) -> str:
    if len(content.encode()) > MOST_BYTES:
        raise MessageRejected(_REJECTED["comment_content_column_length"])
    return content
