# SPDX-License-Identifier: Apache-2.0
"""A file's name as the last part of a URL: whole where there is room, with its ending where there is little."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sealock_edge.zendesk import limits
from sealock_edge.zendesk.files import name_in_url

NAMES = {
    "plain": ("pier.png", "pier.png"),
    "with Unicode": ("Grüße „vom“ Pier 🛶.png", "Grüße „vom“ Pier 🛶.png"),
    "a path": ("../a/b\\c.png", "_a_b_c.png"),
    "of control characters": ("a\x00\n\x1bb.png", "a b.png"),
    "of several lines and spaces": ("  a \u2028 b\t.png ", "a b .png"),
    "of dots": ("..", "file"),
    "hidden": (".htaccess", "htaccess"),
    "nothing": ("", "file"),
    "what ends a URL": ("a?b#c%2e;d.png", "a?b#c%2e;d.png"),
    "a name as long as allowed": ("x" * 123 + ".png", "x" * 123 + ".png"),
    "a longer one": ("x" * 124 + ".png", "x" * 123 + ".png"),
    "a longer one without an ending": ("x" * 200, "x" * 127),
    "a longer one with a point far from its end": ("a." + "x" * 200, "a." + "x" * 125),
}


@pytest.mark.parametrize(("given_name", "shown"), NAMES.values(), ids=NAMES)
def test_a_name_is_one_segment_of_a_path(given_name, shown):
    plain, written = name_in_url(given_name, 2000)
    assert plain == shown
    assert unquote(written) == plain


SHORTENED = [
    ("pier.png", 8, "pier.png"),
    ("pier.png", 7, "pie.png"),
    ("pier.png", 5, "p.png"),
    ("pier.png", 4, ""),
    ("ääää.png", 16, "ää.png"),
    ("a b c.png", 9, "a b.png"),
    ("a b c.png", 8, "a.png"),
    ("a...png", 6, "a.png"),
    ("noending", 3, "noe"),
    ("x", 0, ""),
    ("x", -40, ""),
]


@pytest.mark.parametrize(("given_name", "room", "shown"), SHORTENED)
def test_a_name_without_enough_room_loses_its_middle_and_keeps_its_ending(given_name, room, shown):
    plain, written = name_in_url(given_name, room)
    assert plain == shown
    assert len(written) <= max(room, 0)


@given(name=st.text(max_size=300), room=st.integers(-10, 600))
@example(name="/", room=100)
@example(name="a.\u00a0", room=3)
def test_any_name_fits_or_there_is_none(name, room):
    plain, written = name_in_url(name, room)
    assert unquote(written, errors="strict") == plain
    assert len(written) <= max(room, 0)
    assert len(plain) <= limits.FILE_NAME_CHARS
    assert bool(plain) or room < 12 * 17 + 12
    assert written.isascii()
    assert not set("/\\?#") & set(written)
    assert plain == plain.strip(" ")
    assert not plain.startswith(".")
