# SPDX-License-Identifier: Apache-2.0
"""Which language a reader gets, and how it counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.pages import language_for, languages, translations


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
