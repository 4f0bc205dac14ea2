# SPDX-License-Identifier: Apache-2.0
"""Every text of the pages is translated into every language, and nothing else is."""

from __future__ import annotations

import re
from gettext import c2py
from importlib.resources import files
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from sealock_contract.catalogues import SOURCE
from sealock_edge import problems
from sealock_edge.endpoints.about import SENTENCES
from sealock_edge.outcomes import Endpoint
from sealock_edge.pages import language_for, languages

PAGES = files("sealock_edge.pages")
TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for path in (PAGES / "templates").iterdir()
    if path.name.endswith("html")
}
TRANSLATED = sorted(set(languages()) - {SOURCE})
ANYWHERE = (
    problems.UNSEALABLE,
    problems.INTERNAL,
    problems.TOO_LARGE,
    problems.NOT_HERE,
    problems._BAD_REQUEST,
    problems._DOWN,
    problems._FAULTY,
    problems._LATE,
    problems._ACCOUNT_TOO_LARGE,
)
"""Problems that every page can have, beside those that a connector reports."""


def source(tag: str) -> str:
    return (PAGES / "locales" / f"{tag}.po").read_text(encoding="utf-8")


def read_catalogue(tag: str) -> dict[str, tuple[str, ...]]:
    """The forms of each translation, by the English text; one form unless the text counts something."""
    with (PAGES / "locales" / f"{tag}.po").open("rb") as file:
        messages = [message for message in read_po(file, abort_invalid=True) if message.id]
    assert [message.id for message in messages if message.fuzzy] == []
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in messages
    }


def forms_of(tag: str) -> tuple[int, str]:
    """How many forms a count has, and the expression that tells which, as the catalogue declares."""
    declared = re.search(r"Plural-Forms: nplurals=(\d); plural=(.*?);", source(tag))
    assert declared is not None
    return int(declared[1]), declared[2]


def originals() -> dict[str, str | None]:
    """Every text that a page may show, with its plural if it counts something."""
    found: dict[str, str | None] = {}
    extracting = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for text in TEMPLATES.values():
        for _, function, message in extracting.extract_translations(text):
            if function == "ngettext":
                found[message[0]] = message[1]
            elif isinstance(message, str):
                found[message] = None
    found.update(dict.fromkeys(SENTENCES))
    on_pages = [problem for endpoint in Endpoint if endpoint.is_page for problem in problems.REASONS[endpoint].values()]
    found.update((problem.words, None) for problem in (*ANYWHERE, *on_pages))
    return found


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_there_is_a_catalogue_for_each_language_and_for_no_other():
    assert TRANSLATED == ["de", "es", "fr", "ja", "pt-BR"]
    assert sorted(path.name for path in (PAGES / "locales").iterdir()) == [f"{tag}.po" for tag in TRANSLATED]


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_has_every_text_and_no_other(tag):
    catalogue, wanted = read_catalogue(tag), originals()

    assert (wanted.keys() - catalogue.keys(), catalogue.keys() - wanted.keys()) == (set(), set())
    assert [text for text, forms in catalogue.items() if not all(form.strip() for form in forms)] == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_has_the_placeholders_and_the_forms_that_it_needs(tag):
    catalogue = read_catalogue(tag)

    for text, plural in originals().items():
        forms = catalogue[text]
        assert len(forms) == (forms_of(tag)[0] if plural else 1), text
        assert [names(form) for form in forms] == [names(text)] * len(forms), text


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_counts_as_its_language_does(tag):
    count, expression = forms_of(tag)
    form, language = c2py(expression), language_for(tag).locale

    for number in (0, 1, 2, 5, 11, 21, 101, 1000):
        assert form(number) == (0 if count == 1 or language.plural_form(number) == "one" else 1)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_sentence_ends_as_one(tag):
    ends = (".", "。", ")")
    wrong = [text for text, (first, *_) in read_catalogue(tag).items() if text.endswith(".") and first[-1] not in ends]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_has_no_words_outside_the_catalogues(name):
    bare = re.sub(
        r"(?s)\{% macro attributes.*?endmacro %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(script|style).*?</\1>",
        "",
        TEMPLATES[name],
    )
    units = {"MB"}

    attributes = re.findall(r'\b(?:alt|title|placeholder|aria-label|data-\w+)="([^"]+)"', bare)
    words = re.findall(r"[^\W\d_]+", re.sub(r"<[^>]*>", " ", bare))
    assert (set(words) - units, attributes) == (set(), [])
