# SPDX-License-Identifier: Apache-2.0
"""What customers do, and what a Page's people do by hand, each by a name: for the pages, the demo and tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sealock_devkit.emulators.meta.emulator import Domain
from sealock_devkit.emulators.meta.files import Upload
from sealock_devkit.emulators.meta.records import Account, Comment, Media, MediaComment, Message, Page, Person, Post

MAX_CHARS = 8_000

Thing = Post | Comment | Media | MediaComment | Message


class DeedRefused(Exception):
    """It cannot be done so; the sentence is for who tried."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody wants to do."""

    person: str = ""
    """Who: an id or a name."""
    account: str = ""
    """Where: a Page's or Instagram account's id."""
    target: str = ""
    """On what: the id of a post, comment, media or message."""
    text: str = ""
    picture: Upload | None = None


class Deeds:
    """Does them. Each returns the id of what it made or changed."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._world = domain.world
        self.by_name: dict[str, Callable[[Deed], str]] = {
            "post": self._post,
            "publish": self._publish,
            "comment": self._comment,
            "message": self._message,
            "story_reply": self._story_reply,
            "story_mention": self._story_mention,
            "share": self._share,
            "unsupported": self._unsupported,
            "edit": self._edit,
            "delete": self._delete,
            "page_comment": self._page_comment,
            "page_message": self._page_message,
            "page_delete": self._page_delete,
        }

    def do(self, name: str, deed: Deed) -> str:
        """Do it. Raises `DeedRefused`."""
        if name not in self.by_name:
            raise DeedRefused(f"There is nothing called that: it is one of {', '.join(self.by_name)}.")
        if len(deed.text) > MAX_CHARS:
            raise DeedRefused(f"This is too long: at most {MAX_CHARS:,} characters.")
        return self.by_name[name](deed)

    def thing(self, key: str) -> Thing:
        """What an id means, if it is still there. Raises `DeedRefused`."""
        world = self._world
        tables: tuple[Any, ...] = (world.posts, world.comments, world.media, world.media_comments, world.messages)
        for table in tables:
            found: Thing | None = table.get(key)
            if found is not None and not found.deleted:
                return found
        raise DeedRefused("That is not there (any more).")

    def _post(self, deed: Deed) -> str:
        page = self._account(deed)
        if not isinstance(page, Page):
            raise DeedRefused("Visitors post on Pages only.")
        self._something(deed)
        photos = [self._picture(deed)] if deed.picture else []
        return self._domain.walls.write_post(page.id, self._person(deed).id, deed.text, photos=photos).id

    def _publish(self, deed: Deed) -> str:
        photo = self._picture(deed)
        if not photo:
            raise DeedRefused("A post on Instagram needs a picture.")
        return self._domain.gallery.publish(self._person(deed).id, deed.text, photo).id

    def _comment(self, deed: Deed) -> str:
        return self._write_comment(deed, self._person(deed).id)

    def _page_comment(self, deed: Deed) -> str:
        thing = self.thing(deed.target)
        if isinstance(thing, Post | Comment):
            post = thing if isinstance(thing, Post) else self._world.posts[thing.post_id]
            return self._write_comment(deed, post.page_id)
        if isinstance(thing, Media | MediaComment):
            media = thing if isinstance(thing, Media) else self._world.media[thing.media_id]
            return self._write_comment(deed, media.owner_id)
        raise DeedRefused("Only posts and comments can be commented on.")

    def _write_comment(self, deed: Deed, author_id: str) -> str:
        self._something(deed)
        thing = self.thing(deed.target)
        if isinstance(thing, Post):
            return self._domain.walls.write_comment(thing, author_id, deed.text, photo=self._picture(deed)).id
        if isinstance(thing, Comment):
            post, photo = self._world.posts[thing.post_id], self._picture(deed)
            return self._domain.walls.write_comment(post, author_id, deed.text, parent=thing, photo=photo).id
        if deed.picture:
            raise DeedRefused("Comments on Instagram have no pictures.")
        if isinstance(thing, Media):
            return self._domain.gallery.comment(self._open(thing), author_id, deed.text).id
        if isinstance(thing, MediaComment):
            media = self._open(self._world.media[thing.media_id])
            return self._domain.gallery.comment(media, author_id, deed.text, parent=thing).id
        raise DeedRefused("Only posts and comments can be commented on.")

    def _message(self, deed: Deed) -> str:
        self._something(deed)
        account, person = self._account(deed), self._person(deed)
        reply_to = ""
        if deed.target:
            answered = self.thing(deed.target)
            reply_to = answered.id if isinstance(answered, Message) else ""
        files = self._files(deed)
        send = self._domain.inboxes.from_person
        return send(account.id, person.id, deed.text, attachments=files, reply_to=reply_to).id

    def _story_reply(self, deed: Deed) -> str:
        self._something(deed)
        story = self.thing(deed.target)
        if not isinstance(story, Media) or story.product_type != "STORY":
            raise DeedRefused("That is not a story.")
        return self._domain.inboxes.from_person(story.owner_id, self._person(deed).id, deed.text, story=story).id

    def _story_mention(self, deed: Deed) -> str:
        photo = self._picture(deed)
        if not photo:
            raise DeedRefused("A story needs a picture.")
        account, person = self._account(deed), self._person(deed)
        story = self._domain.gallery.publish(person.id, "", photo, product_type="STORY")
        send = self._domain.inboxes.from_person
        return send(account.id, person.id, "", story=story, story_kind="mention").id

    def _share(self, deed: Deed) -> str:
        media = self.thing(deed.target)
        if not isinstance(media, Media):
            raise DeedRefused("Only posts on Instagram can be shared in a message.")
        url = self._world.permalink("www.instagram.com", f"/p/{media.shortcode}/")
        send = self._domain.inboxes.from_person
        shared = [{"type": "share", "url": url}]
        return send(self._account(deed).id, self._person(deed).id, deed.text, attachments=shared).id

    def _unsupported(self, deed: Deed) -> str:
        send = self._domain.inboxes.from_person
        return send(self._account(deed).id, self._person(deed).id, "", unsupported=True).id

    def _page_message(self, deed: Deed) -> str:
        self._something(deed)
        send = self._domain.inboxes.from_owner
        return send(self._account(deed).id, self._person(deed).id, deed.text, attachments=self._files(deed)).id

    def _edit(self, deed: Deed) -> str:
        thing = self.thing(deed.target)
        if not deed.text.strip():
            raise DeedRefused("This cannot be empty.")
        self._check_author(thing, deed)
        if isinstance(thing, Post):
            self._domain.walls.edit_post(thing, deed.text)
        elif isinstance(thing, Comment):
            self._domain.walls.edit_comment(thing, deed.text)
        elif isinstance(thing, Message):
            self._domain.inboxes.edit(thing, deed.text)
        else:
            raise DeedRefused("Instagram does not let anybody edit that.")
        return thing.id

    def _delete(self, deed: Deed) -> str:
        thing = self.thing(deed.target)
        self._check_author(thing, deed)
        return self._take_away(thing)

    def _page_delete(self, deed: Deed) -> str:
        return self._take_away(self.thing(deed.target))

    def _take_away(self, thing: Thing) -> str:
        if isinstance(thing, Post):
            self._domain.walls.delete_post(thing)
        elif isinstance(thing, Comment):
            self._domain.walls.delete_comment(thing)
        elif isinstance(thing, Media):
            self._domain.gallery.delete(thing)
        elif isinstance(thing, MediaComment):
            self._domain.gallery.delete_comment(thing)
        else:
            self._domain.inboxes.take_back(thing)
        return thing.id

    def _check_author(self, thing: Thing, deed: Deed) -> None:
        if isinstance(thing, Message):
            person_id = self._world.conversations[thing.conversation_id].person_id
            author_id = person_id if thing.by_person else ""
        else:
            author_id = thing.owner_id if isinstance(thing, Media) else thing.author_id
        if author_id != self._person(deed).id:
            raise DeedRefused("Only who wrote it can do that.")

    def _person(self, deed: Deed) -> Person:
        return self._world.people.get(deed.person) or self._world.person_named(deed.person or "Somebody")

    def _account(self, deed: Deed) -> Account:
        found = self._world.account(deed.account)
        if found is None:
            raise DeedRefused("There is no such Page or account.")
        return found

    def _something(self, deed: Deed) -> None:
        if not deed.text.strip() and deed.picture is None:
            raise DeedRefused("This cannot be empty.")

    def _picture(self, deed: Deed) -> str:
        if deed.picture is None:
            return ""
        if not deed.picture.content_type.startswith("image/"):
            raise DeedRefused("That is not a picture.")
        return self._keep(deed.picture)

    def _files(self, deed: Deed) -> list[dict[str, Any]]:
        if deed.picture is None:
            return []
        file_id = self._keep(deed.picture)
        return [{"type": self._world.files[file_id].kind, "file": file_id}]

    def _keep(self, upload: Upload) -> str:
        return self._world.keep_file(upload.data, name=upload.name, content_type=upload.content_type).id

    def _open(self, media: Media) -> Media:
        if not media.comments_enabled:
            raise DeedRefused("Comments are disabled there.")
        return media
