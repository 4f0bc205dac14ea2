# SPDX-License-Identifier: Apache-2.0
"""The Graph API as a client: the version in every URL, the token in none, and budgets kept to."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sealock_connector import Cause, Miss, OriginUnavailable, count_miss
from sealock_connector.answers import diagnosed, json_of, retry_after
from sealock_connector.egress import OriginAnswer, OriginClient
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.failures import TOO_FAST, Meaning, Refused, refusal
from sealock_origins.meta.lists import MOST_AT_ONCE, Fields, GraphLists, Item, Portion, Query, selecting

_MILLISECONDS = 100_000_000_000
"""Larger numbers are milliseconds, as in events about messages."""
_LONGEST_DATE = 8
"""More digits than those of a date are seconds."""
_NEVER = datetime.fromtimestamp(0, UTC)
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_DIGITS = re.compile(r"[0-9]{1,25}", re.ASCII)


class Unreadable(ValueError):
    """What Meta gave lacks what it must have; the text names the field."""


def read_items(reading: Callable[[Item, int], _T], items: Iterable[Item], step: int, what: str) -> Iterator[_T]:
    """
    The items as `reading` takes them, which came with the list's set of fields of this step.

    Those that it finds `Unreadable` are passed over, counted, and in the log as a `what`.
    """
    for item in items:
        try:
            yield reading(item, step)
        except Unreadable as problem:
            count_miss(Miss.PASSED_OVER)
            _log.warning("a %s passed over, it cannot be read: %s", what, problem)


_TOKEN = re.compile(r"[!-~]{1,2000}")


def text(raw: Any) -> str:
    """A text without white space around it; empty for anything else."""
    return raw.strip() if isinstance(raw, str) else ""


def token_in(raw: Any) -> str:
    """A token, which fits into a header and an account; empty for anything else."""
    found = text(raw)
    return found if _TOKEN.fullmatch(found) else ""


def texts(raw: Any) -> list[str]:
    """The texts of a list, and its numbers as texts; none for anything else."""
    return [str(item) for item in raw if isinstance(item, str | int)] if isinstance(raw, list) else []


def digits(raw: Any) -> str:
    """An id of digits, as people and most items have them; empty for anything else."""
    found = str(raw) if isinstance(raw, str | int) else ""
    return found if _DIGITS.fullmatch(found) else ""


def identifier(raw: Any) -> str:
    """An id of any characters; those that are numbers came as numbers once, and may again. Empty for anything else."""
    return str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""


def flag(raw: Any) -> bool:
    """Whether something is said to be so, also where that comes as a text."""
    return raw is True or raw == "true"


def mapping(raw: Any) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return raw if isinstance(raw, dict) else {}


def objects(raw: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; none for anything else."""
    for item in raw if isinstance(raw, list) else ():
        if isinstance(item, dict):
            yield item


