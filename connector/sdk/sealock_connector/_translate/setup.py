# SPDX-License-Identifier: Apache-2.0
"""What administrators see: the steps of setting up an account, and what a connector says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from google.protobuf.duration_pb2 import Duration

from sealock.connector.v1 import describe_pb2
from sealock.connector.v1 import setup_pb2 as pb
from sealock_connector._connector import (
    Connector,
    HandlesEvents,
    OpensFiles,
    ReceivesWebhooks,
    ResolvesClickthrough,
    TakesFiles,
    TakesReplies,
)
from sealock_connector._translate.resources import account_from_wire, account_to_wire, state_to_wire
from sealock_connector._types import Done, Field, FieldKind, Form, OriginLimits, Problem, Redirect, SetupStep
from sealock_connector.errors import InvalidAnswer
from sealock_connector.localisation import Words, as_written
from sealock_contract.limits import broken_limit

_KINDS = {
    FieldKind.TEXT: pb.SETUP_FIELD_KIND_TEXT,
    FieldKind.URL: pb.SETUP_FIELD_KIND_URL,
    FieldKind.SECRET: pb.SETUP_FIELD_KIND_SECRET,
    FieldKind.SELECT: pb.SETUP_FIELD_KIND_SELECT,
    FieldKind.CHECKBOX: pb.SETUP_FIELD_KIND_CHECKBOX,
    FieldKind.MULTILINE: pb.SETUP_FIELD_KIND_MULTILINE,
}
_KINDS_FROM_WIRE = {number: kind for kind, number in _KINDS.items()}


def step_from_wire(request: pb.SetupRequest) -> SetupStep:
    """The step that an administrator took."""
    account = account_from_wire(request.account_id, request.account) if request.HasField("account") else None
    return SetupStep(
        account_id=request.account_id,
        step_id=request.step_id,
        answers=dict(request.answers),
        account=account,
        account_name=request.account_name,
        locale=request.locale,
        session=request.session,
        callback_query=dict(request.callback_query),
        callback_url=request.callback_url,
        callback_state=request.callback_state,
        sign_in=request.sign_in,
    )


def step_to_wire(step: SetupStep) -> pb.SetupRequest:
    """The step as a message."""
    return pb.SetupRequest(
        account_id=step.account_id,
        locale=step.locale,
        account=None if step.account is None else step.account.dump(),
        account_name=step.account_name,
        step_id=step.step_id,
        session=step.session,
        answers=step.answers,
        callback_query=step.callback_query,
        callback_url=step.callback_url,
        callback_state=step.callback_state,
        sign_in=step.sign_in,
    )


def outcome_to_wire(outcome: Form | Redirect | Done, words: Words = as_written) -> pb.SetupResponse:
    """What the connector answered, in the administrator's words, checked against the contract's limits."""
    match outcome:
        case Form():
            response = pb.SetupResponse(form=_form_to_wire(outcome, words))
            _check(response.form)
            for field in response.form.fields:
                _check(field)
        case Redirect():
            response = pb.SetupResponse(redirect=_redirect_to_wire(outcome, words))
            _check(response.redirect)
        case Done():
            response = pb.SetupResponse(done=_done_to_wire(outcome, words))
            _check(response.done)
        case _:
            raise InvalidAnswer("setup: the answer is a Form, a Redirect or Done")
    return response


def _check(message: pb.SetupForm | pb.SetupField | pb.SetupRedirect | pb.SetupDone) -> None:
    if problem := broken_limit(message):
        raise InvalidAnswer(f"setup: {problem}")


def _form_to_wire(form: Form, words: Words) -> pb.SetupForm:
    return pb.SetupForm(
        step_id=form.step_id,
        title=words(form.title),
        description=words(form.description),
        fields=(_field_to_wire(field, words) for field in form.fields),
        problems=[pb.SetupProblem(field=each.field, message=words(each.message)) for each in form.problems],
        submit_label=words(form.submit_label),
        session=form.session,
        sign_in_label=words(form.sign_in_label),
    )


def _field_to_wire(field: Field, words: Words) -> pb.SetupField:
    condition = None if field.only_if is None else pb.SetupCondition(field=field.only_if[0], values=field.only_if[1])
    return pb.SetupField(
        name=field.name,
        label=words(field.label),
        help=words(field.help),
        kind=_KINDS[field.kind],
        required=field.required,
        value="" if field.kind is FieldKind.SECRET else field.value,
        placeholder=words(field.placeholder),
        options=[pb.SetupOption(value=value, label=words(label)) for value, label in field.options],
        max_chars=field.max_chars,
        secret_kept=field.secret_kept,
        group=words(field.group),
        only_if=condition,
    )


def _redirect_to_wire(redirect: Redirect, words: Words) -> pb.SetupRedirect:
    return pb.SetupRedirect(
        step_id=redirect.step_id,
        url=redirect.url,
        title=words(redirect.title),
        description=words(redirect.description),
        session=redirect.session,
        problem=words(redirect.problem),
    )


def _done_to_wire(done: Done, words: Words) -> pb.SetupDone:
    return pb.SetupDone(
        account_name=done.account_name,
        account=account_to_wire(done.account),
        state=None if done.state is None else state_to_wire(done.state),
        what_to_try=words(done.what_to_try),
    )


def outcome_from_wire(response: pb.SetupResponse) -> Form | Redirect | Done:
    """What the message says."""
    match response.WhichOneof("outcome"):
        case "form":
            return _form_from_wire(response.form)
        case "redirect":
            message = response.redirect
            return Redirect(
                message.step_id, message.url, message.title, message.description, message.session, message.problem
            )
        case "done":
            done = response.done
            values = account_from_wire("", done.account).values
            state = done.state if done.HasField("state") else None
            return Done(done.account_name, values, state, done.what_to_try)
        case None:
            raise InvalidAnswer("setup: the answer is empty")
        case never:
            assert_never(never)


def _form_from_wire(form: pb.SetupForm) -> Form:
    return Form(
        step_id=form.step_id,
        title=form.title,
        description=form.description,
        fields=tuple(map(_field_from_wire, form.fields)),
        problems=tuple(Problem(each.message, each.field) for each in form.problems),
        submit_label=form.submit_label,
        session=form.session,
        sign_in_label=form.sign_in_label,
    )


def _field_from_wire(field: pb.SetupField) -> Field:
    return Field(
        name=field.name,
        label=field.label,
        kind=_KINDS_FROM_WIRE.get(field.kind, FieldKind.TEXT),
        help=field.help,
        required=field.required,
        value=field.value,
        placeholder=field.placeholder,
        options=tuple((each.value, each.label) for each in field.options),
        max_chars=field.max_chars,
        secret_kept=field.secret_kept,
        group=field.group,
        only_if=(field.only_if.field, tuple(field.only_if.values)) if field.HasField("only_if") else None,
    )


def takes_files(connector: Connector) -> bool:
    """Whether the connector posts replies with files."""
    return isinstance(connector, TakesReplies) and isinstance(connector, TakesFiles) and connector.takes_files


def capabilities(connector: Connector) -> Iterator[describe_pb2.Capability.ValueType]:
    """What the connector can do, by the methods that it has."""
    if isinstance(connector, TakesReplies):
        yield describe_pb2.CAPABILITY_CHANNELBACK
    if takes_files(connector):
        yield describe_pb2.CAPABILITY_CHANNELBACK_FILES
    if isinstance(connector, ResolvesClickthrough):
        yield describe_pb2.CAPABILITY_CLICKTHROUGH
    if isinstance(connector, ReceivesWebhooks):
        yield describe_pb2.CAPABILITY_WEBHOOK
    if isinstance(connector, OpensFiles):
        yield describe_pb2.CAPABILITY_FILES
    if isinstance(connector, HandlesEvents):
        yield describe_pb2.CAPABILITY_EVENTS


def description(connector: Connector, locale: str = "") -> describe_pb2.DescribeResponse:
    """The connector's description for readers of a language, checked against the contract's limits."""
    words = connector.catalogues.words(locale)
    response = describe_pb2.DescribeResponse(
        origin=connector.origin,
        display_name=words(connector.display_name),
        version=connector.version,
        description=words(connector.description),
        capabilities=capabilities(connector),
        limits=_limits_to_wire(connector.limits),
        clickthrough_hosts=connector.clickthrough_hosts,
        setup_kinds=[
            describe_pb2.SETUP_KIND_REDIRECT if kind == "redirect" else describe_pb2.SETUP_KIND_FORM
            for kind in connector.setup_kinds
        ],
        unconnected_follow_ups=connector.unconnected_follow_ups,
    )
    if problem := broken_limit(response):
        raise InvalidAnswer(f"describe: {problem}")
    return response


def _limits_to_wire(limits: OriginLimits) -> describe_pb2.OriginLimits:
    window = None
    if limits.reply_window is not None:
        window = Duration()
        window.FromTimedelta(limits.reply_window)
    return describe_pb2.OriginLimits(
        reply_max_chars=limits.reply_max_chars,
        reply_window=window,
        reply_max_files=limits.reply_max_files,
        reply_max_file_bytes=limits.reply_max_file_bytes,
        reply_file_types=limits.reply_file_types,
    )
