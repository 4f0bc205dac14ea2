# SPDX-License-Identifier: Apache-2.0
"""How messages are called in external ids: Meta's own ids have no limit that is documented."""

from __future__ import annotations

import hashlib
import re

MOST_CHARS = 180
NAME = rf"[!-~]{{1,{MOST_CHARS}}}"
"""A regular expression for what `short_name` gives."""


def short_name(message: str) -> str:
    """A message's id; one that is too long, or has other characters, by its hash."""
    if re.fullmatch(NAME, message, re.ASCII):
        return message
    return f"sha256:{hashlib.sha256(message.encode()).hexdigest()}"
