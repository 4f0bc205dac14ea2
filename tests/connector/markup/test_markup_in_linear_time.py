# SPDX-License-Identifier: Apache-2.0
"""Whatever kind of markup it is: eight times as much of it takes about eight times as long, and is not much longer."""

from __future__ import annotations

import time

import pytest

from sealock_connector._markup.cleaning import clean_html
from sealock_connector._markup.text import linked, one_line, plain_text
from sealock_connector.markup import MOST_CHARS
from tests.connector.markup.kinds import KINDS

SITE = "https://blog.example.com"
TIMES = 8
MOST_TIMES_AS_LONG = 22
"""What grows with the square takes 64 times as long; the rest is room for a busy machine."""
LEAST_SECONDS = 0.002


def seconds_of(markup: str, runs: int) -> float:
    """The processor's time for all that is done with markup, at its shortest."""
    taken = []
    for _ in range(runs):
        began = time.process_time()
        plain_text(clean_html(markup, SITE))
        plain_text(markup)
        one_line(markup)
        linked(markup, "x")
        taken.append(time.process_time() - began)
    return min(taken)


def times_as_long(kind: str, size: int) -> float:
    few, many = KINDS[kind](size), KINDS[kind](size * TIMES)
    return seconds_of(many, 2) / max(seconds_of(few, 4), LEAST_SECONDS)


@pytest.mark.parametrize("kind", KINDS)
def test_eight_times_as_much_takes_about_eight_times_as_long(kind):
    assert times_as_long(kind, 6_000) < MOST_TIMES_AS_LONG


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_up_to_the_most_that_is_read_it_stays_so(kind):
    assert times_as_long(kind, MOST_CHARS // TIMES) < MOST_TIMES_AS_LONG


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_out_is_not_much_longer_than_what_went_in(kind):
    markup = KINDS[kind](20_000)
    cleaned = clean_html(markup, SITE)
    assert len(cleaned) < 10 * len(markup)
    assert len(plain_text(cleaned)) < 10 * len(markup)
    assert len(plain_text(markup)) < 10 * len(markup)
