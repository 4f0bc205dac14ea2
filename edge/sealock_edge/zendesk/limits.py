# SPDX-License-Identifier: Apache-2.0
"""
The limits of Zendesk's Channel protocol, in Unicode code points and elements.

Those that the contract with connectors knows too are read from its descriptors, so that there is one source.
Where Zendesk's documentation and its schemas disagree, the smaller number counts.
"""

from __future__ import annotations

from typing import Final

from sealock.connector.v1.channelback_pb2 import ChannelbackHeader, ChannelbackResponse
from sealock.connector.v1.external_resource_pb2 import Author, DisplayInfo, ExternalResource, FieldValue, FileReference
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_contract.limits import ITEMS_TAKEN, max_chars, max_items

METADATA_CHARS: Final = 5000
"""Protocol: metadata, everywhere."""
STATE_CHARS: Final = 5000
"""Protocol: state, everywhere."""

# An external resource and its author (protocol: pull answer).
EXTERNAL_ID_CHARS: Final = max_chars(ExternalResource, "external_id")
CONVERSATION_ID_CHARS: Final = max_chars(ExternalResource, "parent_id")
MESSAGE_CHARS: Final = max_chars(ExternalResource, "message")
HTML_MESSAGE_CHARS: Final = max_chars(ExternalResource, "html_message")
DISPLAY_INFO_ITEMS: Final = max_items(ExternalResource, "display_info")
FIELDS_ITEMS: Final = max_items(ExternalResource, "fields")
FILES_ITEMS: Final = max_items(ExternalResource, "files")
AUTHOR_ID_CHARS: Final = max_chars(Author, "external_id")
AUTHOR_NAME_CHARS: Final = max_chars(Author, "name")
AUTHOR_IMAGE_URL_CHARS: Final = max_chars(Author, "image_url")
AUTHOR_LOCALE_CHARS: Final = max_chars(Author, "locale")
AUTHOR_FIELDS_ITEMS: Final = max_items(Author, "fields")
FIELD_ID_CHARS: Final = max_chars(FieldValue, "id")
FILE_NAME_CHARS: Final = max_chars(FileReference, "name")
FILE_URL_CHARS: Final = max_chars(FileReference, "url")
FILE_REFERENCE_CHARS: Final = max_chars(FileReference, "reference")
DISPLAY_INFO_TYPE_CHARS: Final = max_chars(DisplayInfo, "type")
DISPLAY_INFO_DATA_CHARS: Final = 65535
"""Protocol: display_info, the length of `data` as JSON."""

# What one pull answers.
PULL_ITEMS: Final = max_items(PullResponse, "resources")
FAILED_REPLIES_ITEMS: Final = max_items(PullResponse, "failed_replies")
FILES_TAKEN: Final = ITEMS_TAKEN * FILES_ITEMS
FIELDS_TAKEN: Final = ITEMS_TAKEN * FIELDS_ITEMS
AUTHOR_FIELDS_TAKEN: Final = ITEMS_TAKEN * AUTHOR_FIELDS_ITEMS
DISPLAY_INFO_TAKEN: Final = ITEMS_TAKEN * DISPLAY_INFO_ITEMS
"""How many of each are looked at to find those that fit; a resource with more is set aside."""

# An agent's reply (protocol: channelback request and answer).
REPLY_CHARS: Final = max_chars(ChannelbackHeader, "message")
REPLY_PARENT_CHARS: Final = max_chars(ChannelbackHeader, "parent_id")
REPLY_THREAD_CHARS: Final = max_chars(ChannelbackHeader, "thread_id")
REPLY_RECIPIENT_CHARS: Final = max_chars(ChannelbackHeader, "recipient_id")
REPLY_KEY_CHARS: Final = max_chars(ChannelbackHeader, "idempotency_key")
REPLY_FILES_ITEMS: Final = 32
"""Ours: Zendesk names no number."""
REPLY_FILE_URL_CHARS: Final = 2048
"""Ours: Zendesk names no number."""
POSTED_ID_CHARS: Final = max_chars(ChannelbackResponse, "external_id")

# The administrator's form (protocol: administrative interface).
ACCOUNT_NAME_CHARS: Final = 255
RETURN_URL_CHARS: Final = 2048
SUBDOMAIN_CHARS: Final = 63
LOCALE_CHARS: Final = 255
INSTANCE_PUSH_ID_CHARS: Final = 255
ACCESS_TOKEN_CHARS: Final = 1024

# The manifest (protocol: integration manifest).
MANIFEST_NAME_CHARS: Final = 255
MANIFEST_ID_CHARS: Final = 511
MANIFEST_VERSION_CHARS: Final = 255
MANIFEST_AUTHOR_CHARS: Final = 255
MANIFEST_URL_CHARS: Final = 511
PUSH_CLIENT_ID_CHARS: Final = 127

# Zendesk's API (protocol: push).
PUSH_ITEMS: Final = PULL_ITEMS
"""The documentation names no number for a push, the schemas 256; a pull's documented one is the smaller."""
PUSH_BYTES: Final = 1024 * 1024
"""Ours, of the resources together: Zendesk names no number. One that is larger goes alone."""
PUSH_REQUEST_ID_CHARS: Final = 64
REPORTED_ERROR_CHARS: Final = 511

# Event callbacks.
EVENTS_ITEMS: Final = 1000
"""Ours: the most events of one request; Zendesk names no number."""
EVENT_LIST_ITEMS: Final = 1000
"""Ours: the most elements of a list in an event."""
