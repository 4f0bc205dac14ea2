# SPDX-License-Identifier: Apache-2.0
"""Who there is: people, Pages and Instagram accounts, and the ids by which they know each other."""

from __future__ import annotations

from dataclasses import dataclass, field

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


Account = Page | InstagramAccount
