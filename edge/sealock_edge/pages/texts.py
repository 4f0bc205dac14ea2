# SPDX-License-Identifier: Apache-2.0
"""The pages' texts in the reader's language: one object through which all of them go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from sealock_edge.pages.catalogue_file import read_catalogue
from sealock_edge.pages.languages import ENGLISH, Language, language_for


class Texts:
    """
    The texts of one language. A text without a translation stays English.

    Placeholders are `{name}`, and are filled in after the translation.
    """

    def __init__(self, language: Language, catalogue: Mapping[str, tuple[str, ...]]) -> None:
        self.language = language
        self._catalogue = catalogue

    def gettext(self, text: str) -> str:
        """The text."""
        return self._catalogue.get(text, (text,))[0]

    def ngettext(self, single: str, plural: str, count: int) -> str:
        """The text for a count, filled in with it as `{count}`."""
        forms = self._catalogue.get(single)
        if forms is None:
            text = single if ENGLISH.plural(count) == 0 else plural
        else:
            text = forms[self.language.plural(count)]
        return text.format(count=self.language.number(count))

    def translates(self, text: str) -> bool:
        """Whether the text is written in this language."""
        return self.language is ENGLISH or text in self._catalogue


Translations = Callable[[str], Texts]
"""From a locale, or an Accept-Language header, to its texts."""


def translations(wanted: str) -> Texts:
    """The texts for a locale of Zendesk's or a browser's Accept-Language; English if there are none."""
    return _texts(language_for(wanted).tag)


@cache
def _texts(tag: str) -> Texts:
    language = language_for(tag)
    if language is ENGLISH:
        return Texts(language, {})
    source = files("sealock_edge.pages") / "locales" / f"{tag}.po"
    return Texts(language, read_catalogue(source.read_text(encoding="utf-8")))
