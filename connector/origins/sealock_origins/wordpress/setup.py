# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: the administrator's form, tried at the site before it is believed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sealock_connector import (
    Cause,
    ConnectorError,
    Done,
    Field,
    FieldKind,
    Form,
    InvalidRequest,
    Problem,
    SetupStep,
    Text,
)
from sealock_connector.egress import OriginClient
from sealock_origins.wordpress.api import Api, Listed
from sealock_origins.wordpress.comments import COMMENT
from sealock_origins.wordpress.ids import MAX_SITE_CHARS
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.proving import Proving, WrongAnswer
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.resources import SiteAccount
from sealock_origins.wordpress.rest import SignIns
from sealock_origins.wordpress.sentences import sentence_of

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
_FILES, _NO_FILES = "files", "no_files"
_ANY_FILES = (
    (_FILES, Text("Replies may have files")),
    (_NO_FILES, Text("Replies with files are refused")),
)
_SITE, _TICKETS = Text("The site"), Text("Comments and replies")
"""The headings of the form."""
WHAT_TO_TRY = Text(
    "Write a comment below a post of the site, as a visitor would. It becomes a ticket within a few minutes, or, if "
    "the site moderates comments, once it is approved."
)
_DESCRIPTION = Text(
    "Comments on the site's posts become tickets, and replies appear below the comments they answer, written by the "
    "user you name here. In WordPress, make an application password for a user who may moderate comments: "
    "Users, Profile, Application Passwords."
)

_ANY_TIME_ZONE = timedelta(hours=26)
"""WordPress compares dates in local time: so far apart can two readings of one date be."""
_LOOK_SECONDS = 8
"""So long an administrator waits at most for the form of an account."""
_WRONG_CLOCK = timedelta(days=2)
"""A clock that differs by more is not believed."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the administrator entered; on an edit, what was kept where nothing was."""

    site: str
    user: str
    password: str = field(repr=False)
    start: str
    waiting_too: bool
    files: bool

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
            files=step.answers.get("files") != _NO_FILES,
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """Sets up accounts. `make_key` makes the key that guests are known by, `now` is our clock."""

    http: OriginClient
    sign_ins: SignIns = field(default_factory=SignIns)
    make_key: Callable[[], str] = lambda: secrets.token_urlsafe(16)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def take(self, step: SetupStep) -> Form | Done:
        """Show the form, or try its answers at the site and finish the account."""
        if not step.step_id:
            return _form(step, *(await self._wrong_with(SiteAccount.of(step.account)) if step.account else ()))
        if step.step_id != STEP:
            raise InvalidRequest("an unknown step")
        try:
            return await self._finish(step, _Answers.of(step))
        except WrongAnswer as wrong:
            return _form(step, wrong.problem)

    async def _wrong_with(self, old: SiteAccount) -> Sequence[Problem]:
        """What is wrong with an account that is edited, as far as its site says so at once."""
        proving = Proving(self.http, old.user, old.password, typed_anew=False)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                found = await proving.find_site(old.site, old.site)
                api = Api(self.http, found.root, (old.user, old.password), sign_ins=self.sign_ins)
                await proving.sign_in(api, found)
        except WrongAnswer as wrong:
            return [wrong.problem]
        except TimeoutError:
            return [Problem(Cause.TIMED_OUT.sentence_about("WordPress"), "site")]
        return ()

    async def _finish(self, step: SetupStep, answers: _Answers) -> Done:
        old = SiteAccount.of(step.account) if step.account else None
        if not answers.user:
            raise WrongAnswer(Text("Enter the name of a WordPress user."), "user")
        if not answers.password:
            raise WrongAnswer(Text("Enter an application password of this user."), "password")
        proving = Proving(self.http, answers.user, answers.password, typed_anew=bool(step.answers.get("password")))
        found = await proving.find_site(answers.site, old.site if old else "")
        api = Api(self.http, found.root, (answers.user, answers.password), sign_ins=self.sign_ins)
        user = await proving.sign_in(api, found)
        newest = await proving.check_reading(api, user)
        await proving.check_writing(api, newest, user, files=answers.files)
        since, position = await self._start(api, answers.start, newest)
        account = SiteAccount(
            site=old.site if old else found.site,
            root=api.rest.root,
            user=answers.user,
            password=answers.password,
            user_id=user.id,
            since=old.since if old and answers.start == GO_ON else since.timestamp(),
            waiting_too=answers.waiting_too,
            guest_key=old.guest_key if old else self.make_key(),
            kinds=old.kinds if old else COMMENT,
            given_again=old.given_again if old else "",
        )
        name = step.account_name or f"{found.title} ({urlsplit(found.site).netloc})".strip()[:255]
        state = None if answers.start == GO_ON else position
        return Done(name, account.as_values(), state, WHAT_TO_TRY)

    async def _start(self, api: Api, start: str, newest: Listed) -> tuple[datetime, Position]:
        """
        The instant from which comments are brought to Zendesk, and the position just before them.

        `newest` is the newest comment, as it was read just now.

        The site's clock may be wrong, and the Date of its answers another's: where to begin goes by ids, and what is
        in doubt is brought.
        """
        last = newest.ids[0] if newest.ids else 0
        if start == NOW:
            return self._since_newest(newest), Position(settled=last, rank=newest.total)
        if not start.isdecimal():
            return datetime.fromtimestamp(0, UTC), Position()
        try:
            since = self._site_time(await api.site_time()) - timedelta(days=int(start))
            after = (since - _ANY_TIME_ZONE).strftime("%Y-%m-%dT%H:%M:%SZ")
            recent = await api.listed(count=1, after=after)
            before = recent.ids[0] - 1 if recent.ids else last
            return since, Position(settled=before, rank=newest.total - recent.total)
        except (Refused, ConnectorError) as error:
            raise WrongAnswer(sentence_of(error, known=True), "site") from None

    def _since_newest(self, newest: Listed) -> datetime:
        """
        The newest comment's date by the clock of the site's database, if it is of the last two days; else two days ago.

        What is older is no new comment but was brought from elsewhere later, or the site's clock is not to be believed.
        """
        now = self.now()
        written_at = newest.comments[0].written_at if newest.comments else now
        return written_at if now - _WRONG_CLOCK < written_at < now else now - _WRONG_CLOCK

    def _site_time(self, told: datetime | None) -> datetime:
        """What time it is at the site; the earlier of what it and we say, unless it is far off."""
        now = self.now()
        return told if told is not None and now - _WRONG_CLOCK < told < now else now


