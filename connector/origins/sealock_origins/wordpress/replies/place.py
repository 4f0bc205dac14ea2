# SPDX-License-Identifier: Apache-2.0
"""Where a reply goes: the comment it answers, and what stands against an answer there."""

from __future__ import annotations

from sealock_connector import ConnectorError, MessageRejected, NotFound, Reply, Text
from sealock_origins.wordpress.api import Api
from sealock_origins.wordpress.comments import REMOVED, WAITING, Comment
from sealock_origins.wordpress.ids import CommentId
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.resources import SiteAccount

NOTHING_ANSWERED = Text("There is no comment on this ticket that could be answered.")
FOREIGN = Text("What this replies to is not a comment of the account's site.")
GONE = Text("The comment that this replies to is no longer on the site.")
PARENT_REMOVED = Text("The comment that this replies to is in the site's trash or spam folder.")
PARENT_WAITS = Text("The comment that this replies to waits for moderation. Approve it in WordPress, then reply again.")
POST_REMOVED = Text("The post that this comment belongs to is in the site's trash.")
UNPUBLISHED = Text("The post that this comment belongs to is not published any more.")
_POST_REMOVED = "post-trashed"
_UNPUBLISHED = {"draft", "auto-draft", "pending", "future", "trash"}


def answered_by(reply: Reply, account: SiteAccount) -> CommentId:
    """The comment that the reply answers. Raises `MessageRejected` or `NotFound`."""
    external_id = reply.parent_id or reply.thread_id
    if not external_id:
        raise MessageRejected(NOTHING_ANSWERED)
    try:
        answered = CommentId.read(external_id)
    except NotFound as not_ours:
        raise NotFound(str(not_ours), message_for_agent=FOREIGN) from None
    if answered.site != account.site:
        raise NotFound("a comment of another site", message_for_agent=FOREIGN)
    return answered


async def parent_of(api: Api, answered: CommentId, account: SiteAccount) -> Comment:
    """
    The comment to answer, as long as it is shown: WordPress would take an answer to any other, and show it nowhere.

    Raises `MessageRejected`, `NotFound`, and what `Api` raises.
    """
    try:
        parent = await api.comment(answered.comment)
    except Refused as refused:
        if refused.code == "rest_comment_invalid_id":
            raise NotFound("the comment is gone", message_for_agent=GONE) from None
        raise
    if not account.still_has(answered, parent):
        raise NotFound("the comment's number is another's by now", message_for_agent=GONE)
    if parent.status == _POST_REMOVED:
        raise MessageRejected(POST_REMOVED)
    if parent.status in REMOVED:
        raise MessageRejected(PARENT_REMOVED)
    if parent.status == WAITING:
        raise MessageRejected(PARENT_WAITS)
    if await _is_unpublished(api, parent):
        raise MessageRejected(UNPUBLISHED)
    return parent


async def _is_unpublished(api: Api, comment: Comment) -> bool:
    """Whether the comment's post is known to be one that nobody reads: WordPress would take the answer from editors."""
    if not comment.post_collection:
        return False
    try:
        return await api.post_status(comment.post_collection, comment.post) in _UNPUBLISHED
    except (Refused, ConnectorError):
        return False
