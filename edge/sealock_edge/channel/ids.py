# SPDX-License-Identifier: Apache-2.0
"""Which ids Zendesk takes and logs can show."""

from __future__ import annotations

from sealock_edge.channel.limits import EXTERNAL_ID_CHARS


def is_id(text: str, max_chars: int = EXTERNAL_ID_CHARS) -> bool:
    """Whether this is an external id: printable ASCII without outer spaces, neither empty nor too long."""
    return 0 < len(text) <= max_chars and text.isascii() and text.isprintable() and text[0] != " " and text[-1] != " "
