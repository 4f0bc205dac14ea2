# SPDX-License-Identifier: Apache-2.0
"""Setting up an account of either connector: sign in, choose what to bring, and try it before it is believed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Generic

from sealock_connector import (
    Account,
    Cause,
    ConnectorError,
    Done,
    Field,
    FieldKind,
    Form,
    InvalidRequest,
    OriginThrottled,
    OriginUnreached,
    Problem,
    Redirect,
    SetupStep,
    Text,
)
from sealock_origins.meta.account import AccountT
from sealock_origins.meta.failures import Meaning, Refused, cause_of
from sealock_origins.meta.lists import Fields
from sealock_origins.meta.sign_in import CandidateT, Login, NotSignedIn, Session
from sealock_origins.meta.webhooks import subscribe

MOST_LANGUAGE_CHARS = 35
WEBHOOKS = "pages_manage_metadata"
CHOICES, AGAIN, SIGNED_IN = "choices", "again", "signed_in"
PUBLICLY, PRIVATELY = "publicly", "privately"
NOW = "now"
"""A choice of where to start; the others are numbers of days."""
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class SetupTexts:
    """What a connector says in its set-up. Its own catalogues translate it."""

    origin: str
    """What people call it, such as `Facebook`."""
    title: Text
    description: Text
    sign_in: Text
    sign_in_description: Text
    sign_in_again: Text
    """On the button that leads to another sign-in."""
    brought: Text
    """The heading of what can be brought."""
    answered: Text
    """The heading of how tickets are made and answered."""
    start: Text
    starts: Sequence[tuple[str, str]]
    cancelled: Text
    not_signed_in: Text
    no_accounts: Text
    nothing_chosen: Text
    choose_account: Text
    unreached: Text
    busy: Text
    failed: Text
    refused: Callable[[str], Text]
    """What Meta itself says to people, in a sentence."""
    not_approved: Callable[[str], Text]
    """That the sign-in is in order, and Meta has to approve a permission for the app."""
    what_to_try: Text

    def of_failure(self, error: Refused | ConnectorError) -> Text:
        """What an error means to somebody who waits before a form."""
        refused = isinstance(error, Refused) and error.meaning is Meaning.THROTTLED
        if refused or isinstance(error, OriginThrottled):
            return self.busy
        cause = cause_of(error) if isinstance(error, Refused) else error.cause
        if cause is not None and cause not in _SAYS_LITTLE:
            return cause.sentence_about(self.origin)
        if isinstance(error, OriginUnreached):
            return self.unreached
        return self.refused(error.words) if isinstance(error, Refused) and error.words else self.failed


_SAYS_LITTLE = {Cause.ORIGIN_FAILED, Cause.NOT_ITS_API, Cause.UNREADABLE, Cause.NOT_REACHED, Cause.RIGHT_MISSING}
"""Causes of which the connector's own texts say as much."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that will be read, and is read once before an account is believed."""

    permission: str
    """The permission that it needs."""
    path: str
    fields: Fields
    query: Mapping[str, str] = field(default_factory=dict)


class WrongAnswers(Exception):
    """What was chosen cannot be set up. Unless `nothing_chosen`, another sign-in may help."""

    def __init__(self, *problems: Problem, nothing_chosen: bool = False) -> None:
        super().__init__()
        self.problems = problems
        self.nothing_chosen = nothing_chosen


Step = Callable[[SetupStep, AccountT | None], Awaitable[Form | Redirect | Done]]


