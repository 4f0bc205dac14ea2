# SPDX-License-Identifier: Apache-2.0
"""Other orders than the one in which things happened, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def another_order(items: Sequence[Item], seed: str) -> list[Item]:
    """The items in an order that is not theirs, if there are two or more. No two of them may be equal."""
    random = Random(seed)  # noqa: S311 - it has to be repeatable
    mixed = list(items)
    while len(mixed) > 1 and mixed == list(items):
        random.shuffle(mixed)
    return mixed
