# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with sealing, by what the caller can do about it."""

from __future__ import annotations


class Unsealable(Exception):
    """
    A sealed string does not open: not ours, changed, cut, expired, or meant for something else.

    There is one answer for all of these, in the same words, so that nobody learns which it was.
    """

    def __init__(self) -> None:
        super().__init__("This was not sealed here.")


class TooLarge(ValueError):
    """What is to be sealed does not fit into what Zendesk keeps: `size` bytes of at most `limit`."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes are to be sealed, and at most {limit} fit")
        self.size = size
        self.limit = limit


class KeyRingError(Exception):
    """The directory of keys cannot be used. The message names the file, never what is in it."""
