# SPDX-License-Identifier: Apache-2.0
"""What a Page writes and moderates through the API: comments, photos, hiding and deleting."""

from __future__ import annotations

from sealock_devkit.emulators.meta.content import Comment, Post
from sealock_devkit.emulators.meta.errors import bad_parameter, refused
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.params import Upload
from sealock_devkit.emulators.meta.people import Page

MAX_COMMENT_CHARS = 8_000
SUCCESS = {"success": True}
ATTACHMENTS = ("attachment_url", "attachment_id", "attachment_share_url", "source")


async def publish(call: Call, page: Page) -> dict[str, str]:
    """`POST /{page}/feed`: a post of the Page's. The same words twice in a row are error 506."""
    _may_write(call, page, "pages_manage_posts", "CREATE_CONTENT")
    message = call.params.required("message")
    own = [post for post in call.world.posts if post.author_id == page.id and not post.deleted]
    if own and own[-1].message == message:
        raise refused("duplicate")
    return {"id": call.domain.walls.write_post(page.id, page.id, message).id}


async def upload_photo(call: Call, page: Page) -> dict[str, str]:
    """`POST /{page}/photos`: a photo; with `published=false` it waits to be attached to a comment."""
    scope = "pages_manage_engagement" if call.params.get("published") == "false" else "pages_manage_posts"
    _may_write(call, page, scope, "CREATE_CONTENT")
    upload = call.params.files.get("source") or (
        await call.domain.fetch(call.params.get("url")) if call.params.get("url") else None
    )
    if upload is None:
        raise refused("parameter", "(#324) Requires upload file")
    published = call.params.flag("published", default=True)
    file = _keep_picture(call, page, upload, published=published)
    if not published:
        return {"id": file}
    message = call.params.get("message") or call.params.get("caption")
    return {"id": file, "post_id": call.domain.walls.write_post(page.id, page.id, message, photos=[file]).id}


async def comment_on_post(call: Call, post: Post) -> dict[str, str]:
    """`POST /{post}/comments`."""
    return await _comment(call, post, None)


async def reply_to_comment(call: Call, comment: Comment) -> dict[str, str]:
    """`POST /{comment}/comments`: a reply to a reply goes below the comment of the first level."""
    return await _comment(call, call.world.posts[comment.post_id], comment)


async def change_post(call: Call, post: Post) -> dict[str, bool]:
    """`POST /{post}`: hide it, show it, or change its words."""
    page = call.world.pages[post.page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    if "is_hidden" in call.params:
        call.domain.walls.hide_post(post, hidden=call.params.flag("is_hidden"))
    if "message" in call.params:
        _only_own(post.author_id, page)
        call.domain.walls.edit_post(post, call.params.required("message"))
    return SUCCESS


async def delete_post(call: Call, post: Post) -> dict[str, bool]:
    """`DELETE /{post}`."""
    _may_write(call, call.world.pages[post.page_id], "pages_manage_engagement", "MODERATE")
    call.domain.walls.delete_post(post)
    return SUCCESS


async def change_comment(call: Call, comment: Comment) -> dict[str, bool]:
    """`POST /{comment}`: hide it, show it, or change the words of one of the Page's own."""
    page = call.world.pages[call.world.posts[comment.post_id].page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    if "is_hidden" in call.params:
        if comment.author_id == page.id:
            raise refused("scope", "(#200) A Page cannot hide its own comment.")
        call.domain.walls.hide_comment(comment, hidden=call.params.flag("is_hidden"))
    if "message" in call.params:
        _only_own(comment.author_id, page)
        call.domain.walls.edit_comment(comment, _message(call))
    return SUCCESS


async def delete_comment(call: Call, comment: Comment) -> dict[str, bool]:
    """`DELETE /{comment}`."""
    page = call.world.pages[call.world.posts[comment.post_id].page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    call.domain.walls.delete_comment(comment)
    return SUCCESS


async def _comment(call: Call, post: Post, parent: Comment | None) -> dict[str, str]:
    page = call.world.pages[post.page_id]
    _may_write(call, page, "pages_manage_engagement", "MODERATE")
    given = [name for name in ATTACHMENTS if name in call.params or name in call.params.files]
    if len(given) > 1:
        raise bad_parameter(f"Only one of {', '.join(ATTACHMENTS)} can be given")
    message = _message(call)
    if not message and not given:
        raise bad_parameter("The parameter message is required")
    share = call.params.get("attachment_share_url")
    photo = await _photo(call, page)
    comment = call.domain.walls.write_comment(post, page.id, message, parent=parent, photo=photo, share=share)
    return {"id": comment.id}


async def _photo(call: Call, page: Page) -> str:
    if "source" in call.params.files:
        return _keep_picture(call, page, call.params.files["source"], published=True)
    if call.params.get("attachment_url"):
        upload = await call.domain.fetch(call.params.get("attachment_url"))
        return _keep_picture(call, page, upload, published=True)
    file_id = call.params.get("attachment_id")
    if not file_id:
        return ""
    file = call.world.files.get(file_id)
    if file is None or file.page_id != page.id or file.published:
        raise bad_parameter("attachment_id must be an unpublished photo of the Page")
    return file_id


def _keep_picture(call: Call, page: Page, upload: Upload, *, published: bool) -> str:
    if not upload.content_type.startswith("image/"):
        raise refused("parameter", "(#324) Invalid image. Please select another and try again.")
    return call.world.keep_file(
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
