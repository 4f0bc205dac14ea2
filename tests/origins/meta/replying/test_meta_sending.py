# SPDX-License-Identifier: Apache-2.0
"""A reply as messages: its parts, the same ones found again, and the window in which they may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_origins.meta.messages import Message
from sealock_origins.meta.messages.attachments import MessageFile
from sealock_origins.meta.replying.parts import already_sent, same_words, shows, split_text, utf16_length
from sealock_origins.meta.replying.sender import Window, closed_sentence, so_far, windows

WORDS = st.text(st.sampled_from("abc äß🦆。.!?\n\t "), max_size=300)


def characters(most):
    return lambda text: len(text) <= most


def octets(most):
    return lambda text: len(text.encode()) <= most


@given(WORDS, st.integers(4, 60), st.booleans())
def test_every_piece_fits_and_nothing_but_white_space_is_lost(text, most, in_bytes):
    fits = (octets if in_bytes else characters)(most)
    pieces = split_text(text, fits)
    assert all(piece and fits(piece) and piece == piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


SPLITS = [
    ("short", ["short"]),
    ("", []),
    ("One paragraph.\n\nAnother one here.", ["One paragraph.", "Another one here."]),
    ("A line here\nand one more line", ["A line here", "and one more line"]),
    ("It is so. And then some", ["It is so.", "And then some"]),
    ("some words and more", ["some words and", "more"]),
    ("x" * 45, ["x" * 17, "x" * 17, "x" * 11]),
]


@pytest.mark.parametrize(("text", "pieces"), SPLITS)
def test_a_text_is_broken_where_people_would(text, pieces):
    assert split_text(text, characters(17)) == pieces


def message(number, text="", files=0):
    at = datetime(2026, 3, 28, tzinfo=UTC)
    return Message(f"m_{number}", at, "1001", text=text, files=(MessageFile("image"),) * files)


def test_what_was_sent_is_found_in_its_order():
    own = [message(1, "One  text"), message(2, "else"), message(3, "Two"), message(4, files=1)]
    assert already_sent(["One text", "Two"], 2, own) == ["m_1", "m_3", "m_4"]
    assert already_sent(["Two", "One text"], 0, own) == ["m_3"]
    assert already_sent(["Missing", "Two"], 1, own) == []


def test_words_are_the_same_whatever_the_white_space():
    assert same_words("a  b\n", " a b")
    assert not same_words("a b", "ab")


WROTE = datetime(2026, 3, 28, 18, 0, tzinfo=UTC)
PLAIN, AGENTS = Window.RESPONSE, Window.HUMAN_AGENT
CASES = [
    (timedelta(0), PLAIN),
    (timedelta(hours=23, minutes=59, seconds=59), PLAIN),
    (timedelta(hours=24, seconds=1), AGENTS),
    (timedelta(days=6, hours=23, minutes=59), AGENTS),
    (timedelta(days=7, minutes=1), PLAIN),
    (timedelta(seconds=-30), PLAIN),
]


@pytest.mark.parametrize(("age", "first"), CASES, ids=str)
def test_as_what_a_message_is_tried_first_depends_on_how_long_ago_the_person_wrote(age, first):
    assert windows(WROTE, WROTE + age, human_agent=False) == (PLAIN,)
    tried = windows(WROTE, WROTE + age, human_agent=True)
    assert tried[0] is first
    assert set(tried) == {PLAIN, AGENTS}


def test_where_nobody_knows_when_the_person_wrote_a_plain_answer_is_tried_first():
    assert windows(None, WROTE, human_agent=False) == (PLAIN,)
    assert windows(None, WROTE, human_agent=True) == (PLAIN, AGENTS)


def test_a_window_is_named_as_the_send_api_wants_it():
    assert Window.RESPONSE.as_body() == {"messaging_type": "RESPONSE"}
    assert Window.HUMAN_AGENT.as_body() == {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def test_the_sentence_names_the_time_that_was_there():
    assert "24 hours" in closed_sentence("Facebook", human_agent=False)
    assert "seven days" in closed_sentence("Facebook", human_agent=True)


WHOLE = ["👨‍👩‍👧‍👦", "👍🏽", "🇩🇪", "é", "नि", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️‍🔥"]


@pytest.mark.parametrize("character", WHOLE)
def test_a_character_that_consists_of_several_is_never_cut(character):
    size = len(character.encode())
    pieces = split_text(character * 20, octets(size * 3 + 2))
    assert "".join(pieces) == character * 20
    assert all(len(piece) % len(character) == 0 for piece in pieces)


def test_a_character_that_alone_does_not_fit_is_cut_all_the_same():
    assert "".join(split_text("👨‍👩‍👧‍👦", octets(12))) == "👨‍👩‍👧‍👦"


def test_messengers_length_counts_what_lies_beyond_the_first_plane_twice():
    assert (utf16_length("a🦆"), utf16_length("")) == (3, 0)
    assert len(split_text("🦆" * 1_500, lambda text: utf16_length(text) <= 1_999)) == 2


@pytest.mark.parametrize(("text", "seen"), [("a", True), ("🦆", True), ("", False), (" \u200b\n", False), (".", True)])
def test_a_text_that_shows_nothing_is_no_message(text, seen):
    assert shows(text) is seen
    assert split_text(text, characters(10)) == ([text] if seen else [])


SO_FAR = [
    (0, 2, 1, "A part of the reply was sent, the rest was not."),
    (1, 2, 1, "A part of the reply was sent (1 of 2 messages of its text), the rest was not."),
    (2, 2, 1, "A part of the reply was sent (its text), the rest was not."),
    (2, 1, 3, "A part of the reply was sent (its text and 1 of 3 files), the rest was not."),
    (2, 0, 3, "A part of the reply was sent (2 of 3 files), the rest was not."),
]


@pytest.mark.parametrize(("sent", "texts", "files", "words"), SO_FAR)
def test_the_agent_reads_what_was_sent(sent, texts, files, words):
    assert so_far(sent, texts, files) == words
