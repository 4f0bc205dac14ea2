# SPDX-License-Identifier: Apache-2.0
"""The sign-in dialogs: who you are, what you let the app do and where, and back with a code."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from falcon import HTTPBadRequest, HTTPSeeOther
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.graph.errors import GraphError
from sealock_devkit.emulators.meta.graph.params import served_version
from sealock_devkit.emulators.meta.logins import ALWAYS_GRANTED, Logins
from sealock_devkit.emulators.meta.records import Grant, InstagramAccount, Person
from sealock_devkit.emulators.meta.settings import FACEBOOK_SCOPES, INSTAGRAM_SCOPES
from sealock_devkit.emulators.meta.web.rendering import Pages

SESSION_COOKIES = {"facebook": "c_user", "instagram": "ds_user_id"}
MAX_FORM_BYTES = 65_536


class DialogRefused(Exception):
    """The dialog shows why it cannot go on, and leads nowhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the app asks for."""

    redirect_uri: str
    state: str
    scopes: tuple[str, ...]


class Dialog:
    """`/www.facebook.com/{version}/dialog/oauth`, or `/www.instagram.com/oauth/authorize`."""

    def __init__(self, emulator: Emulator, pages: Pages, kind: str) -> None:
        """`kind` is `facebook` or `instagram`."""
        self._emulator = emulator
        self._store = emulator.store
        self._pages = pages
        self._kind = kind
        self._logins = Logins(emulator.store)

    async def on_get(self, req: Request, resp: Response, key: str = "") -> None:
        """The sign-in form, or the form of consent for who is signed in."""
        try:
            asked = self._asked(req, key)
        except (DialogRefused, GraphError) as refusal:
            self._refuse(resp, str(refusal))
            return
        who = self._signed_in(req)
        if who is None or req.get_param("auth_type") == "reauthenticate":
            self._show_sign_in(resp)
        else:
            self._show_consent(resp, asked, who)

    async def on_post(self, req: Request, resp: Response, key: str = "") -> None:
        """Signs in, or takes the decision and leads back to the app."""
        try:
            asked = self._asked(req, key)
        except (DialogRefused, GraphError) as refusal:
            self._refuse(resp, str(refusal))
            return
        form = await _read_form(req)
        choices = dict(form)
        if choices.get("step") == "sign_in":
            self._sign_in(resp, choices.get("who", ""))
            raise HTTPSeeOther(f"{req.relative_uri}")
        who = self._signed_in(req)
        if who is None or not hmac.compare_digest(choices.get("confirm", "").encode(), self._mark(who.id).encode()):
            raise HTTPBadRequest(description="The form is not this session's.")
        if choices.get("decision") != "continue":
            raise HTTPSeeOther(self._back(asked, self._denial()))
        grant = self._consent(who, asked, form)
        code = self._emulator.tokens.new_code(grant, asked.redirect_uri)
        raise HTTPSeeOther(self._back(asked, {"code": code}))

    def _asked(self, req: Request, version: str) -> Asked:
        keys = self._store.keys
        if self._kind == "facebook":
            served_version(version, self._store.settings, self._store.now())
        expected = keys.app_id if self._kind == "facebook" else keys.instagram_app_id
        if req.get_param("client_id") != expected:
            raise DialogRefused("Invalid App ID: The provided app ID does not look like a valid app ID.")
        redirect_uri = req.get_param("redirect_uri", default="")
        if not self._is_registered(redirect_uri):
            raise DialogRefused(
                "URL blocked: This redirect failed because the redirect URI is not white-listed in the app's client "
                "OAuth settings."
            )
        if req.get_param("response_type", default="code") != "code":
            raise DialogRefused("Invalid response_type: only code is supported.")
        return Asked(redirect_uri, req.get_param("state", default=""), self._scopes(req))

    def _scopes(self, req: Request) -> tuple[str, ...]:
        settings = self._store.settings
        if self._kind == "facebook" and req.get_param("config_id"):
            configured = settings.configurations.get(req.get_param("config_id") or "")
            if configured is None:
                raise DialogRefused("Invalid config_id: there is no such configuration.")
            return tuple(configured)
        texts = req.get_param_as_list("scope") or []
        scopes = [each for text in texts for each in text.replace(",", " ").split()]
        unknown = sorted(set(scopes) - (FACEBOOK_SCOPES if self._kind == "facebook" else INSTAGRAM_SCOPES))
        if unknown:
            raise DialogRefused(f"Invalid Scopes: {unknown[0]}. This message is only shown to developers.")
        return tuple(dict.fromkeys([*scopes, ALWAYS_GRANTED[self._kind]]))

    def _is_registered(self, redirect_uri: str) -> bool:
        settings = self._store.settings
        if redirect_uri in settings.redirect_uris:
            return True
        host = urlsplit(redirect_uri).hostname or ""
        try:
            here = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            here = False
        return here and settings.loopback_redirects and "#" not in redirect_uri

    def _people(self) -> list[Any]:
        if self._kind == "instagram":
            return list(self._store.instagrams)
        admins = [person for person in self._store.people if self._logins.pages_of(person)]
        return [*admins, *(person for person in self._store.people if person not in admins)]

    def _show_sign_in(self, resp: Response, problem: str = "") -> None:
        self._pages.answer(
            resp, "sign_in.html", kind=self._kind, people=self._people(), problem=problem, title=_title(self._kind)
        )

    def _show_consent(self, resp: Response, asked: Asked, who: Any) -> None:
        person = who if isinstance(who, Person) else None
        target = urlsplit(asked.redirect_uri)
        self._pages.answer(
            resp,
            "consent.html",
            form_action=f"{target.scheme}://{target.netloc}",
            kind=self._kind,
            title=_title(self._kind),
            who=who,
            scopes=[scope for scope in asked.scopes if scope != ALWAYS_GRANTED[self._kind]],
            accounts=self._logins.pages_of(person) if person else [],
            instagrams=self._logins.instagrams_of(person) if person else [],
            confirm=self._mark(who.id),
        )

    def _consent(self, who: Any, asked: Asked, form: list[tuple[str, str]]) -> Grant:
        chosen = {value for name, value in form if name == "scope"} | {ALWAYS_GRANTED[self._kind]}
        granted = [scope for scope in asked.scopes if scope in chosen]
        declined = [scope for scope in asked.scopes if scope not in chosen]
        if isinstance(who, InstagramAccount):
            return self._logins.instagram(who, granted, declined=declined)
        pages = [value for name, value in form if name == "page"]
        instagrams = [value for name, value in form if name == "instagram"]
        return self._logins.facebook(who, granted, declined=declined, pages=pages, instagrams=instagrams)

    def _sign_in(self, resp: Response, who: str) -> None:
        if any(each.id == who for each in self._people()):
            cookie = f"{who}.{self._mark(who)}"
            resp.set_cookie(SESSION_COOKIES[self._kind], cookie, path="/", secure=False, same_site="Lax")

    def _signed_in(self, req: Request) -> Person | InstagramAccount | None:
        who, _, mark = req.cookies.get(SESSION_COOKIES[self._kind], "").partition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(who).encode()):
            return None
        found = self._store.people.get(who) if self._kind == "facebook" else self._store.instagrams.get(who)
        person = found if isinstance(found, Person) else found and self._store.people[found.owners[0]]
        allowed = self._store.settings.advanced_access or bool(person and person.has_role)
        return found if allowed else None

    def _mark(self, who: str) -> str:
        key = self._store.keys.app_secret.encode()
        return hmac.new(key, f"session {self._kind} {who}".encode(), "sha256").hexdigest()

    def _denial(self) -> dict[str, str]:
        denied = {"error": "access_denied", "error_reason": "user_denied"}
        if self._kind == "facebook":
            return {**denied, "error_code": "200", "error_description": "Permissions error"}
        return {**denied, "error_description": "The user denied your request"}

    def _back(self, asked: Asked, answer: dict[str, str]) -> str:
        query = {**answer, **({"state": asked.state} if asked.state else {})}
        joint = "&" if "?" in asked.redirect_uri else "?"
        return f"{asked.redirect_uri}{joint}{urlencode(query)}{'#_=_' if self._kind == 'facebook' else '#_'}"

    def _refuse(self, resp: Response, problem: str) -> None:
        resp.status = 400
        self._pages.answer(resp, "refused.html", kind=self._kind, title=_title(self._kind), problem=problem)


async def _read_form(req: Request) -> list[tuple[str, str]]:
    body = await req.stream.read(MAX_FORM_BYTES)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise HTTPBadRequest(description="The form must be UTF-8.") from None


def _title(kind: str) -> str:
    return "Facebook" if kind == "facebook" else "Instagram"