@dataclass(frozen=True, slots=True)
class AccountSetup(ABC, Generic[AccountT, CandidateT]):
    """Sets up accounts. With `webhooks` it also subscribes them. A connector says what its form asks."""

    texts: ClassVar[SetupTexts]
    kinds: ClassVar[Sequence[str]]
    """The names of the boxes for what can be brought; at least one has to be ticked."""
    account_field: ClassVar[str]
    """The name of the field in which the account is chosen."""
    always_offers_sign_in: ClassVar[bool] = False
    """Whether the form offers another sign-in even where only nothing was chosen."""
    login: Login[AccountT, CandidateT]
    webhooks: bool
    now: Callable[[], datetime]

    async def take(self, step: SetupStep) -> Form | Redirect | Done:
        """Show where to sign in, what can be chosen, or what is wrong; or finish the account."""
        existing = self.read_account(step.account) if step.account else None
        steps = self.steps()
        if step.step_id not in steps:
            raise InvalidRequest("an unknown step")
        try:
            return await steps[step.step_id](step, existing)
        except NotSignedIn:
            cancelled = step.callback_query.get("error")
            return self.ask_again(step, self.texts.cancelled if cancelled else self.texts.not_signed_in)
        except InvalidRequest:
            raise
        except (Refused, ConnectorError) as error:
            return self.ask_again(step, self.texts.of_failure(error))

    def steps(self) -> Mapping[str, Step[AccountT]]:
        """What is done at each step, by its id."""
        return {"": self.begin, AGAIN: self._again, SIGNED_IN: self._signed_in, CHOICES: self._chosen}

    async def begin(self, step: SetupStep, existing: AccountT | None) -> Form | Redirect:
        """The first step: an account whose token is valid can be changed without signing in."""
        session = self.login.load(step.session, existing)
        if existing is None:
            return self.redirect(step, session)
        standing = await self.login.standing(existing)
        wrong = standing.cause.sentence_about(self.texts.origin) if standing.cause is not None else ""
        if not standing.valid or not standing.there:
            return replace(self.redirect(step, session), problem=wrong)
        problems = [Problem(wrong)] if wrong else []
        return self.form(step, session, existing=existing, offer_sign_in=True, problems=problems)

    def redirect(self, step: SetupStep, session: Session, *, again: bool = False) -> Redirect:
        """To where one signs in."""
        session = Session(session.login)
        url = self.login.dialog(session, callback_url=step.callback_url, state=step.callback_state, again=again)
        description = self.texts.sign_in_description
        return Redirect(
            SIGNED_IN, url, title=self.texts.sign_in, description=description, session=self.login.dump(session)
        )

    def ask_again(self, step: SetupStep, problem: Text) -> Form:
        """A page that says why the sign-in has to be repeated."""
        return Form(
            AGAIN,
            self.texts.sign_in,
            fields=(),
            problems=[Problem(problem)],
            submit_label=self.texts.sign_in_again,
            session=step.session,
        )

    def form(
        self,
        step: SetupStep,
        session: Session,
        *,
        existing: AccountT | None,
        candidates: Sequence[CandidateT] = (),
        offer_sign_in: bool = False,
        problems: Sequence[Problem] = (),
        carried: bytes = b"",
    ) -> Form:
        """What to bring, of which account: with what was entered before, or with the account's values."""
        texts, values = self.texts, step.answers if step.step_id == CHOICES else self.values(existing)
        fields = [
            *([] if existing else self.account_fields(candidates, values)),
            *self.fields(session, values),
        ]
        if not existing:
            start = replace(select("start", texts.start, texts.starts, values), group=texts.brought)
            last = max(number for number, each in enumerate(fields) if each.group == texts.brought)
            fields.insert(last + 1, start)
        return Form(
            CHOICES,
            texts.title,
            fields,
            description=texts.description,
            problems=problems,
            session=carried,
            sign_in_label=texts.sign_in_again if offer_sign_in else "",
        )

    async def _again(self, step: SetupStep, existing: AccountT | None) -> Redirect:
        return self.redirect(step, self.login.load(step.session, existing), again=True)

    async def _signed_in(self, step: SetupStep, existing: AccountT | None) -> Form:
        session = await self.login.sign_in(
            self.login.load(step.session, existing), step.callback_query, callback_url=step.callback_url
        )
        try:
            candidates = await self.login.candidates(session)
        except Refused as refused:
            if refused.meaning is not Meaning.NOT_PERMITTED:
                raise
            candidates = []  # not even the list of them may be read
        if not candidates:
            return self.ask_again(step, self.texts.no_accounts)
        if existing and not any(each.id == existing.account_id for each in candidates):
            return self.ask_again(step, self.other_account(existing))
        carried = self.login.dump(session)
        return self.form(step, session, existing=existing, candidates=candidates, carried=carried)

    async def _chosen(self, step: SetupStep, existing: AccountT | None) -> Form | Redirect | Done:
        session = self.login.load(step.session, existing)
        if step.sign_in:
            return self.redirect(step, session, again=True)
        candidates = await self.login.candidates(session)
        if not candidates and existing is None:
            return self.ask_again(step, self.texts.no_accounts)  # there would be nothing to choose from
        try:
            return await self._finish(step, existing, candidates)
        except WrongAnswers as wrong:
            return self.form(
                step,
                session,
                existing=existing,
                candidates=candidates,
                offer_sign_in=not wrong.nothing_chosen or existing is not None or self.always_offers_sign_in,
                problems=wrong.problems,
                carried=step.session,
            )

    async def _finish(self, step: SetupStep, existing: AccountT | None, candidates: Sequence[CandidateT]) -> Done:
        answers = step.answers
        if not any(is_checked(answers, kind) for kind in self.kinds):
            raise WrongAnswers(Problem(self.texts.nothing_chosen), nothing_chosen=True)
        wanted = existing.account_id if existing else self.chosen_id(answers, candidates)
        candidate = next((each for each in candidates if each.id == wanted), None)
        if candidate is None and (existing is None or candidates):
            choose = Problem(self.texts.choose_account, self.account_field)
            raise WrongAnswers(Problem(self.other_account(existing)) if existing else choose)
        account = self._account(answers, existing, candidate)
        problems = await self.login.lacking(account, candidate, webhooks=self.webhooks)
        if problems:
            raise WrongAnswers(*problems)
        await self._try(account)
        account = replace(account, language=_language(step.locale, account.language))
        return Done(step.account_name or self.name(account), account.as_values(), what_to_try=self.texts.what_to_try)

    async def _try(self, account: AccountT) -> None:
        """Read once what will be read, and subscribe. Raises `WrongAnswers`, which names the right that is missing."""
        graph = self.login.graph(account)
        for trial in self.trials(account):
            try:
                await graph.get(trial.path, trial.fields, **trial.query)
            except (Refused, ConnectorError) as error:
                raise WrongAnswers(Problem(self.not_readable(trial, error))) from None
        if not self.webhooks or not (fields := self.webhook_fields(account)):
            return
        try:
            await subscribe(graph, f"{account.inbox_node}/subscribed_apps", fields)
        except (Refused, ConnectorError) as error:
            webhooks = Trial(WEBHOOKS, "", ())
            raise WrongAnswers(Problem(self.not_readable(webhooks, error))) from None

    def _account(self, answers: Mapping[str, str], existing: AccountT | None, candidate: CandidateT | None) -> AccountT:
        now = int(self.now().timestamp())
        account = existing or self.new_account(_start(answers.get("start", ""), self.texts.starts, now), now)
        if candidate:
            account = self.with_candidate(account, candidate, now)
        account = replace(
            account,
            # What was not brought until now begins now: nobody waits for what is old.
            since=account.since if account.brings_posts else now,
            messages_since=account.messages_since if account.messages else now,
            comments=is_checked(answers, "comments"),
            messages=is_checked(answers, "messages"),
            privately=answers.get("answers") == PRIVATELY,
        )
        return self.with_answers(account, answers)

    @abstractmethod
    def read_account(self, account: Account) -> AccountT:
        """The account that is changed. Raises `InvalidRequest`."""

    @abstractmethod
    def values(self, existing: AccountT | None) -> Mapping[str, str]:
        """What the form shows at first."""

    @abstractmethod
    def account_fields(self, candidates: Sequence[CandidateT], values: Mapping[str, str]) -> Sequence[Field]:
        """The field in which the account is chosen."""

    @abstractmethod
    def fields(self, session: Session, values: Mapping[str, str]) -> Sequence[Field]:
        """The fields for what to bring, and how."""

    @abstractmethod
    def new_account(self, start: int, now: int) -> AccountT:
        """An account that brings everything from `start` on, of which nothing else is known."""

    @abstractmethod
    def with_candidate(self, account: AccountT, candidate: CandidateT, now: int) -> AccountT:
        """The account with the token and the names that the sign-in gave."""

    @abstractmethod
    def with_answers(self, account: AccountT, answers: Mapping[str, str]) -> AccountT:
        """The account with what was chosen beyond comments, messages and private replies."""

    @abstractmethod
    def trials(self, account: AccountT) -> Sequence[Trial]:
        """What will be read of the account."""

    @abstractmethod
    def webhook_fields(self, account: AccountT) -> Sequence[str]:
        """What Meta is to tell of by webhook."""

    @abstractmethod
    def name(self, account: AccountT) -> str:
        """What the account is called in Zendesk, if its administrator does not say."""

    @abstractmethod
    def other_account(self, existing: AccountT) -> Text:
        """What is said where the sign-in gave access to other accounts only."""

    def chosen_id(self, answers: Mapping[str, str], _candidates: Sequence[CandidateT]) -> str:
        """The id of the candidate that was chosen."""
        return answers.get(self.account_field, "")

    def not_readable(self, trial: Trial, error: Refused | ConnectorError) -> Text:
        """Why something could not be read. The sign-in has all permissions: then it is the app that lacks approval."""
        if isinstance(error, Refused) and error.meaning in {Meaning.NOT_PERMITTED, Meaning.NOT_REVIEWED}:
            return self.texts.not_approved(trial.permission)
        return self.texts.of_failure(error)


