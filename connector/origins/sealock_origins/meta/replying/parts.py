# SPDX-License-Identifier: Apache-2.0
"""A reply as messages: its text in pieces that fit, and which of them were sent already."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sealock_connector import Reply
from sealock_origins.meta.messages import Message

METADATA_PREFIX = "sealock:"
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。])\s"), re.compile(r"\s"))
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
"""Categories of characters that show nothing: white space, marks of direction, joiners."""
_JOINER = "\u200d"
_VARIATIONS = "\ufe0e\ufe0f"
"""Marks that say how the sign before them is drawn."""
_MENTION = re.compile(r"@\[[0-9]{1,25}(?::[^\[\]]{1,100})?\]", re.ASCII)
"""How somebody is named in a comment, who is then shown with a name."""
_MOST_MENTIONS = 10
_MOST_NAME_CHARS = 100
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


@dataclass(frozen=True, slots=True)
class MessagePart:
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


def split_text(text: str, fits: Callable[[str], bool]) -> list[str]:
    """
    The text in pieces that fit: broken between paragraphs, else lines, sentences or words; within a word only if
    there is no other way, and never within a character that consists of several, such as a family or a flag, unless it
    alone does not fit. Nothing but the white space at the breaks is left out; a text that shows nothing has no pieces.
    """
    if not shows(text):
        return []
    pieces, rest = [], text.strip()
    while rest and not fits(rest):
        end = _whole(rest, _longest(rest, fits))
        cut = next((found for found in (_last(pattern, rest, end) for pattern in _BREAKS) if found), end)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def shows(text: str) -> bool:
    """Whether a text has anything that can be seen."""
    return any(unicodedata.category(character) not in _UNSEEN for character in text)


def utf16_length(text: str) -> int:
    """The length as Messenger may count it: a character beyond the first 65,536 is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def metadata_of(reply: Reply, number: int) -> str:
    """What the reply's message of this number carries as `metadata`: the same each time it is tried."""
    name = hashlib.sha256(f"{reply.account.id}\n{reply.key}".encode()).hexdigest()[:32]
    return f"{METADATA_PREFIX}{name}:{number}"


def already_sent(texts: Sequence[str], files: int, own: Sequence[Message]) -> list[str]:
    """
    The ids of the reply's messages that are among the account's own, oldest first: the texts, then up to so many files.

    What was sent is a beginning of what was to be sent, so the search ends at the first that is missing.
    """
    found, place = [], 0
    for text in [*texts, *[""] * files]:
        at = next((n for n in range(place, len(own)) if _matches(own[n], text)), None)
        if at is None:
            break
        found.append(own[at].id)
        place = at + 1
    return found


def same_words(given: str, posted: str) -> bool:
    """
    Whether a text that Meta gives is one that was posted, but for what Meta changes: white space, what shows nothing,
    letters that consist of several characters, characters as entities, and a person's id that became a name.
    """
    if not {_plain(given), _plain(html.unescape(given))}.isdisjoint({_plain(posted), _plain(html.unescape(posted))}):
        return True
    pieces = _MENTION.split(_plain(posted))
    if not 1 < len(pieces) <= _MOST_MENTIONS:
        return False
    named = f".{{1,{_MOST_NAME_CHARS}}}?".join(map(re.escape, pieces))
    return re.fullmatch(named, _plain(given)) is not None


def _plain(text: str) -> str:
    """The words of a text, and nothing that is not seen."""
    return " ".join("".join(each for each in unicodedata.normalize("NFC", text) if _is_seen(each)).split())


def _is_seen(character: str) -> bool:
    hidden = character in _VARIATIONS or (unicodedata.category(character) in {"Cc", "Cf"} and not character.isspace())
    return not hidden


def _matches(message: Message, text: str) -> bool:
    return same_words(message.text, text) if text else bool(message.files) and not message.text


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """How many of the text's first characters fit, at least one."""
    least, most = 1, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(text[:middle]) else (least, middle - 1)
    return least


def _whole(text: str, end: int) -> int:
    """The last place before `end` at which no character is cut that consists of several; `end` if there is none."""
    place = end
    while 0 < place < len(text) and _is_within(text, place):
        place -= 1
    return place or end


def _is_within(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if _JOINER in {before, after} or unicodedata.combining(after) or unicodedata.category(after) in {"Mn", "Me", "Mc"}:
        return True
    if ord(after) in _SKIN_TONES:
        return True
    letters = 0
    while place > letters and ord(text[place - 1 - letters]) in _FLAG_LETTERS:
        letters += 1
    return ord(after) in _FLAG_LETTERS and letters % 2 == 1


def _last(pattern: re.Pattern[str], text: str, end: int) -> int:
    """Where to cut at the pattern: at its last place in the second half of what fits; 0 if there is none."""
    places = [match.start() for match in pattern.finditer(text, 0, end + 1)]
    return next((place for place in reversed(places) if end // 2 <= place <= end), 0)
