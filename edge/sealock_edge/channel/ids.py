# SPDX-License-Identifier: Apache-2.0
"""Which ids Zendesk takes and logs can show."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sealock_edge.channel.limits import AUTHOR_ID_CHARS, CONVERSATION_ID_CHARS, EXTERNAL_ID_CHARS, POSTED_ID_CHARS

_ID_CHARS: Final = min(EXTERNAL_ID_CHARS, POSTED_ID_CHARS, AUTHOR_ID_CHARS, CONVERSATION_ID_CHARS)


def is_id(text: str) -> bool:
    """Whether this is an external id: printable ASCII without outer spaces, neither empty nor too long."""
    return 0 < len(text) <= _ID_CHARS and text.isascii() and text.isprintable() and text[0] != " " and text[-1] != " "


is_known_id = lru_cache(maxsize=8192)(is_id)
"""`is_id` for what comes again and again: threads and authors."""
