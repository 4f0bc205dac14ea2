# SPDX-License-Identifier: Apache-2.0
"""What a site has in its database, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SiteUser:
    """A user of a site."""

    login: str
    id: int
    password: str = field(repr=False)
    """The application password: for the REST API only."""
    sign_in_password: str = field(repr=False)
    """For `/wp-admin/`."""


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment to be put into the database as it stands, however unlikely."""

    post: int
    content: str
    date_gmt: datetime
    parent: int = 0
    parent_index: int | None = None
    """Instead of `parent`: which of the comments added together this one answers."""
    author_name: str = "Ada"
    author_email: str = "ada@example.test"
    user_id: int = 0
    status: str = "approved"
    """`approved`, `hold`, `spam` or `trash`."""
    type: str = "comment"
    user_agent: str = "Mozilla/5.0"

    def as_json(self) -> dict[str, Any]:
        """What the control script reads."""
        stamp = self.date_gmt.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return {name: getattr(self, name) for name in self.__slots__} | {"date_gmt": stamp}


@dataclass(frozen=True, slots=True)
class StoredComment:
    """A comment as the site's database has it."""

    id: int
    post: int
    parent: int
    user_id: int
    author_name: str
    author_email: str
    content: str
    status: str
    """`approved`, `hold`, `spam` or `trash`."""
    date_gmt: datetime
    user_agent: str

    @classmethod
    def from_row(cls, row: dict[str, str]) -> StoredComment:
        """From a row of WordPress's comments table."""
        return cls(
            id=int(row["comment_ID"]),
            post=int(row["comment_post_ID"]),
            parent=int(row["comment_parent"]),
            user_id=int(row["user_id"]),
            author_name=row["comment_author"],
            author_email=row["comment_author_email"],
            content=row["comment_content"],
            status={"1": "approved", "0": "hold"}.get(row["comment_approved"], row["comment_approved"]),
            date_gmt=datetime.fromisoformat(row["comment_date_gmt"]).replace(tzinfo=UTC),
            user_agent=row["comment_agent"],
        )