def _form(step: SetupStep, *problems: Problem) -> Form:
    """The form, with what was entered before, or with the account's values."""
    old = SiteAccount.of(step.account) if step.account else None
    entered = step.answers
    # Before anything was typed, it is the kept password that is no good.
    kept = old is not None and (bool(step.step_id) or all(problem.field != "password" for problem in problems))
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
            group=_SITE,
        ),
        Field(
            "user",
            Text("WordPress user"),
            value=entered.get("user", old.user if old else ""),
            help=Text("Replies appear under this user's name. The user must be able to moderate comments."),
            max_chars=100,
            group=_SITE,
        ),
        Field(
            "password",
            Text("Application password"),
            FieldKind.SECRET,
            help=Text("Not the password the user signs in with."),
            required=not kept,
            max_chars=200,
            secret_kept=kept,
            group=_SITE,
        ),
        Field(
            "start",
            Text("Bring to Zendesk"),
            FieldKind.SELECT,
            value=entered.get("start", starts[0][0]),
            options=starts,
            group=_TICKETS,
        ),
        Field(
            "moderation",
            Text("Moderation"),
            FieldKind.SELECT,
            value=entered.get("moderation", kept_moderation),
            options=_MODERATION,
            group=_TICKETS,
        ),
    ]
    if any(problem.field == "files" for problem in problems) or "files" in entered:
        fields.append(
            Field(
                "files",
                Text("Files of replies"),
                FieldKind.SELECT,
                value=entered.get("files", _FILES),
                options=_ANY_FILES,
                group=_TICKETS,
            )
        )
    return Form(
        STEP,
        Text("Connect a WordPress site"),
        fields,
        description=_DESCRIPTION,
        problems=problems,
    )


def _starts(old: SiteAccount | None) -> tuple[tuple[str, str], ...]:
    return (_GOING_ON, *_STARTS) if old else _STARTS
