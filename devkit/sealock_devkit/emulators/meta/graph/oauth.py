# SPDX-License-Identifier: Apache-2.0
"""Tokens by HTTP: codes and tokens are exchanged, refreshed and examined here."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.graph.errors import GraphError, bad_parameter, refused
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.records import Token
from sealock_devkit.emulators.meta.settings import DAY

DATA_ACCESS_SECONDS = 90 * DAY


class TokenService:
    """Everything about tokens that a server asks for."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._tokens = emulator.tokens
        self._keys = emulator.store.keys

    def facebook_access_token(self, params: Params) -> dict[str, Any]:
        """`GET graph.facebook.com/oauth/access_token`: a code or a token for a token. Raises `GraphError`."""
        self._check_client(params, self._keys.app_id, self._keys.app_secret)
        grant_type = params.get("grant_type")
        if grant_type == "client_credentials":
            return {"access_token": self.app_token, "token_type": "bearer"}
        if grant_type == "fb_exchange_token":
            old = self._tokens.check(params.required("fb_exchange_token"))
            if old.kind != "user":
                raise bad_parameter("Only user tokens can be exchanged")
            grant = self._emulator.store.grants[old.grant_id]
            return self._told(self._tokens.issue("user", grant, long_lived=True))
        if grant_type not in {"", "authorization_code"}:
            raise bad_parameter("param grant_type is not supported")
        return self._told(self._tokens.from_code(params.required("code"), params.required("redirect_uri"), "user"))

    def instagram_access_token(self, params: Params) -> dict[str, Any]:
        """`POST api.instagram.com/oauth/access_token`: a code for a short-lived token. Raises `GraphError`."""
        self._check_client(params, self._keys.instagram_app_id, self._keys.instagram_app_secret)
        if params.get("grant_type") != "authorization_code":
            raise bad_parameter("Invalid grant_type")
        token = self._tokens.from_code(params.required("code"), params.required("redirect_uri"), "instagram")
        store = self._emulator.store
        grant = store.grants[token.grant_id]
        body = {
            "access_token": token.id,
            "user_id": store.instagrams[grant.instagram_ids[0]].app_scoped_id,
            "permissions": ",".join(grant.scopes),
        }
        return body if store.settings.instagram_code_answer == "flat" else {"data": [body]}

    def instagram_exchange(self, params: Params) -> dict[str, Any]:
        """`GET graph.instagram.com/access_token`: a short-lived token for a long-lived one. Raises `GraphError`."""
        if params.get("grant_type") != "ig_exchange_token":
            raise bad_parameter("param grant_type must be ig_exchange_token")
        if not hmac.compare_digest(params.get("client_secret").encode(), self._keys.instagram_app_secret.encode()):
            raise refused("client_secret")
        old = self._instagram_token(params)
        if old.long_lived:
            raise bad_parameter("The token is long-lived already")
        grant = self._emulator.store.grants[old.grant_id]
        return self._told(self._tokens.issue("instagram", grant, long_lived=True))

    def instagram_refresh(self, params: Params) -> dict[str, Any]:
        """`GET graph.instagram.com/refresh_access_token`: sixty more days. Raises `GraphError`."""
        if params.get("grant_type") != "ig_refresh_token":
            raise bad_parameter("param grant_type must be ig_refresh_token")
        old = self._instagram_token(params)
        if not self._tokens.can_refresh(old):
            raise bad_parameter("Only long-lived tokens that are at least 24 hours old can be refreshed")
        grant = self._emulator.store.grants[old.grant_id]
        scopes = ",".join(grant.scopes)
        return {**self._told(self._tokens.issue("instagram", grant, long_lived=True)), "permissions": scopes}

    def debug(self, params: Params) -> dict[str, Any]:
        """`GET graph.facebook.com/debug_token`, by the app itself: what is known of a token. Raises `GraphError`."""
        if params.get("access_token") != self.app_token:
            raise bad_parameter("You must provide an app access token, or a user access token of a developer")
        value = params.required("input_token")
        token = self._emulator.store.tokens.get(value)
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        grant = self._emulator.store.grants[token.grant_id]
        data: dict[str, Any] = {
            "app_id": self._keys.app_id,
            "type": token.kind.upper(),
            "application": "Sealock",
            "issued_at": int(token.issued),
            "expires_at": int(token.expires),
            "data_access_expires_at": int(token.issued + DATA_ACCESS_SECONDS),
            "is_valid": True,
            "scopes": list(grant.scopes),
            "granular_scopes": [_granular(scope, grant.page_ids, grant.instagram_ids) for scope in grant.scopes],
            "user_id": grant.person_id,
        }
        if token.page_id:
            data["profile_id"] = token.page_id
        problem = _problem(lambda: self._tokens.check(value))
        return {"data": {**data, "is_valid": False, "error": problem} if problem else data}

    @property
    def app_token(self) -> str:
        """The app's own token."""
        return f"{self._keys.app_id}|{self._keys.app_secret}"

    def _check_client(self, params: Params, client_id: str, secret: str) -> None:
        if params.get("client_id") != client_id:
            raise refused(
                "parameter", "Error validating application. Cannot get application info due to a system error."
            )
        if not hmac.compare_digest(params.get("client_secret").encode(), secret.encode()):
            raise refused("client_secret")

    def _instagram_token(self, params: Params) -> Token:
        token = self._tokens.check(params.required("access_token"))
        if token.kind != "instagram":
            raise refused("malformed")
        return token

    def _told(self, token: Token) -> dict[str, Any]:
        left = int(token.expires - self._emulator.store.now())
        return {"access_token": token.id, "token_type": "bearer", "expires_in": left}


def instagram_error(error: GraphError) -> dict[str, Any]:
    """A refusal in the shape of api.instagram.com."""
    return {"error_type": "OAuthException", "code": 400, "error_message": error.kind.message}


def _granular(scope: str, page_ids: list[str], instagram_ids: list[str]) -> dict[str, Any]:
    if scope.startswith("pages_"):
        return {"scope": scope, "target_ids": page_ids}
    if scope.startswith("instagram_"):
        return {"scope": scope, "target_ids": instagram_ids}
    return {"scope": scope}


def _problem(check: Callable[[], object]) -> dict[str, Any]:
    try:
        check()
    except GraphError as error:
        return {"code": error.kind.code, "message": error.kind.message, "subcode": error.kind.subcode}
    return {}
