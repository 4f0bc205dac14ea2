# SPDX-License-Identifier: Apache-2.0
"""The languages of the pages: how they write numbers, and which one a reader gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from babel import Locale
from babel.numbers import format_decimal

MAX_TAGS = 20
"""Of a longer list of languages, the rest is not looked at."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language, with what Unicode's CLDR knows about how it is written."""

    tag: str
    """BCP 47, as `lang` wants it."""
    locale: Locale

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.locale.text_direction)

    def number(self, value: float) -> str:
        """The number with at most one place after the point."""
        return str(format_decimal(round(value, 1), locale=self.locale))


def _language(tag: str) -> Language:
    return Language(tag, Locale.parse(tag, sep="-"))


ENGLISH: Final = _language("en")

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {"en": ENGLISH, **{tag: _language(tag) for tag in ("de", "es", "fr", "ja", "pt-BR")}}
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
