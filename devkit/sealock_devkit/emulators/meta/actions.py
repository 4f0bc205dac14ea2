# SPDX-License-Identifier: Apache-2.0
"""What customers do, and what a Page's people do by hand, each by a name: for the pages, the demo and tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.files import Upload
from sealock_devkit.emulators.meta.records import Account, Comment, Media, MediaComment, Message, Page, Person, Post

MAX_CHARS = 8_000

Content = Post | Comment | Media | MediaComment | Message


class ActionRefused(Exception):
    """It cannot be done so; the sentence is for who tried."""


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody wants to do."""

    person: str = ""
    """Who: an id or a name."""
    account: str = ""
    """Where: a Page's or Instagram account's id."""
    target: str = ""
    """On what: the id of a post, comment, media or message."""
    text: str = ""
    picture: Upload | None = None


class Actions:
    """Does them. Each returns the id of what it made or changed."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._store = emulator.store
        self.by_name: dict[str, Callable[[Action], str]] = {
            "post": self._post,
            "publish": self._publish,
            "comment": self._comment,
            "message": self._message,
            "story_reply": self._story_reply,
            "story_mention": self._story_mention,
            "share": self._share,
            "attach": self._attach,
            "unsupported": self._unsupported,
            "edit": self._edit,
            "delete": self._delete,
            "page_comment": self._page_comment,
            "page_message": self._page_message,
            "page_delete": self._page_delete,
        }

    def do(self, name: str, action: Action) -> str:
        """Do it. Raises `ActionRefused`."""
        if name not in self.by_name:
            raise ActionRefused(f"There is nothing called that: it is one of {', '.join(self.by_name)}.")
        if len(action.text) > MAX_CHARS:
            raise ActionRefused(f"This is too long: at most {MAX_CHARS:,} characters.")
        return self.by_name[name](action)

    def content(self, key: str) -> Content:
        """What an id means, if it is still there. Raises `ActionRefused`."""
        store = self._store
        tables: tuple[Any, ...] = (store.posts, store.comments, store.media, store.media_comments, store.messages)
        for table in tables:
            found: Content | None = table.get(key)
            if found is not None and not found.deleted:
                return found
        raise ActionRefused("That is not there (any more).")

    def _post(self, action: Action) -> str:
        page = self._account(action)
        if not isinstance(page, Page):
            raise ActionRefused("Visitors post on Pages only.")
        self._something(action)
        photos = [self._picture(action)] if action.picture else []
        return self._emulator.page_posts.write_post(page.id, self._person(action).id, action.text, photos=photos).id

    def _publish(self, action: Action) -> str:
        photo = self._picture(action)
        if not photo:
            raise ActionRefused("A post on Instagram needs a picture.")
        return self._emulator.instagram_posts.publish(self._person(action).id, action.text, photo).id

    def _comment(self, action: Action) -> str:
        return self._write_comment(action, self._person(action).id)

    def _page_comment(self, action: Action) -> str:
        content = self.content(action.target)
        if isinstance(content, Post | Comment):
            post = content if isinstance(content, Post) else self._store.posts[content.post_id]
            return self._write_comment(action, post.page_id)
        if isinstance(content, Media | MediaComment):
            media = content if isinstance(content, Media) else self._store.media[content.media_id]
            return self._write_comment(action, media.owner_id)
        raise ActionRefused("Only posts and comments can be commented on.")

    def _write_comment(self, action: Action, author_id: str) -> str:
        self._something(action)
        content = self.content(action.target)
        if isinstance(content, Post):
            return self._emulator.page_posts.write_comment(
                content, author_id, action.text, photo=self._picture(action)
            ).id
        if isinstance(content, Comment):
            post, photo = self._store.posts[content.post_id], self._picture(action)
            return self._emulator.page_posts.write_comment(post, author_id, action.text, parent=content, photo=photo).id
        if action.picture:
            raise ActionRefused("Comments on Instagram have no pictures.")
        if isinstance(content, Media):
            return self._emulator.instagram_posts.comment(self._open(content), author_id, action.text).id
        if isinstance(content, MediaComment):
            media = self._open(self._store.media[content.media_id])
            return self._emulator.instagram_posts.comment(media, author_id, action.text, parent=content).id
        raise ActionRefused("Only posts and comments can be commented on.")

    def _message(self, action: Action) -> str:
        self._something(action)
        account, person = self._account(action), self._person(action)
        reply_to = ""
        if action.target:
            answered = self.content(action.target)
            reply_to = answered.id if isinstance(answered, Message) else ""
        files = self._files(action)
        send = self._emulator.inboxes.from_person
        return send(account.id, person.id, action.text, attachments=files, reply_to=reply_to).id

    def _story_reply(self, action: Action) -> str:
        self._something(action)
        story = self.content(action.target)
        if not isinstance(story, Media) or story.product_type != "STORY":
            raise ActionRefused("That is not a story.")
        return self._emulator.inboxes.from_person(story.owner_id, self._person(action).id, action.text, story=story).id

    def _story_mention(self, action: Action) -> str:
        photo = self._picture(action)
        if not photo:
            raise ActionRefused("A story needs a picture.")
        account, person = self._account(action), self._person(action)
        story = self._emulator.instagram_posts.publish(person.id, "", photo, product_type="STORY")
        send = self._emulator.inboxes.from_person
        return send(account.id, person.id, "", story=story, story_kind="mention").id

    def _share(self, action: Action) -> str:
        media = self.content(action.target)
        if not isinstance(media, Media):
            raise ActionRefused("Only posts on Instagram can be shared in a message.")
        url = self._store.permalink("www.instagram.com", f"/p/{media.shortcode}/")
        send = self._emulator.inboxes.from_person
        shared = [{"type": "share", "url": url}]
        return send(self._account(action).id, self._person(action).id, action.text, attachments=shared).id

    def _attach(self, action: Action) -> str:
        """Send an attachment of any kind: the text is JSON with `type`, `payload`, and what else it has."""
        try:
            attachment = orjson.loads(action.text)
        except orjson.JSONDecodeError:
            attachment = None
        if not isinstance(attachment, dict) or not isinstance(attachment.get("type"), str):
            raise ActionRefused("It takes an attachment as JSON, with a type.")
        told = {**attachment, "payload": attachment.get("payload") or {}}
        send = self._emulator.inboxes.from_person
        return send(self._account(action).id, self._person(action).id, "", attachments=[told]).id

    def _unsupported(self, action: Action) -> str:
        send = self._emulator.inboxes.from_person
        return send(self._account(action).id, self._person(action).id, "", unsupported=True).id

    def _page_message(self, action: Action) -> str:
        self._something(action)
        send = self._emulator.inboxes.from_owner
        return send(self._account(action).id, self._person(action).id, action.text, attachments=self._files(action)).id

    def _edit(self, action: Action) -> str:
        content = self.content(action.target)
        if not action.text.strip():
            raise ActionRefused("This cannot be empty.")
        self._check_author(content, action)
        if isinstance(content, Post):
            self._emulator.page_posts.edit_post(content, action.text)
        elif isinstance(content, Comment):
            self._emulator.page_posts.edit_comment(content, action.text)
        elif isinstance(content, Message):
            self._emulator.inboxes.edit(content, action.text)
        else:
            raise ActionRefused("Instagram does not let anybody edit that.")
        return content.id

    def _delete(self, action: Action) -> str:
        content = self.content(action.target)
        self._check_author(content, action)
        return self._take_away(content)

    def _page_delete(self, action: Action) -> str:
        return self._take_away(self.content(action.target))

    def _take_away(self, content: Content) -> str:
        if isinstance(content, Post):
            self._emulator.page_posts.delete_post(content)
        elif isinstance(content, Comment):
            self._emulator.page_posts.delete_comment(content)
        elif isinstance(content, Media):
            self._emulator.instagram_posts.delete(content)
        elif isinstance(content, MediaComment):
            self._emulator.instagram_posts.delete_comment(content)
        else:
            self._emulator.inboxes.take_back(content)
        return content.id

    def _check_author(self, content: Content, action: Action) -> None:
        if isinstance(content, Message):
            person_id = self._store.conversations[content.conversation_id].person_id
            author_id = person_id if content.by_person else ""
        else:
            author_id = content.owner_id if isinstance(content, Media) else content.author_id
        if author_id != self._person(action).id:
            raise ActionRefused("Only who wrote it can do that.")

    def _person(self, action: Action) -> Person:
        return self._store.people.get(action.person) or self._store.person_named(action.person or "Somebody")

    def _account(self, action: Action) -> Account:
        found = self._store.account(action.account)
        if found is None:
            raise ActionRefused("There is no such Page or account.")
        return found

    def _something(self, action: Action) -> None:
        if not action.text.strip() and action.picture is None:
            raise ActionRefused("This cannot be empty.")

    def _picture(self, action: Action) -> str:
        if action.picture is None:
            return ""
        if not action.picture.content_type.startswith("image/"):
            raise ActionRefused("That is not a picture.")
        return self._keep(action.picture)

    def _files(self, action: Action) -> list[dict[str, Any]]:
        if action.picture is None:
            return []
        file_id = self._keep(action.picture)
        return [{"type": self._store.files[file_id].kind, "file": file_id}]

    def _keep(self, upload: Upload) -> str:
        return self._store.keep_file(upload.data, name=upload.name, content_type=upload.content_type).id

    def _open(self, media: Media) -> Media:
        if not media.comments_enabled:
            raise ActionRefused("Comments are disabled there.")
        return media
