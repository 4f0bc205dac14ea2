# SPDX-License-Identifier: Apache-2.0
"""The two ways to sign in, with Instagram or with Facebook through a Page, and tokens that are refreshed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sealock_connector import (
    Cause,
    ConnectorError,
    InvalidRequest,
    OriginUnavailable,
    Problem,
    Pull,
    Text,
    read_json,
)
from sealock_connector.answers import diagnosed, json_of
from sealock_origins.instagram.account import (
    BUSINESS,
    FACEBOOK_LOGIN,
    FACEBOOK_SCOPES,
    INSTAGRAM,
    INSTAGRAM_LOGIN,
    PAGE_SCOPES,
    WEBHOOKS,
    InstagramAccount,
)
from sealock_origins.meta.failures import PASSING, Meaning, Refused
from sealock_origins.meta.failures.proof import Standing
from sealock_origins.meta.graph import Endpoint, Graph, digits, mapping, objects, read, text, texts, token_in
from sealock_origins.meta.lists import Fields
from sealock_origins.meta.sign_in import FacebookLogin, Login, NotSignedIn, Session, missing_task

YOUNGEST = timedelta(hours=24)
"""Instagram refreshes no token that is younger."""
REFRESHED_AFTER = timedelta(days=7)
"""A token lives for sixty days: if a refresh fails, there is time for more."""
_ME = ("user_id", "username", "name", "account_type")
_ME_PATH = "me"
PERSONAL = "PERSONAL"
"""The type of an account that is no professional one, or no longer."""
_READ_WITH: Mapping[str, tuple[str, Fields, Mapping[str, str]]] = {
    BUSINESS[0]: (_ME_PATH, ("id", "account_type"), {}),
    BUSINESS[1]: ("me/media", ("id", ("comments.limit(1)", ("id",))), {"limit": "1"}),
    BUSINESS[2]: ("me/conversations", ("id",), {"limit": "1", "platform": "instagram"}),
}
"""What shows that a permission of Instagram Login is there."""

_log = logging.getLogger(__name__)


NOT_PROFESSIONAL = Text(
    "Only a professional account (business or creator) can be connected. "
    "Its owner can make it one in the Instagram app."
)


_MOST_PERMISSIONS = _MOST_CHARS = 100
"""Instagram has about ten, of up to 40 characters each; a session has room for more, and not for anything."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A professional account whose owner signed in."""

    token: str = field(repr=False)
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class InstagramLogin:
    """Instagram Login of one app; `endpoint` is graph.instagram.com, with the Instagram app."""

    endpoint: Endpoint
    dialog_url: str
    exchange_url: str

    def dialog(self, scopes: tuple[str, ...], *, callback_url: str, state: str, again: bool = False) -> str:
        """Where the owner signs in; `again` asks for the password once more."""
        query = {
            "client_id": self.endpoint.app.id,
            "redirect_uri": callback_url,
            "response_type": "code",
            "scope": ",".join(scopes),
            "state": state,
            **({"force_reauth": "true"} if again else {}),
        }
        return f"{self.dialog_url}/oauth/authorize?{urlencode(query)}"

    async def sign_in(self, query: Mapping[str, str], *, callback_url: str) -> SignedIn:
        """A token of about 60 days, for the code that the dialog brought back. Raises `NotSignedIn`."""
        code = query.get("code", "").removesuffix("#_")
        if not code:
            raise NotSignedIn
        app = self.endpoint.app
        response = await self.endpoint.http.post(
            f"{self.exchange_url}/oauth/access_token",
            data={
                "client_id": app.id,
                "client_secret": app.secret,
                "grant_type": "authorization_code",
                "redirect_uri": callback_url,
                "code": code,
            },
        )
        raw = json_of(response)
        if "error_type" in mapping(raw):
            raise NotSignedIn
        # Documented with a list around it, seen without.
        short: Mapping[str, Any] = next(objects(mapping(raw).get("data")), mapping(raw))
        if not (at_first := token_in(short.get("access_token"))):
            raise diagnosed(response)
        granted = short.get("permissions")
        permissions = texts(granted) or text(granted).split(",")
        token = await self._exchange(at_first)
        return SignedIn(token, frozenset(each for each in permissions[:_MOST_PERMISSIONS] if len(each) < _MOST_CHARS))

    async def refresh(self, token: str) -> str:
        """A token for sixty more days; the old one must be a day old, and alive. Raises `Refused`."""
        query = {"grant_type": "ig_refresh_token", "access_token": token}
        return await self._token("refresh_access_token", query)

    async def me(self, token: str) -> Mapping[str, Any]:
        """The account: `user_id`, `username`, `name`, `account_type`, and its other `id`. Raises `Refused`."""
        return await self.endpoint.graph(token, account=self.endpoint.app.proof(token)).get("me", ("id", *_ME))

    async def _exchange(self, token: str) -> str:
        query = {
            "grant_type": "ig_exchange_token",
            "client_secret": self.endpoint.app.secret,
            "access_token": token,
        }
        try:
            return await self._token("access_token", query)
        except Refused as refused:
            if refused.meaning in PASSING:
                raise
            raise NotSignedIn from refused

    async def _token(self, path: str, query: Mapping[str, str]) -> str:
        """These two calls are documented with the token in the query, and without a version."""
        raw = read(await self.endpoint.http.get(f"{self.endpoint.url}/{path}", params=dict(query)))
        token = token_in(raw.get("access_token"))
        if not token:
            raise OriginUnavailable("Instagram's answer holds no token", cause=Cause.UNREADABLE)
        return token


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
    tasks: frozenset[str] | None = None
    """What whoever signed in may do on the Page; None where that is not told."""
    professional: bool = True
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Logins(Login[InstagramAccount, Candidate]):
    """Both ways to sign in, as the set-up wants them. `instagram` is None where Instagram Login is not offered."""

    origin = INSTAGRAM
    facebook: FacebookLogin
    instagram: InstagramLogin | None

    def graph(self, account: InstagramAccount, *, pulling: bool = False) -> Graph:
        """The Graph API with the account's token: each way has a host of its own. `pulling` as in `Endpoint.graph`."""
        endpoint = self._instagram.endpoint if account.login == INSTAGRAM_LOGIN else self.facebook.endpoint
        return endpoint.graph(account.token, account=account.id, pulling=pulling)

    def load(self, session: bytes, existing: InstagramAccount | None) -> Session:
        """Read what `dump` made; empty is Facebook Login, without a token. Raises `InvalidRequest`."""
        if not session:
            return Session(existing.login if existing else FACEBOOK_LOGIN)
        try:
            login, token, permissions = read_json(session)
        except (ValueError, TypeError):
            raise InvalidRequest("the session is not this connector's") from None
        return Session(existing.login if existing else str(login), str(token), tuple(texts(permissions)))

    def dump(self, session: Session) -> bytes:
        """The session's bytes: the way, the user token of Facebook Login or the account's own, and what was given."""
        return json.dumps([session.login, session.token, list(session.permissions)]).encode()

    def dialog(self, session: Session, *, callback_url: str, state: str, again: bool) -> str:
        """Where to sign in."""
        if session.login == INSTAGRAM_LOGIN:
            return self._instagram.dialog(BUSINESS, callback_url=callback_url, state=state, again=again)
        return self.facebook.dialog(FACEBOOK_SCOPES, callback_url=callback_url, state=state, again=again)

    async def sign_in(self, session: Session, query: Mapping[str, str], *, callback_url: str) -> Session:
        """The session with a token, for what the dialog brought back. Raises `NotSignedIn`."""
        if session.login == INSTAGRAM_LOGIN:
            signed_in = await self._instagram.sign_in(query, callback_url=callback_url)
            return replace(session, token=signed_in.token, permissions=sorted(signed_in.permissions))
        return replace(session, token=await self.facebook.token(query, callback_url=callback_url))

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

    async def standing(self, account: InstagramAccount) -> Standing:
        """What Meta says of the account's token, its permissions and the account."""
        if account.login == INSTAGRAM_LOGIN:
            return await self._standing_by_reading(account)
        of_page = {*PAGE_SCOPES, WEBHOOKS}
        needed = {each: account.page if each in of_page else account.id for each in account.permissions(webhooks=False)}
        return await self.facebook.standing(self.graph(account), account.token, needed, account.id)

    async def _standing_by_reading(self, account: InstagramAccount) -> Standing:
        """A token of Instagram Login cannot be looked at: so each thing that it is for is read once."""
        graph, lost = self.graph(account), []
        for permission in account.permissions(webhooks=False):
            path, fields, query = _READ_WITH[permission]
            try:
                found = await graph.get(path, fields, **query)
            except Refused as refused:
                if refused.meaning in PASSING:
                    raise
                if refused.meaning is Meaning.TOKEN_DEAD:
                    return Standing(valid=False, subcode=refused.subcode)
                if refused.meaning is Meaning.GONE and path == _ME_PATH:
                    return Standing(there=False)
                if refused.meaning is Meaning.NOT_PERMITTED:
                    lost.append(permission)
                if path == _ME_PATH:
                    # Either the account took the permission back, or Meta takes the app no more: ask as the app.
                    await self.facebook.inspect(self.facebook.endpoint.app.token)
                continue
            if found.get("account_type") == PERSONAL:
                return Standing(there=False)
        return Standing(lost=lost)

    async def lacking(
        self, account: InstagramAccount, candidate: Candidate | None, *, webhooks: bool
    ) -> Sequence[Problem]:
        """A problem for each permission and each task on the Page that is missing. Raises `NotSignedIn`."""
        wanted = account.permissions(webhooks=webhooks)
        if account.login == INSTAGRAM_LOGIN:
            if candidate is None:
                return [*map(_missing_permission, (await self.standing(account)).lost)]
            if not candidate.professional:
                return [Problem(NOT_PROFESSIONAL)]
            return [*map(_missing_permission, [each for each in wanted if each not in candidate.permissions])]
        facts = await self.facebook.inspect(account.token)
        if not facts.valid or facts.app_id != self.facebook.endpoint.app.id:
            raise NotSignedIn
        of_page = {*PAGE_SCOPES, WEBHOOKS}
        missing = [
            each for each in wanted if facts.missing([each], target=account.page if each in of_page else account.id)
        ]
        granted = candidate.tasks if candidate else None
        tasks = [task for task in account.tasks if granted is not None and task not in granted]
        return [*map(_missing_permission, missing), *map(missing_task, tasks)]

    async def _own(self, session: Session) -> Candidate:
        raw = await self._instagram.me(session.token)
        own, found = digits(raw.get("id")), digits(raw.get("user_id"))
        return Candidate(
            login=INSTAGRAM_LOGIN,
            id=found or own,
            own_id=own or found,
            username=text(raw.get("username")),
            token=session.token,
            professional=raw.get("account_type") != PERSONAL,
            permissions=frozenset(session.permissions),
        )

    @property
    def _instagram(self) -> InstagramLogin:
        if self.instagram is None:
            raise InvalidRequest("Instagram Login is not set up here")
        return self.instagram


