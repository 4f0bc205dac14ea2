# SPDX-License-Identifier: Apache-2.0
"""The administrator's form: which guestbook, with which token, from when on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sealock_connector import (
    Account,
    AccountRevoked,
    Cause,
    ConnectorError,
    Done,
    Field,
    FieldKind,
    Form,
    InvalidRequest,
    OriginThrottled,
    Problem,
    SetupStep,
    Text,
)
from sealock_origins.guestbook.site import MAX_SITE_CHARS, BadSite, Site, canonical_site

STEP = "site"
START_CHOICES = (("all", Text("Everything that is there")), ("new", Text("Only what comes from now on")))
OTHER_SITE = Text("An account stays with its guestbook. Add another account for another one.")
PROBLEMS: dict[type[ConnectorError], Problem] = {
    AccountRevoked: Problem(Text("The guestbook does not take this token."), "token"),
    OriginThrottled: Problem(Text("The guestbook is busy. Try again in a minute."), "site"),
}
WHAT_TO_TRY = Text("Sign the guestbook as a visitor would. What you write becomes a ticket within a few minutes.")
NO_ANSWER = Problem(
    Text(
        "No guestbook answers at this address. Copy it from a browser that shows the guestbook; it has to be reachable "
        "from the internet, too."
    ),
    "site",
)
"""
What fails before something answers in HTTP is not told apart (an address that may not be called, a name that is none,
nobody there, no TLS), or the form would tell what is inside our network.
"""
_NOT_TOLD_APART = (
    *(Cause.ADDRESS_NOT_ALLOWED, Cause.NAME_NOT_RESOLVED, Cause.NOT_REACHED, Cause.CERTIFICATE),
    *(Cause.CONNECTION_BROKEN, Cause.TIMED_OUT, Cause.NOT_ITS_API, Cause.ROUTE_MISSING),
)


async def take_step(step: SetupStep, site_at: Callable[[str, str], Site]) -> Form | Done:
    """Show the form, or try its answers at the site and finish the account."""
    if not step.step_id:
        return _form(step, *(await _wrong_with(step.account, site_at) if step.account else ()))
    if step.step_id != STEP:
        raise InvalidRequest("an unknown step")
    try:
        address = canonical_site(step.answers.get("site", ""))
    except BadSite as bad:
        return _form(step, Problem(bad.sentence, "site"))
    old = step.account
    if old is not None and old["site"] != address:
        return _form(step, Problem(OTHER_SITE, "site"))
    token = step.answers.get("token", "").strip() or (old["token"] if old else "")
    if not token or not token.isascii() or not token.isprintable():
        return _form(step, Problem(Text("Paste the guestbook's token here."), "token"))
    try:
        info = await site_at(address, token).info()
    except ConnectorError as error:
        return _form(step, _problem(error))
    if old is not None:
        start = old.get("start", "")
    else:
        start = info.now.isoformat() if step.answers.get("start") == "new" else ""
    account = {"site": address, "token": token, "start": start}
    return Done(account_name=step.account_name or info.title, account=account, what_to_try=WHAT_TO_TRY)


async def _wrong_with(account: Account, site_at: Callable[[str, str], Site]) -> Sequence[Problem]:
    """What is wrong with an account that is edited: said at the head of its form."""
    try:
        await site_at(account["site"], account["token"]).info()
    except ConnectorError as error:
        return [_problem(error)]
    return ()


def _form(step: SetupStep, *problems: Problem) -> Form:
    old = step.account
    # Before anything was typed, it is the kept token that is no good.
    kept = old is not None and (bool(step.step_id) or all(problem.field != "token" for problem in problems))
    fields = [
        Field(
            "site",
            Text("Guestbook's address"),
            FieldKind.URL,
            value=step.answers.get("site", old["site"] if old else ""),
            placeholder="https://guestbook.example.com",
            max_chars=MAX_SITE_CHARS,
        ),
        Field(
            "token",
            Text("Owner's token"),
            FieldKind.SECRET,
            help=Text("The guestbook writes it into its token file when it starts."),
            required=not kept,
            max_chars=200,
            secret_kept=kept,
        ),
    ]
    if old is None:
        fields.append(
            Field(
                "start",
                Text("Entries to bring to Zendesk"),
                FieldKind.SELECT,
                value=step.answers.get("start", "all"),
                options=START_CHOICES,
            )
        )
    return Form(STEP, Text("Connect a guestbook"), fields, problems=problems)


def _problem(error: ConnectorError) -> Problem:
    known = next((problem for kind, problem in PROBLEMS.items() if isinstance(error, kind)), None)
    if known is not None or error.cause is None or error.cause in _NOT_TOLD_APART:
        return known or NO_ANSWER
    return Problem(error.cause.sentence_about("Guestbook"), "site")
