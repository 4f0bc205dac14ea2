# SPDX-License-Identifier: Apache-2.0
"""The administrator's forms, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sealock_connector import Field, FieldKind, Form, Problem, SetupStep, Text
from sealock_origins.instagram.account import FACEBOOK_LOGIN, INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.meta.form_fields import NOW, is_ticked, select, spelt, tick

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
            comments=is_ticked(given, "comments"),
            mentions=is_ticked(given, "mentions"),
            messages=is_ticked(given, "messages"),
            privately=given.get("answers") == PRIVATELY,
            start=start if start in dict(_STARTS) else NOW,
            sign_in_again=is_ticked(given, "sign_in_again"),
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
    kept: InstagramAccount | None = None,
    offer_sign_in: bool = False,
    problems: Sequence[Problem] = (),
    session: bytes = b"",
) -> Form:
    """What to bring, of which account: with what was entered before, or with the account's values."""
    shown = step.answers if step.step_id == CHOICES else _values(kept)
    by_facebook = login == FACEBOOK_LOGIN
    fields = [
        *([select("account", Text("Account"), offered, shown)] if offered and not kept else []),
        tick("comments", Text("Bring comments on the account's posts"), shown),
        *([tick("mentions", Text("Bring mentions by others"), shown)] if by_facebook else []),
        tick("messages", Text("Bring messages"), shown),
        select("answers", Text("Replies to comments"), _ANSWERS, shown),
        *([] if kept else [select("start", Text("Bring to Zendesk"), _STARTS, shown)]),
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


def _values(kept: InstagramAccount | None) -> Mapping[str, str]:
    if kept is None:
        return {"comments": "true", "mentions": "true", "messages": "true"}
    return {
        "comments": spelt(kept.comments),
        "mentions": spelt(kept.mentions),
        "messages": spelt(kept.messages),
        "answers": PRIVATELY if kept.privately else PUBLICLY,
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
