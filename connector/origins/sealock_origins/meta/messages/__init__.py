# SPDX-License-Identifier: Apache-2.0
"""Messages: as they are told in two shapes, what goes with their words, and the conversations that they are in."""

from sealock_origins.meta.messages.attachments import MessageFile, Note
from sealock_origins.meta.messages.conversations import (
    CALLS_A_SECOND,
    INSTAGRAM_MESSAGE_FIELDS,
    MESSAGE_FIELDS,
    Conversation,
    Conversations,
    Message,
    is_nameless,
    last_written_by,
    nameless,
)

__all__ = [
    "CALLS_A_SECOND",
    "INSTAGRAM_MESSAGE_FIELDS",
    "MESSAGE_FIELDS",
    "Conversation",
    "Conversations",
    "Message",
    "MessageFile",
    "Note",
    "is_nameless",
    "last_written_by",
    "nameless",
]
