# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: sign in with Facebook, choose a Page and what to bring, and try it before it is believed."""

from __future__ import annotations

import json
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
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.form import AGAIN, CHOICES, Answers, choices, sign_in_again
from sealock_origins.facebook.permissions import ASKED_FOR, needed, tasks
from sealock_origins.facebook.webhooks import subscribed_fields
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.form_fields import start_of
from sealock_origins.meta.sign_in import FacebookLogin, GrantedPage, NotSignedIn, TokenFacts
from sealock_origins.meta.subscribing import subscribe
from sealock_origins.meta.trouble import Trouble

SIGNED_IN = "signed_in"
CANCELLED = Text("The sign-in was cancelled. Without it the Page cannot be connected.")
NO_TOKEN = Text("Facebook did not finish the sign-in. It may have taken too long: try again.")
NO_PAGES = Text(
    "Facebook gave access to no Page. Sign in as somebody who manages the Page, and choose it when Facebook asks."
)
NOTHING_CHOSEN = Text("Choose at least one thing to bring.")
CHOOSE_PAGE = Text("Choose a Page.")
TROUBLE = Trouble(
    unreached=Text("Facebook cannot be reached from here."),
    busy=Text("Facebook asks to slow down. Try again in a few minutes."),
    failed=Text("Facebook did not answer as expected. Try again in a moment."),
)


