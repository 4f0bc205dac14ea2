# SPDX-License-Identifier: Apache-2.0
"""A connector's form: what is shown of it, and how its answers are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sealock.connector.v1.setup_pb2 import SetupField, SetupFieldKind, SetupForm
from sealock_edge.connectors import ConnectorFaulty, Fault
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form

DEFAULT_CHARS = 2000
"""The longest answer if the connector names no length (contract: SetupField.max_chars)."""

MAX_CHARS = 65_535
"""The longest answer whatever the connector says."""

MOST_OPTIONS = 2000
"""How many options all fields of a form have together."""

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


def shown_fields(form: SetupForm, answered: Mapping[str, str]) -> list[ShownField]:
    """
    The form's fields. What the administrator typed before stands in them again, unless it is a secret.

    Raises `ConnectorFaulty`: a field has no usable name, two have the same, or there are too many options for a page.
    """
    if sum(len(setup_field.options) for setup_field in form.fields) > MOST_OPTIONS:
        raise ConnectorFaulty("a form with too many options", Fault.WRONG_SETUP_STEP)
    problems = {problem.field: problem.message for problem in reversed(form.problems)}
    names = [setup_field.name for setup_field in form.fields]
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name.encode()) for name in names):
        raise ConnectorFaulty("a form whose fields have no usable names", Fault.WRONG_SETUP_STEP)
    return [_shown(setup_field, answered, problems.get(setup_field.name, "")) for setup_field in form.fields]


def _shown(setup_field: SetupField, answered: Mapping[str, str], problem: str) -> ShownField:
    kind = _KINDS.get(setup_field.kind, "text")
    secret = kind == "secret"
    return ShownField(
        name=setup_field.name,
        kind=kind,
        label=setup_field.label or setup_field.name,
        help=setup_field.help,
        placeholder=setup_field.placeholder,
        value="" if secret else setup_field.value or answered.get(setup_field.name, ""),
        options=tuple((option.value, option.label or option.value) for option in setup_field.options),
        must_be_filled=setup_field.required and kind != "checkbox" and not setup_field.secret_kept,
        secret_kept=secret and setup_field.secret_kept,
        max_chars=min(setup_field.max_chars or DEFAULT_CHARS, MAX_CHARS),
        problem=problem,
    )


@dataclass(frozen=True, slots=True)
class StepForm:
    """
    What our own set-up page posts.

    `name` is None if the page did not ask for it. `sign_in` is what came back from the origin's sign-in page.
    """

    sealed: str = field(repr=False)
    name: str | None
    sign_in: str = field(repr=False)
    answers: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> StepForm:
        """Raises `BadForm`: the body is malformed."""
        values = {key: str(value) for key, value in read_form(body, _StepSpec()).items()}
        sealed = values.pop("sealock-form")
        name = values.pop("sealock-name", None)
        sign_in = values.pop("sealock-sign-in", "")
        prefix = _UNCHECKED.decode()
        unchecked = {
            key.removeprefix(prefix): "false" for key in list(values) if key.startswith(prefix) and values.pop(key)
        }
        return cls(sealed=sealed, name=name, sign_in=sign_in, answers={**unchecked, **values})


class _StepSpec(FormSpec):
    """Our own fields, and any field that a connector can name."""

    def __init__(self) -> None:
        super().__init__(
            FormField("sealock-form", SEALED_CHARS, required=True),
            FormField("sealock-name", limits.ACCOUNT_NAME_CHARS),
            FormField("sealock-sign-in", SEALED_CHARS),
        )

    def find(self, key: bytes) -> FormField | None:
        if _NAME.fullmatch(key.removeprefix(_UNCHECKED)):
            return FormField(key.decode(), MAX_CHARS)
        return super().find(key)
