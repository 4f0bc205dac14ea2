# SPDX-License-Identifier: Apache-2.0
"""From a template to an answer in the reader's language, with a policy of its own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final
from unicodedata import bidirectional
from urllib.parse import urlsplit

from babel import Locale
from babel.numbers import format_decimal
from falcon.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from sealock_contract import causes
from sealock_contract.catalogues import SOURCE, Catalogue, Catalogues


class Pages:
    """
    Renders pages. Everything is escaped; scripts and styles run only with the answer's nonce; nobody puts a page into
    a frame but the one Zendesk account that it is for.
    """

    def __init__(self, translations: Translations) -> None:
        self._translations = translations
        self._templates = Environment(
            loader=PackageLoader("sealock_edge.pages"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def answer(
        self,
        resp: Response,
        template: str,
        *,
        locale: str = "",
        framed_by: str = "",
        zendesk: str = "",
        posts_to: str = "",
        origin: str = "",
        **values: object,
    ) -> None:
        """
        Put the page into the response.

        `locale`: Zendesk's tag, or the browser's Accept-Language. `framed_by`: the origin of the Zendesk account that
        shows it in a frame, and whose name it bears then; `zendesk`: that origin, if it is not shown in a frame.
        `posts_to`: a URL outside the edge that its form goes to. `origin`: what people call the origin.
        """
        nonce = secrets.token_urlsafe(18)
        texts = self._translations(locale)
        resp.text = self._templates.get_template(template).render(
            _=partial(texts.filled, origin=origin),
            ngettext=texts.ngettext,
            texts=texts,
            language=texts.language,
            nonce=nonce,
            origin=origin,
            zendesk=(framed_by or zendesk).removeprefix("https://"),
            **values,
        )
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Language", texts.language.tag)
        resp.set_header("Content-Security-Policy", _policy(nonce, framed_by, posts_to))


def _policy(nonce: str, framed_by: str, posts_to: str) -> str:
    forms = "'self'"
    if posts_to:
        parts = urlsplit(posts_to)
        forms += f" {parts.scheme}://{parts.netloc}"
    frames = framed_by or "'none'"
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'none'; "
        f"base-uri 'none'; form-action {forms}; frame-ancestors {frames}"
    )


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
        self._catalogue = catalogue
        self._causes = causes.CATALOGUES.for_reader(catalogue.language)
        self._ngettext = catalogue.ngettext

    def gettext(self, text: str) -> str:
        """The text of a page, or the sentence of a cause."""
        catalogue = self._catalogue if self._catalogue.translates(text) else self._causes
        return catalogue.gettext(text)

    def filled(self, text: str, **values: str | float) -> str:
        """
        The text in this language, filled in. A text that begins with a name which runs from right to left keeps its
        direction.
        """
        found = filled(self.gettext(text), **values)
        mark = _MARKS[self.language.direction] if found.startswith(_FIRST_STRONG_ISOLATE) else ""
        return mark + found

    def translates(self, text: str) -> bool:
        """Whether the text is written in this language."""
        return self._catalogue.translates(text) or self._causes.translates(text)

    def ngettext(self, single: str, plural: str, count: int) -> str:
        """The text for a count, filled in with it as `{count}`."""
        return self._ngettext(single, plural, count).format(count=self.language.number(count))


_BRACES: Final = re.compile(r"\{(\w+)\}")
_TURNING: Final = frozenset(("R", "AL", "RLE", "RLO", "LRE", "LRO", "RLI", "LRI", "FSI"))
_MARKS: Final = {"ltr": "\u200e", "rtl": "\u200f"}
_FIRST_STRONG_ISOLATE, _POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


def isolated(text: str) -> str:
    """The text between Unicode's isolates, if it could turn the direction of the words around it."""
    if any(bidirectional(each) in _TURNING for each in text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_DIRECTIONAL_ISOLATE}"
    return text


def filled(text: str, /, **values: str | float) -> str:
    """
    The text, with what its braces name put in. Other braces stay, and braces of the values do nothing. A name that runs
    from right to left turns no words but its own.
    """
    return _BRACES.sub(lambda brace: isolated(str(values[brace[1]])) if brace[1] in values else brace[0], text)


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
