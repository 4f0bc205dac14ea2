# SPDX-License-Identifier: Apache-2.0
"""Strangers' files as answers: nothing in them runs, and nothing in their names adds to a header."""

from __future__ import annotations

from urllib.parse import quote

POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""The Content-Security-Policy of a file."""


def disposition(name: str, *, shown: bool = False) -> str:
    """The Content-Disposition of a file of this name: saved, unless it may be `shown`."""
    return f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
