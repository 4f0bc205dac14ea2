# SPDX-License-Identifier: Apache-2.0
"""What people and Pages write: posts, media, comments and messages, from writing to deleting."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sealock_devkit.emulators.meta.records import Comment, Conversation, Media, MediaComment, Message, Post
from sealock_devkit.emulators.meta.store import Store
from sealock_devkit.emulators.meta.webhooks import Announcements

FACEBOOK_MENTION = re.compile(r"@([A-Za-z0-9._]{1,50})")
INSTAGRAM_MENTION = re.compile(r"@([A-Za-z0-9._]{1,30})")


class PagePosts:
    """Writes, changes and takes away. Authors are ids of people or Pages."""

    def __init__(self, store: Store, announcements: Announcements) -> None:
        self._store = store
        self._announcements = announcements

    def write_post(
        self, page_id: str, author_id: str, message: str, *, photos: list[str] | None = None, ad: bool = False
    ) -> Post:
        """A new post on a Page's wall; an `ad` is on none."""
        now = self._store.now()
        number = self._store.number("post", 122_104_000_000_001)
        post = Post(f"{page_id}_{number}", page_id, author_id, message, now, now, photos or [], ad=ad)
        by_username = {page.username.casefold(): page.id for page in self._store.pages}
        found = (by_username.get(name.rstrip(".").casefold()) for name in FACEBOOK_MENTION.findall(message))
        post.tagged = sorted({tagged for tagged in found if tagged and tagged != page_id})
        self._store.posts.put(post)
        self._opened(page_id, author_id)
        self._announcements.post(post, "add")
        self._store.changed()
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
        """A new comment; a reply to one of the last level goes below the same comment as that."""
        now = self._store.now()
        number = self._store.number("comment", 988_200_000_000_001)
        parent_id = self._above(parent) if parent else ""
        own = post.id.rpartition("_")[2]
        comment = Comment(f"{own}_{number}", post.id, parent_id, author_id, message, now, photo, share)
        self._store.comments.put(comment)
        post.updated = now
        self._store.posts.put(post)
        self._opened(post.page_id, author_id)
        self._announcements.comment(comment, "add")
        self._store.changed()
        return comment

    def _above(self, answered: Comment) -> str:
        """What an answer to a comment is below."""
        level, above = 1, answered
        while above.parent_id:
            level, above = level + 1, self._store.comments[above.parent_id]
        return answered.id if level < self._store.settings.comment_levels else answered.parent_id

    def edit_post(self, post: Post, message: str) -> None:
        """Other words for a post."""
        post.message, post.updated = message, self._store.now()
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
            self._store.comments.put(comment)
        post.deleted = True
        self._save_post(post, "remove")

    def delete_comment(self, comment: Comment) -> None:
        """Take a comment away, with the replies to it."""
        for reply in self.replies_to(comment):
            self.delete_comment(reply)
        comment.deleted = True
        self._save_comment(comment, "remove")

    def comments_of(self, post: Post) -> list[Comment]:
        """All comments of a post on both levels, oldest first, also those that are gone."""
        return [comment for comment in self._store.comments if comment.post_id == post.id]

    def replies_to(self, comment: Comment) -> list[Comment]:
        """The replies to a comment, oldest first, also those that are gone."""
        return [each for each in self._store.comments if each.parent_id == comment.id]

    def _save_post(self, post: Post, verb: str) -> None:
        self._store.posts.put(post)
        self._announcements.post(post, verb)
        self._store.changed()

    def _save_comment(self, comment: Comment, verb: str) -> None:
        self._store.comments.put(comment)
        self._announcements.comment(comment, verb)
        self._store.changed()

    def _opened(self, page_id: str, author_id: str) -> None:
        if author_id in self._store.people:
            contact = self._store.contact(page_id, author_id)
            contact.opened_at = self._store.now()
            self._store.contacts.put(contact)


