# SPDX-License-Identifier: Apache-2.0
"""Signing in: what a set-up needs of it, and Facebook Login with its dialog, tokens that last and Pages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from sealock_connector import Cause, OriginUnavailable, Problem, Text
from sealock_origins.meta.account import AccountT
from sealock_origins.meta.failures import OF_THE_APP, PASSING, Meaning, Refused, refusal
from sealock_origins.meta.failures.proof import Standing
from sealock_origins.meta.graph import Endpoint, Graph, digits, mapping, objects, text, texts, token_in
from sealock_origins.meta.lists import Fields

_PAGE_FIELDS: Fields = ("id", "name", "access_token", "tasks")
_WITH_INSTAGRAM: Fields = (*_PAGE_FIELDS, ("instagram_business_account", ("id", "username")))


_WRONG_SECRET = 1
"""The code of an unknown error, too, which comes with a server's status."""


class NotSignedIn(Exception):
    """The sign-in brought no token: it was cancelled, or its code was used, expired or made up."""


@dataclass(frozen=True, slots=True)
class Session:
    """What the set-up carries from step to step, sealed by the edge."""

    login: str = ""
    """How one signs in, where there is more than one way."""
    token: str = field(default="", repr=False)
    permissions: Sequence[str] = ()
    """What was given, where the token does not say it."""


class Candidate(Protocol):
    """An account that the sign-in gave access to."""

    @property
    def id(self) -> str:
        """The id that the account will have."""


CandidateT = TypeVar("CandidateT", bound=Candidate)


class Login(ABC, Generic[AccountT, CandidateT]):
    """How one signs in. Calls raise `NotSignedIn`, `Refused` and the SDK's errors."""

    origin: ClassVar[str]
    """The origin's name for people."""

    @abstractmethod
    def graph(self, account: AccountT) -> Graph:
        """The Graph API with the account's token."""

    @abstractmethod
    def load(self, session: bytes, existing: AccountT | None) -> Session:
        """Read what `dump` made, for an account that is changed. Raises `InvalidRequest`."""

    @abstractmethod
    def dump(self, session: Session) -> bytes:
        """The session's bytes."""

    @abstractmethod
    def dialog(self, session: Session, *, callback_url: str, state: str, again: bool) -> str:
        """Where to sign in; `again` asks once more for what was declined."""

    @abstractmethod
    async def sign_in(self, session: Session, query: Mapping[str, str], *, callback_url: str) -> Session:
        """The session with a token, for what the dialog brought back."""

    @abstractmethod
    async def candidates(self, session: Session) -> Sequence[CandidateT]:
        """The accounts that the sign-in gave access to; none without one."""

    @abstractmethod
    async def standing(self, account: AccountT) -> Standing:
        """What Meta says of the account now. Raises `Refused` only where Meta refuses the app itself, or for now."""

    @abstractmethod
    async def lacking(self, account: AccountT, candidate: CandidateT | None, *, webhooks: bool) -> Sequence[Problem]:
        """A problem for each permission and task that the account needs and was not given."""


