# SPDX-License-Identifier: Apache-2.0
"""Closing what an author's generator holds, also when it is left early."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def closed_afterwards(iterator: AsyncIterator[Any]) -> AsyncIterator[None]:
    """Close the iterator in the end, if it is a generator."""
    try:
        yield
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()
