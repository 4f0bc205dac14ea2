# SPDX-License-Identifier: Apache-2.0
"""The pages that permalinks and links of conversations lead to: to be read by anybody."""

from __future__ import annotations

from typing import Any

from falcon import HTTPNotFound
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.content import Media
from sealock_devkit.emulators.meta.domain import Domain
from sealock_devkit.emulators.meta.pictures import plain_picture
from sealock_devkit.emulators.meta.web.rendering import Pages
from sealock_devkit.emulators.meta.web.views import Views


class Permalinks:
    """Pages of one post, one conversation, one account."""

    def __init__(self, domain: Domain, pages: Pages) -> None:
        self._domain = domain
        self._world = domain.world
        self._pages = pages
        self._views = Views(domain)

    async def on_get_post(self, req: Request, resp: Response, key: str, number: str) -> None:
        """A post on a Page's wall with its comments; `comment_id` marks one."""
        post = self._world.posts.get(f"{key}_{number}")
        if post is None or post.deleted:
            raise HTTPNotFound
        marked = req.get_param("reply_comment_id") or req.get_param("comment_id") or ""
        self._check(f"{number}_{marked}" if marked else "")
        self._show(resp, "facebook", self._world.pages[key].name, posts=[post])

    async def on_get_page(self, _: Request, resp: Response, key: str) -> None:
        """A Page's wall."""
        page = self._world.pages.get(key)
        if page is None:
            raise HTTPNotFound
        posts = [post for post in self._world.posts if post.page_id == key and not post.deleted]
        self._show(resp, "facebook", page.name, posts=posts[::-1])

    async def on_get_inbox(self, _: Request, resp: Response, key: str, number: str) -> None:
        """A conversation in a Page's inbox."""
        conversation = self._world.conversations.get(f"t_{number}")
        if conversation is None or conversation.owner_id != key:
            raise HTTPNotFound
        person = self._world.people[conversation.person_id]
        messages = self._domain.inboxes.messages(conversation)
        self._show(resp, "facebook", f"{person.name} and {self._world.pages[key].name}", messages=messages)

    async def on_get_media(self, _: Request, resp: Response, shortcode: str, comment_id: str = "") -> None:
        """A post on Instagram with its comments."""
        media = self._media(shortcode)
        comment = self._world.media_comments.get(comment_id)
        if comment_id and (comment is None or comment.deleted or comment.media_id != media.id):
            raise HTTPNotFound
        self._show(resp, "instagram", self._views.author(media), posts=[media])

    async def on_get_direct(self, _: Request, resp: Response) -> None:
        """Instagram's inbox: which conversations there are, is nobody's business here."""
        self._show(resp, "instagram", "Direct messages")

    def _media(self, shortcode: str) -> Media:
        for media in self._world.media:
            if media.shortcode == shortcode and not media.deleted:
                return media
        raise HTTPNotFound

    def _check(self, comment_id: str) -> None:
        comment = self._world.comments.get(comment_id)
        if comment_id and (comment is None or comment.deleted):
            raise HTTPNotFound

    def _show(self, resp: Response, kind: str, title: str, **content: Any) -> None:
        shown = {"posts": [], "messages": [], **content}
        self._pages.answer(resp, "permalink.html", kind=kind, title=title, views=self._views, **shown)


class Picture:
    """`/pictures/{key}.png`: the picture of a person or account."""

    def __init__(self) -> None:
        self._made: dict[str, bytes] = {}

    async def on_get(self, _: Request, resp: Response, key: str) -> None:
        """A picture in colours of its own."""
        if len(self._made) > 1_000:
            self._made.clear()
        if key not in self._made:
            self._made[key] = plain_picture(key)
        resp.content_type = "image/png"
        resp.data = self._made[key]
