# SPDX-License-Identifier: Apache-2.0
"""How a setting is declared, with its default and its sentence where its type is; and whether a value fits it."""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, TypeVar

from sealock_devkit.zendesk.urls import is_service_url

Value = TypeVar("Value")
SENTENCE = "sentence"
_SPELT = {"url": "URL", "urls": "URLs", "html": "HTML", "http": "HTTP", "https": "HTTPS", "rest": "REST"}


def setting(default: Value, sentence: str) -> Value:
    """A field of a group of settings: what it is if nobody changes it, and what it decides, in a sentence."""
    declared: Any = field(default=default, metadata={SENTENCE: sentence})
    return typing.cast("Value", declared)


@dataclass(frozen=True, slots=True)
class Declared:
    """A setting as people read of it."""

    name: str
    sentence: str
    default: Any
    kind: Any
    """The type of its values: `bool`, `int`, `float`, `str`, or a `Literal` of the choices."""
    group: str

    @property
    def title(self) -> str:
        """The name in words, as a label has it."""
        words = [_SPELT.get(word, word) for word in self.name.split("_")]
        return words[0][:1].upper() + " ".join(words)[1:]

    @property
    def choices(self) -> tuple[str, ...]:
        """What it can be; empty: anything of its type."""
        if self.kind is bool:
            return ("true", "false")
        return typing.get_args(self.kind) if typing.get_origin(self.kind) is Literal else ()


def declared_in(group: type) -> list[Declared]:
    """The settings of a group, in order; the group's docstring is its title."""
    kinds, title = typing.get_type_hints(group), (group.__doc__ or "").strip()
    return [_declared(each, kinds[each.name], title) for each in fields(group)]


def _declared(each: Field[Any], kind: Any, title: str) -> Declared:
    return Declared(each.name, each.metadata[SENTENCE], each.default, kind, title)


SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)
STATUSES = re.compile(r"[34]\d\d(, ?[34]\d\d)*", re.ASCII)


class BadSetting(ValueError):
    """A setting that does not exist, or a value that it cannot have. The message names it."""


def checked(name: str, value: Any, kind: Any) -> Any:
    """A value of the setting's type. Raises `BadSetting`."""
    if kind is None:
        raise BadSetting(f"there is no setting {name}")
    if typing.get_origin(kind) is Literal:
        choices = typing.get_args(kind)
        if value not in choices:
            raise BadSetting(f"{name} is one of: {', '.join(choices)}")
        return value
    plain = _plain(name, value, kind)
    fits, asked = SHAPES.get(name, (None, ""))
    if fits is not None and not fits(plain):
        raise BadSetting(f"{name} is {asked}")
    return plain


def _plain(name: str, value: Any, kind: type | types.UnionType) -> Any:
    if kind is bool or kind is str:
        if not isinstance(value, kind):
            raise BadSetting(f"{name} is {'true or false' if kind is bool else 'a string'}")
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value < math.inf or (kind is int and value != int(value)):
        raise BadSetting(f"{name} is a {'whole ' if kind is int else ''}number of 0 or more")
    return int(value) if kind is int else float(value)


def _is_address(url: str) -> bool:
    return not url or is_service_url(url, loopback_http_is_https=True)


ADDRESS = (_is_address, "an https URL, or http on this machine")
SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "subdomain": (lambda text: SUBDOMAIN.fullmatch(text) is not None, "letters, digits and hyphens"),
    "return_url": ADDRESS,
    "attachment_url": ADDRESS,
    "attachment_redirect": ADDRESS,
    "pull_statuses_like_401": (
        lambda text: not text or STATUSES.fullmatch(text) is not None,
        "statuses from 300 to 499, separated by commas",
    ),
    "parent_id_characters": (lambda number: 1 <= number <= 511, "a number from 1 to 511"),
}
"""What is asked of single settings besides their type."""


def comma_separated(text: str) -> frozenset[str]:
    """The parts of a list that is separated by commas."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())
