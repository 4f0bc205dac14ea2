# SPDX-License-Identifier: Apache-2.0
"""The pages in the reader's language: which one it is, what is translated, and how it is shown."""

from __future__ import annotations

import re
from gettext import c2py
from importlib.resources import files
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.setup_pb2 import SetupDone, SetupField, SetupForm, SetupResponse
from sealock_contract.catalogues import SOURCE
from sealock_edge import attachments, problems
from sealock_edge.endpoints.about import SENTENCES
from sealock_edge.endpoints.setup_form import AGAIN
from sealock_edge.outcomes import Endpoint
from sealock_edge.pages import language_for, languages, translations
from sealock_edge.pulls import late_failures
from sealock_edge.zendesk import texts
from sealock_edge.zendesk_api.refused import SENTENCES as REFUSED
from tests.edge.admin_pages import Page, open_set_up
from tests.edge.scripted_connector import Refusal, described


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        ("", "en"),
        ("en-US", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("pt", "pt-BR"),
        ("es-419", "es"),
        ("ja-JP-u-ca-japanese", "ja"),
        ("tlh", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("nl,de;q=0.5,fr;q=0.7", "fr"),
        ("de;q=0,ja", "ja"),
        ("*", "en"),
        ("de;q=x", "en"),
        ("de;q=nan", "en"),
        (",;,;;q=1", "en"),
    ],
)
def test_a_reader_gets_the_best_language_that_we_have(wanted, tag):
    assert language_for(wanted).tag == tag


@given(st.text(max_size=200))
def test_any_text_leads_to_one_of_our_languages(wanted):
    assert language_for(wanted).tag in languages()


@pytest.mark.parametrize(
    ("tag", "thousands", "millions", "fraction"),
    [
        ("en", "1,000", "1,234,567", "2.5"),
        ("de", "1.000", "1.234.567", "2,5"),
        ("es", "1.000", "1.234.567", "2,5"),
        ("fr", "1\u202f000", "1\u202f234\u202f567", "2,5"),
        ("ja", "1,000", "1,234,567", "2.5"),
        ("pt-BR", "1.000", "1.234.567", "2,5"),
    ],
)
def test_numbers_are_written_as_readers_write_them(tag, thousands, millions, fraction):
    number = language_for(tag).number

    assert (number(1000), number(1_234_567), number(2.5)) == (thousands, millions, fraction)
    assert number(10) == "10"


@pytest.mark.parametrize(
    ("tag", "none", "one", "many"),
    [
        ("en", "0 hours", "1 hour", "2,000 hours"),
        ("de", "bis 0 Stunden", "bis 1 Stunde", "bis 2.000 Stunden"),
        ("fr", "0 heure", "1 heure", "2\u202f000 heures"),
        ("pt-BR", "0 hora", "1 hora", "2.000 horas"),
        ("ja", "0時間", "1時間", "2,000時間"),
    ],
)
def test_a_count_takes_its_languages_form(tag, none, one, many):
    texts = translations(tag)

    assert [texts.ngettext("{count} hour", "{count} hours", count) for count in (0, 1, 2000)] == [none, one, many]


def test_a_text_that_nobody_translated_stays_english():
    texts = translations("de")

    assert texts.gettext("Not in any catalogue.") == "Not in any catalogue."
    assert texts.ngettext("{count} cat", "{count} cats", 1) == "1 cat"
    assert not texts.translates("Not in any catalogue.")


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
    problems._ILLEGIBLE,
    problems._SIGN_IN_UNKNOWN,
    problems._PAGE_EXPIRED,
    problems._ILLEGIBLE,
    problems._SIGN_IN_UNKNOWN,
    problems._FOREIGN_PAGE,
    problems._TOO_MANY_STEPS,
    problems._FILES,
    problems._FILE_UNAVAILABLE,
    problems._PROOF_UNAVAILABLE,
    problems._FILE_TOO_LARGE,
    problems._ACCOUNT_NOT_SEEN,
)
"""Problems that pages, agents' replies and links to files can have, beside those that a connector reports."""


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
            elif (text_of_it := message if isinstance(message, str) else (message or [None])[0]) is not None:
                found[text_of_it] = None
    found.update(dict.fromkeys([*SENTENCES, *attachments.SENTENCES, *texts.SENTENCES, AGAIN]))
    found.update(dict.fromkeys(problems.BY_ITSELF.values()))
    found.update(dict.fromkeys(REFUSED))
    found |= {late_failures.WORDS: None, problems.NOT_PROVED: None}
    refused = [problem for endpoint in Endpoint for problem in problems.REASONS[endpoint].values()]
    found.update((problem.words, None) for problem in (*ANYWHERE, *refused) if problem.words)
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


FORM = SetupResponse(form=SetupForm(step_id="site", fields=[SetupField(name="site", label="Adresse")]))
GERMAN = {"Accept-Language": "de-AT,en;q=0.5"}


