# SPDX-License-Identifier: Apache-2.0
"""A connector's form: what is shown of it, how its answers are read, and how it comes again where a step fails."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import orjson

from sealock.connector.v1.setup_pb2 import (
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupRedirect,
    SetupResponse,
)
from sealock.edge.v1.account_pb2 import SetupProgress
from sealock_edge.calls import Call
from sealock_edge.connectors import ConnectorFaulty, Fault
from sealock_edge.pages import translations
from sealock_edge.problem_answers import told
from sealock_edge.problems import Problem
from sealock_edge.zendesk import BadForm, limits
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form

DEFAULT_CHARS = 2000
"""The longest answer if the connector names no length (contract: SetupField.max_chars)."""

MAX_CHARS = 65_535
"""The longest answer whatever the connector says."""

MOST_OPTIONS = 2000
"""How many options all fields of a form have together."""

FEW_OPTIONS, MOST_RADIOS = 3, 8
"""Up to how many options are shown one below the other: of any length, and of long ones."""

LONG_LABEL_CHARS = 36
"""What is longer is cut off in the list of a narrow screen."""

SEALED_CHARS = 64_000
"""The longest sealed field: a session of 16 KiB, an account and a state, sealed."""

_NAME = re.compile(rb"[a-z0-9_]{1,63}")
_UNCHECKED = b"sealock-unchecked."
_KINDS = {
    SetupFieldKind.SETUP_FIELD_KIND_URL: "url",
    SetupFieldKind.SETUP_FIELD_KIND_SECRET: "secret",
    SetupFieldKind.SETUP_FIELD_KIND_SELECT: "select",
    SetupFieldKind.SETUP_FIELD_KIND_CHECKBOX: "checkbox",
    SetupFieldKind.SETUP_FIELD_KIND_MULTILINE: "multiline",
}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field as the page shows it. A secret has no value here, whatever the connector gave."""

    name: str
    kind: str
    label: str
    help: str
    placeholder: str
    value: str = field(repr=False)
    options: tuple[tuple[str, str], ...]
    must_be_filled: bool
    secret_kept: bool
    max_chars: int
    problem: str
    group: str
    only_if: str
    """The field whose answer decides whether this one is shown; empty: it always is."""
    only_values: str
    """The answers with which it is shown, as JSON."""

    @property
    def told(self) -> bool:
        """Whether something is said below it."""
        return bool(self.help or self.problem or self.secret_kept)


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that stand together; without a legend they belong to the form itself."""

    legend: str
    fields: Sequence[ShownField]


def shown_groups(form: SetupForm, answered: Mapping[str, str]) -> list[FieldGroup]:
    """
    The form's fields, by the headings that they stand under. What the administrator typed before stands in them again,
    unless it is a secret.

    Raises `ConnectorFaulty`: a field has no usable name, two have the same, or there are too many options for a page.
    """
    if sum(len(setup_field.options) for setup_field in form.fields) > MOST_OPTIONS:
        raise ConnectorFaulty("a form with too many options", Fault.WRONG_SETUP_STEP)
    problems = {problem.field: problem.message for problem in reversed(form.problems)}
    names = [setup_field.name for setup_field in form.fields]
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name.encode()) for name in names):
        raise ConnectorFaulty("a form whose fields have no usable names", Fault.WRONG_SETUP_STEP)
    fields = [_shown(setup_field, answered, problems.get(setup_field.name, "")) for setup_field in form.fields]
    return [FieldGroup(legend, tuple(group)) for legend, group in groupby(fields, key=lambda each: each.group)]


def _shown(setup_field: SetupField, answered: Mapping[str, str], problem: str) -> ShownField:
    kind = _KINDS.get(setup_field.kind, "text")
    if kind == "select" and _fits_as_radios([option.label or option.value for option in setup_field.options]):
        kind = "radios"
    secret = kind == "secret"
    value = "" if secret else setup_field.value or answered.get(setup_field.name, "")
    if setup_field.options and value not in {option.value for option in setup_field.options}:
        value = setup_field.options[0].value
    return ShownField(
        name=setup_field.name,
        kind=kind,
        label=setup_field.label or setup_field.name,
        help=setup_field.help,
        placeholder=setup_field.placeholder,
        value=value,
        options=tuple((option.value, option.label or option.value) for option in setup_field.options),
        must_be_filled=setup_field.required and kind != "checkbox" and not setup_field.secret_kept,
        secret_kept=secret and setup_field.secret_kept,
        max_chars=min(setup_field.max_chars or DEFAULT_CHARS, MAX_CHARS),
        problem=problem,
        group=setup_field.group,
        only_if=setup_field.only_if.field,
        only_values=orjson.dumps(list(setup_field.only_if.values)).decode(),
    )


def _fits_as_radios(labels: Sequence[str]) -> bool:
    """Whether the choices are shown one below the other: they are few, or too long for a narrow list."""
    longest = max(map(len, labels), default=0)
    return 1 < len(labels) <= (MOST_RADIOS if longest > LONG_LABEL_CHARS else FEW_OPTIONS)


MOST_SHOWN_BYTES = 12 * 1024
"""A step that is larger does not travel along with its page."""

SAYS_WHAT_NEXT: Final = {400, 401, 429}
"""With these the administrator did something that can be done otherwise, or later: nobody has to be told of it."""

AGAIN: Final = "Nothing was saved. Try again; if this fails again, tell whoever runs this integration this number: {id}"


def tell(step: SetupResponse, problem: Problem, answered: Mapping[str, str], call: Call) -> None:
    """Put the problem into a step that is shown once more, and what was typed before, unless it is secret."""
    sentence = told(problem, call.locale, call.integration)
    if problem.status not in SAYS_WHAT_NEXT:
        sentence += " " + translations(call.locale).filled(AGAIN, id=call.request_id)
    if step.WhichOneof("outcome") == "redirect":
        step.redirect.problem = sentence
        return
    for each in step.form.fields:
        typed = answered.get(each.name)
        offered = {option.value for option in each.options}
        if typed is not None and each.kind != SetupFieldKind.SETUP_FIELD_KIND_SECRET and typed in (offered or {typed}):
            each.value = typed
    step.form.problems.add(message=sentence)


def carry(step: SetupResponse, progress: SetupProgress) -> None:
    """Let a step travel along with the page that shows it."""
    shown = SetupResponse()
    shown.CopyFrom(step)
    page = _page_of(shown)
    progress.step_id, progress.session = page.step_id, page.session
    page.ClearField("session")
    if shown.HasField("form"):
        shown.form.ClearField("problems")
    progress.shown_step = shown.SerializeToString() if shown.ByteSize() <= MOST_SHOWN_BYTES else b""


def carried(progress: SetupProgress) -> SetupResponse:
    """The step that `carry` took along."""
    step = SetupResponse.FromString(progress.shown_step)
    _page_of(step).session = progress.session
    return step


def _page_of(step: SetupResponse) -> SetupForm | SetupRedirect:
    return step.form if step.WhichOneof("outcome") == "form" else step.redirect


@dataclass(frozen=True, slots=True)
class StepForm:
    """
    What our own set-up page posts.

    `name` is None if the page did not ask for it. `sign_in` is what came back from the origin's sign-in page.
    `signs_in` says that its second button was pressed.
    """

    sealed: str = field(repr=False)
    name: str | None
    sign_in: str = field(repr=False)
    signs_in: bool
    answers: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> StepForm:
        """Raises `BadForm`: the body is malformed."""
        values = {key: str(value) for key, value in read_form(body, _StepSpec()).items()}
        sealed = values.pop("sealock-form")
        name = values.pop("sealock-name", None)
        sign_in = values.pop("sealock-sign-in", "")
        signs_in = bool(values.pop("sealock-sign-in-instead", ""))
        prefix = _UNCHECKED.decode()
        unchecked = {
            key.removeprefix(prefix): "false" for key in list(values) if key.startswith(prefix) and values.pop(key)
        }
        return cls(sealed=sealed, name=name, sign_in=sign_in, signs_in=signs_in, answers={**unchecked, **values})

    @classmethod
    def legible(cls, body: bytes) -> StepForm:
        """What can be read of a body that is malformed. Raises `BadForm`: it has nothing of ours in it."""
        taken: dict[bytes, bytes] = {}
        for pair in body.split(b"&")[:MOST_PAIRS]:
            with suppress(BadForm):
                read_form(pair, _AnyOfAStep())
                taken.setdefault(pair.partition(b"=")[0], pair)
        return cls.read(b"&".join(taken.values()))


MOST_PAIRS = 200
"""So much of a malformed body is looked at."""


class _StepSpec(FormSpec):
    """Our own fields, and any field that a connector can name."""

    def __init__(self) -> None:
        super().__init__(
            FormField("sealock-form", SEALED_CHARS, required=True),
            FormField("sealock-name", limits.ACCOUNT_NAME_CHARS),
            FormField("sealock-sign-in", SEALED_CHARS),
            FormField("sealock-sign-in-instead", len("true")),
        )

    def find(self, key: bytes) -> FormField | None:
        if _NAME.fullmatch(key.removeprefix(_UNCHECKED)):
            return FormField(key.decode(), MAX_CHARS)
        return super().find(key)


class _AnyOfAStep(FormSpec):
    """The same, none of which has to be there."""

    def find(self, key: bytes) -> FormField | None:
        return _StepSpec().find(key)
