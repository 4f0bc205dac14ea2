# SPDX-License-Identifier: Apache-2.0
"""Signing in: grants, codes and tokens, how they are made, exchanged and refreshed, and what ends them."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable

from sealock_devkit.emulators.meta.graph.errors import refused
from sealock_devkit.emulators.meta.records import Code, Grant, InstagramAccount, Page, Person, Token
from sealock_devkit.emulators.meta.settings import HOUR
from sealock_devkit.emulators.meta.store import Store

ALWAYS_GRANTED = {"facebook": "public_profile", "instagram": "instagram_business_basic"}
"""What cannot be declined."""
DEATHS = ("removed", "checkpoint", "password", "expired", "unconfirmed", "invalid", "session")
"""What can end a token, as the table of errors calls it."""
CODE_SECONDS = HOUR
INSTAGRAM_SHORT_SECONDS = HOUR


class Logins:
    """Grants, which later consents add to."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pages_of(self, person: Person) -> list[Page]:
        """The Pages that a person has tasks on."""
        return [page for page in self._store.pages if person.id in page.tasks]

    def instagrams_of(self, person: Person) -> list[InstagramAccount]:
        """The Instagram accounts that a person has."""
        return [account for account in self._store.instagrams if person.id in account.owners]

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
        grant = self._store.grants.get(f"facebook:{person.id}") or Grant(f"facebook:{person.id}", person.id)
        grant.page_ids = [page.id for page in self.pages_of(person) if page.id in set(pages)]
        grant.instagram_ids = [each.id for each in self.instagrams_of(person) if each.id in set(instagrams)]
        return self._granted(grant, [*scopes, ALWAYS_GRANTED["facebook"]], declined)

    def instagram(self, account: InstagramAccount, scopes: Iterable[str], *, declined: Iterable[str] = ()) -> Grant:
        """Consent in Instagram Login, where one signs in as the account."""
        key = f"instagram:{account.id}"
        grant = self._store.grants.get(key) or Grant(key, account.owners[0], instagram_ids=[account.id])
        return self._granted(grant, [*scopes, ALWAYS_GRANTED["instagram"]], declined)

    def _granted(self, grant: Grant, scopes: Iterable[str], declined: Iterable[str]) -> Grant:
        refused = set(declined) - set(ALWAYS_GRANTED.values())
        grant.scopes = sorted((set(grant.scopes) | set(scopes)) - refused)
        grant.declined = sorted((set(grant.declined) | refused) - set(grant.scopes))
        return self._store.grants.put(grant)


class Tokens:
    """All codes and tokens of the app."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def new_code(self, grant: Grant, redirect_uri: str) -> str:
        """What a dialog brings back: valid for an hour, once."""
        code = f"AQ{secrets.token_urlsafe(90)}"
        self._store.codes.put(Code(code, grant.id, redirect_uri, self._store.now()))
        return code

    def from_code(self, code: str, redirect_uri: str, kind: str) -> Token:
        """A short-lived token for a code. Raises `GraphError`."""
        found = self._store.codes.get(code)
        if found is None or (kind == "instagram") != found.grant_id.startswith("instagram:"):
            raise refused("code")
        if found.used:
            raise refused("code_used")
        if self._store.now() >= found.issued + CODE_SECONDS:
            raise refused("code_expired")
        if found.redirect_uri != redirect_uri:
            raise refused("code_redirect")
        found.used = True
        self._store.codes.put(found)
        grant = self._store.grants[found.grant_id]
        return self.issue(kind, grant, long_lived=False)

    def issue(self, kind: str, grant: Grant, *, long_lived: bool) -> Token:
        """A new user token (`user`) or one of Instagram Login (`instagram`)."""
        settings, now = self._store.settings, self._store.now()
        short = settings.short_token_seconds if kind == "user" else INSTAGRAM_SHORT_SECONDS
        lifetime = settings.long_token_seconds if long_lived else short
        return self._new(Token("", kind, grant.id, now, now + lifetime, long_lived))

    def page_token(self, user_token: Token, page_id: str) -> Token:
        """The Page's token that goes with a user token: without a date, if that one is long-lived."""
        for token in self._store.tokens:
            if token.parent == user_token.id and token.page_id == page_id:
                return token
        expires = 0 if user_token.long_lived else user_token.expires
        page_token = Token("", "page", user_token.grant_id, self._store.now(), expires, user_token.long_lived)
        page_token.page_id, page_token.parent = page_id, user_token.id
        return self._new(page_token)

    def check(self, value: str) -> Token:
        """The living token of that value. Raises `GraphError`."""
        token = self._store.tokens.get(value)
        if token is None:
            raise refused("malformed")
        if token.dead:
            raise refused(token.dead)
        if token.expires and self._store.now() >= token.expires:
            raise refused("expired")
        page = self._store.pages.get(token.page_id)
        if page is not None and self._store.grants[token.grant_id].person_id not in page.tasks:
            raise refused("no_role")
        return token

    def can_refresh(self, token: Token) -> bool:
        """Whether an Instagram token is long-lived and old enough."""
        age = self._store.now() - token.issued
        return token.long_lived and age >= self._store.settings.refresh_after_seconds

    def end(self, person_id: str, death: str) -> int:
        """Let all tokens of a person die so. Returns how many."""
        ended = 0
        for token in self._store.tokens:
            if self._store.grants[token.grant_id].person_id == person_id:
                token.dead = death
                self._store.tokens.put(token)
                ended += 1
        return ended

    def take_permission(self, person_id: str, scope: str) -> None:
        """Let the person take one permission back, as in the settings of the profile."""
        for grant in self._store.grants:
            if grant.person_id == person_id and scope in grant.scopes:
                grant.scopes.remove(scope)
                grant.declined.append(scope)
                self._store.grants.put(grant)

    def _new(self, token: Token) -> Token:
        prefix = "IGAA" if token.kind == "instagram" else "EAA"
        token.id = f"{prefix}{secrets.token_urlsafe(120).replace('-', 'Z').replace('_', 'D')}"
        return self._store.tokens.put(token)


def proof_for(token: str, secret: str) -> str:
    """The `appsecret_proof` of a token."""
    return hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()
