# SPDX-License-Identifier: Apache-2.0
"""The two ways to connect an account: with Facebook Login through a Page, or with Instagram Login."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sealock_connector import InvalidRequest
from sealock_origins.instagram.account import FACEBOOK_LOGIN, INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.instagram.permissions import BUSINESS, FACEBOOK_SCOPES, PAGE_SCOPES, WEBHOOKS, needed
from sealock_origins.instagram.sign_in import InstagramLogin
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.sign_in import FacebookLogin, NotSignedIn
from sealock_origins.meta.told import text


@dataclass(frozen=True, slots=True)
class Session:
    """What the set-up carries from step to step, sealed by the edge."""

    login: str
    token: str = field(default="", repr=False)
    """The user token of Facebook Login, or the account's own."""
    permissions: Sequence[str] = ()
    """With Instagram Login: what was given."""

    @classmethod
    def load(cls, session: bytes) -> Session:
        """Read what `dump` made; empty is none. Raises `InvalidRequest`."""
        if not session:
            return cls(FACEBOOK_LOGIN)
        try:
            login, token, permissions = json.loads(session)
            return cls(str(login), str(token), tuple(map(str, permissions)))
        except (ValueError, TypeError):
            raise InvalidRequest("the session is not this connector's") from None

    def dump(self) -> bytes:
        """The session's bytes."""
        return json.dumps([self.login, self.token, list(self.permissions)]).encode()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that the sign-in gave access to."""

    login: str
    id: str
    own_id: str
    username: str
    token: str = field(repr=False)
    page: str = ""
    page_name: str = ""
    tasks: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ways:
    """What both ways have in common, and where they differ. `instagram` is None where it is not offered."""

    facebook: FacebookLogin
    instagram: InstagramLogin | None

    def graph(self, account: InstagramAccount, *, pulling: bool = False) -> Graph:
        """The Graph API with the account's token: each way has a host of its own. `pulling` as in `Endpoint.graph`."""
        endpoint = self._instagram.endpoint if account.login == INSTAGRAM_LOGIN else self.facebook.endpoint
        return endpoint.graph(account.token, account=account.id, pulling=pulling)

    def dialog(self, login: str, *, callback_url: str, state: str, again: bool) -> str:
        """Where to sign in."""
        if login == INSTAGRAM_LOGIN:
            return self._instagram.dialog(BUSINESS, callback_url=callback_url, state=state, again=again)
        return self.facebook.dialog(FACEBOOK_SCOPES, callback_url=callback_url, state=state, again=again)

    async def sign_in(self, login: str, query: Mapping[str, str], *, callback_url: str) -> Session:
        """A token for what the dialog brought back. Raises `NotSignedIn`."""
        if login == INSTAGRAM_LOGIN:
            signed_in = await self._instagram.sign_in(query, callback_url=callback_url)
            return Session(login, signed_in.token, sorted(signed_in.permissions))
        return Session(login, await self.facebook.token(query, callback_url=callback_url))

    async def candidates(self, session: Session) -> list[Candidate]:
        """The accounts that the sign-in gave access to; none without one."""
        if not session.token:
            return []
        if session.login == INSTAGRAM_LOGIN:
            return [await self._own(session)]
        pages = await self.facebook.pages(session.token, with_instagram=True)
        return [
            Candidate(
                login=FACEBOOK_LOGIN,
                id=page.instagram_id,
                own_id=page.instagram_id,
                username=page.instagram_name,
                token=page.token,
                page=page.id,
                page_name=page.name,
                tasks=page.tasks,
            )
            for page in pages
            if page.instagram_id
        ]

    async def lives(self, account: InstagramAccount) -> bool:
        """Whether the account's token is still good."""
        if account.login != INSTAGRAM_LOGIN:
            return (await self.facebook.inspect(account.token)).valid
        try:
            await self._instagram.me(account.token)
        except Refused as refused:
            if refused.meaning is Meaning.TOKEN_DEAD:
                return False
            raise
        return True

    async def missing(self, account: InstagramAccount, chosen: Candidate | None, *, webhooks: bool) -> list[str]:
        """The permissions that the account lacks, then, in capitals, the tasks on its Page. Raises `NotSignedIn`."""
        wanted = needed(account, webhooks=webhooks)
        if account.login == INSTAGRAM_LOGIN:
            return [each for each in wanted if chosen and each not in chosen.permissions]
        facts = await self.facebook.inspect(account.token)
        if not facts.valid or facts.app_id != self.facebook.endpoint.app.id:
            raise NotSignedIn
        of_page = {*PAGE_SCOPES, WEBHOOKS}
        lacking = [
            each for each in wanted if facts.missing([each], target=account.page if each in of_page else account.id)
        ]
        return [*lacking, *_lacking_tasks(account, chosen)]

    async def _own(self, session: Session) -> Candidate:
        told = await self._instagram.me(session.token)
        own, found = text(told.get("id")), text(told.get("user_id"))
        return Candidate(
            login=INSTAGRAM_LOGIN,
            id=found or own,
            own_id=own or found,
            username=text(told.get("username")),
            token=session.token,
            permissions=frozenset(session.permissions),
        )

    @property
    def _instagram(self) -> InstagramLogin:
        if self.instagram is None:
            raise InvalidRequest("Instagram Login is not set up here")
        return self.instagram


def _lacking_tasks(account: InstagramAccount, chosen: Candidate | None) -> list[str]:
    if chosen is None or not chosen.tasks:
        return []
    comments = account.comments or account.mentions
    messaging = account.messages or (comments and account.privately)
    wanted = [*(["MODERATE"] if comments else []), *(["MESSAGING"] if messaging else [])]
    return [task for task in wanted if task not in chosen.tasks]
