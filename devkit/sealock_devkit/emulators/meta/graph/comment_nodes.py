# SPDX-License-Identifier: Apache-2.0
"""Comments below posts, on two levels."""

from __future__ import annotations

from typing import Any

from sealock_devkit.emulators.meta.clock import DAY, graph_time, read_time
from sealock_devkit.emulators.meta.content import Comment, Post
from sealock_devkit.emulators.meta.errors import bad_parameter
from sealock_devkit.emulators.meta.graph import writing
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.paging import Entry, Listing
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.profiles import facebook_author
from sealock_devkit.emulators.meta.graph.schema import ABSENT, Edge, Field, NodeType

PRIVATE_REPLY_SECONDS = 7 * DAY
FILTERS, ORDERS = ("toplevel", "stream"), ("chronological", "reverse_chronological", "ranked")


def page_of(call: Call, comment: Comment) -> str:
    """The id of the Page whose wall a comment is on."""
    return call.world.posts[comment.post_id].page_id


def private_reply_possible(call: Call, written: Post | Comment, page_id: str) -> bool:
    """Whether the Page may still answer somebody's post or comment in private."""
    young = call.world.now() < written.created + PRIVATE_REPLY_SECONDS
    return young and not written.private_reply and written.author_id != page_id


def _read_comments(call: Call, node: Post | Comment, params: Params) -> Listing:
    call.need("pages_read_user_content" if isinstance(node, Comment) else "pages_read_engagement")
    order = _choice(params, "order", ORDERS)
    level = _choice(params, "filter", FILTERS)
    since = _since(params)
    if isinstance(node, Comment):
        found = call.domain.walls.replies_to(node)
    else:
        found = [each for each in call.domain.walls.comments_of(node) if level == "stream" or not each.parent_id]
    backwards = order == "reverse_chronological"
    entries = [
        Entry([-at if backwards else at, each.id], None if each.deleted else each)
        for at, each in enumerate(found)
        if int(each.created) >= since
    ]
    if backwards:
        entries.reverse()
    if call.kind == "user":
        entries = []
    summary = None
    if params.get("summary") not in {"", "0", "false"}:
        summary = {"order": order, "total_count": len(entries), "can_comment": True}
    return Listing(entries, summary)


def _since(params: Params) -> float:
    if not params.get("since"):
        return 0
    try:
        return read_time(params.get("since"))
    except ValueError:
        raise bad_parameter("param since must be a valid time") from None


def _choice(params: Params, name: str, choices: tuple[str, ...]) -> str:
    value = params.get(name) or choices[0]
    if value not in choices:
        raise bad_parameter(f"param {name} must be one of {{{', '.join(choices).upper()}}}")
    return value


COMMENTS = Edge(_read_comments, "Comment", frozenset({"filter", "order", "since", "summary"}))


def _attachment(call: Call, comment: Comment) -> Any:
    if comment.photo:
        file = call.world.files[comment.photo]
        url = call.world.permalink("www.facebook.com", f"/photo/?fbid={comment.photo}")
        image = {"height": file.height or 720, "width": file.width or 720, "src": call.domain.cdn.link(comment.photo)}
        return {"type": "photo", "media": {"image": image}, "target": {"id": comment.photo, "url": url}, "url": url}
    if comment.share_url:
        return {"type": "animated_image_share", "url": comment.share_url, "target": {"url": comment.share_url}}
    return ABSENT


def _permalink(call: Call, comment: Comment) -> str:
    post = call.world.posts[comment.post_id]
    number = comment.id.partition("_")[2]
    place = f"/{post.page_id}/posts/{post.id.partition('_')[2]}/"
    if comment.parent_id:
        above = comment.parent_id.partition("_")[2]
        return call.world.permalink("www.facebook.com", f"{place}?comment_id={above}&reply_comment_id={number}")
    return call.world.permalink("www.facebook.com", f"{place}?comment_id={number}")


def _private_conversation(call: Call, comment: Comment) -> Any:
    if not comment.private_reply:
        return ABSENT
    message = call.world.messages[comment.private_reply]
    return call.world.conversations[message.conversation_id]


def _is_own(call: Call, comment: Comment) -> bool:
    return comment.author_id == page_of(call, comment)


def _comment_count(call: Call, comment: Comment) -> int:
    return sum(not reply.deleted for reply in call.domain.walls.replies_to(comment))


def _above(call: Call, comment: Comment) -> Any:
    return call.world.comments[comment.parent_id] if comment.parent_id else ABSENT


def _author(call: Call, comment: Comment) -> Any:
    return facebook_author(call, page_of(call, comment), comment.author_id)


COMMENT = NodeType(
    "Comment",
    {
        "created_time": Field(lambda _, comment: graph_time(comment.created), default=True),
        "from": Field(_author, default=True, node="Profile"),
        "message": Field(lambda _, comment: comment.message, default=True),
        "id": Field(lambda _, comment: comment.id, default=True),
        "parent": Field(_above, node="Comment"),
        "object": Field(lambda call, comment: call.world.posts[comment.post_id], node="PagePost"),
        "attachment": Field(_attachment),
        "permalink_url": Field(_permalink),
        "can_comment": Field(lambda *_: True),
        "can_hide": Field(lambda call, comment: not _is_own(call, comment)),
        "can_remove": Field(lambda *_: True),
        "can_like": Field(lambda *_: True),
        "can_reply_privately": Field(
            lambda call, comment: private_reply_possible(call, comment, page_of(call, comment))
        ),
        "is_hidden": Field(lambda _, comment: comment.hidden),
        "is_private": Field(lambda *_: False),
        "like_count": Field(lambda *_: 0),
        "comment_count": Field(_comment_count),
        "message_tags": Field(lambda *_: ABSENT),
        "user_likes": Field(lambda *_: False),
        "private_reply_conversation": Field(_private_conversation, node="UnifiedThread"),
    },
    edges={"comments": COMMENTS},
    deeds={
        ("POST", "comments"): writing.reply_to_comment,
        ("POST", ""): writing.change_comment,
        ("DELETE", ""): writing.delete_comment,
    },
    brief=("created_time", "from", "message", "id"),
)
