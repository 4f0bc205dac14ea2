# SPDX-License-Identifier: Apache-2.0
"""A refusal of the Graph API, read from the answer's `error` object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sealock_origins.meta.failures.codes import Meaning, meaning_of

SOON = timedelta(minutes=1)
_SERVERS = 500
_MOST_WORDS = 300
_MOST_DIGITS = 9
_YES = (True, "true", "1")


@dataclass(slots=True, eq=False)
class Refused(Exception):
    """The Graph API said no. `detail` is for logs: numbers only, nothing that anybody wrote."""

    status: int
    code: int
    subcode: int
    meaning: Meaning
    words: str = ""
    """What Meta says to people, in one line of at most 300 characters, in whatever language; often empty."""
    retry_after: timedelta | None = None

    @property
    def detail(self) -> str:
        """The refusal by its numbers."""
        return f"Meta refused: {self.meaning.value} ({self.status}, code {self.code}/{self.subcode})"

    @property
    def is_servers(self) -> bool:
        """Whether it came with a server's status: 5xx."""
        return self.status >= _SERVERS

    def meaning_instead(self, meaning: Meaning) -> Refused:
        """The same refusal, by whose place it is known to mean something more exact."""
        return Refused(self.status, self.code, self.subcode, meaning, self.words, self.retry_after)

    def __str__(self) -> str:
        return self.detail


def refusal(status: int, error: Mapping[str, Any], retry_after: timedelta | None = None) -> Refused:
    """The refusal that an answer's `error` object tells of."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    meaning = meaning_of(code, subcode, status=status, transient=error.get("is_transient") in _YES)
    words = _line(error.get("error_user_msg")) or _line(error.get("error_user_title"))
    return Refused(status, code, subcode, meaning, words, retry_after)


def _line(raw: Any) -> str:
    """What can be shown of a text, in one line; empty for anything else."""
    shown = (
        "".join(each if each.isprintable() else " " for each in raw[: 2 * _MOST_WORDS]) if isinstance(raw, str) else ""
    )
    return " ".join(shown.split())[:_MOST_WORDS]


def _number(raw: Any) -> int:
    """A number, also where it comes as a text: a dead token must not be missed for that."""
    if isinstance(raw, str) and len(raw) <= _MOST_DIGITS and raw.removeprefix("-").isdecimal() and raw.isascii():
        return int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else 0
