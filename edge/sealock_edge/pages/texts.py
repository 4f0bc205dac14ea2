# SPDX-License-Identifier: Apache-2.0
"""The pages' texts in the reader's language: one object through which all of them go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from sealock_edge.pages.languages import ENGLISH, Language, language_for


class Texts:
    """
    The texts of one language. A text without a translation stays English.

    Placeholders are `{name}`, and are filled in after the translation.
    """

    def __init__(self, language: Language, translated: Iterable[str], catalogue: NullTranslations) -> None:
        """`translated`: the English texts that the catalogue has."""
        self.language = language
        self._translated = frozenset(translated)
        self._catalogue = catalogue

    def gettext(self, text: str) -> str:
        """The text."""
        return self._catalogue.gettext(text) if text else ""

    def ngettext(self, single: str, plural: str, count: int) -> str:
        """The text for a count, filled in with it as `{count}`."""
        return self._catalogue.ngettext(single, plural, count).format(count=self.language.number(count))

    def translates(self, text: str) -> bool:
        """Whether the text is written in this language."""
        return self.language is ENGLISH or text in self._translated


Translations = Callable[[str], Texts]
"""From a locale, or an Accept-Language header, to its texts."""


def translations(wanted: str) -> Texts:
    """The texts for a locale of Zendesk's or a browser's Accept-Language; English if there are none."""
    return _texts(language_for(wanted).tag)


@cache
def _texts(tag: str) -> Texts:
    language = language_for(tag)
    if language is ENGLISH:
        return Texts(language, (), NullTranslations())
    with (files("sealock_edge.pages") / "locales" / f"{tag}.po").open("rb") as source:
        catalogue = read_po(source, locale=language.locale, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translated = (message.id if isinstance(message.id, str) else message.id[0] for message in catalogue)
    return Texts(language, filter(None, translated), GNUTranslations(compiled))
