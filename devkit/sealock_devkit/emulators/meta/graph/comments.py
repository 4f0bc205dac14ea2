# SPDX-License-Identifier: Apache-2.0
"""Comments below posts, and what a Page writes and moderates: posts, photos and comments."""

from __future__ import annotations

from typing import Any

from sealock_devkit.emulators.meta.files import Upload
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.errors import bad_parameter, refused
from sealock_devkit.emulators.meta.graph.nodes import ABSENT, Edge, Entry, Field, Listing, NodeType
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.profiles import facebook_author
from sealock_devkit.emulators.meta.records import Comment, Page, Post
from sealock_devkit.emulators.meta.settings import DAY, graph_time, read_time

MAX_COMMENT_CHARS = 8_000
SUCCESS = {"success": True}
ATTACHMENTS = ("attachment_url", "attachment_id", "attachment_share_url", "source")
PRIVATE_REPLY_SECONDS = 7 * DAY
FILTERS, ORDERS = ("toplevel", "stream"), ("chronological", "reverse_chronological", "ranked")


async def publish(call: Call, page: Page) -> dict[str, str]:
    """`POST /{page}/feed`: a post of the Page's. The same words twice in a row are error 506."""
    _may_write(call, page, "pages_manage_posts", "CREATE_CONTENT")
    message = call.params.required("message")
    own = [post for post in call.store.posts if post.author_id == page.id and not post.deleted]
    if own and own[-1].message == message:
        raise refused("duplicate")
    return {"id": call.emulator.page_posts.write_post(page.id, page.id, message).id}


async def upload_photo(call: Call, page: Page) -> dict[str, str]:
    """`POST /{page}/photos`: a photo; with `published=false` it waits to be attached to a comment."""
    scope = "pages_manage_engagement" if call.params.get("published") == "false" else "pages_manage_posts"
    _may_write(call, page, scope, "CREATE_CONTENT")
    upload = call.params.files.get("source") or (
        await call.emulator.fetch(call.params.get("url")) if call.params.get("url") else None
    )
    if upload is None:
        raise refused("parameter", "(#324) Requires upload file")
    published = call.params.flag("published", default=True)
    file = _keep_picture(call, page, upload, published=published)
    if not published:
        return {"id": file}
    message = call.params.get("message") or call.params.get("caption")
    return {"id": file, "post_id": call.emulator.page_posts.write_post(page.id, page.id, message, photos=[file]).id}


async def comment_on_post(call: Call, post: Post) -> dict[str, str]:
    """`POST /{post}/comments`."""
    return await _comment(call, post, None)


async def reply_to_comment(call: Call, comment: Comment) -> dict[str, str]:
    """`POST /{comment}/comments`: a reply to a reply goes below the comment of the first level."""
    return await _comment(call, call.store.posts[comment.post_id], comment)


