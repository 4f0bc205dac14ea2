# SPDX-License-Identifier: Apache-2.0
"""The ways in which people look at pages: by day, by night, in a narrow frame, in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

DESK = {"width": 1280, "height": 800}
NARROW = {"width": 400, "height": 800}

LOOKS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "light": {"viewport": DESK, "color_scheme": "light", "locale": "en-US"},
        "dark": {"viewport": DESK, "color_scheme": "dark", "locale": "en-US"},
        "narrow": {"viewport": NARROW, "color_scheme": "light", "locale": "en-US"},
        "german": {"viewport": DESK, "color_scheme": "light", "locale": "de"},
        "japanese": {"viewport": NARROW, "color_scheme": "light", "locale": "ja"},
    }
)
"""What to open a window with."""

TRANSLATED = ("german", "japanese")
"""Only the edge's pages speak these."""
