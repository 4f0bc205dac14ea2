# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: choose a way to sign in, sign in, choose what to bring, and try it before it is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sealock_connector import (
    ConnectorError,
    Done,
    Field,
    FieldKind,
    Form,
    InvalidRequest,
    Problem,
    Redirect,
    SetupStep,
    Text,
)
from sealock_origins.instagram.account import FACEBOOK_LOGIN, INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.instagram.sign_in import Candidate, Logins, Session
from sealock_origins.instagram.webhooks import subscribed_fields
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.setup import NOW, FailureTexts, checkbox, checkbox_value, is_checked, select, start_of
from sealock_origins.meta.sign_in import NotSignedIn
from sealock_origins.meta.webhooks import subscribe

LOGIN, CHOICES, AGAIN = "login", "choices", "again"
_STARTS = (
    (NOW, Text("What is written from now on")),
    ("7", Text("What was written in the last {days} days, too", days=7)),
    ("30", Text("What was written in the last {days} days, too", days=30)),
)
_LOGINS = (
    (INSTAGRAM_LOGIN, Text("With Instagram: sign in as the account itself")),
    (FACEBOOK_LOGIN, Text("With Facebook: the account is linked to a Page (needed for mentions)")),
)
PUBLICLY, PRIVATELY = "publicly", "privately"
_ANSWERS = (
    (PUBLICLY, Text("As a comment of the account, for everybody to see")),
    (PRIVATELY, Text("As a private message to the person, once for each comment")),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the administrator chose; choices that the form does not offer count as its first."""

    account: str
    comments: bool
    mentions: bool
    messages: bool
    privately: bool
    start: str
    sign_in_again: bool

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Answers:
        """The answers of the form's step."""
        start = given.get("start", "")
        return cls(
            account=given.get("account", ""),
            comments=is_checked(given, "comments"),
            mentions=is_checked(given, "mentions"),
            messages=is_checked(given, "messages"),
            privately=given.get("answers") == PRIVATELY,
            start=start if start in dict(_STARTS) else NOW,
            sign_in_again=is_checked(given, "sign_in_again"),
        )


def logins() -> Form:
    """Which of the two ways to connect."""
    field = Field("login", Text("Connect"), FieldKind.SELECT, value=INSTAGRAM_LOGIN, options=_LOGINS)
    return Form(
        LOGIN,
        Text("Connect an Instagram account"),
        [field],
        description=Text("The account has to be a professional one, and public to be told of comments at once."),
        submit_label=Text("Go on"),
    )


def choices(
    step: SetupStep,
    *,
    login: str,
    offered: Sequence[tuple[str, str]] = (),
    existing: InstagramAccount | None = None,
    offer_sign_in: bool = False,
    problems: Sequence[Problem] = (),
    session: bytes = b"",
) -> Form:
    """What to bring, of which account: with what was entered before, or with the account's values."""
    shown = step.answers if step.step_id == CHOICES else _values(existing)
    by_facebook = login == FACEBOOK_LOGIN
    fields = [
        *([select("account", Text("Account"), offered, shown)] if offered and not existing else []),
        checkbox("comments", Text("Bring comments on the account's posts"), shown),
        *([checkbox("mentions", Text("Bring mentions by others"), shown)] if by_facebook else []),
        checkbox("messages", Text("Bring messages"), shown),
        select("answers", Text("Replies to comments"), _ANSWERS, shown),
        *([] if existing else [select("start", Text("Bring to Zendesk"), _STARTS, shown)]),
        *([_sign_in_field(shown)] if offer_sign_in else []),
    ]
    return Form(
        CHOICES,
        Text("Connect an Instagram account"),
        fields,
        description=Text(
            "What people write becomes tickets, and agents' replies go back in the account's name. For messages, the "
            'account\'s owner has to switch on "Allow access to messages" in the Instagram app.'
        ),
        problems=problems,
        submit_label=Text("Connect"),
        session=session,
    )


def sign_in_again(problem: Text, session: bytes = b"") -> Form:
    """A page that says why the sign-in has to be repeated."""
    return Form(
        AGAIN,
        Text("Sign in"),
        fields=(),
        problems=[Problem(problem)],
        submit_label=Text("Sign in again"),
        session=session,
    )


def _values(existing: InstagramAccount | None) -> Mapping[str, str]:
    if existing is None:
        return {"comments": "true", "mentions": "true", "messages": "true"}
    return {
        "comments": checkbox_value(existing.comments),
        "mentions": checkbox_value(existing.mentions),
        "messages": checkbox_value(existing.messages),
        "answers": PRIVATELY if existing.privately else PUBLICLY,
    }


def _sign_in_field(shown: Mapping[str, str]) -> Field:
    return Field(
        "sign_in_again",
        Text("Sign in again"),
        FieldKind.CHECKBOX,
        value=shown.get("sign_in_again", "false"),
        required=False,
        help=Text("To allow what is missing, or to connect an account whose sign-in is no longer valid."),
    )


SIGNED_IN = "signed_in"
CANCELLED = Text("The sign-in was cancelled. Without it the account cannot be connected.")
NO_TOKEN = Text("The sign-in was not finished. It may have taken too long: try again.")
NO_ACCOUNTS = Text(
    "There is no professional Instagram account. Link it to a Page that you manage, and choose both when Facebook asks."
)
NOTHING_CHOSEN = Text("Choose at least one thing to bring.")
CHOOSE_ACCOUNT = Text("Choose an account.")
NO_MESSAGES = Text(
    'Instagram gives no access to the account\'s messages. Its owner has to switch on "Allow access to messages" in '
    "the Instagram app."
)
FAILURES = FailureTexts(
    unreached=Text("Instagram cannot be reached from here."),
    busy=Text("Instagram asks to slow down. Try again in a few minutes."),
    failed=Text("Instagram did not answer as expected. Try again in a moment."),
)


class _Wrong(Exception):
    """An answer of the form is wrong."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Setup:
    """Sets up accounts. With `webhooks` it also subscribes them."""

    logins: Logins
    webhooks: bool
    now: Callable[[], datetime]

    async def take(self, step: SetupStep) -> Form | Redirect | Done:
        """Show where to sign in, what can be chosen, or what is wrong; or finish the account."""
        existing = InstagramAccount.of(step.account) if step.account else None
        take = {
            "": self._begin,
            LOGIN: self._login_chosen,
            AGAIN: self._again,
            SIGNED_IN: self._signed_in,
            CHOICES: self._chosen,
        }
        if step.step_id not in take:
            raise InvalidRequest("an unknown step")
        try:
            return await take[step.step_id](step, existing)
        except NotSignedIn:
            return sign_in_again(CANCELLED if step.callback_query.get("error") else NO_TOKEN, step.session)
        except InvalidRequest:
            raise
        except (Refused, ConnectorError) as error:
            return sign_in_again(FAILURES.text_for(error), step.session)

    async def _begin(self, step: SetupStep, existing: InstagramAccount | None) -> Form | Redirect:
        """An account whose token lives can be changed without signing in."""
        if existing is None:
            return logins() if self.logins.instagram else self._sign_in(step, FACEBOOK_LOGIN)
        if await self.logins.lives(existing):
            return choices(step, login=existing.login, existing=existing, offer_sign_in=True)
        return self._sign_in(step, existing.login)

    async def _login_chosen(self, step: SetupStep, _existing: InstagramAccount | None) -> Redirect:
        chosen = step.answers.get("login")
        return self._sign_in(step, INSTAGRAM_LOGIN if chosen == INSTAGRAM_LOGIN else FACEBOOK_LOGIN)

    async def _again(self, step: SetupStep, existing: InstagramAccount | None) -> Redirect:
        session = Session.load(step.session)
        return self._sign_in(step, existing.login if existing else session.login, again=True)

    def _sign_in(self, step: SetupStep, login: str, *, again: bool = False) -> Redirect:
        url = self.logins.dialog(login, callback_url=step.callback_url, state=step.callback_state, again=again)
        return Redirect(
            SIGNED_IN,
            url,
            title=Text("Sign in"),
            description=Text("Sign in, and allow access to the Instagram account."),
            session=Session(login).dump(),
        )

    async def _signed_in(self, step: SetupStep, existing: InstagramAccount | None) -> Form:
        login = Session.load(step.session).login
        session = await self.logins.sign_in(login, step.callback_query, callback_url=step.callback_url)
        found = await self.logins.candidates(session)
        if not found:
            return sign_in_again(NO_ACCOUNTS, step.session)
        if existing and not any(each.id == existing.id for each in found):
            return sign_in_again(_other_account(existing), step.session)
        return choices(step, login=login, offered=_offered(found), existing=existing, session=session.dump())

    async def _chosen(self, step: SetupStep, existing: InstagramAccount | None) -> Form | Redirect | Done:
        session, answers = Session.load(step.session), Answers.of(step.answers)
        login = existing.login if existing else session.login
        if answers.sign_in_again:
            return self._sign_in(step, login, again=True)
        found = await self.logins.candidates(session)
        try:
            return await self._finish(step, answers, existing, found)
        except _Wrong as wrong:
            return choices(
                step,
                login=login,
                offered=_offered(found),
                existing=existing,
                offer_sign_in=True,
                problems=wrong.problems,
                session=step.session,
            )

    async def _finish(
        self, step: SetupStep, answers: Answers, existing: InstagramAccount | None, found: Sequence[Candidate]
    ) -> Done:
        if not (answers.comments or answers.mentions or answers.messages):
            raise _Wrong(Problem(NOTHING_CHOSEN))
        wanted = existing.id if existing else answers.account or (found[0].id if len(found) == 1 else "")
        chosen = next((each for each in found if each.id == wanted), None)
        if chosen is None and (existing is None or found):
            raise _Wrong(Problem(_other_account(existing)) if existing else Problem(CHOOSE_ACCOUNT, "account"))
        account = self._account(answers, existing, chosen)
        missing = await self.logins.missing(account, chosen, webhooks=self.webhooks)
        if missing:
            raise _Wrong(*map(_missing, missing))
        await self._try(account)
        return Done(step.account_name or f"@{account.username}", account.as_values())

    def _account(
        self, answers: Answers, existing: InstagramAccount | None, chosen: Candidate | None
    ) -> InstagramAccount:
        now = int(self.now().timestamp())
        start = start_of(answers.start, now)
        blank = InstagramAccount("", "", "", "", "", now, start, start, comments=True, mentions=True, messages=True)
        account = existing or blank
        if chosen:
            account = replace(
                account,
                login=chosen.login,
                id=chosen.id,
                own_id=chosen.own_id,
                username=chosen.username,
                token=chosen.token,
                token_at=now,
                page=chosen.page,
            )
        return replace(
            account,
            # What was not brought until now begins now: nobody waits for what is old.
            since=account.since if account.comments or account.mentions else now,
            messages_since=account.messages_since if account.messages else now,
            comments=answers.comments,
            mentions=answers.mentions and account.login == FACEBOOK_LOGIN,
            messages=answers.messages,
            privately=answers.privately,
        )

    async def _try(self, account: InstagramAccount) -> None:
        """Read once what will be read, and subscribe."""
        graph = self.logins.graph(account)
        try:
            if account.comments:
                await graph.get(f"{account.node}/media", ("id",), limit="1")
            if account.messages:
                await graph.get(f"{account.inbox_node}/conversations", ("id",), limit="1", platform="instagram")
            if self.webhooks and (fields := subscribed_fields(account)):
                await subscribe(graph, f"{account.inbox_node}/subscribed_apps", fields)
        except Refused as refused:
            no_messages = refused.meaning is Meaning.NOT_PERMITTED and account.messages
            raise _Wrong(Problem(NO_MESSAGES if no_messages else FAILURES.text_for(refused))) from None
        except ConnectorError as error:
            raise _Wrong(Problem(FAILURES.text_for(error))) from None


def _offered(found: Sequence[Candidate]) -> list[tuple[str, str]]:
    return [(each.id, f"@{each.username}" + (f" ({each.page_name})" if each.page_name else "")) for each in found]


def _missing(permission: str) -> Problem:
    if permission.isupper():
        return Problem(
            Text("Whoever signed in lacks the task {task} on the Page. Its owner can assign it.", task=permission)
        )
    return Problem(Text("The permission {permission} was not given, which this needs.", permission=permission))


def _other_account(existing: InstagramAccount) -> Text:
    return Text(
        "This account belongs to {username}, and the sign-in gave no access to it. Sign in as its owner; add another "
        "account for another one.",
        username=f"@{existing.username}",
    )