async def change_post(call: Call, post: Post) -> dict[str, bool]:
    """`POST /{post}`: hide it, show it, or change its words."""
    page = call.store.pages[post.page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    if "is_hidden" in call.params:
        call.emulator.page_posts.hide_post(post, hidden=call.params.flag("is_hidden"))
    if "message" in call.params:
        _only_own(post.author_id, page)
        call.emulator.page_posts.edit_post(post, call.params.required("message"))
    return SUCCESS


async def delete_post(call: Call, post: Post) -> dict[str, bool]:
    """`DELETE /{post}`."""
    _may_write(call, call.store.pages[post.page_id], "pages_manage_engagement", "MODERATE")
    call.emulator.page_posts.delete_post(post)
    return SUCCESS


async def change_comment(call: Call, comment: Comment) -> dict[str, bool]:
    """`POST /{comment}`: hide it, show it, or change the words of one of the Page's own."""
    page = call.store.pages[call.store.posts[comment.post_id].page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    if "is_hidden" in call.params:
        if comment.author_id == page.id:
            raise refused("scope", "(#200) A Page cannot hide its own comment.")
        call.emulator.page_posts.hide_comment(comment, hidden=call.params.flag("is_hidden"))
    if "message" in call.params:
        _only_own(comment.author_id, page)
        call.emulator.page_posts.edit_comment(comment, _message(call))
    return SUCCESS


async def delete_comment(call: Call, comment: Comment) -> dict[str, bool]:
    """`DELETE /{comment}`."""
    page = call.store.pages[call.store.posts[comment.post_id].page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    call.emulator.page_posts.delete_comment(comment)
    return SUCCESS


async def _comment(call: Call, post: Post, parent: Comment | None) -> dict[str, str]:
    page = call.store.pages[post.page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    given = [name for name in ATTACHMENTS if name in call.params or name in call.params.files]
    if not (post.can_comment and (parent is None or parent.can_comment)):
        raise refused("cannot_comment")
    if len(given) > 1:
        raise bad_parameter(f"Only one of {', '.join(ATTACHMENTS)} can be given")
    message = _message(call)
    if not message and not given:
        raise bad_parameter("The parameter message is required")
    share = call.params.get("attachment_share_url")
    photo = await _photo(call, page)
    comment = call.emulator.page_posts.write_comment(post, page.id, message, parent=parent, photo=photo, share=share)
    hidden = any(word.casefold() in message.casefold() for word in page.hides)
    if hidden:
        call.emulator.page_posts.hide_comment(comment, hidden=True)
    if call.store.faults.use("removed_at_once"):
        call.emulator.page_posts.delete_comment(comment)
    return {"id": comment.id}


async def _photo(call: Call, page: Page) -> str:
    if "source" in call.params.files:
        return _keep_picture(call, page, call.params.files["source"], published=True)
    if call.params.get("attachment_url"):
        upload = await call.emulator.fetch(call.params.get("attachment_url"))
        return _keep_picture(call, page, upload, published=True)
    file_id = call.params.get("attachment_id")
    if not file_id:
        return ""
    file = call.store.files.get(file_id)
    if file is None or file.page_id != page.id or file.published:
        raise bad_parameter("attachment_id must be an unpublished photo of the Page")
    return file_id


def _keep_picture(call: Call, page: Page, upload: Upload, *, published: bool) -> str:
    if not upload.content_type.startswith("image/"):
        raise refused("parameter", "(#324) Invalid image. Please select another and try again.")
    return call.store.keep_file(
        upload.data, name=upload.name, content_type=upload.content_type, page_id=page.id, published=published
    ).id


def _message(call: Call) -> str:
    message = call.params.get("message")
    if len(message) > MAX_COMMENT_CHARS:
        raise bad_parameter(f"The comment is too long: at most {MAX_COMMENT_CHARS} characters")
    return message


def _may_write(call: Call, page: Page, scope: str, task: str) -> None:
    call.need_page_token(page)
    call.need_to_write(scope)
    call.need_task(page, task)
    if page.blocked_as_abusive:
        raise refused("abusive")


def _only_own(author_id: str, page: Page) -> None:
    if author_id != page.id:
        raise refused("scope", "(#200) Only what the Page wrote itself can be edited.")


def page_of(call: Call, comment: Comment) -> str:
    """The id of the Page whose wall a comment is on."""
    return call.store.posts[comment.post_id].page_id


def private_reply_possible(call: Call, written: Post | Comment, page_id: str) -> bool:
    """Whether the Page may still answer somebody's post or comment in private."""
    young = call.store.now() < written.created + PRIVATE_REPLY_SECONDS
    return young and not written.private_reply and written.author_id != page_id


def _read_comments(call: Call, node: Post | Comment, params: Params) -> Listing:
    call.need("pages_read_user_content" if isinstance(node, Comment) else "pages_read_engagement")
    order = _choice(params, "order", ORDERS)
    level = _choice(params, "filter", FILTERS)
    since = _since(params)
    if isinstance(node, Comment):
        found = call.emulator.page_posts.replies_to(node)
    else:
        found = [each for each in call.emulator.page_posts.comments_of(node) if level == "stream" or not each.parent_id]
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
        summary = {"order": order, "total_count": len(entries), "can_comment": node.can_comment}
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
        file = call.store.files[comment.photo]
        url = call.store.permalink("www.facebook.com", f"/photo/?fbid={comment.photo}")
        image = {"height": file.height or 720, "width": file.width or 720, "src": call.emulator.cdn.link(comment.photo)}
        return {"type": "photo", "media": {"image": image}, "target": {"id": comment.photo, "url": url}, "url": url}
    if comment.share_url:
        return {"type": "animated_image_share", "url": comment.share_url, "target": {"url": comment.share_url}}
    return ABSENT


def _permalink(call: Call, comment: Comment) -> str:
    post = call.store.posts[comment.post_id]
    number = comment.id.partition("_")[2]
    place = f"/{post.page_id}/posts/{post.id.partition('_')[2]}/"
    if comment.parent_id:
        above = comment.parent_id.partition("_")[2]
        return call.store.permalink("www.facebook.com", f"{place}?comment_id={above}&reply_comment_id={number}")
    return call.store.permalink("www.facebook.com", f"{place}?comment_id={number}")


def _private_conversation(call: Call, comment: Comment) -> Any:
    if not comment.private_reply:
        return ABSENT
    message = call.store.messages[comment.private_reply]
    return call.store.conversations[message.conversation_id]


def _is_own(call: Call, comment: Comment) -> bool:
    return comment.author_id == page_of(call, comment)


def _can_comment(call: Call, comment: Comment) -> bool:
    return comment.can_comment and call.store.posts[comment.post_id].can_comment


def _comment_count(call: Call, comment: Comment) -> int:
    return sum(not reply.deleted for reply in call.emulator.page_posts.replies_to(comment))


def _above(call: Call, comment: Comment) -> Any:
    return call.store.comments[comment.parent_id] if comment.parent_id else ABSENT


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
        "object": Field(lambda call, comment: call.store.posts[comment.post_id], node="PagePost"),
        "attachment": Field(_attachment),
        "permalink_url": Field(_permalink),
        "can_comment": Field(_can_comment),
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
    writes={
        ("POST", "comments"): reply_to_comment,
        ("POST", ""): change_comment,
        ("DELETE", ""): delete_comment,
    },
    brief=("created_time", "from", "message", "id"),
)
