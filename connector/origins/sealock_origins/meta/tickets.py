# SPDX-License-Identifier: Apache-2.0
"""What tickets of Facebook and Instagram have in common."""

from __future__ import annotations

from collections.abc import Iterator

from sealock_connector import File
from sealock_origins.meta.messages import Message

_MOST_SUBJECT_CHARS = 150


def subject(what: str, about: str = "") -> str:
    """A ticket's subject, at most 150 characters: what it is, and the words that it is about in one line."""
    line = " ".join(about.split())
    return (f"{what}: {line}" if line else what)[:_MOST_SUBJECT_CHARS]


def message_files(message: Message) -> Iterator[File]:
    """
    A message's files, to be opened by the connector (`message_files.open_message_file`) when they are wanted.

    All of them: the edge links those beyond the tenth in the text, and names those whose reference is too long.
    """
    for number, file in enumerate(message.files):
        yield File(file.file_name(number), file.type_or_guess, reference=f"m:{number}:{message.id}")
