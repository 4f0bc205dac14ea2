# SPDX-License-Identifier: Apache-2.0
"""A text is the same although Meta gave it back a little altered, and another one is not."""

from __future__ import annotations

import unicodedata

import pytest

from sealock_origins.meta.replying.parts import same_words

POSTED = "Grüße, Ann! Tom & Jerry's <3 ☕️ 👩‍🍳 https://example.com/a?b=1&c=2"
ALTERED = {
    "as it was": POSTED,
    "decomposed": unicodedata.normalize("NFD", POSTED),
    "composed": unicodedata.normalize("NFC", POSTED),
    "entities": POSTED.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;"),
    "trimmed": f" {POSTED}\n",
    "lines of windows": POSTED.replace(" ", "\r\n"),
    "no-break spaces": POSTED.replace(" ", "\u00a0"),
    "no variation selectors": POSTED.replace("\ufe0f", ""),
    "no joiners": POSTED.replace("\u200d", ""),
    "zero-width spaces": POSTED.replace(" ", " \u200b"),
    "marks of direction": f"\u2068{POSTED}\u2069",
    "control characters": POSTED.replace(",", ",\x07"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_a_text_that_meta_gave_back_altered_is_the_same(name):
    assert same_words(ALTERED[name], POSTED)
    assert same_words(POSTED, ALTERED[name])


OTHERS = [
    ("Open at ten.", "Open at two."),
    ("Yes", "Yes!"),
    ("We are", "we are"),
    ("ab", "a b"),
    ("", "a"),
    ("🎉", "🎂"),
    ("5 < 6", "5 > 6"),
    ("👍🏽", "👍🏿"),
]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_words_are_not(one, other):
    assert not same_words(one, other)


@pytest.mark.parametrize(
    ("given", "posted"),
    [
        ("Ann Example we are open", "@[7007] we are open"),
        ("Ann Example we are open", "@[7007:Ann Example] we are open"),
    ],
)
def test_a_mention_that_became_a_name_is_the_same(given, posted):
    assert same_words(given, posted)


def test_a_mention_matches_no_other_words():
    assert not same_words("Ann Example we are shut", "@[7007] we are open")
    assert not same_words("we are open", "@[7007] are we open")
