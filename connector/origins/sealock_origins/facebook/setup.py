# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: sign in with Facebook, choose a Page and what to bring, and try it before it is believed."""

from __future__ import annotations

import json
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
from sealock_origins.facebook.account import ASKED_FOR, PageAccount, needed, tasks
from sealock_origins.facebook.webhooks import subscribed_fields
from sealock_origins.meta.failures import Refused
from sealock_origins.meta.setup import NOW, FailureTexts, checkbox, checkbox_value, is_checked, select, start_of
from sealock_origins.meta.sign_in import FacebookLogin, GrantedPage, NotSignedIn, TokenFacts
from sealock_origins.meta.webhooks import subscribe

CHOICES, AGAIN = "choices", "again"
_STARTS = (
    (NOW, Text("What is written from now on")),
    ("7", Text("What was written in the last {days} days, too", days=7)),
    ("30", Text("What was written in the last {days} days, too", days=30)),
)
PER_COMMENT, PER_POST = "comment", "post"
_THREADS = (
    (PER_COMMENT, Text("One for each comment and the answers to it")),
    (PER_POST, Text("One for each post and all comments on it")),
)
PUBLICLY, PRIVATELY = "publicly", "privately"
_ANSWERS = (
    (PUBLICLY, Text("As a comment of the Page, for everybody to see")),
    (PRIVATELY, Text("As a private message to the person, once for each comment")),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the administrator chose; choices that the form does not offer count as its first."""

    page: str
    comments: bool
    visitor_posts: bool
    messages: bool
    per_post: bool
    privately: bool
    hidden_too: bool
    start: str
    sign_in_again: bool

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Answers:
        """The answers of the form's step."""
        start = given.get("start", "")
        return cls(
            page=given.get("page", ""),
            comments=is_checked(given, "comments"),
            visitor_posts=is_checked(given, "visitor_posts"),
            messages=is_checked(given, "messages"),
            per_post=given.get("threads") == PER_POST,
            privately=given.get("answers") == PRIVATELY,
            hidden_too=is_checked(given, "hidden"),
            start=start if start in dict(_STARTS) else NOW,
            sign_in_again=is_checked(given, "sign_in_again"),
        )


def choices(
    step: SetupStep,
    *,
    pages: Sequence[GrantedPage] = (),
    existing: PageAccount | None = None,
    offer_sign_in: bool = False,
    problems: Sequence[Problem] = (),
    session: bytes = b"",
) -> Form:
    """What to bring, of which Page: with what was entered before, or with the account's values."""
    shown = step.answers or _values(existing)
    fields = [
        *([] if existing else [_page_field(pages, shown)]),
        checkbox("comments", Text("Bring comments on the Page's posts"), shown),
        checkbox("visitor_posts", Text("Bring posts of visitors and the comments on them"), shown),
        checkbox("messages", Text("Bring messages (Messenger)"), shown),
        select("threads", Text("Tickets for comments"), _THREADS, shown),
        select("answers", Text("Replies to comments and visitors' posts"), _ANSWERS, shown),
        checkbox("hidden", Text("Bring hidden comments and posts, too"), shown),
        *([] if existing else [select("start", Text("Bring to Zendesk"), _STARTS, shown)]),
        *([_sign_in_field(shown)] if offer_sign_in else []),
    ]
    return Form(
        CHOICES,
        Text("Connect a Facebook Page"),
        fields,
        description=Text(
            "What people write on the Page becomes tickets, and agents' replies go back in the Page's name."
        ),
        problems=problems,
        submit_label=Text("Connect"),
        session=session,
    )


def sign_in_again(problem: Text) -> Form:
    """A page that says why the sign-in has to be repeated."""
    return Form(
        AGAIN,
        Text("Sign in with Facebook"),
        fields=(),
        problems=[Problem(problem)],
        submit_label=Text("Sign in again"),
    )


def _values(existing: PageAccount | None) -> Mapping[str, str]:
    if existing is None:
        return {"comments": "true", "visitor_posts": "true", "messages": "true"}
    return {
        "comments": checkbox_value(existing.comments),
        "visitor_posts": checkbox_value(existing.visitor_posts),
        "messages": checkbox_value(existing.messages),
        "threads": PER_POST if existing.per_post else PER_COMMENT,
        "answers": PRIVATELY if existing.privately else PUBLICLY,
        "hidden": checkbox_value(existing.hidden_too),
    }


def _page_field(pages: Sequence[GrantedPage], shown: Mapping[str, str]) -> Field:
    names = [page.name for page in pages]
    options = [(page.id, f"{page.name} ({page.id})" if names.count(page.name) > 1 else page.name) for page in pages]
    value = shown.get("page", "") or (pages[0].id if pages else "")
    return Field("page", Text("Page"), FieldKind.SELECT, value=value, options=options)


def _sign_in_field(shown: Mapping[str, str]) -> Field:
    return Field(
        "sign_in_again",
        Text("Sign in with Facebook again"),
        FieldKind.CHECKBOX,
        value=shown.get("sign_in_again", "false"),
        required=False,
        help=Text("To allow what is missing, or to connect a Page whose sign-in is no longer valid."),
    )


SIGNED_IN = "signed_in"
CANCELLED = Text("The sign-in was cancelled. Without it the Page cannot be connected.")
NO_TOKEN = Text("Facebook did not finish the sign-in. It may have taken too long: try again.")
NO_PAGES = Text(
    "Facebook gave access to no Page. Sign in as somebody who manages the Page, and choose it when Facebook asks."
)
NOTHING_CHOSEN = Text("Choose at least one thing to bring.")
CHOOSE_PAGE = Text("Choose a Page.")
FAILURES = FailureTexts(
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
        existing = PageAccount.of(step.account) if step.account else None
        take = {"": self._begin, AGAIN: self._again, SIGNED_IN: self._signed_in, CHOICES: self._chosen}
        if step.step_id not in take:
            raise InvalidRequest("an unknown step")
        try:
            return await take[step.step_id](step, existing)
        except NotSignedIn:
            return sign_in_again(CANCELLED if step.callback_query.get("error") else NO_TOKEN)
        except InvalidRequest:
            raise
        except (Refused, ConnectorError) as error:
            return sign_in_again(FAILURES.text_for(error))

    def _sign_in(self, step: SetupStep, *, again: bool = False) -> Redirect:
        url = self.login.dialog(ASKED_FOR, callback_url=step.callback_url, state=step.callback_state, again=again)
        return Redirect(
            SIGNED_IN,
            url,
            title=Text("Sign in with Facebook"),
            description=Text("Sign in as somebody who manages the Page, and allow access to it."),
        )

    async def _again(self, step: SetupStep, _existing: PageAccount | None) -> Redirect:
        return self._sign_in(step, again=True)

    async def _begin(self, step: SetupStep, existing: PageAccount | None) -> Form | Redirect:
        """An account whose token lives can be changed without signing in."""
        if existing is None:
            return self._sign_in(step)
        facts = await self.login.inspect(existing.token)
        return choices(step, existing=existing, offer_sign_in=True) if facts.valid else self._sign_in(step)

    async def _signed_in(self, step: SetupStep, existing: PageAccount | None) -> Form:
        token = await self.login.token(step.callback_query, callback_url=step.callback_url)
        pages = await self.login.pages(token)
        if not pages:
            return sign_in_again(NO_PAGES)
        if existing and not any(page.id == existing.page for page in pages):
            return sign_in_again(_other_page(existing))
        return choices(step, pages=pages, existing=existing, session=_session(token))

    async def _chosen(self, step: SetupStep, existing: PageAccount | None) -> Form | Redirect | Done:
        answers = Answers.of(step.answers)
        if answers.sign_in_again:
            return self._sign_in(step, again=True)
        token = _user_token(step.session)
        pages = await self.login.pages(token) if token else []
        try:
            return await self._finish(step, answers, existing, pages)
        except _Wrong as wrong:
            again = wrong.permission or existing is not None
            shown: Sequence[GrantedPage] = pages
            return choices(
                step,
                pages=shown,
                existing=existing,
                offer_sign_in=again,
                problems=wrong.problems,
                session=step.session,
            )

    async def _finish(
        self, step: SetupStep, answers: Answers, existing: PageAccount | None, pages: Sequence[GrantedPage]
    ) -> Done:
        if not (answers.comments or answers.visitor_posts or answers.messages):
            raise _Wrong(Problem(NOTHING_CHOSEN))
        wanted = existing.page if existing else answers.page
        page = next((page for page in pages if page.id == wanted), None)
        if page is None and (existing is None or pages):
            raise _Wrong(Problem(_other_page(existing)) if existing else Problem(CHOOSE_PAGE, "page"), permission=True)
        account = self._account(answers, existing, page)
        facts = await self.login.inspect(account.token)
        problems = [*_missing(account, facts, webhooks=self.webhooks), *_not_allowed(account, page)]
        if not facts.valid or facts.app_id != self.login.endpoint.app.id:
            problems = [Problem(NO_TOKEN)]
        if problems:
            raise _Wrong(*problems, permission=True)
        await self._try(account)
        return Done(step.account_name or account.name[:255], account.as_values())

    def _account(self, answers: Answers, existing: PageAccount | None, page: GrantedPage | None) -> PageAccount:
        now = int(self.now().timestamp())
        start = start_of(answers.start, now)
        account = existing or PageAccount("", "", "", start, start, comments=True, visitor_posts=True, messages=True)
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
            raise _Wrong(Problem(FAILURES.text_for(error)), permission=True) from None


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


def _other_page(existing: PageAccount) -> Text:
    return Text(
        "This account belongs to the Page {page}, and Facebook gave no access to it. Choose it when Facebook asks; "
        "add another account for another Page.",
        page=existing.name,
    )


def _session(token: str) -> bytes:
    return json.dumps({"user_token": token}).encode()


def _user_token(session: bytes) -> str:
    try:
        token = json.loads(session)["user_token"] if session else ""
    except (ValueError, KeyError, TypeError):
        raise InvalidRequest("the session is not this connector's") from None
    return str(token)
