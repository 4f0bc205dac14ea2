# SPDX-License-Identifier: Apache-2.0
"""What templates ask about posts, comments and messages."""

from __future__ import annotations

from sealock_devkit.emulators.meta.content import Comment, Media, MediaComment, Message, Post
from sealock_devkit.emulators.meta.domain import Domain

Written = Post | Comment | Media | MediaComment


class Views:
    """Answers templates, for people: nothing here depends on what an app may see."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._world = domain.world

    def author_id(self, written: Written) -> str:
        """Who wrote it."""
        return written.owner_id if isinstance(written, Media) else written.author_id

    def author(self, written: Written) -> str:
        """The author's name: on Instagram the user name."""
        key = self.author_id(written)
        found = self._world.account(key) or self._world.people[key]
        return found.username if isinstance(written, Media | MediaComment) else found.name

    def is_ours(self, written: Written) -> bool:
        """Whether a Page or account wrote it."""
        return self._world.account(self.author_id(written)) is not None

    def text(self, written: Written) -> str:
        """The words."""
        if isinstance(written, Media):
            return written.caption
        return written.text if isinstance(written, MediaComment) else written.message

    def photos(self, written: Written | Message) -> list[str]:
        """Links to its pictures."""
        if isinstance(written, Message):
            files = [each["file"] for each in written.attachments if "file" in each]
            files = [each for each in files if self._world.files[each].kind == "image"]
        elif isinstance(written, Post):
            files = written.photos
        elif isinstance(written, Comment | Media):
            files = [written.photo] if written.photo else []
        else:
            files = []
        return [self._domain.cdn.link(each) for each in files]

    def files(self, message: Message) -> list[tuple[str, str]]:
        """Names of and links to a message's other files, and to what it shares."""
        shared = [("a shared post", each["url"]) for each in message.attachments if "url" in each]
        found = [self._world.files[each["file"]] for each in message.attachments if "file" in each]
        return [(file.name, self._domain.cdn.link(file.id)) for file in found if file.kind != "image"] + shared

    def comments(self, written: Post | Media) -> list[Comment | MediaComment]:
        """The comments of the first level."""
        if isinstance(written, Post):
            return [each for each in self._domain.walls.comments_of(written) if not each.parent_id]
        return list(self._domain.gallery.comments_of(written))

    def replies(self, written: Comment | MediaComment) -> list[Comment | MediaComment]:
        """The replies to a comment."""
        if isinstance(written, Comment):
            return list(self._domain.walls.replies_to(written))
        return list(self._domain.gallery.replies_to(written))

    def can_edit(self, written: Written | Message) -> bool:
        """Whether who wrote it can change it."""
        return isinstance(written, Post | Comment | Message)

    def story(self, message: Message) -> str:
        """A link to the story that a message answers or is."""
        media = self._world.media.get(message.story.get("media", ""))
        return self._domain.cdn.link(media.photo) if media else ""

    def permalink(self, written: Written) -> str:
        """The address of its own page."""
        if isinstance(written, Post):
            return f"/www.facebook.com/{written.page_id}/posts/{written.id.partition('_')[2]}"
        if isinstance(written, Comment):
            post = self._world.posts[written.post_id]
            return f"{self.permalink(post)}/?comment_id={written.id.partition('_')[2]}"
        if isinstance(written, MediaComment):
            return f"{self.permalink(self._world.media[written.media_id])}c/{written.id}/"
        return f"/www.instagram.com/p/{written.shortcode}/"
