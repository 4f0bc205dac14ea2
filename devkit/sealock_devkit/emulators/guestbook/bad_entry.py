# SPDX-License-Identifier: Apache-2.0
"""What is wrong with something that cannot be written."""

from __future__ import annotations


class BadEntry(Exception):
    """An entry or a file that is not taken: `field` names what is wrong with it, `problem` says so in a sentence."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
