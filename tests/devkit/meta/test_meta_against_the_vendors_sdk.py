# SPDX-License-Identifier: Apache-2.0
"""Every field, list and parameter of the emulator is known to Meta's own SDK, or on a short list with its source."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from sealock_devkit.emulators.meta.graph.directory import TYPES
from sealock_devkit.emulators.meta.graph.webhook_subscriptions import PAGE_FIELDS
from sealock_devkit.emulators.meta.settings import FACEBOOK_SCOPES

SDK = {
    "Application": ("application", "Application"),
    "Comment": ("comment", "Comment"),
    "IGComment": ("igcomment", "IGComment"),
    "IGMedia": ("igmedia", "IGMedia"),
    "IGUser": ("iguser", "IGUser"),
    "Page": ("page", "Page"),
    "PagePost": ("pagepost", "PagePost"),
    "UnifiedThread": ("unifiedthread", "UnifiedThread"),
    "User": ("user", "User"),
}
LOGIN = "documented for Instagram Login's /me"
CONNECTION = "a connection: the SDK has a method for it, and field expansion reads it"
FIELDS_FROM_ELSEWHERE = {
    "IGMedia.children": CONNECTION,
    "IGUser.user_id": LOGIN,
    "IGUser.account_type": LOGIN,
    "Page.picture": CONNECTION,
    "PagePost.attachments": CONNECTION,
}
NOT_IN_THE_SDK = {
    "Account": "what /me/accounts answers: a Page with `tasks`, in Meta's guide to Pages",
    "Message": "Meta's reference of conversations and of Instagram's Conversations API",
    "UserContext": "Messenger's User Profile API",
    "IGMessagingUser": "Instagram's User Profile API",
    "Profile": "who wrote a post or comment",
    "IGCommentFromUser": "who wrote a comment on Instagram",
}
PARAMETERS = {
    ("Page", "create_message"): {"recipient", "message", "messaging_type", "tag", "reply_to", "sender_action"},
    ("Page", "create_message_attachment"): {"message", "platform"},
    ("Page", "create_photo"): {"url", "published", "message", "caption"},
    ("Page", "create_feed"): {"message"},
    ("Page", "create_subscribed_app"): {"subscribed_fields"},
    ("PagePost", "create_comment"): {"message", "attachment_url", "attachment_id", "attachment_share_url"},
    ("PagePost", "api_update"): {"message", "is_hidden"},
    ("Comment", "create_comment"): {"message", "attachment_url", "attachment_id", "attachment_share_url"},
    ("Comment", "api_update"): {"message", "is_hidden"},
    ("IGComment", "create_reply"): {"message"},
    ("IGComment", "api_update"): {"hide"},
    ("IGMedia", "create_comment"): {"message"},
    ("IGMedia", "api_update"): {"comment_enabled"},
    ("IGUser", "create_mention"): {"media_id", "comment_id", "message"},
    ("IGUser", "create_message"): {"recipient", "message", "messaging_type", "tag"},
    ("IGUser", "create_message_attachment"): {"message", "platform"},
    ("Application", "create_subscription"): {"object", "callback_url", "fields", "verify_token", "include_values"},
    ("Application", "delete_subscriptions"): {"object"},
}
PARAMETERS_FROM_ELSEWHERE = {
    "comments.summary": "Meta's reference of an object's comments",
    "IGUser.create_message_attachment.platform": "the changelog of 13 March 2026: the same call as a Page's",
}


def sdk_class(kind: str):
    module, name = SDK[kind]
    return getattr(importlib.import_module(f"facebook_business.adobjects.{module}"), name)


def known_fields(kind: str) -> set[str]:
    field = sdk_class(kind).Field
    return {value for name, value in vars(field).items() if not name.startswith("__") and isinstance(value, str)}


def known_parameters(kind: str, method: str) -> set[str]:
    source = inspect.getsource(getattr(sdk_class(kind), method))
    block = re.search(r"param_types = \{(.*?)\}", source, re.DOTALL)
    assert block is not None
    return set(re.findall(r"'(\w+)':", block[1]))


def test_every_kind_of_node_is_the_sdks_or_has_a_source():
    assert set(TYPES) == set(SDK) | set(NOT_IN_THE_SDK)


@pytest.mark.parametrize("kind", sorted(SDK))
def test_every_field_is_the_sdks_or_has_a_source(kind):
    elsewhere = {name.partition(".")[2] for name in FIELDS_FROM_ELSEWHERE if name.startswith(f"{kind}.")}
    known = known_fields(kind)
    assert set(TYPES[kind].fields) - known == elsewhere, "and no source is named that is not needed"


@pytest.mark.parametrize("kind", sorted(SDK))
def test_every_list_and_its_parameters_are_the_sdks(kind):
    for name, edge in TYPES[kind].edges.items():
        known = known_parameters(kind, f"get_{name}")
        unknown = {each for each in edge.params - known if f"{name}.{each}" not in PARAMETERS_FROM_ELSEWHERE}
        assert unknown == set(), name


@pytest.mark.parametrize("kind", sorted(SDK))
def test_every_deed_is_the_sdks(kind):
    words = {"POST": "create", "DELETE": "delete"}
    singular = {"comments": "comment", "photos": "photo", "messages": "message", "mentions": "mention", "feed": "feed"}
    singular |= {"replies": "reply", "message_attachments": "message_attachment", "subscribed_apps": "subscribed_app"}
    singular |= {"subscriptions": "subscription"}
    for method, edge in TYPES[kind].writes:
        if not edge:
            expected = "api_update" if method == "POST" else "api_delete"
        elif method == "POST":
            expected = f"create_{singular[edge]}"
        else:
            expected = f"{words[method]}_{edge}"
        known = hasattr(sdk_class(kind), expected)
        assert known or (kind, edge) == ("User", "permissions"), expected


@pytest.mark.parametrize(("kind", "method"), sorted(PARAMETERS))
def test_every_parameter_of_a_deed_is_the_sdks_or_has_a_source(kind, method):
    unknown = PARAMETERS[kind, method] - known_parameters(kind, method)
    prefix = f"{kind}.{method}."
    elsewhere = {name.removeprefix(prefix) for name in PARAMETERS_FROM_ELSEWHERE if name.startswith(prefix)}
    assert unknown == elsewhere, "and no source is named that is not needed"


def test_the_fields_of_subscriptions_are_the_sdks():
    known = vars(sdk_class("Page").SubscribedFields).values()
    assert set(known) >= PAGE_FIELDS


def test_the_permissions_of_pages_are_the_sdks():
    tasks = vars(sdk_class("Page").PermittedTasks).values()
    assert {"MANAGE", "CREATE_CONTENT", "MODERATE", "MESSAGING", "ADVERTISE", "ANALYZE"} <= set(tasks)
    assert "pages_manage_engagement" in FACEBOOK_SCOPES
