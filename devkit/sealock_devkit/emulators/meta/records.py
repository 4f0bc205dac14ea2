# SPDX-License-Identifier: Apache-2.0
"""What is kept: people, Pages and accounts, what they write, what signing in leaves behind, and webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TASKS = ("MANAGE", "CREATE_CONTENT", "MODERATE", "MESSAGING", "ADVERTISE", "ANALYZE")


@dataclass(slots=True)
class Person:
    """Somebody with a Facebook profile and an Instagram account of the same name."""

    id: str
    name: str
    username: str
    has_role: bool = False
    """Whether the person has a role on the app (developer, tester, ...)."""
    invisible: bool = False
    """The person does not let apps see who wrote."""
    unavailable: bool = False
    """Nobody can send messages to the person: deactivated, or gone."""
    private_profile: bool = False
    """No app can read the person's profile."""
    blocked: list[str] = field(default_factory=list)
    """Ids of Pages and Instagram accounts that the person blocked."""


@dataclass(slots=True)
class Page:
    """A Facebook Page."""

    id: str
    name: str
    username: str
    about: str
    business_id: str
    instagram_id: str = ""
    tasks: dict[str, list[str]] = field(default_factory=dict)
    """What each of the Page's people may do, by person's id."""
    restricted: bool = False
    """The Page may not send messages for now: 10/1893063."""
    blocked_as_abusive: bool = False
    """The Page may not write for now: 368."""
    merged_into: str = ""
    """The Page that this one became part of: 21."""
    deleted: bool = False
    messages_off: bool = False
    """The Page takes no messages: private replies are 10904."""
    hides: list[str] = field(default_factory=list)
    """Words that a filter hides comments for, those of the Page itself included."""


@dataclass(slots=True)
class InstagramAccount:
    """A professional Instagram account."""

    id: str
    """The one that webhooks and `user_id` have: 1784..."""
    username: str
    name: str
    page_id: str
    app_scoped_id: str
    """What `/me?fields=id` answers with Instagram Login."""
    owners: list[str] = field(default_factory=list)
    is_public: bool = True
    allows_messages: bool = True
    """The owner let apps have the account's messages."""
    professional: bool = True
    """A business's or creator's; a personal one is not there for apps."""
    blocked: bool = False
    """The account may send no messages by API: 100/2534029."""
    hides: list[str] = field(default_factory=list)
    """Words that a filter hides comments for, those of the account itself included."""
    restricted_people: list[str] = field(default_factory=list)
    """Whose comments apps do not see."""


@dataclass(slots=True)
class Contact:
    """What a person is to one Page or Instagram account. Its id is `owner:person`."""

    id: str
    owner_id: str
    person_id: str
    scoped_id: str
    """PSID or IGSID."""
    opened_at: float = 0
    """When the person last did what opens the messaging window; 0: never."""
    wrote: bool = False
    """Whether the person ever sent a message: Instagram's consent to read the profile."""
    other_app: bool = False
    """Conversation routing gave the conversation to another app."""


Account = Page | InstagramAccount


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
    ad: bool = False
    """It is shown as an ad only, and on no wall."""
    can_comment: bool = True


@dataclass(slots=True)
class Comment:
    """A comment below a post, or a reply to one."""

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
    can_comment: bool = True


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
    children: list[str] = field(default_factory=list)
    """The pictures of an album."""
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


@dataclass(slots=True)
class Grant:
    """What a person lets the app do. Its id is `facebook:person` or `instagram:account`."""

    id: str
    person_id: str
    scopes: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    page_ids: list[str] = field(default_factory=list)
    instagram_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Code:
    """What a dialog brings back, to be exchanged once."""

    id: str
    grant_id: str
    redirect_uri: str
    issued: float
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access token. Its id is the token itself."""

    id: str
    kind: str
    """`user`, `page` or `instagram`."""
    grant_id: str
    issued: float
    expires: float = 0
    """0: no date."""
    long_lived: bool = False
    page_id: str = ""
    parent: str = ""
    """The user token that a Page token was made with."""
    dead: str = ""
    """Why the token is dead: a name of `logins.DEATHS`; empty while it lives."""

    def __repr__(self) -> str:
        return f"Token(kind={self.kind!r}, dead={self.dead!r})"


@dataclass(slots=True)
class AppSubscription:
    """One of the app's webhooks. Its id is `page`, `instagram`, or `instagram_login` for Instagram's own product."""

    id: str
    callback_url: str
    verify_token: str
    fields: list[str] = field(default_factory=list)
    include_values: bool = True

    @property
    def object(self) -> str:
        """What deliveries say in `object`."""
        return "page" if self.id == "page" else "instagram"

    def __repr__(self) -> str:
        return f"AppSubscription(id={self.id!r}, callback_url={self.callback_url!r})"


@dataclass(slots=True)
class OwnerSubscription:
    """That the app is installed on a Page or, with Instagram Login, on an account. Its id is the owner's."""

    id: str
    fields: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Delivery:
    """One update on its way."""

    id: str
    subscription_id: str
    owner_id: str
    field: str
    time: float
    entry: dict[str, Any]
    """`{"changes": [...]}`, `{"messaging": [...]}` or `{"field": ..., "value": ...}`."""
    due: float
    attempts: int = 0
    first_failure: float = 0
