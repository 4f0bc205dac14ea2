# SPDX-License-Identifier: Apache-2.0
"""Which language a reader gets, and what its catalogue says; that of the causes says each of them in every language."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock.connector.v1 import error_detail_pb2 as wire
from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail
from sealock_contract.catalogues import MAX_TAGS, SOURCE, Catalogues, chosen
from sealock_contract.causes import CATALOGUES, OTHER, SENTENCES, TO_WHO_WAITS, cause_name, sentence
from sealock_contract.limits import max_chars
from sealock_edge.pages import languages

LANGUAGES = ("en", "de", "es", "fr", "ja", "pt-BR")

GERMAN = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: de\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Box"
msgstr "Kasten"

msgid "one box"
msgid_plural "{count} boxes"
msgstr[0] "ein Kasten"
msgstr[1] "{count} Kästen"

#, fuzzy
msgid "Guessed"
msgstr "Geraten"
"""


@pytest.fixture
def package(tmp_path, monkeypatch) -> str:
    locales = tmp_path / "boxes_in_languages" / "locales"
    locales.mkdir(parents=True)
    (tmp_path / "boxes_in_languages" / "__init__.py").touch()
    (locales / "de.po").write_text(GERMAN, encoding="utf-8")
    (locales / "pt-BR.po").write_text(GERMAN.replace("Kasten", "Caixa"), encoding="utf-8")
    (locales / "README").write_text("not a catalogue")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "boxes_in_languages", raising=False)
    return "boxes_in_languages"


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        ("en-US", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("pt", "pt-BR"),
        ("pt-br", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("es-419", "es"),
        ("ja-JP-u-ca-japanese", "ja"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("nl,de;q=0.5,fr;q=0.7", "fr"),
        ("de;q=0,ja", "ja"),
    ]
    + [(wanted, None) for wanted in ("", "tlh", "deutsch", "d", "deu", "*", "../de", "de.po", "de;q=x", "de;q=nan")]
    + [(wanted, None) for wanted in (",;,;;q=1", "de;q=2", "de;q=-1", "," * MAX_TAGS + "de")],
)
def test_a_reader_gets_the_best_language_that_there_is(wanted, tag):
    assert chosen(wanted, LANGUAGES) == tag


def test_a_language_without_a_country_is_nearer_than_one_of_another_country():
    assert chosen("pt-AO", ("pt", "pt-BR")) == "pt"
    assert chosen("pt-br", ("pt", "pt-BR")) == "pt-BR"


@given(st.text(max_size=200))
def test_any_text_leads_to_one_of_the_languages_or_none(wanted):
    assert chosen(wanted, LANGUAGES) in {None, *LANGUAGES}


def test_the_languages_are_those_that_the_folder_has(package):
    assert list(Catalogues(package).languages) == ["de", "pt-BR"]


@pytest.mark.parametrize(
    ("wanted", "said", "language"),
    [("de", "Kasten", "de"), ("de-AT", "Kasten", "de"), ("pt", "Caixa", "pt-BR"), ("fr,pt;q=0.1", "Caixa", "pt-BR")]
    + [(wanted, "Box", SOURCE) for wanted in ("", "en", "en-GB,de;q=0.5", "nl", "../de", "*")],
)
def test_a_reader_gets_the_catalogue_that_is_nearest(package, wanted, said, language):
    catalogue = Catalogues(package).for_reader(wanted)
    assert (catalogue.gettext("Box"), catalogue.language) == (said, language)


def test_a_text_that_nobody_translated_stays_as_it_is(package):
    catalogue = Catalogues(package).for_reader("de")
    assert catalogue.gettext("Not in any catalogue.") == "Not in any catalogue."
    assert catalogue.gettext("Guessed") == "Guessed"
    assert catalogue.gettext("") == ""
    assert catalogue.ngettext("{count} cat", "{count} cats", 1) == "{count} cat"


def test_a_count_takes_its_form(package):
    german, english = (Catalogues(package).for_reader(tag) for tag in ("de", "en"))
    assert [german.ngettext("one box", "{count} boxes", count) for count in (1, 2)] == ["ein Kasten", "{count} Kästen"]
    assert [english.ngettext("one box", "{count} boxes", count) for count in (1, 2)] == ["one box", "{count} boxes"]


def test_a_catalogue_says_which_texts_it_translates(package):
    german, english = (Catalogues(package).for_reader(tag) for tag in ("de", "en"))
    assert [german.translates(text) for text in ("Box", "one box", "Not in any catalogue.")] == [True, True, False]
    assert english.translates("Not in any catalogue.")


def test_a_catalogue_is_read_once(package):
    catalogues = Catalogues(package)
    assert catalogues.for_reader("de") is catalogues.for_reader("de-AT,en;q=0.1")


def test_without_a_package_all_texts_stay_as_they_are():
    catalogues = Catalogues("")
    assert (list(catalogues.languages), catalogues.for_reader("de").gettext("Box")) == ([], "Box")


def test_a_catalogue_that_is_malformed_is_not_taken(package, tmp_path):
    (tmp_path / package / "locales" / "de.po").write_text(GERMAN + "this is nothing\n")
    with pytest.raises(ValueError, match=r"boxes_in_languages: de\.po is malformed"):
        Catalogues(package).for_reader("de")


CAUSES = [cause for cause in wire.Cause.values() if cause != wire.CAUSE_UNSPECIFIED]


def test_every_cause_has_a_sentence_and_there_is_none_beside():
    assert set(SENTENCES) == set(wire.Cause.values())
    assert SENTENCES[wire.CAUSE_UNSPECIFIED] == ""
    most = max_chars(ConnectorErrorDetail, "message_for_agent")
    for cause in CAUSES:
        words = SENTENCES[cause]
        assert words.endswith(".")
        assert 40 < len(words) <= most


def test_no_two_causes_say_the_same():
    assert len({SENTENCES[cause] for cause in CAUSES}) == len(CAUSES)


def test_a_cause_is_named_as_in_the_contract():
    assert cause_name(wire.CAUSE_CERTIFICATE) == "CERTIFICATE"
    assert cause_name(wire.CAUSE_UNSPECIFIED) == ""
    assert sentence(wire.CAUSE_MAINTENANCE) == SENTENCES[wire.CAUSE_MAINTENANCE]


@pytest.mark.parametrize("number", [max(wire.Cause.values()) + 1, 9999, -1])
def test_all_causes_that_are_newer_have_one_name_and_no_sentence(number):
    assert (cause_name(number), sentence(number)) == (OTHER, "")


def test_the_sentences_speak_all_languages_of_the_pages():
    assert {"en", *CATALOGUES.languages} == set(languages())


@pytest.mark.parametrize("tag", CATALOGUES.languages)
def test_every_sentence_is_translated(tag):
    catalogue = CATALOGUES.for_reader(tag)
    assert catalogue.language == tag
    for cause in CAUSES:
        assert catalogue.translates(SENTENCES[cause])
        assert catalogue.gettext(SENTENCES[cause]) not in ("", SENTENCES[cause])
    for words in TO_WHO_WAITS.values():
        assert catalogue.gettext(words) not in ("", words)


def test_who_waits_is_not_told_that_it_is_tried_again_by_itself():
    for cause in CAUSES:
        said = sentence(cause, to_who_waits=True)
        assert "by itself" not in said
        assert said == SENTENCES[cause] or "Try again" in said
