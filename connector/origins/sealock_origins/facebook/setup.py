# SPDX-License-Identifier: Apache-2.0
"""Setting up a Page: what its form asks, the texts, and what the sign-in with Facebook has to give."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sealock_connector import Account, Field, FieldKind, InvalidRequest, Problem, Text, read_json
from sealock_origins.facebook.account import ASKED_FOR, FACEBOOK, MESSAGING, READ_PEOPLE, PageAccount
from sealock_origins.facebook.webhooks import subscribed_fields
from sealock_origins.meta.failures.proof import Standing
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.setup import (
    NOW,
    PRIVATELY,
    PUBLICLY,
    AccountSetup,
    SetupTexts,
    Trial,
    checkbox,
    checkbox_value,
    grouped,
    is_checked,
    select,
)
from sealock_origins.meta.sign_in import FacebookLogin, GrantedPage, Login, Session, missing_task

NO_TOKEN = Text("Facebook did not finish the sign-in. It may have taken too long: try again.")
TEXTS = SetupTexts(
    origin=FACEBOOK,
    title=Text("Connect a Facebook Page"),
    description=Text("What people write on the Page becomes tickets, and agents' replies go back in the Page's name."),
    sign_in=Text("Sign in with Facebook"),
    sign_in_description=Text("Sign in as somebody who manages the Page, and allow access to it."),
    sign_in_again=Text("Sign in with Facebook again"),
    brought=Text("What becomes a ticket"),
    answered=Text("Tickets and replies"),
    start=Text("Bring to Zendesk"),
    starts=(
        (NOW, Text("What is written from now on")),
        ("7", Text("What was written in the last {days} days, too", days=7)),
        ("30", Text("What was written in the last {days} days, too", days=30)),
    ),
    cancelled=Text("The sign-in was cancelled. Without it the Page cannot be connected."),
    not_signed_in=NO_TOKEN,
    no_accounts=Text(
        "Facebook gave access to no Page. Sign in as somebody who manages the Page, and choose it when Facebook asks."
    ),
    nothing_chosen=Text("Choose at least one thing to bring."),
    choose_account=Text("Choose a Page."),
    unreached=Text("Facebook cannot be reached from here."),
    busy=Text("Facebook asks to slow down. Try again in a few minutes."),
    failed=Text("Facebook did not answer as expected. Try again in a moment."),
    refused=lambda words: Text("Facebook refuses it: {words}", words=words),
    not_approved=lambda permission: Text(
        "The sign-in is in order, and Facebook still refuses what needs {permission}: Meta has not approved it for the "
        "integration's app. Whoever runs the integration has to ask Meta for it.",
        permission=permission,
    ),
    what_to_try=Text(
        "Write a comment on a post of the Page, or a message to it, from another Facebook account. It becomes a ticket "
        "within a few minutes."
    ),
)
PER_COMMENT, PER_POST = "comment", "post"
_THREADS = (
    (PER_COMMENT, Text("One for each comment and the answers to it")),
    (PER_POST, Text("One for each post and all comments on it")),
)
_COMMENTS = ("comments", ("true",))
_ANSWERS = (
    (PUBLICLY, Text("As a comment of the Page, for everybody to see")),
    (PRIVATELY, Text("As a private message to the person, once for each comment")),
)


@dataclass(frozen=True, slots=True)
class PageLogin(Login[PageAccount, GrantedPage]):
    """Facebook Login, as the set-up wants it."""

    origin = FACEBOOK
    facebook: FacebookLogin

    def graph(self, account: PageAccount) -> Graph:
        """The Graph API with the Page's token."""
        return self.facebook.endpoint.graph(account.token, account=account.page)

    def load(self, session: bytes, _existing: PageAccount | None) -> Session:
        """Read what `dump` made. Raises `InvalidRequest`."""
        try:
            return Session(token=str(read_json(session)["user_token"])) if session else Session()
        except (ValueError, KeyError, TypeError):
            raise InvalidRequest("the session is not this connector's") from None

    def dump(self, session: Session) -> bytes:
        """The session's bytes: the user token."""
        return json.dumps({"user_token": session.token}).encode() if session.token else b""

    def dialog(self, _session: Session, *, callback_url: str, state: str, again: bool) -> str:
        """Where to sign in."""
        return self.facebook.dialog(ASKED_FOR, callback_url=callback_url, state=state, again=again)

    async def sign_in(self, session: Session, query: Mapping[str, str], *, callback_url: str) -> Session:
        """The session with a user token. Raises `NotSignedIn`."""
        return replace(session, token=await self.facebook.token(query, callback_url=callback_url))

    async def candidates(self, session: Session) -> Sequence[GrantedPage]:
        """The Pages that the person let the app use."""
        return await self.facebook.pages(session.token) if session.token else []

    async def standing(self, account: PageAccount) -> Standing:
        """What Facebook says of the Page's token, its permissions and the Page."""
        needed = dict.fromkeys(account.permissions(webhooks=False), account.page)
        return await self.facebook.standing(self.graph(account), account.token, needed, account.page)

    async def lacking(
        self, account: PageAccount, candidate: GrantedPage | None, *, webhooks: bool
    ) -> Sequence[Problem]:
        """A problem for each permission and task that is missing; for the token, if it is no good."""
        facts = await self.facebook.inspect(account.token)
        if not facts.valid or facts.app_id != self.facebook.endpoint.app.id:
            return [Problem(NO_TOKEN)]
        missing = facts.missing(account.permissions(webhooks=webhooks), target=account.page)
        granted = candidate.tasks if candidate else None
        tasks = [task for task in account.tasks if granted is not None and task not in granted]
        return [*map(_missing_permission, missing), *map(missing_task, tasks)]