def elements(raw: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of `{"data": [...]}`, or of a list that stands there by itself."""
    return objects(raw.get("data") if isinstance(raw, dict) else raw)


def instant(raw: Any) -> datetime:
    """Meta's time: seconds in feeds, milliseconds in messages, ISO 8601 elsewhere. What is none is the year 1970."""
    try:
        if isinstance(raw, str) and raw.isascii() and raw.isdecimal() and len(raw) > _LONGEST_DATE:
            raw = int(raw)
        if isinstance(raw, int | float):
            return datetime.fromtimestamp(raw / 1000 if raw > _MILLISECONDS else raw, UTC)
        read = datetime.fromisoformat(raw)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return _NEVER


def required_instant(raw: Any, name: str) -> datetime:
    """An instant that must be there. Raises `Unreadable`."""
    at = instant(raw)
    if at.year <= _NEVER.year:
        raise Unreadable(name)
    return at


_VERSION = "facebook-api-version"
_VERSIONS = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}", re.ASCII)
_PATH = re.compile(r"[A-Za-z0-9_.:$=~|-]+(/[A-Za-z0-9_]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class App:
    """An app by its id and secret, as the app dashboard shows them."""

    id: str
    secret: str = field(repr=False)

    @property
    def token(self) -> str:
        """The app's own access token."""
        return f"{self.id}|{self.secret}"

    def proof(self, token: str) -> str:
        """`appsecret_proof` of an access token: a token that was stolen alone is of no use."""
        return hmac.new(self.secret.encode(), token.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes along with a call, in memory: Meta wants its length beforehand."""

    form_field: str
    name: str
    content_type: str
    data: bytes = field(repr=False)


class Versions:
    """
    In which version Meta answers, in memory.

    A version that has ended may be answered in the oldest that there is, and nothing else says so: what is read and
    posted may mean something else then.
    """

    def __init__(self) -> None:
        self._said: set[str] = set()

    def look(self, asked: str, served: str) -> None:
        """Say once in the log when an answer is of another version than was asked for."""
        if _VERSIONS.fullmatch(served) and served != asked and served not in self._said:
            self._said.add(served)
            _log.error("version %s of the Graph API has ended: Meta answers in %s", asked, served)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A Graph API: where it is, in which version, for which app, with which client."""

    http: OriginClient
    url: str
    version: str
    app: App
    budgets: Budgets
    versions: Versions = field(default_factory=Versions)

    def graph(self, token: str, *, account: str, pulling: bool = False) -> Graph:
        """
        The API with an access token; `account` names whose budget the calls use.

        `pulling` says that the calls are a pull's, which leave the rest of the budget to replies.
        """
        return Graph(self, token, account, pulling=pulling)


class Graph:
    """
    The Graph API with one access token.

    Raises `Refused` for what Meta refuses in its own words, and the SDK's errors for everything else: `OriginThrottled`
    also before a call, while the account's budget is used up.
    """

    def __init__(
        self, endpoint: Endpoint, token: str, account: str, *, pulling: bool = False, per_second: float = 0
    ) -> None:
        """`per_second`: so many calls of its kind Meta takes in a second; 0: as many as there are."""
        self._endpoint = endpoint
        self._token = token
        self._pulling = pulling
        self._per_second = per_second
        self._lists = GraphLists(self._get)
        self.account = account

    def on(self, budget: str) -> Graph:
        """The same, for calls of which Meta keeps a budget of its own for the account, by its name for it."""
        return self._like_this(f"{self.account} {budget}", self._per_second)

    def paced(self, per_second: float) -> Graph:
        """The same, for calls of a kind of which Meta takes so many a second: each waits for its turn."""
        return self._like_this(self.account, per_second)

    def _like_this(self, account: str, per_second: float) -> Graph:
        return Graph(self._endpoint, self._token, account, pulling=self._pulling, per_second=per_second)

    async def get(self, path: str, fields: Fields = (), **query: str) -> Item:
        """What is at the path."""
        return await self._get(path, {**selecting(fields), **query})

    async def get_some(self, path: str, steps: Sequence[Fields], **query: str) -> tuple[Item, int]:
        """What is at the path with the first of these sets of fields that Meta gives, and which one that is."""
        return await self._lists.one(path, steps, query)

    async def items(
        self, path: str, fields: Fields = (), *, limit: int = MOST_AT_ONCE, **query: str
    ) -> AsyncGenerator[Item]:
        """All items of a list, portion after portion."""
        async with aclosing(self.portions(path, fields, limit=limit, **query)) as portions:
            async for portion in portions:
                for item in portion.items:
                    yield item

    def portions(self, path: str, *steps: Fields, limit: int = MOST_AT_ONCE, **query: str) -> AsyncGenerator[Portion]:
        """A list in the portions that Meta gives, as `GraphLists.portions`."""
        return self._lists.portions(path, steps, limit=limit, query=query)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, upload: Upload | None = None, **query: str
    ) -> Item:
        """Post JSON, or a form with a file."""
        if upload is None:
            return await self._call("POST", path, query, json=dict(body or {}))
        files = {upload.form_field: (upload.name, upload.data, upload.content_type)}
        return await self._call("POST", path, query, data=dict(body or {}), files=files)

    async def _get(self, path: str, query: Query) -> Item:
        return await self._call("GET", path, query)

    async def _call(self, method: str, path: str, query: Mapping[str, str], **content: Any) -> Item:
        if not _PATH.fullmatch(path):
            raise Refused(404, 100, 33, Meaning.GONE)
        endpoint = self._endpoint
        if self._per_second:
            await endpoint.budgets.pace(self.account, per_second=self._per_second)
        async with (
            endpoint.budgets.call(self.account, pulling=self._pulling),
            endpoint.http.stream(
                method,
                f"{endpoint.url}/{endpoint.version}/{path}",
                params={**query, "appsecret_proof": endpoint.app.proof(self._token)},
                headers={"authorization": f"Bearer {self._token}"},
                **content,
            ) as response,
        ):
            # Before the body, which may break off: the call counts all the same.
            endpoint.budgets.learn(self.account, response.headers)
            await response.aread()
        endpoint.versions.look(endpoint.version, response.headers.get(_VERSION, ""))
        try:
            answer = read(response)
        except Refused as refused:
            used_up = refused.meaning is Meaning.THROTTLED and refused.code != TOO_FAST
            if used_up and not endpoint.budgets.pause(self.account):
                endpoint.budgets.refuse(self.account)
            refused.retry_after = endpoint.budgets.pause(self.account) or refused.retry_after
            raise
        endpoint.budgets.take(self.account)
        return answer


def read(response: OriginAnswer) -> Item:
    """
    The answer's JSON object.

    Raises `Refused`; what `json_of` and `diagnosed` of the SDK give for answers that are not the Graph API's.
    """
    raw = json_of(response)
    if isinstance(raw, dict):
        if (error := _error_in(raw)) is not None:
            raise refusal(response.status_code, error, retry_after(response))
        if response.is_success and isinstance(raw.get("error"), str) and not {"data", "id"} & set(raw):
            raise OriginUnavailable("Meta's error is none of its own", cause=Cause.UNREADABLE)
        if response.is_success:
            return raw
    raise diagnosed(response)


def _error_in(raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What an answer refuses with: in `error`, or in the shapes of the sign-in and of older APIs."""
    if isinstance(raw.get("error"), dict):
        return mapping(raw["error"])
    if isinstance(raw.get("error_type"), str):
        return raw
    if "error_code" in raw:
        return {"code": raw["error_code"], "error_subcode": raw.get("error_subcode")}
    return None
