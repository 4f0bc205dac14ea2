# SPDX-License-Identifier: Apache-2.0
"""Every text of the pages is translated into every language, and nothing else is."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Formatter

import pytest
from jinja2 import Environment

from sealock_edge import problems
from sealock_edge.endpoints import Endpoint
from sealock_edge.pages.catalogue_file import BadCatalogue, read_catalogue
from sealock_edge.pages.languages import ENGLISH, LANGUAGES
from sealock_edge.resources.abilities import SENTENCES

PAGES = files("sealock_edge.pages")
TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for path in (PAGES / "templates").iterdir()
    if path.name.endswith("html")
}
TRANSLATED = sorted(tag for tag, language in LANGUAGES.items() if language is not ENGLISH)
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
    assert sorted(path.name for path in (PAGES / "locales").iterdir()) == [f"{tag}.po" for tag in TRANSLATED]


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_has_every_text_and_no_other(tag):
    catalogue, wanted = read_catalogue(source(tag)), originals()

    assert (wanted.keys() - catalogue.keys(), catalogue.keys() - wanted.keys()) == (set(), set())
    assert [text for text, forms in catalogue.items() if not all(form.strip() for form in forms)] == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_has_the_placeholders_and_the_forms_that_it_needs(tag):
    catalogue = read_catalogue(source(tag))

    for text, plural in originals().items():
        forms = catalogue[text]
        assert len(forms) == (LANGUAGES[tag].forms if plural else 1), text
        assert [names(form) for form in forms] == [names(text)] * len(forms), text


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_says_for_translators_tools_how_its_language_counts(tag):
    declared = re.search(r"Plural-Forms: nplurals=(\d); plural=(.*?);", source(tag))

    assert declared is not None
    assert int(declared[1]) == LANGUAGES[tag].forms
    for count in (0, 1, 2, 21, 1000):
        assert LANGUAGES[tag].plural(count) == int(eval(declared[2], {"n": count}))


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_sentence_ends_as_one(tag):
    ends = (".", "。", ")")
    wrong = [
        text
        for text, (first, *_) in read_catalogue(source(tag)).items()
        if text.endswith(".") and first[-1] not in ends
    ]
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


@pytest.mark.parametrize(
    "text",
    [
        'msgid "a"',
        'msgstr "a"\n"b',
        '"a"',
        'msgid "a"\nmsgstr a',
        'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"',
    ],
)
def test_a_malformed_catalogue_is_refused(text):
    with pytest.raises(BadCatalogue, match="line"):
        read_catalogue(text)


def test_a_catalogue_is_read_as_gettext_reads_it():
    text = (
        '# for translators\nmsgid ""\nmsgstr "Language: de\\n"\n\n'
        '#: somewhere\nmsgid "one \\"a\\" "\n"and more"\nmsgstr "eins"\n" zwei"\n\n'
        '#, fuzzy\nmsgid "guessed"\nmsgstr "geraten"\n\n'
        'msgid "{count} day"\nmsgid_plural "{count} days"\nmsgstr[0] "{count} Tag"\nmsgstr[1] "{count} Tage"\n'
    )

    assert read_catalogue(text) == {'one "a" and more': ("eins zwei",), "{count} day": ("{count} Tag", "{count} Tage")}
