# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: the administrator's form, tried at the site before it is believed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx2

from sealock_connector import (
    ConnectorError,
    Done,
    Field,
    FieldKind,
    Form,
    InvalidRequest,
    OriginThrottled,
    OriginUnreached,
    Problem,
    SetupStep,
    Text,
)
from sealock_origins.wordpress.api import Api
from sealock_origins.wordpress.comments import User
from sealock_origins.wordpress.discovery import FoundSite, NotWordPress, RestRefused, discover
from sealock_origins.wordpress.ids import MAX_SITE_CHARS, BadSite, canonical_site, same_site
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.refusals import MODERATE, Refused
from sealock_origins.wordpress.resources import SiteAccount

STEP = "site"
NOW, EVERYTHING, GO_ON = "now", "everything", "go_on"
"""Where to start; the other choices are numbers of days."""
_STARTS = (
    (NOW, Text("Comments from now on")),
    ("7", Text("Comments of the last {days} days, too", days=7)),
    ("30", Text("Comments of the last {days} days, too", days=30)),
    (EVERYTHING, Text("All comments there are")),
)
_GOING_ON = (GO_ON, Text("Go on where it is"))
_APPROVED, _WAITING_TOO = "approved", "waiting"
_MODERATION = (
    (_APPROVED, Text("Approved comments; others once they are approved")),
    (_WAITING_TOO, Text("Comments that wait for moderation, too")),
)
_DESCRIPTION = Text(
    "Comments on the site's posts become tickets, and replies appear below the comments they answer, written by the "
    "user you name here. In WordPress, make an application password for a user who may moderate comments: "
    "Users, Profile, Application Passwords."
)

_ANY_TIME_ZONE = timedelta(hours=26)
"""WordPress compares dates in local time: so far apart can two readings of one date be."""
_CLOCKS_APART = timedelta(minutes=1)

OTHER_SITE = Text("An account stays with its site. Add another account for another site.")
NO_WORDPRESS = Text("No WordPress answers at this address, or its REST API cannot be found.")
"""
An address that may not be called, one where nothing answers and one where something else does are not told apart, or
the form would tell what is inside our network.
"""
REST_OFF = Text(
    "The site refuses its REST API. A security plugin may have switched it off; it has to be allowed for this user."
)
NO_PASSWORDS = Text(
    "The site takes no application passwords. WordPress offers them only over https; a plugin may switch them off."
)
WRONG_PASSWORD = Text(
    "WordPress does not accept this user name and application password. Copy the password as it was shown; "
    "if it is right, the web server may not pass the Authorization header on."
)
ONLY_HTTPS = Text(
    "No WordPress answers at this address. Use https: over http anyone on the way could read the password."
)
BUSY = Text("The site asks to slow down. Try again in a minute.")
FAILED = Text("The site did not answer as WordPress does. Try again, and look at the site if it goes on.")


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the administrator entered; on an edit, what was kept where nothing was."""

    site: str
    user: str
    password: str = field(repr=False)
    start: str
    waiting_too: bool

    @classmethod
    def of(cls, step: SetupStep) -> _Answers:
        """The answers of the form's step; choices that the form does not offer count as its first."""
        old = SiteAccount.of(step.account) if step.account else None
        offered = [value for value, _ in _starts(old)]
        start = step.answers.get("start", "")
        return cls(
            site=step.answers.get("site", ""),
            user=step.answers.get("user", "").strip(),
            password=step.answers.get("password", "").strip() or (old.password if old else ""),
            start=start if start in offered else offered[0],
            waiting_too=step.answers.get("moderation") == _WAITING_TOO,
        )