class InstagramPosts:
    """Publishes, comments, hides and takes away. Authors are ids of people or Instagram accounts."""

    def __init__(self, store: Store, announcements: Announcements) -> None:
        self._store = store
        self._announcements = announcements

    def publish(self, owner_id: str, caption: str, photo: str, *, product_type: str = "FEED") -> Media:
        """A new post, reel or story."""
        mentioned = self.mentioned_in(caption)
        media = Media(
            self._store.number("media", 17_895_695_668_004_550),
            owner_id,
            caption,
            secrets.token_urlsafe(8),
            self._store.now(),
            photo,
            product_type,
            tagged=[account for account in mentioned if account != owner_id],
        )
        self._store.media.put(media)
        if owner_id in self._store.people:
            self._announcements.media_mention(media, media.tagged)
        self._store.changed()
        return media

    def comment(self, media: Media, author_id: str, text: str, *, parent: MediaComment | None = None) -> MediaComment:
        """A new comment; a reply to a reply goes below the same comment of the first level."""
        parent_id = (parent.parent_id or parent.id) if parent else ""
        number = self._store.number("media_comment", 17_873_440_459_141_021)
        comment = MediaComment(number, media.id, parent_id, author_id, text, self._store.now())
        self._store.media_comments.put(comment)
        self._announcements.media_comment(comment, self.mentioned_in(text))
        self._store.changed()
        return comment

    def hide(self, comment: MediaComment, *, hidden: bool) -> None:
        """Hide a comment from others, or show it again. No webhook tells it."""
        comment.hidden = hidden
        self._store.media_comments.put(comment)
        self._store.changed()

    def delete_comment(self, comment: MediaComment) -> None:
        """Take a comment away, with the replies to it. No webhook tells it."""
        for each in (comment, *self.replies_to(comment)):
            each.deleted = True
            self._store.media_comments.put(each)
        self._store.changed()

    def delete(self, media: Media) -> None:
        """Take a post away."""
        media.deleted = True
        self._store.media.put(media)
        self._store.changed()

    def comments_of(self, media: Media) -> list[MediaComment]:
        """The comments of the first level, oldest first, also those that are gone."""
        return [each for each in self._store.media_comments if each.media_id == media.id and not each.parent_id]

    def replies_to(self, comment: MediaComment) -> list[MediaComment]:
        """The replies to a comment, oldest first, also those that are gone."""
        return [each for each in self._store.media_comments if each.parent_id == comment.id]

    def mentioned_in(self, text: str) -> list[str]:
        """The ids of the accounts that a text mentions."""
        by_username = {account.username.casefold(): account.id for account in self._store.instagrams}
        found = (by_username.get(name.rstrip(".").casefold()) for name in INSTAGRAM_MENTION.findall(text))
        return list(dict.fromkeys(each for each in found if each))


class Inboxes:
    """Delivers, edits and takes back."""

    def __init__(self, store: Store, announcements: Announcements) -> None:
        self._store = store
        self._announcements = announcements

    def conversation(self, owner_id: str, person_id: str) -> Conversation | None:
        """The conversation of a Page or account with a person, if there is one."""
        return next(
            (each for each in self._store.conversations if (each.owner_id, each.person_id) == (owner_id, person_id)),
            None,
        )

    def from_person(
        self,
        owner_id: str,
        person_id: str,
        text: str,
        *,
        attachments: list[dict[str, Any]] | None = None,
        reply_to: str = "",
        story: Media | None = None,
        story_kind: str = "reply_to",
        unsupported: bool = False,
    ) -> Message:
        """What a person sends: it opens the messaging window."""
        contact = self._store.contact(owner_id, person_id)
        contact.opened_at, contact.wrote = self._store.now(), True
        self._store.contacts.put(contact)
        message = self._new(owner_id, person_id, text, by_person=True)
        message.attachments = attachments or []
        message.reply_to = reply_to
        message.unsupported = unsupported
        if story is not None:
            message.story = {"kind": story_kind, "media": story.id}
            if story_kind == "mention":
                message.attachments = [{"type": "story_mention", "file": story.photo}]
        return self._deliver(message)

    def from_owner(
        self,
        owner_id: str,
        person_id: str,
        text: str,
        *,
        attachments: list[dict[str, Any]] | None = None,
        reply_to: str = "",
        metadata: str = "",
        app_id: str = "",
    ) -> Message:
        """What a Page or account sends: by the app, or (no `app_id`) by its people in its inbox."""
        message = self._new(owner_id, person_id, text, by_person=False)
        message.attachments = attachments or []
        message.reply_to = reply_to
        message.metadata = metadata
        message.app_id = app_id
        return self._deliver(message)

    def edit(self, message: Message, text: str) -> None:
        """Other words for a message."""
        message.text = text
        message.edits += 1
        self._store.messages.put(message)
        self._announcements.message_edited(self._store.conversations[message.conversation_id], message)
        self._store.changed()

    def take_back(self, message: Message) -> None:
        """Take a message back."""
        message.deleted = True
        self._store.messages.put(message)
        self._announcements.message_deleted(self._store.conversations[message.conversation_id], message)
        self._store.changed()

    def messages(self, conversation: Conversation) -> list[Message]:
        """The messages of a conversation, oldest first, also those that are gone."""
        return [each for each in self._store.messages if each.conversation_id == conversation.id]

    def _new(self, owner_id: str, person_id: str, text: str, *, by_person: bool) -> Message:
        conversation = self.conversation(owner_id, person_id) or self._begin(owner_id, person_id)
        prefix, length = ("m_", 64) if conversation.platform == "messenger" else ("aWdf", 120)
        return Message(f"{prefix}{secrets.token_urlsafe(length)}", conversation.id, by_person, text, self._store.now())

    def _begin(self, owner_id: str, person_id: str) -> Conversation:
        number = self._store.number("conversation", 2_200_100_000_000_001)
        messenger = owner_id in self._store.pages
        key = f"t_{number}" if messenger else f"aWdfZAG06{secrets.token_urlsafe(40)}"
        platform = "messenger" if messenger else "instagram"
        return self._store.conversations.put(Conversation(key, owner_id, person_id, platform, self._store.now()))

    def _deliver(self, message: Message) -> Message:
        self._store.messages.put(message)
        conversation = self._store.conversations[message.conversation_id]
        conversation.updated = message.created
        conversation.unread = conversation.unread + 1 if message.by_person else 0
        self._store.conversations.put(conversation)
        self._announcements.message(conversation, message)
        self._store.changed()
        return message
