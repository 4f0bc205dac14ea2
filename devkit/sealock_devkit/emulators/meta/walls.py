# SPDX-License-Identifier: Apache-2.0
"""Posts on Pages' walls and the comments below them."""

from __future__ import annotations

import re

from sealock_devkit.emulators.meta.content import Comment, Post
from sealock_devkit.emulators.meta.webhooks.announcements import Announcements
from sealock_devkit.emulators.meta.world import World

MENTION = re.compile(r"@([A-Za-z0-9._]{1,50})")


class Walls:
    """Writes, changes and takes away. Authors are ids of people or Pages."""

    def __init__(self, world: World, announcements: Announcements) -> None:
        self._world = world
        self._announcements = announcements

    def write_post(self, page_id: str, author_id: str, message: str, *, photos: list[str] | None = None) -> Post:
        """A new post on a Page's wall."""
        now = self._world.now()
        number = self._world.number("post", 122_104_000_000_001)
        post = Post(f"{page_id}_{number}", page_id, author_id, message, now, now, photos or [])
        by_username = {page.username.casefold(): page.id for page in self._world.pages}
        found = (by_username.get(name.rstrip(".").casefold()) for name in MENTION.findall(message))
        post.tagged = sorted({tagged for tagged in found if tagged and tagged != page_id})
        self._world.posts.put(post)
        self._opened(page_id, author_id)
        self._announcements.post(post, "add")
        self._world.changed()
        return post

    def write_comment(
        self,
        post: Post,
        author_id: str,
        message: str,
        *,
        parent: Comment | None = None,
        photo: str = "",
        share: str = "",
    ) -> Comment:
        """A new comment; a reply to a reply goes below the same comment of the first level."""
        now = self._world.now()
        number = self._world.number("comment", 988_200_000_000_001)
        parent_id = (parent.parent_id or parent.id) if parent else ""
        own = post.id.partition("_")[2]
        comment = Comment(f"{own}_{number}", post.id, parent_id, author_id, message, now, photo, share)
        self._world.comments.put(comment)
        post.updated = now
        self._world.posts.put(post)
        self._opened(post.page_id, author_id)
        self._announcements.comment(comment, "add")
        self._world.changed()
        return comment

    def edit_post(self, post: Post, message: str) -> None:
        """Other words for a post."""
        post.message, post.updated = message, self._world.now()
        self._save_post(post, "edited")

    def edit_comment(self, comment: Comment, message: str) -> None:
        """Other words for a comment."""
        comment.message = message
        self._save_comment(comment, "edited")

    def hide_post(self, post: Post, *, hidden: bool) -> None:
        """Hide a post from the wall, or show it again."""
        if post.hidden != hidden:
            post.hidden = hidden
            self._save_post(post, "hide" if hidden else "unhide")

    def hide_comment(self, comment: Comment, *, hidden: bool) -> None:
        """Hide a comment from everybody but its author and their friends, or show it again."""
        if comment.hidden != hidden:
            comment.hidden = hidden
            self._save_comment(comment, "hide" if hidden else "unhide")

    def delete_post(self, post: Post) -> None:
        """Take a post away, with everything below it."""
        for comment in self.comments_of(post):
            comment.deleted = True
            self._world.comments.put(comment)
        post.deleted = True
        self._save_post(post, "remove")

    def delete_comment(self, comment: Comment) -> None:
        """Take a comment away, with the replies to it."""
        for reply in self.replies_to(comment):
            reply.deleted = True
            self._save_comment(reply, "remove")
        comment.deleted = True
        self._save_comment(comment, "remove")

    def comments_of(self, post: Post) -> list[Comment]:
        """All comments of a post on both levels, oldest first, also those that are gone."""
        return [comment for comment in self._world.comments if comment.post_id == post.id]

    def replies_to(self, comment: Comment) -> list[Comment]:
        """The replies to a comment, oldest first, also those that are gone."""
        return [each for each in self._world.comments if each.parent_id == comment.id]

    def _save_post(self, post: Post, verb: str) -> None:
        self._world.posts.put(post)
        self._announcements.post(post, verb)
        self._world.changed()

    def _save_comment(self, comment: Comment, verb: str) -> None:
        self._world.comments.put(comment)
        self._announcements.comment(comment, verb)
        self._world.changed()

    def _opened(self, page_id: str, author_id: str) -> None:
        if author_id in self._world.people:
            contact = self._world.contact(page_id, author_id)
            contact.opened_at = self._world.now()
            self._world.contacts.put(contact)
