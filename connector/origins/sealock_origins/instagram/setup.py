# SPDX-License-Identifier: Apache-2.0
"""Setting up an Instagram account: which way to sign in, what its form asks, and the texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sealock_connector import Account, ConnectorError, Field, FieldKind, Form, Redirect, SetupStep, Text
from sealock_origins.instagram.account import FACEBOOK_LOGIN, INSTAGRAM, INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.instagram.sign_in import Candidate, Logins
from sealock_origins.instagram.webhooks import subscribed_fields
from sealock_origins.meta.failures import Meaning, Refused
from sealock_origins.meta.setup import (
    NOW,
    PRIVATELY,
    PUBLICLY,
    AccountSetup,
    SetupTexts,
    Step,
    Trial,
    checkbox,
    checkbox_value,
    grouped,
    is_checked,
    select,
)
from sealock_origins.meta.sign_in import Session

LOGIN = "login"
TEXTS = SetupTexts(
    origin=INSTAGRAM,
    title=Text("Connect an Instagram account"),
    description=Text(
        "What people write becomes tickets, and agents' replies go back in the account's name. For messages, the "
        'account\'s owner has to switch on "Allow access to messages" in the Instagram app.'
    ),
    sign_in=Text("Sign in"),
    sign_in_description=Text("Sign in, and allow access to the Instagram account."),
    sign_in_again=Text("Sign in again"),
    brought=Text("What becomes a ticket"),
    answered=Text("Tickets and replies"),
    start=Text("Bring to Zendesk"),
    starts=(
        (NOW, Text("What is written from now on")),
        ("7", Text("What was written in the last {days} days, too", days=7)),
        ("30", Text("What was written in the last {days} days, too", days=30)),
    ),
    cancelled=Text("The sign-in was cancelled. Without it the account cannot be connected."),
    not_signed_in=Text("The sign-in was not finished. It may have taken too long: try again."),
    no_accounts=Text(
        "There is no professional Instagram account. Link it to a Page that you manage, and choose both when Facebook "
        "asks."
    ),
    nothing_chosen=Text("Choose at least one thing to bring."),
    choose_account=Text("Choose an account."),
    unreached=Text("Instagram cannot be reached from here."),
    busy=Text("Instagram asks to slow down. Try again in a few minutes."),
    failed=Text("Instagram did not answer as expected. Try again in a moment."),
    refused=lambda words: Text("Instagram refuses it: {words}", words=words),
    not_approved=lambda permission: Text(
        "The sign-in is in order, and Instagram still refuses what needs {permission}: Meta has not approved it for "
        "the integration's app. Whoever runs the integration has to ask Meta for it.",
        permission=permission,
    ),
    what_to_try=Text(
        "Write a comment on a post of the account, or a message to it, from another Instagram account. It becomes a "
        "ticket within a few minutes."
    ),
)
NO_MESSAGES = Text(
    'Instagram gives no access to the account\'s messages. Its owner has to switch on "Allow access to messages" in '
    "the Instagram app."
)
_LOGINS = (
    (INSTAGRAM_LOGIN, Text("With Instagram: sign in as the account itself")),
    (FACEBOOK_LOGIN, Text("With Facebook: the account is linked to a Page (needed for mentions)")),
)
_COMMENTS = ("comments", ("true",))
_ANSWERS = (
    (PUBLICLY, Text("As a comment of the account, for everybody to see")),
    (PRIVATELY, Text("As a private message to the person, once for each comment")),
)


_NO_CAPABILITY = 3
"""What Meta also refuses an account's messages with whose owner keeps them from apps."""


