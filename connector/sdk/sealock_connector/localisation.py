# SPDX-License-Identifier: Apache-2.0
"""What a connector says to people, in their language: marked texts, and catalogues of translations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, Self

from sealock_contract import catalogues, causes

Words = Callable[[str], str]
"""From a text to what a reader gets: a `Text` is translated, any other string stays as it is."""


class Text(str):
    """
    A text that can be translated; in English it is a string like any other.

    `Text("{name} may not moderate comments.", name=name)`: the catalogue has the sentence with its braces, and the
    values are put in after the translation: texts translated, too, and numbers as the language writes them. Where a
    connector says something as a `Text` (in a form, a problem, an error's `message_for_agent`, its `display_name` or
    `description`), the SDK translates it by the connector's `catalogues`.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        """The English text. Raises `KeyError` for a brace without a value."""
        text = super().__new__(cls, _filled(template, values, as_written, catalogues.SOURCE))
        text.template = template
        text.values = values
        return text

    @classmethod
    def joined(cls, *sentences: str | None) -> Self:
        """Those that are there as one text, with a space between them: each that is a text is translated by itself."""
        values: dict[str, object] = {f"_{place}": each for place, each in enumerate(filter(None, sentences))}
        return cls(" ".join(f"{{{name}}}" for name in values), **values)

    def translated(self, sentence: str, words: Words, language: str) -> str:
        """The text by its translated sentence; `words` translate the texts among its values."""
        return _filled(sentence, self.values, words, language)


def _filled(sentence: str, values: dict[str, object], words: Words, language: str) -> str:
    if not values:
        return sentence
    return sentence.format(**{name: _written(value, words, language) for name, value in values.items()})


def _written(value: object, words: Words, language: str) -> object:
    if isinstance(value, Text):
        return words(value)
    if isinstance(value, int | float):
        return catalogues.number(value, language)
    return value


def as_written(text: str) -> str:
    """The words of readers for whom there is no catalogue."""
    return str(text)


_OURS: Final = (catalogues.Catalogues("sealock_connector"), causes.CATALOGUES)
"""The translations of what the SDK says, and of the causes' sentences."""
_MOST_LOCALES: Final = 100
"""For so many the catalogues are remembered."""


class Catalogues:
    """
    The translations in a package's folder `locales`: gettext's own files, one a language, named by it (`pt-BR.po`).

    They are read when they are first asked for, and kept. A text without a translation stays English. What the SDK
    says, and the sentences of causes, are translated without being in them, to the same languages.
    """

    def __init__(self, package: str = "", *shared: str) -> None:
        """
        `package` has the folder, such as `sealock_origins.wordpress`; without one all texts stay English. `shared` are
        packages that it shares with other connectors, whose texts are translated to the same languages.
        """
        self._catalogues = catalogues.Catalogues(package)
        self._shared = tuple(map(catalogues.Catalogues, shared))
        self._chosen = lru_cache(_MOST_LOCALES)(self._choose)

    @property
    def languages(self) -> Sequence[str]:
        """The languages that there are catalogues for, as BCP 47 tags."""
        return self._catalogues.languages

    def words(self, locale: str, *, alone: bool = False) -> Words:
        """
        What readers of a language get: of the tag's own catalogue, else of one with the same first part.

        `alone` says that the text does not stand among others of the connector, as where a reply failed: then what the
        SDK says is translated although the connector has no catalogue for the language.

        Raises `ValueError` for a catalogue that is malformed.
        """
        found = self._chosen(locale, alone)

        def words(text: str) -> str:
            if not isinstance(text, Text) or not text:
                return str(text)
            catalogue = next((each for each in found if each.has(text.template)), found[-1])
            return text.translated(catalogue.gettext(text.template), words, catalogue.language)

        return words

    def _choose(self, locale: str, alone: bool) -> Sequence[catalogues.Catalogue]:
        """The catalogues that readers of a language get, those that are asked first before the others."""
        own = self._catalogues.for_reader(locale)
        same = own.language
        theirs = locale if alone and same == catalogues.SOURCE else same
        return [own, *(each.for_reader(same) for each in self._shared), *(each.for_reader(theirs) for each in _OURS)]
