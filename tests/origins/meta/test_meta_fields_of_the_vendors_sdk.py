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
from facebook_business.adobjects.photo import Photo
from facebook_business.adobjects.recommendation import Recommendation
from facebook_business.adobjects.unifiedthread import UnifiedThread

from sealock_origins.facebook import more_posts, posts, webhooks
from sealock_origins.instagram import media, replies
from sealock_origins.instagram.webhooks import PAGE_FIELDS
from sealock_origins.meta.messages import conversations
from sealock_origins.meta.replying.sender import Window

CONNECTIONS = {"attachments", "children", "comments", "replies"}
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
        *((fields, PagePost) for fields in posts.POST_FIELDS),
        *((fields, Comment) for fields in posts.COMMENT_FIELDS),
        *((fields, Photo) for fields in more_posts.PHOTO_FIELDS),
        *((fields, Recommendation) for fields in more_posts.RATING_FIELDS),
        *((fields, IGMedia) for fields in media.MEDIA_FIELDS),
        *((fields, IGMedia) for fields in media.TAGGED_FIELDS),
        *((fields, IGComment) for fields in media.COMMENT_FIELDS),
        *((fields, IGComment) for fields in media.REPLY_FIELDS),
        *((fields, IGComment) for fields in media.MENTIONED_FIELDS),
        (replies._ANSWERED_FIELDS, IGComment),
        *((fields, UnifiedThread) for fields in conversations.LIST_FIELDS),
    ],
)
def test_fields_are_the_sdks(fields, kind):
    assert names(fields) - known(kind.Field) - CONNECTIONS == set()


@pytest.mark.parametrize(
    ("kind", "edge"),
    [
        *(
            (Page, each)
            for each in (
                "feed",
                "visitor_posts",
                "ads_posts",
                "photos",
                "ratings",
                "tagged",
                "conversations",
                "subscribed_apps",
            )
        ),
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
        (Page.get_ads_posts, {"include_inline_create"}),
        (Page.get_photos, {"type"}),
    ],
)
def test_parameters_are_the_sdks(method, sent):
    assert sent <= parameters(method)


def test_what_a_page_is_subscribed_to_is_in_the_sdk():
    wanted = {*webhooks._FEED_FIELDS, *webhooks._MESSAGE_FIELDS, *PAGE_FIELDS}
    assert len(wanted) > 2
    assert wanted <= known(Page.SubscribedFields)