@dataclass(frozen=True, slots=True)
class TokenRefresher:
    """Refreshes a token that is a week old; never one that is younger than a day, which Instagram refuses."""

    login: InstagramLogin | None
    now: Callable[[], datetime]

    async def refreshed(self, account: InstagramAccount, pull: Pull) -> InstagramAccount:
        """
        The account with a token that lives on; Zendesk keeps it with the pull's answer.

        A refresh that fails is tried again with the next pull, while the old token lives. Raises `Refused` where it is
        dead.
        """
        old = datetime.fromtimestamp(account.token_at, UTC) + REFRESHED_AFTER <= self.now()
        if account.login != INSTAGRAM_LOGIN or self.login is None or not old:
            return account
        try:
            token = await self.login.refresh(account.token)
        except (Refused, ConnectorError) as error:
            if isinstance(error, Refused) and error.meaning is Meaning.TOKEN_DEAD:
                raise
            _log.warning("an account's token cannot be refreshed now: %s", error)
            return account
        account = replace(account, token=token, token_at=int(self.now().timestamp()))
        pull.renew(account.as_values())
        return account


def _missing_permission(permission: str) -> Problem:
    words = Text(
        "The permission {permission} was not given, which this needs. Sign in again and leave it allowed, or bring "
        "less.",
        permission=permission,
    )
    return Problem(words)
