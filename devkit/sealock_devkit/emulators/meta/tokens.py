# SPDX-License-Identifier: Apache-2.0
"""Codes and tokens: how they are made, exchanged, refreshed, and what ends them."""

from __future__ import annotations

import hmac
import secrets

from sealock_devkit.emulators.meta.clock import HOUR
from sealock_devkit.emulators.meta.errors import refused
from sealock_devkit.emulators.meta.login_records import Code, Grant, Token
from sealock_devkit.emulators.meta.world import World

DEATHS = ("removed", "checkpoint", "password", "expired", "unconfirmed", "invalid", "session")
"""What can end a token, as the table of errors calls it."""
CODE_SECONDS = HOUR
INSTAGRAM_SHORT_SECONDS = HOUR


class Tokens:
    """All codes and tokens of the app."""

    def __init__(self, world: World) -> None:
        self._world = world

    def new_code(self, grant: Grant, redirect_uri: str) -> str:
        """What a dialog brings back: valid for an hour, once."""
        code = f"AQ{secrets.token_urlsafe(90)}"
        self._world.codes.put(Code(code, grant.id, redirect_uri, self._world.now()))
        return code

    def from_code(self, code: str, redirect_uri: str, kind: str) -> Token:
        """A short-lived token for a code. Raises `GraphError`."""
        found = self._world.codes.get(code)
        if found is None or (kind == "instagram") != found.grant_id.startswith("instagram:"):
            raise refused("code")
        if found.used:
            raise refused("code_used")
        if self._world.now() >= found.issued + CODE_SECONDS:
            raise refused("code_expired")
        if found.redirect_uri != redirect_uri:
            raise refused("code_redirect")
        found.used = True
        self._world.codes.put(found)
        grant = self._world.grants[found.grant_id]
        return self.issue(kind, grant, long_lived=False)

    def issue(self, kind: str, grant: Grant, *, long_lived: bool) -> Token:
        """A new user token (`user`) or one of Instagram Login (`instagram`)."""
        settings, now = self._world.settings, self._world.now()
        short = settings.short_token_seconds if kind == "user" else INSTAGRAM_SHORT_SECONDS
        lifetime = settings.long_token_seconds if long_lived else short
        return self._new(Token("", kind, grant.id, now, now + lifetime, long_lived))

    def page_token(self, user_token: Token, page_id: str) -> Token:
        """The Page's token that goes with a user token: without a date, if that one is long-lived."""
        for token in self._world.tokens:
            if token.parent == user_token.id and token.page_id == page_id:
                return token
        expires = 0 if user_token.long_lived else user_token.expires
        page_token = Token("", "page", user_token.grant_id, self._world.now(), expires, user_token.long_lived)
        page_token.page_id, page_token.parent = page_id, user_token.id
        return self._new(page_token)

    def check(self, value: str) -> Token:
        """The living token of that value. Raises `GraphError`."""
        token = self._world.tokens.get(value)
        if token is None:
            raise refused("malformed")
        if token.dead:
            raise refused(token.dead)
        if token.expires and self._world.now() >= token.expires:
            raise refused("expired")
        return token

    def can_refresh(self, token: Token) -> bool:
        """Whether an Instagram token is long-lived and old enough."""
        age = self._world.now() - token.issued
        return token.long_lived and age >= self._world.settings.refresh_after_seconds

    def end(self, person_id: str, death: str) -> int:
        """Let all tokens of a person die so. Returns how many."""
        ended = 0
        for token in self._world.tokens:
            if self._world.grants[token.grant_id].person_id == person_id:
                token.dead = death
                self._world.tokens.put(token)
                ended += 1
        return ended

    def take_permission(self, person_id: str, scope: str) -> None:
        """Let the person take one permission back, as in the settings of the profile."""
        for grant in self._world.grants:
            if grant.person_id == person_id and scope in grant.scopes:
                grant.scopes.remove(scope)
                grant.declined.append(scope)
                self._world.grants.put(grant)

    def _new(self, token: Token) -> Token:
        prefix = "IGAA" if token.kind == "instagram" else "EAA"
        token.id = f"{prefix}{secrets.token_urlsafe(120).replace('-', 'Z').replace('_', 'D')}"
        return self._world.tokens.put(token)


def proof_for(token: str, secret: str) -> str:
    """The `appsecret_proof` of a token."""
    return hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()
