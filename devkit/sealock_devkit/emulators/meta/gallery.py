# SPDX-License-Identifier: Apache-2.0
"""Instagram's posts and the comments below them."""

from __future__ import annotations

import re
import secrets

from sealock_devkit.emulators.meta.content import Media, MediaComment
from sealock_devkit.emulators.meta.webhooks.announcements import Announcements
from sealock_devkit.emulators.meta.world import World

MENTION = re.compile(r"@([A-Za-z0-9._]{1,30})")


class Gallery:
    """Publishes, comments, hides and takes away. Authors are ids of people or Instagram accounts."""

    def __init__(self, world: World, announcements: Announcements) -> None:
        self._world = world
        self._announcements = announcements

    def publish(self, owner_id: str, caption: str, photo: str, *, product_type: str = "FEED") -> Media:
        """A new post, reel or story."""
        mentioned = self.mentioned_in(caption)
        media = Media(
            self._world.number("media", 17_895_695_668_004_550),
            owner_id,
            caption,
            secrets.token_urlsafe(8),
            self._world.now(),
            photo,
            product_type,
            tagged=[account for account in mentioned if account != owner_id],
        )
        self._world.media.put(media)
        if owner_id in self._world.people:
            self._announcements.media_mention(media, media.tagged)
        self._world.changed()
        return media

    def comment(self, media: Media, author_id: str, text: str, *, parent: MediaComment | None = None) -> MediaComment:
        """A new comment; a reply to a reply goes below the same comment of the first level."""
        parent_id = (parent.parent_id or parent.id) if parent else ""
        number = self._world.number("media_comment", 17_873_440_459_141_021)
        comment = MediaComment(number, media.id, parent_id, author_id, text, self._world.now())
        self._world.media_comments.put(comment)
        self._announcements.media_comment(comment, self.mentioned_in(text))
        self._world.changed()
        return comment

    def hide(self, comment: MediaComment, *, hidden: bool) -> None:
        """Hide a comment from others, or show it again. No webhook tells it."""
        comment.hidden = hidden
        self._world.media_comments.put(comment)
        self._world.changed()

    def delete_comment(self, comment: MediaComment) -> None:
        """Take a comment away, with the replies to it. No webhook tells it."""
        for each in (comment, *self.replies_to(comment)):
            each.deleted = True
            self._world.media_comments.put(each)
        self._world.changed()

    def delete(self, media: Media) -> None:
        """Take a post away."""
        media.deleted = True
        self._world.media.put(media)
        self._world.changed()

    def comments_of(self, media: Media) -> list[MediaComment]:
        """The comments of the first level, oldest first, also those that are gone."""
        return [each for each in self._world.media_comments if each.media_id == media.id and not each.parent_id]

    def replies_to(self, comment: MediaComment) -> list[MediaComment]:
        """The replies to a comment, oldest first, also those that are gone."""
        return [each for each in self._world.media_comments if each.parent_id == comment.id]

    def mentioned_in(self, text: str) -> list[str]:
        """The ids of the accounts that a text mentions."""
        by_username = {account.username.casefold(): account.id for account in self._world.instagrams}
        found = (by_username.get(name.rstrip(".").casefold()) for name in MENTION.findall(text))
        return list(dict.fromkeys(each for each in found if each))
