# SPDX-License-Identifier: Apache-2.0
"""Fills in a form of the admin UI as an administrator would, and makes of it what a browser sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.browser.admin_page import Button, Field, Form, called, plain

SUBMIT = "submit"
"""The answer that names the button to press."""


class BadAnswer(Exception):
    """An answer that the form has no place for, or no such choice. The message names the field, never the value."""


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form as it is sent."""

    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    action: str
    method: str
    secret_names: frozenset[str]
    """Fields whose values must not be shown: passwords, and what the page hides."""
    typed_secrets: frozenset[str] = field(repr=False)
    """What was typed into password fields."""
    missing: tuple[str, ...]
    """Required fields that are empty: a browser does not send the form."""
    used: frozenset[str]
    """The answers that found their fields."""


def fill_in(form: Form, answers: Mapping[str, Any]) -> FilledForm:
    """Fill in a form; `answers` by the fields' names or labels. Raises `BadAnswer`."""
    button = _button(form, answers.get(SUBMIT))
    pairs: list[tuple[str, str]] = []
    used, secrets = set(), set()
    for each in form.fields:
        key = next((name for name in answers if name != SUBMIT and called(each, name)), None)
        if key is not None and each.kind != "hidden":
            used.add(key)
            values = _answered(each, answers[key], key)
            if each.kind == "password":
                secrets |= set(values)
        else:
            values = _untouched(each)
        pairs += [(each.name, value) for value in values]
    if button is not None and button.name:
        pairs.append((button.name, button.value))
    given = {name for name, value in pairs if value}
    missing = [each.labels[0] if each.labels else each.name for each in form.fields if _lacks(each, given)]
    validates = form.validates and (button is None or button.validates)
    return FilledForm(
        pairs=tuple(pairs),
        action=button.action if button else form.action,
        method=button.method if button else form.method,
        secret_names=frozenset(each.name for each in form.fields if each.kind in {"password", "hidden"}),
        typed_secrets=frozenset(value for value in secrets if value),
        missing=tuple(dict.fromkeys(missing)) if validates else (),
        used=frozenset(used),
    )


def _button(form: Form, wanted: Any) -> Button | None:
    if wanted is None:
        return form.buttons[0] if form.buttons else None
    for button in form.buttons:
        if plain(str(wanted)) in {plain(button.label), plain(button.value)}:
            return button
    raise BadAnswer("the page has no button with this label")


def _untouched(each: Field) -> list[str]:
    if each.kind in {"checkbox", "radio"}:
        return [each.value] if each.checked else []
    if each.kind != "select":
        return [each.value]
    selected = [choice.value for choice in each.choices if choice.selected]
    return selected or [choice.value for choice in each.choices[:1]]


def _answered(each: Field, answer: Any, key: str) -> list[str]:
    if each.kind == "checkbox":
        return [each.value] if answer and answer not in {"off", "false", "no"} else []
    if each.kind == "radio":
        return [each.value] if plain(str(answer)) in {plain(each.value), *map(plain, each.labels)} else []
    if each.kind == "select":
        for choice in each.choices:
            if plain(str(answer)) in {plain(choice.value), plain(choice.label)}:
                return [choice.value]
        raise BadAnswer(f"{key} has no such choice")
    return [str(answer)]


def _lacks(each: Field, given: set[str]) -> bool:
    return each.required and each.kind != "hidden" and each.name not in given
