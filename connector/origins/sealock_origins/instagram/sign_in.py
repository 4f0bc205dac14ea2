# SPDX-License-Identifier: Apache-2.0
"""Instagram Login: the dialog, tokens of sixty days, and refreshing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sealock_connector import OriginUnavailable
from sealock_origins.meta.failures import PASSING, Refused
from sealock_origins.meta.graph import Endpoint, read
from sealock_origins.meta.sign_in import NotSignedIn
from sealock_origins.meta.told import mapping, objects, text

YOUNGEST = timedelta(hours=24)
"""Instagram refreshes no token that is younger."""
REFRESHED_AFTER = timedelta(days=7)
"""A token lives for sixty days: if a refresh fails, there is time for more."""
_ME = ("user_id", "username", "name", "account_type")


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
        try:
            told = response.json()
        except ValueError:
            raise OriginUnavailable("the answer is not Instagram's") from None
        if "error_type" in mapping(told):
            raise NotSignedIn
        # Documented with a list around it, seen without.
        short: Mapping[str, Any] = next(objects(mapping(told).get("data")), mapping(told))
        if not text(short.get("access_token")):
            raise OriginUnavailable(f"the answer ({response.status_code}) holds no token")
        said = short.get("permissions")
        permissions = said if isinstance(said, list) else text(said).split(",")
        token = await self._exchange(text(short["access_token"]))
        return SignedIn(token, frozenset(map(str, permissions)))

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
        told = read(await self.endpoint.http.get(f"{self.endpoint.url}/{path}", params=dict(query)))
        token = text(told.get("access_token"))
        if not token:
            raise OriginUnavailable("Instagram's answer holds no token")
        return token