def checkbox(name: str, label: Text, values: Mapping[str, str]) -> Field:
    """A box to tick."""
    return Field(name, label, FieldKind.CHECKBOX, value=values.get(name, "false"), required=False)


def grouped(heading: Text, *fields: Field) -> Sequence[Field]:
    """The fields under one heading."""
    return [replace(each, group=heading) for each in fields]


def select(name: str, label: Text, options: Sequence[tuple[str, str]], values: Mapping[str, str]) -> Field:
    """A choice, the first of the options if nothing was chosen."""
    return Field(name, label, FieldKind.SELECT, value=values.get(name, options[0][0]), options=options)


def is_checked(answers: Mapping[str, str], name: str) -> bool:
    """Whether a box was ticked."""
    return answers.get(name) == "true"


def checkbox_value(checked: bool) -> str:
    """A box's value."""
    return "true" if checked else "false"


def _start(chosen: str, offered: Sequence[tuple[str, str]], now: int) -> int:
    """The second to start from: now, or so many days ago. What the form does not offer counts as now."""
    return now if chosen == NOW or chosen not in dict(offered) else now - int(chosen) * _DAY


def _language(locale: str, before: str) -> str:
    """The language of tickets: that of whoever sets the account up; empty for English, in which they are anyway."""
    if not locale:
        return before
    return "" if locale.lower().partition("-")[0] == "en" else locale[:MOST_LANGUAGE_CHARS]
