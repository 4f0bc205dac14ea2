# SPDX-License-Identifier: Apache-2.0
"""How far an account has come: the state of its pulls, of one size however many posts there are."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sealock_connector import Cursor, InvalidRequest
from sealock_origins.meta.inbox_position import InboxPosition

OVERLAP = timedelta(hours=6)
"""Posts and comments that show so late, because they were hidden or held back, are still found."""
CURSOR_BYTES = 2_000
_HEAD = struct.Struct(">BH")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Which posts and comments, and which messages are done with. Together at most 3,603 bytes."""

    posts: Cursor
    inbox: InboxPosition

    @classmethod
    def load(cls, state: bytes, *, since: int, messages_since: int) -> Position:
        """Read a state; an empty one begins at `since`, in seconds. Raises `InvalidRequest`."""
        start = datetime.fromtimestamp(since, UTC)
        if not state:
            return cls(_cursor(b"", start), InboxPosition.begin(messages_since))
        try:
            version, size = _HEAD.unpack_from(state)
        except struct.error:
            raise InvalidRequest("the state is not this connector's") from None
        middle = _HEAD.size + size
        if version != _VERSION or middle > len(state):
            raise InvalidRequest("the state is not this connector's")
        inbox = InboxPosition.load(state[middle:]).not_before(messages_since)
        return cls(_cursor(state[_HEAD.size : middle], start), inbox)

    def dump(self) -> bytes:
        """The state's bytes."""
        posts = self.posts.dump()
        return _HEAD.pack(_VERSION, len(posts)) + posts + self.inbox.dump()

    def with_posts(self, posts: Cursor) -> Position:
        """The same, with posts and comments that far."""
        return replace(self, posts=posts)

    def with_inbox(self, inbox: InboxPosition) -> Position:
        """The same, with messages that far."""
        return replace(self, inbox=inbox)


def _cursor(state: bytes, start: datetime) -> Cursor:
    return Cursor.load(state, overlap=OVERLAP, start=start, most_bytes=CURSOR_BYTES)