class _Wrong(Exception):
    """An answer of the form is wrong."""

    def __init__(self, *problems: Problem, permission: bool = False) -> None:
        super().__init__()
        self.problems = problems
        self.permission = permission
        """Signing in again may help."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Sets up accounts. With `webhooks` it also subscribes them."""

    login: FacebookLogin
    webhooks: bool
    now: Callable[[], datetime]

    async def take(self, step: SetupStep) -> Form | Redirect | Done:
        """Show where to sign in, what can be chosen, or what is wrong; or finish the account."""
        kept = PageAccount.of(step.account) if step.account else None
        take = {"": self._begin, AGAIN: self._again, SIGNED_IN: self._signed_in, CHOICES: self._chosen}
        if step.step_id not in take:
            raise InvalidRequest("an unknown step")
        try:
            return await take[step.step_id](step, kept)
        except NotSignedIn:
            return sign_in_again(CANCELLED if step.callback_query.get("error") else NO_TOKEN)
        except InvalidRequest:
            raise
        except (Refused, ConnectorError) as error:
            return sign_in_again(TROUBLE.sentence(error))

    def _sign_in(self, step: SetupStep, *, again: bool = False) -> Redirect:
        url = self.login.dialog(ASKED_FOR, callback_url=step.callback_url, state=step.callback_state, again=again)
        return Redirect(
            SIGNED_IN,
            url,
            title=Text("Sign in with Facebook"),
            description=Text("Sign in as somebody who manages the Page, and allow access to it."),
        )

    async def _again(self, step: SetupStep, _kept: PageAccount | None) -> Redirect:
        return self._sign_in(step, again=True)

    async def _begin(self, step: SetupStep, kept: PageAccount | None) -> Form | Redirect:
        """An account whose token lives can be changed without signing in."""
        if kept is None:
            return self._sign_in(step)
        facts = await self.login.inspect(kept.token)
        return choices(step, kept=kept, offer_sign_in=True) if facts.valid else self._sign_in(step)

    async def _signed_in(self, step: SetupStep, kept: PageAccount | None) -> Form:
        token = await self.login.token(step.callback_query, callback_url=step.callback_url)
        pages = await self.login.pages(token)
        if not pages:
            return sign_in_again(NO_PAGES)
        if kept and not any(page.id == kept.page for page in pages):
            return sign_in_again(_other_page(kept))
        return choices(step, pages=pages, kept=kept, session=_session(token))

    async def _chosen(self, step: SetupStep, kept: PageAccount | None) -> Form | Redirect | Done:
        answers = Answers.of(step.answers)
        if answers.sign_in_again:
            return self._sign_in(step, again=True)
        token = _user_token(step.session)
        pages = await self.login.pages(token) if token else []
        try:
            return await self._finish(step, answers, kept, pages)
        except _Wrong as wrong:
            again = wrong.permission or kept is not None
            shown: Sequence[GrantedPage] = pages
            return choices(
                step,
                pages=shown,
                kept=kept,
                offer_sign_in=again,
                problems=wrong.problems,
                session=step.session,
            )

    async def _finish(
        self, step: SetupStep, answers: Answers, kept: PageAccount | None, pages: Sequence[GrantedPage]
    ) -> Done:
        if not (answers.comments or answers.visitor_posts or answers.messages):
            raise _Wrong(Problem(NOTHING_CHOSEN))
        wanted = kept.page if kept else answers.page
        page = next((page for page in pages if page.id == wanted), None)
        if page is None and (kept is None or pages):
            raise _Wrong(Problem(_other_page(kept)) if kept else Problem(CHOOSE_PAGE, "page"), permission=True)
        account = self._account(answers, kept, page)
        facts = await self.login.inspect(account.token)
        problems = [*_missing(account, facts, webhooks=self.webhooks), *_not_allowed(account, page)]
        if not facts.valid or facts.app_id != self.login.endpoint.app.id:
            problems = [Problem(NO_TOKEN)]
        if problems:
            raise _Wrong(*problems, permission=True)
        await self._try(account)
        return Done(step.account_name or account.name[:255], account.as_values())

    def _account(self, answers: Answers, kept: PageAccount | None, page: GrantedPage | None) -> PageAccount:
        now = int(self.now().timestamp())
        start = start_of(answers.start, now)
        account = kept or PageAccount("", "", "", start, start, comments=True, visitor_posts=True, messages=True)
        if page:
            account = replace(account, page=page.id, name=page.name, token=page.token)
        return replace(
            account,
            # What was not brought until now begins now: nobody waits for what is old.
            since=account.since if account.comments or account.visitor_posts else now,
            messages_since=account.messages_since if account.messages else now,
            comments=answers.comments,
            visitor_posts=answers.visitor_posts,
            messages=answers.messages,
            per_post=answers.per_post,
            privately=answers.privately,
            hidden_too=answers.hidden_too,
        )

    async def _try(self, account: PageAccount) -> None:
        """Read once what will be read, and subscribe."""
        graph = self.login.endpoint.graph(account.token, account=account.page)
        try:
            if account.comments or account.visitor_posts:
                await graph.get(f"{account.page}/feed", ("id",), limit="1")
            if account.messages:
                await graph.get(f"{account.page}/conversations", ("id",), limit="1", platform="messenger")
            if self.webhooks:
                await subscribe(graph, f"{account.page}/subscribed_apps", subscribed_fields(account))
        except (Refused, ConnectorError) as error:
            raise _Wrong(Problem(TROUBLE.sentence(error)), permission=True) from None


def _missing(account: PageAccount, facts: TokenFacts, *, webhooks: bool) -> list[Problem]:
    """A problem for each permission that was not given, at what it is needed for."""
    return [
        Problem(Text("Facebook did not give the permission {permission}, which this needs.", permission=permission))
        for permission in facts.missing(needed(account, webhooks=webhooks), target=account.page)
    ]


def _not_allowed(account: PageAccount, page: GrantedPage | None) -> list[Problem]:
    if page is None or not page.tasks:
        return []
    return [
        Problem(Text("Whoever signed in lacks the task {task} on this Page. Its owner can assign it.", task=task))
        for task in tasks(account)
        if task not in page.tasks
    ]


def _other_page(kept: PageAccount) -> Text:
    return Text(
        "This account belongs to the Page {page}, and Facebook gave no access to it. Choose it when Facebook asks; "
        "add another account for another Page.",
        page=kept.name,
    )


def _session(token: str) -> bytes:
    return json.dumps({"user_token": token}).encode()


def _user_token(session: bytes) -> str:
    try:
        token = json.loads(session)["user_token"] if session else ""
    except (ValueError, KeyError, TypeError):
        raise InvalidRequest("the session is not this connector's") from None
    return str(token)
