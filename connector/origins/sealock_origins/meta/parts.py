# SPDX-License-Identifier: Apache-2.0
"""A reply as the messages that it becomes: Meta takes text or a file, not both, and no long text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sealock_connector import Reply
from sealock_origins.meta.messages import Message

MARK = "sealock:"
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。])\s"), re.compile(r"\s"))


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a reply: a text, or the id of an uploaded file."""

    text: str = ""
    attachment: str = ""
    kind: str = ""
    """The file's kind: `image`, `video`, `audio` or `file`."""

    def as_body(self) -> dict[str, object]:
        """The `message` of the Send API."""
        if self.text:
            return {"text": self.text}
        return {"attachment": {"type": self.kind, "payload": {"attachment_id": self.attachment}}}


def split(text: str, fits: Callable[[str], bool]) -> list[str]:
    """
    The text in pieces that fit: broken between paragraphs, else lines, sentences or words; within a word only if
    there is no other way. Nothing but the white space at the breaks is left out.
    """
    pieces, rest = [], text.strip()
    while rest and not fits(rest):
        end = _longest(rest, fits)
        cut = next((found for found in (_last(pattern, rest, end) for pattern in _BREAKS) if found), end)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def mark_of(reply: Reply, number: int) -> str:
    """What the reply's message of this number carries as `metadata`: the same each time it is tried."""
    name = hashlib.sha256(f"{reply.account.id}\n{reply.key}".encode()).hexdigest()[:32]
    return f"{MARK}{name}:{number}"


def found_of(texts: Sequence[str], files: int, own: Sequence[Message]) -> list[str]:
    """
    The ids of the reply's messages that are among the account's own, oldest first: the texts, then up to so many files.

    What was sent is a beginning of what was to be sent, so the search ends at the first that is missing.
    """
    found, place = [], 0
    for text in [*texts, *[""] * files]:
        at = next((n for n in range(place, len(own)) if _is(own[n], text)), None)
        if at is None:
            break
        found.append(own[at].id)
        place = at + 1
    return found


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for white space, which Meta may change."""
    return one.split() == other.split()


def _is(message: Message, text: str) -> bool:
    return same_words(message.text, text) if text else bool(message.files) and not message.text


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """How many of the text's first characters fit, at least one."""
    least, most = 1, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(text[:middle]) else (least, middle - 1)
    return least


def _last(pattern: re.Pattern[str], text: str, end: int) -> int:
    """Where to cut at the pattern: at its last place in the second half of what fits; 0 if there is none."""
    places = [match.start() for match in pattern.finditer(text, 0, end + 1)]
    return next((place for place in reversed(places) if end // 2 <= place <= end), 0)