@dataclass(frozen=True, slots=True)
class GrantedPage:
    """A Page that the person lets the app use."""

    id: str
    name: str
    token: str = field(repr=False)
    tasks: frozenset[str] | None = None
    """What the person may do there: `MODERATE`, `MESSAGING`, ...; None where that is not told."""
    instagram_id: str = ""
    instagram_name: str = ""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> GrantedPage | None:
        """From the API's JSON; None for a Page without a token."""
        page, token = raw.get("id"), token_in(raw.get("access_token"))
        if not isinstance(page, str) or not token:
            return None
        linked = mapping(raw.get("instagram_business_account"))
        return cls(
            id=page,
            name=text(raw.get("name")) or page,
            token=token,
            tasks=frozenset(texts(raw["tasks"])) if isinstance(raw.get("tasks"), list) else None,
            instagram_id=digits(linked.get("id")),
            instagram_name=text(linked.get("username")),
        )


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What Meta says about a token."""

    valid: bool
    app_id: str
    scopes: frozenset[str]
    limited: Mapping[str, frozenset[str]]
    """Scopes that hold for some Pages or accounts only, with the ids of these."""
    subcode: int = 0
    """Why it is not valid, where Meta says so."""

    def missing(self, needed: Collection[str], *, target: str) -> list[str]:
        """Which of the permissions the token lacks for a Page or account, in alphabetical order."""
        return sorted(
            scope
            for scope in needed
            if scope not in self.scopes or (scope in self.limited and target not in self.limited[scope])
        )


@dataclass(frozen=True, slots=True)
class FacebookLogin:
    """Facebook Login of one app. `config_id` (Facebook Login for Business) stands in place of the scopes."""

    endpoint: Endpoint
    dialog_url: str
    config_id: str = ""

    def dialog(self, scopes: Sequence[str], *, callback_url: str, state: str, again: bool = False) -> str:
        """Where the person signs in; `again` asks once more for what was declined."""
        query = {
            "client_id": self.endpoint.app.id,
            "redirect_uri": callback_url,
            "state": state,
            "response_type": "code",
            **({"config_id": self.config_id} if self.config_id else {"scope": ",".join(scopes)}),
            **({"auth_type": "rerequest"} if again else {}),
        }
        return f"{self.dialog_url}/{self.endpoint.version}/dialog/oauth?{urlencode(query)}"

    async def token(self, query: Mapping[str, str], *, callback_url: str) -> str:
        """
        A user token of about 60 days, for the code that the dialog brought back.

        Page tokens that are made with it have no date of expiry. Raises `NotSignedIn`.
        """
        code = query.get("code", "")
        if not code:
            raise NotSignedIn
        app, open_api = self.endpoint.app, self._open()
        try:
            short = await open_api.get(
                "oauth/access_token",
                client_id=app.id,
                client_secret=app.secret,
                redirect_uri=callback_url,
                code=code,
            )
            long = await open_api.get(
                "oauth/access_token",
                grant_type="fb_exchange_token",
                client_id=app.id,
                client_secret=app.secret,
                fb_exchange_token=_token(short),
            )
        except Refused as refused:
            if refused.code == _WRONG_SECRET and not refused.is_servers:
                raise replace(refused, meaning=Meaning.MISCONFIGURED) from None
            if refused.meaning in {*PASSING, *OF_THE_APP}:
                raise
            raise NotSignedIn from refused
        return _token(long)

    async def pages(self, token: str, *, with_instagram: bool = False) -> list[GrantedPage]:
        """The Pages that the person let the app use, by name."""
        graph = self.endpoint.graph(token, account="app")
        fields = _WITH_INSTAGRAM if with_instagram else _PAGE_FIELDS
        read = [GrantedPage.read(item) async for item in graph.items("me/accounts", fields)]
        return sorted((page for page in read if page), key=lambda page: (page.name.casefold(), page.id))

    async def inspect(self, token: str) -> TokenFacts:
        """What Meta says about a token. What Meta refuses the app here is of the app: `Meaning.MISCONFIGURED`."""
        try:
            answer = await self._open().get("debug_token", input_token=token)
        except Refused as refused:
            raise of_the_app(refused) from None
        data = answer.get("data")
        if not isinstance(data, dict):
            raise OriginUnavailable("Meta says nothing about the token", cause=Cause.UNREADABLE)
        return TokenFacts(
            valid=data.get("is_valid") is True,
            app_id=str(data.get("app_id") or ""),
            scopes=frozenset(texts(data.get("scopes"))),
            limited={
                text(each.get("scope")): frozenset(texts(each["target_ids"]))
                for each in objects(data.get("granular_scopes"))
                if isinstance(each.get("target_ids"), list)
            },
            subcode=refusal(200, mapping(data.get("error"))).subcode,
        )

    async def standing(self, graph: Graph, token: str, needed: Mapping[str, str], node: str) -> Standing:
        """
        What Meta says of the token, of its permissions, each with the Page or account that it is for, and of a node.

        Raises `Refused` where Meta does not answer the app itself, and for now.
        """
        facts = await self.inspect(token)
        if not facts.valid or facts.app_id != self.endpoint.app.id:
            return Standing(valid=False, subcode=facts.subcode)
        lost = [permission for permission, target in needed.items() if facts.missing([permission], target=target)]
        return Standing(lost=lost) if lost else await shown(graph, node)

    def _open(self) -> Graph:
        return self.endpoint.graph(self.endpoint.app.token, account="app")


def of_the_app(refused: Refused) -> Refused:
    """A refusal of the app's own call: unless it passes, Meta takes the app no more, or its secret."""
    return refused if refused.meaning in {*PASSING, *OF_THE_APP} else replace(refused, meaning=Meaning.MISCONFIGURED)


async def shown(graph: Graph, node: str) -> Standing:
    """
    Whether a Page or an account is shown to its own token. Raises `Refused` for what passes, and the SDK's errors.

    A node that Meta refuses to show for other reasons is there: then Meta has not approved the app for it.
    """
    try:
        await graph.get(node, ("id",))
    except Refused as refused:
        if refused.meaning in PASSING:
            raise
        return Standing(
            valid=refused.meaning is not Meaning.TOKEN_DEAD,
            subcode=refused.subcode,
            there=refused.meaning not in {Meaning.GONE, Meaning.MOVED},
        )
    return Standing()


TASKS: Mapping[str, str] = MappingProxyType({"MODERATE": "Community activity", "MESSAGING": "Messages"})
"""What Meta calls the tasks of the API where a Page's owner gives them."""


def missing_task(task: str) -> Problem:
    """What is said where whoever signed in may not do this on the Page."""
    words = Text(
        "Whoever signed in may not do what this needs on the Page: {task}. Somebody with full control of the Page can "
        "allow it under Page access; then sign in again, or bring less.",
        task=TASKS.get(task, task),
    )
    return Problem(words)


def _token(raw: Mapping[str, Any]) -> str:
    token = token_in(raw.get("access_token"))
    if not token:
        raise OriginUnavailable("Meta's answer holds no token", cause=Cause.UNREADABLE)
    return token
