# SPDX-License-Identifier: Apache-2.0
"""The languages of the pages: how they write numbers and count, and which one a reader gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

MAX_TAGS = 20
"""Of a longer list of languages, the rest is not looked at."""


def _one_is_single(count: int) -> int:
    return 0 if count == 1 else 1


def _none_and_one_are_single(count: int) -> int:
    return 0 if count <= 1 else 1


def _one_form(_count: int) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Language:
    """What is written differently beside the words."""

    tag: str
    """BCP 47, as `lang` wants it."""
    group: str
    """Between thousands."""
    decimal: str
    plural: Callable[[int], int] = _one_is_single
    """Which of the forms a count takes."""
    forms: int = 2
    group_from: int = 1_000
    """The smallest number whose thousands are set apart."""
    direction: str = "ltr"

    def number(self, value: float) -> str:
        """The number with at most one place after the point."""
        plain = f"{value:,.1f}".removesuffix(".0")
        whole, _, fraction = plain.partition(".")
        whole = whole.replace(",", self.group if value >= self.group_from else "")
        return f"{whole}{self.decimal}{fraction}" if fraction else whole


ENGLISH: Final = Language("en", ",", ".")

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {
        language.tag: language
        for language in (
            ENGLISH,
            Language("de", ".", ","),
            Language("es", "\u00a0", ",", group_from=10_000),
            Language("fr", "\u202f", ",", plural=_none_and_one_are_single),
            Language("ja", ",", ".", plural=_one_form, forms=1),
            Language("pt-BR", ".", ",", plural=_none_and_one_are_single),
        )
    }
)
"""By tag. The templates are written in English; every other one has a catalogue in `locales`."""

_BY_TAG: Final = MappingProxyType({tag.lower(): language for tag, language in LANGUAGES.items()})
_BY_FIRST_PART: Final = MappingProxyType({tag.partition("-")[0]: language for tag, language in LANGUAGES.items()})


def language_for(wanted: str) -> Language:
    """
    The language for a locale of Zendesk's, such as `de-at`, or for a browser's Accept-Language.

    Of several, the reader's favourite that we have: as it stands, else any of the same first part (`de-AT` gets `de`,
    `pt` gets `pt-BR`). English if there is none, and for anything that is not a list of languages.
    """
    for tag in _by_preference(wanted):
        found = _BY_TAG.get(tag) or _BY_FIRST_PART.get(tag.partition("-")[0])
        if found is not None:
            return found
    return ENGLISH


def _by_preference(wanted: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in wanted.split(",", MAX_TAGS)[:MAX_TAGS]:
        tag, _, parameter = part.strip().lower().partition(";")
        weight = _weight(parameter.strip())
        if tag and weight > 0:
            weighed.append((-weight, tag.strip().replace("_", "-")))
    return [tag for _, tag in sorted(weighed, key=lambda pair: pair[0])]


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        weight = float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
