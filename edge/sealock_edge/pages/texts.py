# SPDX-License-Identifier: Apache-2.0
"""The pages' texts and numbers in the reader's language: one object through which all of them go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale
from babel.numbers import format_decimal

from sealock_contract.catalogues import SOURCE, Catalogue, Catalogues


@dataclass(frozen=True, slots=True)
class Language:
    """A language, with what Unicode's CLDR knows about how it is written."""

    tag: str
    """BCP 47, as `lang` wants it."""
    locale: Locale

    @classmethod
    def of(cls, tag: str) -> Language:
        """The language of a tag."""
        return cls(tag, Locale.parse(tag, sep="-"))

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.locale.text_direction)

    def number(self, value: float) -> str:
        """The number with at most one place after the point."""
        return str(format_decimal(round(value, 1), locale=self.locale))


class Texts:
    """
    The texts of one language. A text without a translation stays English.

    Placeholders are `{name}`, and are filled in after the translation.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.language = Language.of(catalogue.language)
        self.gettext = catalogue.gettext
        self.translates = catalogue.translates
        self._ngettext = catalogue.ngettext

    def ngettext(self, single: str, plural: str, count: int) -> str:
        """The text for a count, filled in with it as `{count}`."""
        return self._ngettext(single, plural, count).format(count=self.language.number(count))


Translations = Callable[[str], Texts]
"""From a locale, or an Accept-Language header, to its texts."""

_CATALOGUES: Final = Catalogues("sealock_edge.pages")


def languages() -> tuple[str, ...]:
    """The tags of all languages that the pages have."""
    return (SOURCE, *_CATALOGUES.languages)


def translations(wanted: str) -> Texts:
    """The texts for a locale of Zendesk's or a browser's Accept-Language; English if there are none."""
    return _texts(_CATALOGUES.for_reader(wanted))


def language_for(wanted: str) -> Language:
    """The language of those texts."""
    return translations(wanted).language


@cache
def _texts(catalogue: Catalogue) -> Texts:
    return Texts(catalogue)
