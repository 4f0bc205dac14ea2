# SPDX-License-Identifier: Apache-2.0
"""The administrator's form, and its answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealock_connector import Field, FieldKind, Form, Problem, SetupStep, Text
from sealock_origins.wordpress.ids import MAX_SITE_CHARS
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


@dataclass(frozen=True, slots=True)
class Answers:
    """What the administrator entered; on an edit, what was kept where nothing was."""

    site: str
    user: str
    password: str = field(repr=False)
    start: str
    waiting_too: bool

    @classmethod
    def of(cls, step: SetupStep) -> Answers:
        """The answers of the form's step; choices that the form does not offer count as its first."""
        kept = SiteAccount.of(step.account) if step.account else None
        offered = [value for value, _ in _starts(kept)]
        start = step.answers.get("start", "")
        return cls(
            site=step.answers.get("site", ""),
            user=step.answers.get("user", "").strip(),
            password=step.answers.get("password", "").strip() or (kept.password if kept else ""),
            start=start if start in offered else offered[0],
            waiting_too=step.answers.get("moderation") == _WAITING_TOO,
        )


def form(step: SetupStep, *problems: Problem) -> Form:
    """The form, with what was entered before, or with the account's values."""
    kept = SiteAccount.of(step.account) if step.account else None
    entered = step.answers
    starts = _starts(kept)
    kept_moderation = _WAITING_TOO if kept and kept.waiting_too else _APPROVED
    fields = [
        Field(
            "site",
            Text("Address of the site"),
            FieldKind.URL,
            value=entered.get("site", kept.site if kept else ""),
            placeholder="https://blog.example.com",
            max_chars=MAX_SITE_CHARS,
        ),
        Field(
            "user",
            Text("WordPress user"),
            value=entered.get("user", kept.user if kept else ""),
            help=Text("Replies appear under this user's name. The user must be able to moderate comments."),
            max_chars=100,
        ),
        Field(
            "password",
            Text("Application password"),
            FieldKind.SECRET,
            help=Text("Not the password the user signs in with."),
            required=kept is None,
            max_chars=200,
            secret_kept=kept is not None,
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


def _starts(kept: SiteAccount | None) -> tuple[tuple[str, str], ...]:
    return (_GOING_ON, *_STARTS) if kept else _STARTS
