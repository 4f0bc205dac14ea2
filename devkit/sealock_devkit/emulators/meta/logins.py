# SPDX-License-Identifier: Apache-2.0
"""What a person's consent makes of the app's requests: grants, by Facebook Login or Instagram Login."""

from __future__ import annotations

from collections.abc import Iterable

from sealock_devkit.emulators.meta.login_records import Grant
from sealock_devkit.emulators.meta.people import InstagramAccount, Page, Person
from sealock_devkit.emulators.meta.world import World

ALWAYS_GRANTED = {"facebook": "public_profile", "instagram": "instagram_business_basic"}
"""What cannot be declined."""


class Logins:
    """Grants, which later consents add to."""

    def __init__(self, world: World) -> None:
        self._world = world

    def pages_of(self, person: Person) -> list[Page]:
        """The Pages that a person has tasks on."""
        return [page for page in self._world.pages if person.id in page.tasks]

    def instagrams_of(self, person: Person) -> list[InstagramAccount]:
        """The Instagram accounts that a person has."""
        return [account for account in self._world.instagrams if person.id in account.owners]

    def facebook(
        self,
        person: Person,
        scopes: Iterable[str],
        *,
        declined: Iterable[str] = (),
        pages: Iterable[str] = (),
        instagrams: Iterable[str] = (),
    ) -> Grant:
        """Consent in Facebook Login: the chosen Pages and accounts replace those chosen before."""
        grant = self._world.grants.get(f"facebook:{person.id}") or Grant(f"facebook:{person.id}", person.id)
        grant.page_ids = [page.id for page in self.pages_of(person) if page.id in set(pages)]
        grant.instagram_ids = [each.id for each in self.instagrams_of(person) if each.id in set(instagrams)]
        return self._granted(grant, [*scopes, ALWAYS_GRANTED["facebook"]], declined)

    def instagram(self, account: InstagramAccount, scopes: Iterable[str], *, declined: Iterable[str] = ()) -> Grant:
        """Consent in Instagram Login, where one signs in as the account."""
        key = f"instagram:{account.id}"
        grant = self._world.grants.get(key) or Grant(key, account.owners[0], instagram_ids=[account.id])
        return self._granted(grant, [*scopes, ALWAYS_GRANTED["instagram"]], declined)

    def _granted(self, grant: Grant, scopes: Iterable[str], declined: Iterable[str]) -> Grant:
        refused = set(declined) - set(ALWAYS_GRANTED.values())
        grant.scopes = sorted((set(grant.scopes) | set(scopes)) - refused)
        grant.declined = sorted((set(grant.declined) | refused) - set(grant.scopes))
        return self._world.grants.put(grant)
