# SPDX-License-Identifier: Apache-2.0
"""What an account of either connector keeps, and how its people and its tickets are called."""

from __future__ import annotations

import base64
import binascii
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self, TypeVar

from sealock_connector import Account, Catalogues, Text
from sealock_connector.localisation import Words
from sealock_origins.meta.graph import Graph
from sealock_origins.meta.messages import Conversations

_CATALOGUES = Catalogues("sealock_origins.meta")
MOST_SENT = 60
"""So many of the messages and comments that agents sent last are remembered."""
_HASH_BYTES = 6
_MOST_SUBJECT_CHARS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaAccount(ABC):
    """The values of an account, by name. Each connector adds its own; a value that has a default may be absent."""

    token: str = field(repr=False)
    """The access token with which everything is read and sent."""
    since: int
    """What was written publicly before this second (since 1970) is not brought to Zendesk."""
    messages_since: int
    """Messages from before this second, likewise."""
    comments: bool
    """Comments on the account's own posts are brought to Zendesk."""
    messages: bool
    """Messages are."""
    privately: bool = False
    """Replies to comments are sent as messages."""
    sent: str = ""
    """What agents sent last, as `with_sent` writes it."""
    language: str = ""
    """In which language tickets say what has no words of its own: that of whoever set the account up; else English."""

    @classmethod
    def of(cls, account: Account) -> Self:
        """Read the values that `as_values` made. Raises `InvalidRequest`."""
        return account.values_as(cls)

    def as_values(self) -> Mapping[str, Any]:
        """What Zendesk keeps of the account."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return values if self.language else {name: each for name, each in values.items() if name != "language"}

    @property
    def words(self) -> Words:
        """What tickets say, in the account's language."""
        return _CATALOGUES.words(self.language)

    @property
    @abstractmethod
    def account_id(self) -> str:
        """The Page's or the Instagram account's id, as external ids have it."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What people call the account."""

    @property
    @abstractmethod
    def inbox_node(self) -> str:
        """Where its messages and subscriptions are in the Graph API."""

    @property
    @abstractmethod
    def own_ids(self) -> frozenset[str]:
        """The ids that what it wrote itself comes from."""

    @property
    @abstractmethod
    def brings_posts(self) -> bool:
        """Whether anything that is written publicly is brought to Zendesk."""

    @abstractmethod
    def conversations(self, graph: Graph) -> Conversations:
        """Its conversations, as the Graph API with its token gives them."""

    @property
    def sends_messages(self) -> bool:
        """Whether agents' replies can become messages."""
        return self.messages or (self.brings_posts and self.privately)

    @property
    def tasks(self) -> Sequence[str]:
        """What whoever connects the account with Facebook has to be allowed to do on its Page."""
        return (*(["MODERATE"] if self.brings_posts else []), *(["MESSAGING"] if self.sends_messages else []))

    def was_sent(self, item: str) -> bool:
        """
        Whether the message or comment is among those that agents sent last.

        A pull does not say which app sent a message: what is not among these was written by somebody in Meta's own
        inbox, and belongs on the ticket. And where a reply is looked for by its words, because an answer was lost,
        none of these is it: they are earlier replies, which may have the same words.
        """
        return was_sent(self.sent, item)

    def after_sending(self, ids: Iterable[str]) -> Self:
        """The account once these messages or comments were sent."""
        return replace(self, sent=with_sent(self.sent, ids))


AccountT = TypeVar("AccountT", bound=MetaAccount)
"""An account of one of the connectors."""


def person_id(origin: str, account: str, person: str) -> str:
    """The external id of a person, whom each account knows by another number."""
    return f"{origin}:{account}/person/{person}"


def comment_on(name: str) -> Text:
    """What a comment on a Page or an account is called."""
    return Text("Comment on {name}", name=name)


def mention_of(name: str) -> Text:
    """What a mention of an account is called."""
    return Text("Mention of {name}", name=name)


def post_on(name: str) -> Text:
    """What a visitor's post on a Page is called."""
    return Text("Post on {name}", name=name)


def somebody_at(origin: str) -> Text:
    """What somebody without a name is called; `origin` is its name for people."""
    return Text("{origin} user", origin=origin)


def subject(what: str, about: str = "") -> str:
    """A ticket's subject, at most 150 characters: what it is, and the words that it is about in one line."""
    line = " ".join(about.split())
    return (f"{what}: {line}" if line else what)[:_MOST_SUBJECT_CHARS]


def with_sent(sent: str, ids: Iterable[str]) -> str:
    """What an account's `sent` becomes once these were sent too: hashes of the last ids."""
    new = [_hash(item) for item in ids]
    hashes = [each for each in _hashes(sent) if each not in new] + new
    return base64.b64encode(b"".join(hashes[-MOST_SENT:])).decode()


def was_sent(sent: str, item: str) -> bool:
    """Whether an account's `sent` holds the message or comment."""
    return _hash(item) in _hashes(sent)


def _hashes(sent: str) -> list[bytes]:
    try:
        data = base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):
        return []
    if len(data) % _HASH_BYTES:
        return []
    return [data[start : start + _HASH_BYTES] for start in range(0, len(data), _HASH_BYTES)]


def _hash(item: str) -> bytes:
    return hashlib.blake2b(item.encode(), digest_size=_HASH_BYTES).digest()