def language(page: Page) -> tuple[str | None, str | None, str]:
    root = page.tree.css_first("html")
    return root.attributes["lang"], root.attributes["dir"], page.result.headers["content-language"]


@pytest.mark.parametrize(
    ("locale", "tag", "heading"),
    [
        ("en-US", "en", "Connect Guestbook"),
        ("de", "de", "Guestbook verbinden"),
        ("es-419", "es", "Conectar Guestbook"),
        ("fr-ca", "fr", "Connecter Guestbook"),
        ("ja", "ja", "Guestbookを接続する"),
        ("pt", "pt-BR", "Conectar Guestbook"),
        ("tlh", "en", "Connect Guestbook"),
    ],
)
async def test_set_up_speaks_the_language_that_zendesk_names(edge, connector, locale, tag, heading):
    connector.script("Setup", FORM)

    page = await open_set_up(edge, locale=locale)

    assert language(page) == (tag, "ltr", tag)
    assert page.tree.css_first("h1").text() == heading
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="x", account=b"{}")))
    assert language(await page.submit(edge))[0] == tag


async def test_a_problem_is_told_in_the_administrators_language(edge, connector):
    connector.script("Setup", Refusal(Reason.REASON_ORIGIN_UNAVAILABLE))

    page = await open_set_up(edge, locale="fr")

    assert language(page)[0] == "fr"
    assert "Guestbook ne répond pas. Réessayez plus tard." in page.text
    assert page.result.headers["x-request-id"] in page.text


async def test_an_account_too_large_is_told_with_its_numbers(edge, connector):
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="x", account=b"y" * 3800)))

    page = await open_set_up(edge, locale="de")

    assert "Zendesk kann ein so großes Konto nicht speichern" in page.text
    assert "3.717" in page.text
    assert "{" not in page.text


async def test_a_technical_reason_stays_english_and_is_marked_so(edge):
    page = Page.of(await edge.get("clickthrough", headers=GERMAN))

    assert page.result.status_code == 400
    assert "Die Anfrage ist fehlerhaft." in page.text
    assert "external_id" in page.tree.css_first("[lang=en]").text()


@pytest.mark.parametrize("endpoint", ["about", "dashboard"])
async def test_open_pages_speak_the_browsers_language(edge, connector, endpoint):
    limits = {"reply_max_chars": 1000, "reply_window": {"seconds": 7 * 86_400}, "reply_max_file_bytes": 2_500_000}
    connector.script("Describe", described(limits=limits))
    await edge.get("healthcheck")

    page = Page.of(await edge.get(endpoint, headers=GERMAN))

    assert language(page) == ("de", "ltr", "de")
    for words in ("Was sie kann", "1.000 Zeichen", "bis 7 Tage nach der letzten Nachricht", "2,5 MB", "neu verbunden"):
        assert words in page.text


@pytest.mark.parametrize("endpoint", ["about", "dashboard"])
async def test_open_pages_have_the_connectors_words_in_the_readers_language(edge, connector, endpoint):
    words = {"de": "Gästebuch", "": "Guestbook"}
    connector.script("Describe", lambda request: described(display_name=words[request.locale]))
    await edge.get("healthcheck")

    assert "Gästebuch" in Page.of(await edge.get(endpoint, headers=GERMAN)).text


async def test_the_page_before_a_foreign_site_speaks_the_browsers_language(edge, connector):
    connector.script("ResolveClickthrough", ResolveClickthroughResponse(url="https://elsewhere.example/x"))

    page = Page.of(await edge.get("clickthrough", params={"external_id": "x"}, headers=GERMAN))

    assert language(page)[0] == "de"
    assert "Weiter zu elsewhere.example" in page.text


async def test_a_hostile_accept_language_changes_nothing(edge):
    page = Page.of(await edge.get("about", headers={"Accept-Language": '"><script>alert(1)</script>,de;q=9'}))

    assert page.result.status_code == 200
    assert language(page)[0] == "en"
    assert "alert" not in page.result.text


def test_a_name_that_runs_from_right_to_left_turns_no_words_but_its_own():
    name = "\u0645\u062c\u0644\u0633 (2)!"

    assert translations("en").filled("Connect {origin}", origin=name) == f"Connect \u2068{name}\u2069"
    assert translations("en").filled("Connect {origin}", origin="Guestbook (2)!") == "Connect Guestbook (2)!"


def test_a_sentence_that_begins_with_a_name_from_right_to_left_keeps_the_direction_of_its_language():
    name = "\u0645\u062c\u0644\u0633"

    assert translations("en").filled("{origin} does not answer.", origin=name)[0] == "\u200e"
    assert translations("en").filled("{origin} does not answer.", origin="Guestbook")[0] == "G"
