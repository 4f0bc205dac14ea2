# SPDX-License-Identifier: Apache-2.0
"""What the connectors ask for is known to Meta's own SDK, so that a misspelt field fails."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.comment import Comment
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost

from sealock_origins.facebook.posts import COMMENT_FIELDS, POST_FIELDS

CONNECTIONS = {"attachments"}
"""Lists that the SDK has as methods, and that field expansion reads."""


def known(kind) -> set[str]:
    return {value for name, value in vars(kind.Field).items() if not name.startswith("__")}


def names(fields) -> set[str]:
    return {each if isinstance(each, str) else each[0] for each in fields}


@pytest.mark.parametrize(("fields", "kind"), [(POST_FIELDS, PagePost), (COMMENT_FIELDS, Comment)])
def test_fields_are_the_sdks(fields, kind):
    assert names(fields) - known(kind) - CONNECTIONS == set()


@pytest.mark.parametrize("edge", ["feed", "visitor_posts", "conversations", "subscribed_apps"])
def test_lists_of_a_page_are_the_sdks(edge):
    assert hasattr(Page, f"get_{edge}")


@pytest.mark.parametrize("kind", [PagePost, Comment])
def test_comments_and_their_answers_are_the_sdks(kind):
    assert hasattr(kind, "get_comments")
    assert hasattr(kind, "create_comment")
