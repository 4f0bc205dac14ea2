# SPDX-License-Identifier: Apache-2.0
"""Authors as nodes see them, and pictures of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.nodes import ABSENT, Field, NodeType
from sealock_devkit.emulators.meta.records import InstagramAccount, Page, Person


@dataclass(frozen=True, slots=True)
class Profile:
    """Who wrote something, as one Page or account knows them."""

    id: str
    name: str
    username: str
    picture_of: str


def picture_url(call: Call, key: str) -> str:
    """The address of somebody's picture."""
    return f"{call.store.base_url}/pictures/{key}.png"


def facebook_author(call: Call, page_id: str, author_id: str) -> Any:
    """The author of a post or comment; absent for people whom the app may not see."""
    page = call.store.pages.get(author_id)
    if page is not None:
        return Profile(page.id, page.name, page.username, page.id)
    person = call.store.people[author_id]
    if person.invisible:
        return ABSENT
    contact = call.store.contact(page_id, author_id)
    return Profile(contact.scoped_id, person.name, person.username, person.id)


def instagram_author(call: Call, account_id: str, author_id: str) -> Profile:
    """The author of a comment on Instagram."""
    account = call.store.instagrams.get(author_id)
    if account is not None:
        return Profile(account.id, account.name, account.username, account.id)
    person = call.store.people[author_id]
    return Profile(call.store.contact(account_id, author_id).scoped_id, person.name, person.username, person.id)


def username(call: Call, author_id: str) -> str:
    """An Instagram user name."""
    author: InstagramAccount | Person | None = call.store.instagrams.get(author_id) or call.store.people.get(author_id)
    return author.username if author else ""


def page_picture(call: Call, page: Page) -> dict[str, Any]:
    """A Page's picture."""
    url = picture_url(call, page.id)
    return {"data": {"height": 50, "is_silhouette": False, "url": url, "width": 50}}


def _picture(call: Call, profile: Profile) -> dict[str, Any]:
    return {"data": {"url": picture_url(call, profile.picture_of)}}


PROFILE = NodeType(
    "Profile",
    {
        "id": Field(lambda _, profile: profile.id, default=True),
        "name": Field(lambda _, profile: profile.name, default=True),
        "picture": Field(_picture),
    },
    brief=("name", "id"),
)
INSTAGRAM_PROFILE = NodeType(
    "IGCommentFromUser",
    {
        "id": Field(lambda _, profile: profile.id, default=True),
        "username": Field(lambda _, profile: profile.username, default=True),
    },
    brief=("id", "username"),
)