class InstagramSetup(AccountSetup[InstagramAccount, Candidate]):
    """Sets up accounts. Where Instagram Login is offered, it asks first which way to sign in."""

    texts = TEXTS
    kinds = ("comments", "mentions", "messages")
    account_field = "account"
    always_offers_sign_in = True
    login: Logins

    def steps(self) -> Mapping[str, Step[InstagramAccount]]:
        """What is done at each step: there is one more, at which the way to sign in is chosen."""
        return {**super().steps(), LOGIN: self._login_chosen}

    async def begin(self, step: SetupStep, existing: InstagramAccount | None) -> Form | Redirect:
        """The first step of a new account asks for the way to sign in, if there are two."""
        if existing is None and self.login.instagram:
            return _login_form()
        return await super().begin(step, existing)

    async def _login_chosen(self, step: SetupStep, _existing: InstagramAccount | None) -> Redirect:
        chosen = step.answers.get("login")
        return self.redirect(step, Session(INSTAGRAM_LOGIN if chosen == INSTAGRAM_LOGIN else FACEBOOK_LOGIN))

    def read_account(self, account: Account) -> InstagramAccount:
        """The account that is changed."""
        return InstagramAccount.of(account)

    def values(self, existing: InstagramAccount | None) -> Mapping[str, str]:
        """What the form shows at first."""
        if existing is None:
            return {"comments": "true", "mentions": "true", "messages": "true"}
        return {
            "comments": checkbox_value(existing.comments),
            "mentions": checkbox_value(existing.mentions),
            "messages": checkbox_value(existing.messages),
            "answers": PRIVATELY if existing.privately else PUBLICLY,
        }

    def account_fields(self, candidates: Sequence[Candidate], values: Mapping[str, str]) -> Sequence[Field]:
        """Which account, if there are any."""
        return (
            [select("account", Text("Account"), [_option(each) for each in candidates], values)] if candidates else []
        )

    def fields(self, session: Session, values: Mapping[str, str]) -> Sequence[Field]:
        """What to bring of the account, and how; mentions come with Facebook Login only."""
        by_facebook = session.login == FACEBOOK_LOGIN
        return [
            *grouped(
                TEXTS.brought,
                checkbox("comments", Text("Bring comments on the account's posts"), values),
                *([checkbox("mentions", Text("Bring mentions by others"), values)] if by_facebook else []),
                checkbox("messages", Text("Bring messages"), values),
            ),
            *grouped(
                TEXTS.answered,
                replace(select("answers", Text("Replies to comments"), _ANSWERS, values), only_if=_COMMENTS),
            ),
        ]

    def chosen_id(self, answers: Mapping[str, str], candidates: Sequence[Candidate]) -> str:
        """The id of the candidate that was chosen, or of the only one."""
        return super().chosen_id(answers, candidates) or (candidates[0].id if len(candidates) == 1 else "")

    def new_account(self, start: int, now: int) -> InstagramAccount:
        """An account that brings everything from `start` on."""
        return InstagramAccount(
            login="",
            id="",
            own_id="",
            username="",
            token="",
            token_at=now,
            since=start,
            messages_since=start,
            comments=True,
            mentions=True,
            messages=True,
        )

    def with_candidate(self, account: InstagramAccount, candidate: Candidate, now: int) -> InstagramAccount:
        """The account with the token and the names that the sign-in gave."""
        return replace(
            account,
            login=candidate.login,
            id=candidate.id,
            own_id=candidate.own_id,
            username=candidate.username,
            token=candidate.token,
            token_at=now,
            page=candidate.page,
        )

    def with_answers(self, account: InstagramAccount, answers: Mapping[str, str]) -> InstagramAccount:
        """The account with mentions, if they were chosen and can be had."""
        return replace(account, mentions=is_checked(answers, "mentions") and account.login == FACEBOOK_LOGIN)

    def trials(self, account: InstagramAccount) -> Sequence[Trial]:
        """One post with one comment, one that the account is tagged in, and one conversation."""
        prefix = "instagram_business_" if account.login == INSTAGRAM_LOGIN else "instagram_"
        comments, messages, one = f"{prefix}manage_comments", f"{prefix}manage_messages", {"limit": "1"}
        comment, inbox = ("comments.limit(1)", ("id",)), f"{account.inbox_node}/conversations"
        return (
            *([Trial(comments, f"{account.node}/media", ("id", comment), one)] if account.comments else []),
            *([Trial(comments, f"{account.node}/tags", ("id",), one)] if account.mentions else []),
            *([Trial(messages, inbox, ("id",), {**one, "platform": "instagram"})] if account.messages else []),
        )

    def webhook_fields(self, account: InstagramAccount) -> Sequence[str]:
        """What Instagram is to tell of by webhook."""
        return tuple(subscribed_fields(account))

    def not_readable(self, trial: Trial, error: Refused | ConnectorError) -> Text:
        """Why something could not be read: messages need a switch in the Instagram app."""
        off = isinstance(error, Refused) and (error.meaning is Meaning.MESSAGES_OFF or error.code == _NO_CAPABILITY)
        return NO_MESSAGES if off else super().not_readable(trial, error)

    def name(self, account: InstagramAccount) -> str:
        """The account's user name."""
        return f"@{account.username}"

    def other_account(self, existing: InstagramAccount) -> Text:
        """What is said where the sign-in gave access to other accounts only."""
        return Text(
            "This account belongs to {username}, and the sign-in gave no access to it. Sign in as its owner; add "
            "another account for another one.",
            username=f"@{existing.username}",
        )


def _option(candidate: Candidate) -> tuple[str, str]:
    page = f" ({candidate.page_name})" if candidate.page_name else ""
    return candidate.id, f"@{candidate.username}{page}"


def _login_form() -> Form:
    """Which of the two ways to connect."""
    field = Field("login", Text("Connect"), FieldKind.SELECT, value=INSTAGRAM_LOGIN, options=_LOGINS)
    return Form(
        LOGIN,
        TEXTS.title,
        [field],
        description=Text("The account has to be a professional one, and public to be told of comments at once."),
        submit_label=Text("Go on"),
    )
