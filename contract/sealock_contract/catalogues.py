# SPDX-License-Identifier: Apache-2.0
"""Translations: gettext's own files in a package's folder `locales`, one a language, and which one a reader gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

SOURCE: Final = "en"
"""The language that texts are written in."""

MAX_TAGS: Final = 20
"""Of a longer list of languages, the rest is not looked at."""


class Catalogue:
    """The texts of one language. A text without a translation stays as it is written."""

    def __init__(self, language: str, translations: NullTranslations, translated: Iterable[str] = ()) -> None:
        """`translated` are the texts that the translations have."""
        self.language = language
        """The language's tag, such as `pt-BR`."""
        self._translations = translations
        self._translated = frozenset(translated)

    def gettext(self, text: str) -> str:
        """The text."""
        return self._translations.gettext(text) if text else ""

    def ngettext(self, single: str, plural: str, count: int) -> str:
        """The text in the form that a count takes."""
        return self._translations.ngettext(single, plural, count)

    def has(self, text: str) -> bool:
        """Whether there is a translation of the text."""
        return text in self._translated

    def translates(self, text: str) -> bool:
        """Whether the text is written in this language."""
        return self.language == SOURCE or self.has(text)


class Catalogues:
    """
    The catalogues in a package's folder `locales`, named by their languages (`pt-BR.po`).

    They are read when they are first asked for, and kept. Reading raises `ValueError` for one that is malformed.
    """

    def __init__(self, package: str) -> None:
        """`package` has the folder, such as `sealock_edge.pages`; without one (empty) all texts stay as they are."""
        self._package = package
        self._read: dict[str, Catalogue] = {SOURCE: Catalogue(SOURCE, NullTranslations())}

    @cached_property
    def languages(self) -> Sequence[str]:
        """The languages that texts are translated to, as BCP 47 tags."""
        if not self._package:
            return ()
        names = [path.name for path in self._folder.iterdir()]
        return sorted(name.removesuffix(".po") for name in names if name.endswith(".po"))

    def for_reader(self, wanted: str) -> Catalogue:
        """The catalogue for a locale of Zendesk's, such as `de-at`, or for a browser's Accept-Language."""
        language = chosen(wanted, (SOURCE, *self.languages)) or SOURCE
        if language not in self._read:
            self._read[language] = self._catalogue(language)
        return self._read[language]

    @property
    def _folder(self) -> Traversable:
        return files(self._package) / "locales"

    def _catalogue(self, language: str) -> Catalogue:
        with (self._folder / f"{language}.po").open("rb") as source:
            try:
                messages = read_po(source, locale=language.replace("-", "_"), abort_invalid=True)
            except PoFileError as error:
                raise ValueError(f"{self._package}: {language}.po is malformed: {error}") from None
        compiled = BytesIO()
        write_mo(compiled, messages)
        compiled.seek(0)
        texts = (message.id if isinstance(message.id, str) else message.id[0] for message in messages)
        return Catalogue(language, GNUTranslations(compiled), filter(None, texts))


def number(value: float, language: str) -> str:
    """A number as a language of these (BCP 47) writes it, with at most three places after the point."""
    return str(format_decimal(value, locale=Locale.parse(language, sep="-")))


def chosen(wanted: str, languages: Collection[str]) -> str | None:
    """
    The language for a locale or an Accept-Language header; None if none of these will do.

    Of several, the reader's favourite that there is: as it stands, else any of the same first part (`de-AT` gets `de`,
    `pt` gets `pt-BR`).
    """
    by_tag = {language.lower(): language for language in languages}
    by_first_part = {tag.partition("-")[0]: by_tag[tag] for tag in sorted(by_tag, reverse=True)}
    for tag in _by_preference(wanted):
        if (found := by_tag.get(tag) or by_first_part.get(tag.partition("-")[0])) is not None:
            return found
    return None


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
