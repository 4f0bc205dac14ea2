# SPDX-License-Identifier: Apache-2.0
"""The administrator's forms, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sealock_connector import Field, FieldKind, Form, Problem, SetupStep, Text
from sealock_origins.facebook.account import PageAccount
from sealock_origins.meta.form_fields import NOW, is_ticked, select, spelt, tick
from sealock_origins.meta.sign_in import GrantedPage

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
            comments=is_ticked(given, "comments"),
            visitor_posts=is_ticked(given, "visitor_posts"),
            messages=is_ticked(given, "messages"),
            per_post=given.get("threads") == PER_POST,
            privately=given.get("answers") == PRIVATELY,
            hidden_too=is_ticked(given, "hidden"),
            start=start if start in dict(_STARTS) else NOW,
            sign_in_again=is_ticked(given, "sign_in_again"),
        )


def choices(
    step: SetupStep,
    *,
    pages: Sequence[GrantedPage] = (),
    kept: PageAccount | None = None,
    offer_sign_in: bool = False,
    problems: Sequence[Problem] = (),
    session: bytes = b"",
) -> Form:
    """What to bring, of which Page: with what was entered before, or with the account's values."""
    shown = step.answers or _values(kept)
    fields = [
        *([] if kept else [_page_field(pages, shown)]),
        tick("comments", Text("Bring comments on the Page's posts"), shown),
        tick("visitor_posts", Text("Bring posts of visitors and the comments on them"), shown),
        tick("messages", Text("Bring messages (Messenger)"), shown),
        select("threads", Text("Tickets for comments"), _THREADS, shown),
        select("answers", Text("Replies to comments and visitors' posts"), _ANSWERS, shown),
        tick("hidden", Text("Bring hidden comments and posts, too"), shown),
        *([] if kept else [select("start", Text("Bring to Zendesk"), _STARTS, shown)]),
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


def _values(kept: PageAccount | None) -> Mapping[str, str]:
    if kept is None:
        return {"comments": "true", "visitor_posts": "true", "messages": "true"}
    return {
        "comments": spelt(kept.comments),
        "visitor_posts": spelt(kept.visitor_posts),
        "messages": spelt(kept.messages),
        "threads": PER_POST if kept.per_post else PER_COMMENT,
        "answers": PRIVATELY if kept.privately else PUBLICLY,
        "hidden": spelt(kept.hidden_too),
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
