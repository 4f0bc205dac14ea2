# SPDX-License-Identifier: Apache-2.0
"""The pages' pictures are there, small, described, and made by a command."""

from __future__ import annotations

import re

import pytest

from tests.browser.views.all_views import ALL_VIEWS
from tests.browser.views.pictures import IN_THE_README, OF_CONNECTORS
from tests.docs.pages import DOCS, name_of, pages

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
MOST_BYTES = 150_000
PICTURES = [(page, alt, path) for page in pages() for alt, path in PICTURE.findall(page.read_text())]


@pytest.mark.parametrize(("page", "alt", "path"), PICTURES, ids=[path for _, _, path in PICTURES])
def test_a_picture_is_there_small_and_described(page, alt, path):
    file = page.parent / path

    assert file.read_bytes().startswith(b"\x89PNG\r\n"), name_of(page)
    assert file.stat().st_size < MOST_BYTES
    assert len(alt) > 40


def test_every_picture_is_shown_and_can_be_made_again():
    kept = {file.name for file in (DOCS / "pictures").iterdir()}

    assert kept == {path.rpartition("/")[2] for _, _, path in PICTURES} == {*IN_THE_README, *OF_CONNECTORS}
    assert set(IN_THE_README.values()) <= {view.name for view in ALL_VIEWS}
