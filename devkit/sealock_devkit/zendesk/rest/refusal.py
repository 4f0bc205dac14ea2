# SPDX-License-Identifier: Apache-2.0
"""How the REST API says no."""

from __future__ import annotations


class RestRefused(Exception):
    """A call that is refused: its HTTP status, a name for the error, and what is wrong in words without values."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
