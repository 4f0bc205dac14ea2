# SPDX-License-Identifier: Apache-2.0
"""Which ids Zendesk takes and logs can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sealock_edge.zendesk.limits import AUTHOR_ID_CHARS, CONVERSATION_ID_CHARS, EXTERNAL_ID_CHARS, POSTED_ID_CHARS

_ID_CHARS: Final = min(EXTERNAL_ID_CHARS, POSTED_ID_CHARS, AUTHOR_ID_CHARS, CONVERSATION_ID_CHARS)


def is_id(text: str) -> bool:
    """Whether this is an external id: printable ASCII without outer spaces, neither empty nor too long."""
    return 0 < len(text) <= _ID_CHARS and text.isascii() and text.isprintable() and text[0] != " " and text[-1] != " "


def are_plain_ids(ids: Sequence[str]) -> bool:
    """Whether all of these are external ids without any space; quicker than one by one."""
    joined = "".join(ids)
    return (
        all(ids)
        and max(map(len, ids), default=0) <= _ID_CHARS
        and joined.isascii()
        and joined.isprintable()
        and " " not in joined
    )
