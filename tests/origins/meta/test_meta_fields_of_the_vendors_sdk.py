# SPDX-License-Identifier: Apache-2.0
"""
What the connectors ask for and send is known to Meta's own SDK, so that a misspelt field fails.

The rest is the emulator's: it refuses fields and parameters that it does not know, and is compared with the SDK itself.
"""

from __future__ import annotations

import ast
import inspect
import textwrap

import pytest
from facebook_business.adobjects.comment import Comment
from facebook_business.adobjects.igcomment import IGComment
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.unifiedthread import UnifiedThread

from sealock_origins.facebook import posts, webhooks
from sealock_origins.instagram import media, replies
from sealock_origins.instagram.webhooks import PAGE_FIELDS
from sealock_origins.meta import messages
from sealock_origins.meta.replying.sender import Window

CONNECTIONS = {"attachments", "comments", "replies"}
"""Lists that the SDK has as methods, and that field expansion reads."""


def known(kind) -> set[str]:
    return {value for name, value in vars(kind).items() if not name.startswith("__")}


def names(fields) -> set[str]:
    return {(each if isinstance(each, str) else each[0]).partition(".")[0] for each in fields}


def parameters(method) -> set[str]:
    """The names in the method's own table."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(method)))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "param_types":
            return {key.value for key in node.value.keys}
    raise AssertionError(f"{method} has no table of parameters")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (posts.POST_FIELDS, PagePost),
        (posts.COMMENT_FIELDS, Comment),
        (media.MEDIA_FIELDS, IGMedia),
        (media.TAGGED_FIELDS, IGMedia),
        (media.COMMENT_FIELDS, IGComment),
        (media.REPLY_FIELDS, IGComment),
        (media.MENTIONED_FIELDS, IGComment),
        (replies._ANSWERED_FIELDS, IGComment),
        (messages._LIST_FIELDS, UnifiedThread),
    ],
)
def test_fields_are_the_sdks(fields, kind):
    assert names(fields) - known(kind.Field) - CONNECTIONS == set()


@pytest.mark.parametrize(
    ("kind", "edge"),
    [
        *((Page, each) for each in ("feed", "visitor_posts", "conversations", "subscribed_apps")),
        *((IGUser, each) for each in ("media", "tags", "conversations", "subscribed_apps")),
        (PagePost, "comments"),
        (Comment, "comments"),
        (IGMedia, "comments"),
        (IGComment, "replies"),
        (UnifiedThread, "messages"),
    ],
)
def test_lists_are_the_sdks(kind, edge):
    assert hasattr(kind, f"get_{edge}")


@pytest.mark.parametrize("kind", [Page, IGUser])
@pytest.mark.parametrize("window", [Window.RESPONSE, Window.HUMAN_AGENT])
def test_messages_are_sent_with_the_sdks_parameters(kind, window):
    sent = {"recipient", "message", *window.as_body()}
    assert sent <= parameters(kind.create_message)


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        (PagePost.create_comment, {"message"}),
        (Comment.create_comment, {"message"}),
        (Comment.get_comments, {"filter", "order", "since"}),
        (IGComment.create_reply, {"message"}),
        (IGUser.create_mention, {"media_id", "comment_id", "message"}),
        (Page.create_message_attachment, {"message", "platform"}),
        (Page.create_subscribed_app, {"subscribed_fields"}),
        (Page.get_conversations, {"platform", "user_id"}),
    ],
)
def test_parameters_are_the_sdks(method, sent):
    assert sent <= parameters(method)


def test_what_a_page_is_subscribed_to_is_in_the_sdk():
    wanted = {*webhooks._FEED_FIELDS, *webhooks._MESSAGE_FIELDS, *PAGE_FIELDS}
    assert len(wanted) > 2
    assert wanted <= known(Page.SubscribedFields)
