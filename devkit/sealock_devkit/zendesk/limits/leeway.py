# SPDX-License-Identifier: Apache-2.0
"""What is taken where the schemas, the documentation and practice say different things."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leeway:
    """The schema's side, if nothing else is said."""

    resources_max: int = 256
    """The most resources in a pull's answer or a push."""
    parent_id_max: int = 255
    """The longest parent_id."""
    display_info_may_be_text: bool = False
    """Whether data in display_info may be a string."""
    documented_is_refused: bool = False
    """Whether what breaks only the documentation is refused too."""


SCHEMA = Leeway()