class PageSetup(AccountSetup[PageAccount, GrantedPage]):
    """Sets up Pages."""

    texts = TEXTS
    kinds = ("comments", "visitor_posts", "messages")
    account_field = "page"

    def read_account(self, account: Account) -> PageAccount:
        """The account that is changed."""
        return PageAccount.of(account)

    def values(self, existing: PageAccount | None) -> Mapping[str, str]:
        """What the form shows at first."""
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

    def account_fields(self, candidates: Sequence[GrantedPage], values: Mapping[str, str]) -> Sequence[Field]:
        """Which Page."""
        names = [page.name for page in candidates]
        options = [
            (page.id, f"{page.name} ({page.id})" if names.count(page.name) > 1 else page.name) for page in candidates
        ]
        value = values.get("page", "") or (candidates[0].id if candidates else "")
        return [Field("page", Text("Page"), FieldKind.SELECT, value=value, options=options)]

    def fields(self, _session: Session, values: Mapping[str, str]) -> Sequence[Field]:
        """What to bring of the Page, and how."""
        return [
            *grouped(
                TEXTS.brought,
                checkbox("comments", Text("Bring comments on the Page's posts"), values),
                checkbox("visitor_posts", Text("Bring posts of visitors and the comments on them"), values),
                checkbox("messages", Text("Bring messages (Messenger)"), values),
                checkbox("hidden", Text("Bring hidden comments and posts, too"), values),
            ),
            *grouped(
                TEXTS.answered,
                replace(select("threads", Text("Tickets for comments"), _THREADS, values), only_if=_COMMENTS),
                select("answers", Text("Replies to comments and visitors' posts"), _ANSWERS, values),
            ),
        ]

    def new_account(self, start: int, _now: int) -> PageAccount:
        """An account that brings everything from `start` on."""
        return PageAccount(
            page="",
            name="",
            token="",
            since=start,
            messages_since=start,
            comments=True,
            visitor_posts=True,
            messages=True,
        )

    def with_candidate(self, account: PageAccount, candidate: GrantedPage, _now: int) -> PageAccount:
        """The account with the Page's name and token."""
        return replace(account, page=candidate.id, name=candidate.name, token=candidate.token)

    def with_answers(self, account: PageAccount, answers: Mapping[str, str]) -> PageAccount:
        """The account with what only a Page has."""
        return replace(
            account,
            visitor_posts=is_checked(answers, "visitor_posts"),
            per_post=answers.get("threads") == PER_POST,
            hidden_too=is_checked(answers, "hidden"),
        )

    def trials(self, account: PageAccount) -> Sequence[Trial]:
        """One post with one comment, one of a visitor, and one conversation."""
        page, comment, one = account.page, ("comments.limit(1)", ("id",)), {"limit": "1"}
        conversation = {**one, "platform": "messenger"}
        return (
            *([Trial(READ_PEOPLE, f"{page}/feed", ("id", comment), one)] if account.brings_posts else []),
            *([Trial(READ_PEOPLE, f"{page}/visitor_posts", ("id",), one)] if account.visitor_posts else []),
            *([Trial(MESSAGING, f"{page}/conversations", ("id",), conversation)] if account.messages else []),
        )

    def webhook_fields(self, account: PageAccount) -> Sequence[str]:
        """What Facebook is to tell of by webhook."""
        return tuple(subscribed_fields(account))

    def name(self, account: PageAccount) -> str:
        """The Page's name."""
        return account.name[:255]

    def other_account(self, existing: PageAccount) -> Text:
        """What is said where the sign-in gave access to other Pages only."""
        return Text(
            "This account belongs to the Page {page}, and Facebook gave no access to it. Choose it when Facebook asks; "
            "add another account for another Page.",
            page=existing.name,
        )


def _missing_permission(permission: str) -> Problem:
    words = Text(
        "Facebook did not give the permission {permission}, which this needs. Sign in again and leave it allowed, or "
        "bring less.",
        permission=permission,
    )
    return Problem(words)
