# SPDX-License-Identifier: Apache-2.0
"""Pages and the posts on their walls."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from sealock_devkit.emulators.meta.graph import comments, webhook_subscriptions
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.comments import COMMENTS, private_reply_possible
from sealock_devkit.emulators.meta.graph.conversations import CONVERSATIONS
from sealock_devkit.emulators.meta.graph.errors import bad_parameter
from sealock_devkit.emulators.meta.graph.nodes import ABSENT, Edge, Entry, Field, Listing, NodeType
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.profiles import facebook_author, page_picture
from sealock_devkit.emulators.meta.graph.sending import send, upload_attachment
from sealock_devkit.emulators.meta.records import Page, Post
from sealock_devkit.emulators.meta.settings import graph_time

REACHABLE_POSTS = 600
RANKING_SECONDS = 36 * 3_600


def _instagram(call: Call, page: Page) -> Any:
    if "pages_read_engagement" not in call.grant.scopes:
        raise bad_parameter(
            "Object does not exist, cannot be loaded due to missing permission or reviewable feature: "
            "requires the 'pages_read_engagement' permission"
        )
    return call.store.instagrams.get(page.instagram_id) or ABSENT


def _access_token(call: Call, page: Page) -> Any:
    if call.token is None:
        return ABSENT
    return call.token.id if call.kind == "page" else call.emulator.tokens.page_token(call.token, page.id).id


def _posts(
    shown: Callable[[Page, Post], bool], *scopes: str, heeds: frozenset[str] = frozenset({"include_hidden"})
) -> Edge:
    """A list of posts, ranked as the platform does: near to the order of time, but not in it."""

    def read(call: Call, page: Page, params: Params) -> Listing:
        call.need(*scopes)
        hidden_too = params.flag("include_hidden")
        entries = [
            Entry([_rank(post), post.id], None if post.deleted or (post.hidden and not hidden_too) else post)
            for post in call.store.posts
            if shown(page, post)
        ]
        return Listing(sorted(entries, key=lambda entry: entry.key)[:REACHABLE_POSTS])

    return Edge(read, "PagePost", heeds)


def _rank(post: Post) -> float:
    return -(post.created + zlib.crc32(post.id.encode()) % RANKING_SECONDS)


def _is_own(page: Page, post: Post) -> bool:
    return post.page_id == page.id and post.author_id == page.id and not post.ad


def _read_ads(call: Call, page: Page, _: Params) -> Listing:
    call.need("pages_manage_ads", "ads_management")
    call.need_task(page, "ADVERTISE")
    ads = [post for post in call.store.posts if post.page_id == page.id and post.ad]
    return Listing([Entry([-post.created, post.id], None if post.deleted else post) for post in ads])


PAGE = NodeType(
    "Page",
    {
        "id": Field(lambda _, page: page.id, default=True),
        "name": Field(lambda _, page: page.name, default=True),
        "about": Field(lambda _, page: page.about),
        "username": Field(lambda _, page: page.username),
        "link": Field(lambda call, page: call.store.permalink("www.facebook.com", f"/{page.id}")),
        "picture": Field(page_picture),
        "category": Field(lambda *_: "Local business"),
        "access_token": Field(_access_token),
        "instagram_business_account": Field(_instagram, node="IGUser"),
    },
    edges={
        "feed": _posts(
            lambda page, post: post.page_id == page.id and not post.ad,
            "pages_read_engagement",
            "pages_read_user_content",
        ),
        "ads_posts": Edge(_read_ads, "PagePost", frozenset({"include_inline_create"})),
        "posts": _posts(_is_own, "pages_read_engagement"),
        "published_posts": _posts(_is_own, "pages_read_engagement"),
        "visitor_posts": _posts(
            lambda page, post: post.page_id == page.id and post.author_id != page.id, "pages_read_user_content"
        ),
        "tagged": _posts(lambda page, post: page.id in post.tagged, "pages_read_user_content", heeds=frozenset()),
        "conversations": CONVERSATIONS,
    },
    writes={
        ("POST", "feed"): comments.publish,
        ("POST", "photos"): comments.upload_photo,
        ("POST", "messages"): send,
        ("POST", "message_attachments"): upload_attachment,
        ("POST", "subscribed_apps"): webhook_subscriptions.install,
        ("DELETE", "subscribed_apps"): webhook_subscriptions.uninstall,
    },
    reads={"subscribed_apps": webhook_subscriptions.installed},
)


def _attachments(call: Call, post: Post) -> Any:
    if not post.photos:
        return ABSENT
    found = [_photo(call, file_id) for file_id in post.photos]
    if len(found) == 1:
        return {"data": found}
    album = {"media_type": "album", "type": "album", "url": _permalink(call, post), "media": found[0]["media"]}
    return {"data": [{**album, "subattachments": {"data": found}}]}


def _photo(call: Call, file_id: str) -> dict[str, Any]:
    file = call.store.files[file_id]
    url = call.store.permalink("www.facebook.com", f"/photo/?fbid={file_id}")
    image = {"height": file.height or 720, "width": file.width or 720, "src": call.emulator.cdn.link(file_id)}
    target = {"id": file_id, "url": url}
    return {"media_type": "photo", "type": "photo", "media": {"image": image}, "target": target, "url": url}


def _permalink(call: Call, post: Post) -> str:
    return call.store.permalink("www.facebook.com", f"/{post.page_id}/posts/{post.id.partition('_')[2]}")


def _story(call: Call, post: Post) -> Any:
    if post.message or not post.photos:
        return ABSENT
    author = call.store.pages.get(post.author_id) or call.store.people[post.author_id]
    return f"{author.name} added a photo."


POST = NodeType(
    "PagePost",
    {
        "created_time": Field(lambda _, post: graph_time(post.created), default=True),
        "message": Field(lambda _, post: post.message or ABSENT, default=True),
        "story": Field(_story, default=True),
        "id": Field(lambda _, post: post.id, default=True),
        "updated_time": Field(lambda _, post: graph_time(post.updated)),
        "from": Field(lambda call, post: facebook_author(call, post.page_id, post.author_id), node="Profile"),
        "permalink_url": Field(_permalink),
        "attachments": Field(_attachments),
        "full_picture": Field(lambda call, post: call.emulator.cdn.link(post.photos[0]) if post.photos else ABSENT),
        "parent_id": Field(lambda *_: ABSENT),
        "is_hidden": Field(lambda _, post: post.hidden),
        "is_published": Field(lambda _, post: not post.ad),
        "status_type": Field(lambda _, post: "added_photos" if post.photos else "mobile_status_update"),
        "can_reply_privately": Field(lambda call, post: private_reply_possible(call, post, post.page_id)),
    },
    edges={"comments": COMMENTS},
    writes={
        ("POST", "comments"): comments.comment_on_post,
        ("POST", ""): comments.change_post,
        ("DELETE", ""): comments.delete_post,
    },
)
