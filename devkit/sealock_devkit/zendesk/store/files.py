# SPDX-License-Identifier: Apache-2.0
"""Files of comments: what agents attached, and what was downloaded for the origin's comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.store.database import Database, Unknown


@dataclass(frozen=True, slots=True)
class File:
    """A file without its content."""

    id: int
    comment_id: int
    name: str
    content_type: str
    size: int
    """Bytes."""
    source_url: str = field(repr=False)
    """Where the origin has it; empty for an agent's file."""
    status: str
    """`waiting` to be downloaded, `stored` or `failed`."""
    problem: str
    """Why it could not be downloaded, or is not sent to the origin."""
    token: str = field(repr=False)
    """Stands in its address."""
    storage_key: str = field(repr=False)
    """Stands in the address to which a request for it may be redirected."""
    created_at: str


class FileStore:
    """Files by number, by comment, and by what stands in their addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, comment_id: int, *, content: bytes | None = None, **values: Any) -> File:
        """Remember a file; values by column. Without a content it waits for its download."""
        with self._database.transaction():
            number = self._database.insert("files", comment_id=comment_id, **values, status="waiting")
            if content is not None:
                self.keep(number, values["content_type"], content)
        return self.get(number)

    def keep(self, number: int, content_type: str, content: bytes) -> None:
        """Remember a file's content."""
        with self._database.transaction():
            self._database.insert("contents", file_id=number, content=content)
            self._database.update("files", number, status="stored", content_type=content_type, size=len(content))

    def fail(self, number: int, problem: str) -> None:
        """Remember why there is no content."""
        self._database.update("files", number, status="failed", problem=problem)

    def get(self, number: int) -> File:
        """The file of this number. Raises `Unknown`."""
        file = self._database.one(File, "SELECT * FROM files WHERE id = ?", number)
        if file is None:
            raise Unknown(f"there is no file {number}")
        return file

    def content(self, number: int) -> bytes:
        """A stored file's bytes. Raises `Unknown`."""
        for row in self._database.rows("SELECT content FROM contents WHERE file_id = ?", number):
            return bytes(row["content"])
        raise Unknown(f"file {number} has no content")

    def has_content(self, number: int) -> bool:
        """Whether its bytes are here."""
        return bool(self._database.rows("SELECT 1 FROM contents WHERE file_id = ?", number))

    def head(self, number: int, length: int) -> bytes:
        """A stored file's first bytes, at most `length`."""
        return self._database.beginning("contents", "content", number, length)

    def of_comment(self, comment_id: int) -> list[File]:
        """A comment's files, in order."""
        return self._database.all(File, "SELECT * FROM files WHERE comment_id = ? ORDER BY id", comment_id)

    def by_token(self, token: str) -> File | None:
        """The stored file of this token."""
        return self._database.one(File, "SELECT * FROM files WHERE token = ? AND status = 'stored'", token)

    def by_storage_key(self, key: str) -> File | None:
        """The stored file of this key."""
        return self._database.one(File, "SELECT * FROM files WHERE storage_key = ? AND status = 'stored'", key)

    def waiting(self, limit: int) -> list[File]:
        """The next files to download."""
        return self._database.all(File, "SELECT * FROM files WHERE status = 'waiting' ORDER BY id LIMIT ?", limit)

    def waiting_count(self) -> int:
        """How many are to be downloaded."""
        return self._database.number("SELECT COUNT(*) FROM files WHERE status = 'waiting'")
