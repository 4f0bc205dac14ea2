# SPDX-License-Identifier: Apache-2.0
"""What people and Pages write. Nothing is ever removed: what was deleted stays as a gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Post:
    """A post on a Page's wall, by the Page or by a visitor."""

    id: str
    """`{page}_{number}`."""
    page_id: str
    """Whose wall it is on."""
    author_id: str
    message: str
    created: float
    updated: float
    photos: list[str] = field(default_factory=list)
    hidden: bool = False
    deleted: bool = False
    private_reply: str = ""
    """The message that answered in private."""
    tagged: list[str] = field(default_factory=list)
    """Pages that the post mentions."""


@dataclass(slots=True)
class Comment:
    """A comment below a post, or a reply to one: two levels, no more."""

    id: str
    """`{post}_{number}`."""
    post_id: str
    parent_id: str
    """The comment above a reply; empty on the first level."""
    author_id: str
    message: str
    created: float
    photo: str = ""
    share_url: str = ""
    hidden: bool = False
    deleted: bool = False
    private_reply: str = ""
    """The message that answered in private."""


@dataclass(slots=True)
class Media:
    """A post, reel or story on Instagram."""

    id: str
    owner_id: str
    """An Instagram account's id or a person's."""
    caption: str
    shortcode: str
    created: float
    photo: str
    product_type: str = "FEED"
    """`FEED`, `REELS`, `STORY` or `LIVE`."""
    comments_enabled: bool = True
    deleted: bool = False
    tagged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MediaComment:
    """A comment on Instagram, or a reply to one."""

    id: str
    media_id: str
    parent_id: str
    author_id: str
    text: str
    created: float
    hidden: bool = False
    deleted: bool = False
    private_reply: str = ""


@dataclass(slots=True)
class Conversation:
    """The messages of one person with one Page or Instagram account."""

    id: str
    owner_id: str
    """The Page's id, or the Instagram account's."""
    person_id: str
    platform: str
    """`messenger` or `instagram`."""
    updated: float
    unread: int = 0


@dataclass(slots=True)
class Message:
    """A message."""

    id: str
    conversation_id: str
    by_person: bool
    text: str
    created: float
    attachments: list[dict[str, Any]] = field(default_factory=list)
    """Each with `type` and `file`, the id of what was sent, or `url`."""
    reply_to: str = ""
    story: dict[str, str] = field(default_factory=dict)
    """`kind` (`mention` or `reply_to`) and `media`."""
    edits: int = 0
    deleted: bool = False
    unsupported: bool = False
    metadata: str = ""
    app_id: str = ""
    """The app that sent it; empty for people and for the Page's people in its inbox."""


@dataclass(slots=True)
class StoredFile:
    """A picture or any other file. Its content is kept beside it."""

    id: str
    name: str
    content_type: str
    size: int
    width: int = 0
    height: int = 0
    published: bool = True
    page_id: str = ""
    """Who uploaded it to write with it later; empty for what people send."""

    @property
    def kind(self) -> str:
        """`image`, `audio`, `video` or `file`."""
        kind = self.content_type.partition("/")[0]
        return kind if kind in {"image", "audio", "video"} else "file"
