# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: choose a way to sign in, sign in, choose what to bring, and try it before it is believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sealock_connector import (
    ConnectorError,
    Done,
    Form,
    InvalidRequest,
    Problem,
    Redirect,
    SetupStep,
    Text,
)
from sealock_origins.instagram.account import FACEBOOK_LOGIN, INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.instagram.form import AGAIN, CHOICES, LOGIN, Answers, choices, logins, sign_in_again
from sealock_origins.instagram.ways import Candidate, Session, Ways
from sealock_origins.instagram.webhooks import subscribed_fields
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.form_fields import start_of
from sealock_origins.meta.sign_in import NotSignedIn
from sealock_origins.meta.subscribing import subscribe
from sealock_origins.meta.trouble import Trouble

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
TROUBLE = Trouble(
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

    ways: Ways
    webhooks: bool
    now: Callable[[], datetime]

    async def take(self, step: SetupStep) -> Form | Redirect | Done:
        """Show where to sign in, what can be chosen, or what is wrong; or finish the account."""
        kept = InstagramAccount.of(step.account) if step.account else None
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
            return await take[step.step_id](step, kept)
        except NotSignedIn:
            return sign_in_again(CANCELLED if step.callback_query.get("error") else NO_TOKEN, step.session)
        except InvalidRequest:
            raise
        except (Refused, ConnectorError) as error:
            return sign_in_again(TROUBLE.sentence(error), step.session)

    async def _begin(self, step: SetupStep, kept: InstagramAccount | None) -> Form | Redirect:
        """An account whose token lives can be changed without signing in."""
        if kept is None:
            return logins() if self.ways.instagram else self._sign_in(step, FACEBOOK_LOGIN)
        if await self.ways.lives(kept):
            return choices(step, login=kept.login, kept=kept, offer_sign_in=True)
        return self._sign_in(step, kept.login)

    async def _login_chosen(self, step: SetupStep, _kept: InstagramAccount | None) -> Redirect:
        chosen = step.answers.get("login")
        return self._sign_in(step, INSTAGRAM_LOGIN if chosen == INSTAGRAM_LOGIN else FACEBOOK_LOGIN)

    async def _again(self, step: SetupStep, kept: InstagramAccount | None) -> Redirect:
        session = Session.load(step.session)
        return self._sign_in(step, kept.login if kept else session.login, again=True)

    def _sign_in(self, step: SetupStep, login: str, *, again: bool = False) -> Redirect:
        url = self.ways.dialog(login, callback_url=step.callback_url, state=step.callback_state, again=again)
        return Redirect(
            SIGNED_IN,
            url,
            title=Text("Sign in"),
            description=Text("Sign in, and allow access to the Instagram account."),
            session=Session(login).dump(),
        )

    async def _signed_in(self, step: SetupStep, kept: InstagramAccount | None) -> Form:
        login = Session.load(step.session).login
        session = await self.ways.sign_in(login, step.callback_query, callback_url=step.callback_url)
        found = await self.ways.candidates(session)
        if not found:
            return sign_in_again(NO_ACCOUNTS, step.session)
        if kept and not any(each.id == kept.id for each in found):
            return sign_in_again(_other_account(kept), step.session)
        return choices(step, login=login, offered=_offered(found), kept=kept, session=session.dump())

    async def _chosen(self, step: SetupStep, kept: InstagramAccount | None) -> Form | Redirect | Done:
        session, answers = Session.load(step.session), Answers.of(step.answers)
        login = kept.login if kept else session.login
        if answers.sign_in_again:
            return self._sign_in(step, login, again=True)
        found = await self.ways.candidates(session)
        try:
            return await self._finish(step, answers, kept, found)
        except _Wrong as wrong:
            return choices(
                step,
                login=login,
                offered=_offered(found),
                kept=kept,
                offer_sign_in=True,
                problems=wrong.problems,
                session=step.session,
            )

    async def _finish(
        self, step: SetupStep, answers: Answers, kept: InstagramAccount | None, found: Sequence[Candidate]
    ) -> Done:
        if not (answers.comments or answers.mentions or answers.messages):
            raise _Wrong(Problem(NOTHING_CHOSEN))
        wanted = kept.id if kept else answers.account or (found[0].id if len(found) == 1 else "")
        chosen = next((each for each in found if each.id == wanted), None)
        if chosen is None and (kept is None or found):
            raise _Wrong(Problem(_other_account(kept)) if kept else Problem(CHOOSE_ACCOUNT, "account"))
        account = self._account(answers, kept, chosen)
        missing = await self.ways.missing(account, chosen, webhooks=self.webhooks)
        if missing:
            raise _Wrong(*map(_missing, missing))
        await self._try(account)
        return Done(step.account_name or f"@{account.username}", account.as_values())

    def _account(self, answers: Answers, kept: InstagramAccount | None, chosen: Candidate | None) -> InstagramAccount:
        now = int(self.now().timestamp())
        start = start_of(answers.start, now)
        blank = InstagramAccount("", "", "", "", "", now, start, start, comments=True, mentions=True, messages=True)
        account = kept or blank
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
        graph = self.ways.graph(account)
        try:
            if account.comments:
                await graph.get(f"{account.node}/media", ("id",), limit="1")
            if account.messages:
                await graph.get(f"{account.inbox_node}/conversations", ("id",), limit="1", platform="instagram")
            if self.webhooks and (fields := subscribed_fields(account)):
                await subscribe(graph, f"{account.inbox_node}/subscribed_apps", fields)
        except Refused as refused:
            no_messages = refused.meaning is Meaning.NOT_PERMITTED and account.messages
            raise _Wrong(Problem(NO_MESSAGES if no_messages else TROUBLE.sentence(refused))) from None
        except ConnectorError as error:
            raise _Wrong(Problem(TROUBLE.sentence(error))) from None


def _offered(found: Sequence[Candidate]) -> list[tuple[str, str]]:
    return [(each.id, f"@{each.username}" + (f" ({each.page_name})" if each.page_name else "")) for each in found]


def _missing(permission: str) -> Problem:
    if permission.isupper():
        return Problem(
            Text("Whoever signed in lacks the task {task} on the Page. Its owner can assign it.", task=permission)
        )
    return Problem(Text("The permission {permission} was not given, which this needs.", permission=permission))


def _other_account(kept: InstagramAccount) -> Text:
    return Text(
        "This account belongs to {username}, and the sign-in gave no access to it. Sign in as its owner; add another "
        "account for another one.",
        username=f"@{kept.username}",
    )
