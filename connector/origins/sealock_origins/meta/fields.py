# SPDX-License-Identifier: Apache-2.0
"""Which fields a call asks for: the Graph API gives little more than an id to those who do not say."""

from __future__ import annotations

Field = str | tuple[str, "Fields"]
Fields = tuple[Field, ...]
"""Names, or a name with the fields of what it holds."""


def selection(fields: Fields) -> str:
    """The value of a call's `fields`: `id,from{id,name}`."""
    return ",".join(field if isinstance(field, str) else f"{field[0]}{{{selection(field[1])}}}" for field in fields)
