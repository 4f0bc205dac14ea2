# SPDX-License-Identifier: Apache-2.0
"""What a connector says to administrators, in their language: marked texts, and catalogues of translations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from sealock_contract import catalogues, causes

Words = Callable[[str], str]
"""From a text to what a reader gets: a `Text` is translated, any other string stays as it is."""


class Text(str):
    """
    A text that can be translated; in English it is a string like any other.

    `Text("{name} may not moderate comments.", name=name)`: the catalogue has the sentence with its braces, and the
    values are put in after the translation. Where a connector says something as a `Text` (in a form, a problem, its
    `display_name` or `description`), the SDK translates it by the connector's `catalogues`.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        """The English text. Raises `KeyError` for a brace without a value."""
        text = super().__new__(cls, template.format(**values) if values else template)
        text.template = template
        text.values = values
        return text

    def translated(self, sentence: str) -> str:
        """The text by its translated sentence."""
        return sentence.format(**self.values) if self.values else sentence


def as_written(text: str) -> str:
    """The words of readers for whom there is no catalogue."""
    return str(text)


class Catalogues:
    """
    The translations in a package's folder `locales`: gettext's own files, one a language, named by it (`pt-BR.po`).

    They are read when they are first asked for, and kept. A text without a translation stays English. The sentences of
    causes are translated without being in them, to the same languages.
    """

    def __init__(self, package: str = "") -> None:
        """`package` has the folder, such as `sealock_origins.wordpress`; without one all texts stay English."""
        self._catalogues = catalogues.Catalogues(package)

    @property
    def languages(self) -> Sequence[str]:
        """The languages that there are catalogues for, as BCP 47 tags."""
        return self._catalogues.languages

    def words(self, locale: str) -> Words:
        """
        What readers of a language get: of the tag's own catalogue, else of one with the same first part.

        Raises `ValueError` for a catalogue that is malformed.
        """
        own = self._catalogues.for_reader(locale)
        shared = causes.CATALOGUES.for_reader(own.language)

        def words(text: str) -> str:
            if not isinstance(text, Text) or not text:
                return str(text)
            catalogue = own if own.translates(text.template) else shared
            return text.translated(catalogue.gettext(text.template))

        return words