class _WrongAnswer(Exception):
    """An answer of the form is wrong."""

    def __init__(self, sentence: Text, field: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(sentence, field)


@dataclass(frozen=True, slots=True)
class Setup:
    """Sets up accounts. `make_key` makes the key that guests are known by."""

    http: httpx2.AsyncClient
    make_key: Callable[[], str] = lambda: secrets.token_urlsafe(16)

    async def take(self, step: SetupStep) -> Form | Done:
        """Show the form, or try its answers at the site and finish the account."""
        if not step.step_id:
            return _form(step)
        if step.step_id != STEP:
            raise InvalidRequest("an unknown step")
        try:
            return await self._finish(step, _Answers.of(step))
        except _WrongAnswer as wrong:
            return _form(step, wrong.problem)

    async def _finish(self, step: SetupStep, answers: _Answers) -> Done:
        old = SiteAccount.of(step.account) if step.account else None
        if not answers.user:
            raise _WrongAnswer(Text("Enter the name of a WordPress user."), "user")
        if not answers.password:
            raise _WrongAnswer(Text("Enter an application password of this user."), "password")
        found = await self._discover(answers.site)
        if old and not same_site(found.site, old.site):
            raise _WrongAnswer(OTHER_SITE, "site")
        api = Api(self.http, found.root, (answers.user, answers.password))
        user = await self._sign_in(api, found, answers.user)
        since, position = await self._start(api, answers.start)
        account = SiteAccount(
            site=old.site if old else found.site,
            root=found.root,
            user=answers.user,
            password=answers.password,
            user_id=user.id,
            since=old.since if old and answers.start == GO_ON else since.timestamp(),
            waiting_too=answers.waiting_too,
            guest_key=old.guest_key if old else self.make_key(),
        )
        name = step.account_name or f"{found.title} ({urlsplit(found.site).netloc})".strip()[:255]
        return Done(name, account.as_values(), state=None if answers.start == GO_ON else position)

    async def _discover(self, typed: str) -> FoundSite:
        try:
            address = canonical_site(typed)
            return await discover(self.http, address)
        except BadSite as bad:
            raise _WrongAnswer(bad.sentence, "site") from None
        except RestRefused:
            raise _WrongAnswer(REST_OFF, "site") from None
        except OriginThrottled:
            raise _WrongAnswer(BUSY, "site") from None
        except (NotWordPress, ConnectorError):
            is_plain = typed.strip().lower().startswith("http://")
            raise _WrongAnswer(ONLY_HTTPS if is_plain else NO_WORDPRESS, "site") from None

    async def _sign_in(self, api: Api, found: FoundSite, name: str) -> User:
        try:
            user = await api.who_we_are()
            if user.has(MODERATE):
                await api.listed(count=1)
        except Refused as refused:
            if refused.status != 401:
                raise _WrongAnswer(REST_OFF, "site") from None
            if not found.takes_passwords:
                raise _WrongAnswer(NO_PASSWORDS, "site") from None
            raise _WrongAnswer(WRONG_PASSWORD, "password") from None
        except ConnectorError as error:
            raise _WrongAnswer(_sentence(error), "site") from None
        if not user.has(MODERATE):
            raise _WrongAnswer(
                Text("{user} may not moderate comments. Take an editor or an administrator of the site.", user=name),
                "user",
            )
        return user

    async def _start(self, api: Api, start: str) -> tuple[datetime, Position]:
        """The instant from which comments are brought to Zendesk, and the position just before them."""
        try:
            if start == NOW:
                newest = await api.listed(newest_first=True, count=1)
                last = newest.ids[0] if newest.ids else 0
                return await api.server_time() - _CLOCKS_APART, Position(settled=last, rank=newest.total)
            if not start.isdecimal():
                return datetime.fromtimestamp(0, UTC), Position()
            since = await api.server_time() - timedelta(days=int(start))
            everything = await api.listed(newest_first=True, count=1)
            after = (since - _ANY_TIME_ZONE).strftime("%Y-%m-%dT%H:%M:%SZ")
            recent = await api.listed(count=1, after=after)
            newest_id = everything.ids[0] if everything.ids else 0
            before = recent.ids[0] - 1 if recent.ids else newest_id
            return since, Position(settled=before, rank=everything.total - recent.total)
        except Refused:
            raise _WrongAnswer(FAILED, "site") from None
        except ConnectorError as error:
            raise _WrongAnswer(_sentence(error), "site") from None


def _sentence(error: ConnectorError) -> Text:
    if isinstance(error, OriginUnreached):
        return NO_WORDPRESS
    return BUSY if isinstance(error, OriginThrottled) else FAILED


def _form(step: SetupStep, *problems: Problem) -> Form:
    """The form, with what was entered before, or with the account's values."""
    old = SiteAccount.of(step.account) if step.account else None
    entered = step.answers
    starts = _starts(old)
    kept_moderation = _WAITING_TOO if old and old.waiting_too else _APPROVED
    fields = [
        Field(
            "site",
            Text("Address of the site"),
            FieldKind.URL,
            value=entered.get("site", old.site if old else ""),
            placeholder="https://blog.example.com",
            max_chars=MAX_SITE_CHARS,
        ),
        Field(
            "user",
            Text("WordPress user"),
            value=entered.get("user", old.user if old else ""),
            help=Text("Replies appear under this user's name. The user must be able to moderate comments."),
            max_chars=100,
        ),
        Field(
            "password",
            Text("Application password"),
            FieldKind.SECRET,
            help=Text("Not the password the user signs in with."),
            required=old is None,
            max_chars=200,
            secret_kept=old is not None,
        ),
        Field(
            "start",
            Text("Bring to Zendesk"),
            FieldKind.SELECT,
            value=entered.get("start", starts[0][0]),
            options=starts,
        ),
        Field(
            "moderation",
            Text("Moderation"),
            FieldKind.SELECT,
            value=entered.get("moderation", kept_moderation),
            options=_MODERATION,
        ),
    ]
    return Form(
        STEP,
        Text("Connect a WordPress site"),
        fields,
        description=_DESCRIPTION,
        problems=problems,
        submit_label=Text("Connect"),
    )


def _starts(old: SiteAccount | None) -> tuple[tuple[str, str], ...]:
    return (_GOING_ON, *_STARTS) if old else _STARTS
