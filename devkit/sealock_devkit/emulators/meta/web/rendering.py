# SPDX-License-Identifier: Apache-2.0
"""Renders pages (everything escaped, scripts and styles by nonce only), and what templates ask."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from falcon import MEDIA_HTML
from falcon.asgi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.records import Comment, Media, MediaComment, Message, Post

TEMPLATES = Path(__file__).parent.parent / "templates"


class Pages:
    """Answers pages from the templates, each with a policy that lets in nothing of others."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["when"] = _when

    def answer(self, resp: Response, template: str, *, form_action: str = "", **values: Any) -> None:
        """Answer a page; `form_action` is a place besides this server where its forms may lead."""
        nonce = secrets.token_urlsafe(16)
        resp.content_type = MEDIA_HTML
        resp.set_headers(
            {
                "Content-Security-Policy": (
                    f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' data:; "
                    f"media-src 'self'; connect-src 'self'; form-action 'self' {form_action}; "
                    "base-uri 'none'; frame-ancestors 'none'"
                ),
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Cache-Control": "no-store",
            }
        )
        resp.text = self._templates.get_template(template).render(nonce=nonce, **values)


def _when(instant: float) -> str:
    return datetime.fromtimestamp(instant, tz=UTC).strftime("%d %B %Y, %H:%M:%S")


Written = Post | Comment | Media | MediaComment


class Views:
    """Answers templates, for people: nothing here depends on what an app may see."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._store = emulator.store

    def author_id(self, written: Written) -> str:
        """Who wrote it."""
        return written.owner_id if isinstance(written, Media) else written.author_id

    def author(self, written: Written) -> str:
        """The author's name: on Instagram the user name."""
        key = self.author_id(written)
        found = self._store.account(key) or self._store.people[key]
        return found.username if isinstance(written, Media | MediaComment) else found.name

    def is_ours(self, written: Written) -> bool:
        """Whether a Page or account wrote it."""
        return self._store.account(self.author_id(written)) is not None

    def text(self, written: Written) -> str:
        """The words."""
        if isinstance(written, Media):
            return written.caption
        return written.text if isinstance(written, MediaComment) else written.message

    def photos(self, written: Written | Message) -> list[str]:
        """Links to its pictures."""
        if isinstance(written, Message):
            files = [each["file"] for each in written.attachments if "file" in each]
            files = [each for each in files if self._store.files[each].kind == "image"]
        elif isinstance(written, Post):
            files = written.photos
        elif isinstance(written, Comment | Media):
            files = [written.photo] if written.photo else []
        else:
            files = []
        return [self._emulator.cdn.link(each) for each in files]

    def files(self, message: Message) -> list[tuple[str, str]]:
        """Names of and links to a message's other files, and to what it shares."""
        shared = [("a shared post", each["url"]) for each in message.attachments if "url" in each]
        found = [self._store.files[each["file"]] for each in message.attachments if "file" in each]
        return [(file.name, self._emulator.cdn.link(file.id)) for file in found if file.kind != "image"] + shared

    def comments(self, written: Post | Media) -> list[Comment | MediaComment]:
        """The comments of the first level."""
        if isinstance(written, Post):
            return [each for each in self._emulator.page_posts.comments_of(written) if not each.parent_id]
        return list(self._emulator.instagram_posts.comments_of(written))

    def replies(self, written: Comment | MediaComment) -> list[Comment | MediaComment]:
        """The replies to a comment."""
        if isinstance(written, Comment):
            return list(self._emulator.page_posts.replies_to(written))
        return list(self._emulator.instagram_posts.replies_to(written))

    def can_edit(self, written: Written | Message) -> bool:
        """Whether who wrote it can change it."""
        return isinstance(written, Post | Comment | Message)

    def story(self, message: Message) -> str:
        """A link to the story that a message answers or is."""
        media = self._store.media.get(message.story.get("media", ""))
        return self._emulator.cdn.link(media.photo) if media else ""

    def permalink(self, written: Written) -> str:
        """The address of its own page."""
        if isinstance(written, Post):
            return f"/www.facebook.com/{written.page_id}/posts/{written.id.partition('_')[2]}"
        if isinstance(written, Comment):
            post = self._store.posts[written.post_id]
            return f"{self.permalink(post)}/?comment_id={written.id.partition('_')[2]}"
        if isinstance(written, MediaComment):
            return f"{self.permalink(self._store.media[written.media_id])}c/{written.id}/"
        return f"/www.instagram.com/p/{written.shortcode}/"
