# SPDX-License-Identifier: Apache-2.0
"""Tickets with their comments, the end users who write, and agents' replies on their way to the origin."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from sealock_devkit.zendesk.store.database import Database, Unknown


@dataclass(frozen=True, slots=True)
class User:
    """An end user with an identity of type any_channel."""

    id: int
    integration_id: int
    account_id: int
    """The account that brought them first."""
    external_id: str
    name: str
    image_url: str
    locale: str
    fields: str
    """User fields, as JSON."""
    created_at: str
    deleted_at: str | None


class UserStore:
    """Users by number and by identity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, **values: Any) -> User:
        """Remember a new user; values by column."""
        return self.get(self._database.insert("users", **values))

    def get(self, number: int) -> User:
        """The user of this number, deleted or not. Raises `Unknown`."""
        user = self._database.one(User, "SELECT * FROM users WHERE id = ?", number)
        if user is None:
            raise Unknown(f"there is no user {number}")
        return user

    def by_identity(self, scope: str, external_id: str) -> User | None:
        """The user that an author is."""
        sql = "SELECT * FROM users WHERE scope = ? AND external_id = ? AND deleted_at IS NULL"
        return self._database.one(User, sql, scope, external_id)

    def all(self) -> list[User]:
        """All users that are not deleted."""
        return self._database.all(User, "SELECT * FROM users WHERE deleted_at IS NULL ORDER BY id")

    def update(self, number: int, **values: Any) -> None:
        """Change columns."""
        self._database.update("users", number, **values)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket: one conversation with an end user."""

    id: int
    integration_id: int
    account_id: int
    requester_id: int | None
    subject: str
    status: str
    """`new`, `open`, `pending`, `hold`, `solved` or `closed`."""
    thread_id: str
    follow_up_of: int | None
    allow_channelback: bool
    """What the last resource or reply said."""
    fields: str
    """Ticket fields, as JSON."""
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a ticket: an end user's, or an agent's when `agent` is set."""

    id: int
    ticket_id: int
    user_id: int | None
    agent: str
    body: str
    html_body: str
    """Cleaned; empty when the resource had none."""
    public: bool
    external_id: str | None
    display_info: str
    file_urls: str
    problem: str
    """Why it did not reach the origin, for the agent to read."""
    created_at: str
    added_at: str
    undelivered: bool = False
    """It did not reach the origin, and no agent has dealt with that yet."""


_WHERE_FOUND = """WHERE CAST(id AS TEXT) = ltrim(?1, '#') OR instr(lower(subject), lower(?1))
  OR requester_id IN (SELECT id FROM users WHERE instr(lower(name), lower(?1)))
  OR id IN (SELECT ticket_id FROM comments WHERE instr(lower(body), lower(?1)))"""


def _found(search: str) -> tuple[str, tuple[str, ...]]:
    """Which tickets a search finds, as SQL with its values. Every sign stands for itself."""
    return (_WHERE_FOUND, (search,)) if search else ("", ())


UNDELIVERED = "SELECT DISTINCT ticket_id FROM comments WHERE undelivered"


class TicketStore:
    """Tickets and comments by number, tickets by thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, **values: Any) -> Ticket:
        """Remember a new ticket; values by column."""
        return self.get(self._database.insert("tickets", **values))

    def get(self, number: int) -> Ticket:
        """The ticket of this number. Raises `Unknown`."""
        ticket = self._database.one(Ticket, "SELECT * FROM tickets WHERE id = ?", number)
        if ticket is None:
            raise Unknown(f"there is no ticket {number}")
        return ticket

    def all(self, *, status: str | None = None, account_id: int | None = None) -> list[Ticket]:
        """All tickets, the oldest first."""
        sql = """SELECT * FROM tickets WHERE status = COALESCE(?, status)
                 AND account_id = COALESCE(?, account_id) ORDER BY id"""
        return self._database.all(Ticket, sql, status, account_id)

    def for_agents(self, limit: int, *, after: int = 0, search: str = "") -> list[Ticket]:
        """
        The first tickets of an agent's list: those with a reply that did not arrive, then the latest activity.

        Comments tell those of one instant apart. `after` says how many are passed over, `search` is as in
        `found_count`.
        """
        where, values = _found(search)
        sql = f"""SELECT * FROM tickets {where} ORDER BY id IN ({UNDELIVERED}) DESC, updated_at DESC,
                  (SELECT MAX(id) FROM comments WHERE ticket_id = tickets.id) DESC LIMIT ? OFFSET ?"""  # noqa: S608
        return self._database.all(Ticket, sql, *values, limit, after)

    def found_count(self, search: str) -> int:
        """How many have the words in their subject, a comment or their requester's name, or are of that number."""
        where, values = _found(search)
        return self._database.number(f"SELECT COUNT(*) FROM tickets {where}", *values)  # noqa: S608

    def waiting_count(self) -> int:
        """How many are neither solved nor closed, and their end user wrote last in public."""
        sql = """SELECT COUNT(*) FROM tickets WHERE status NOT IN ('solved', 'closed') AND '' =
                 (SELECT agent FROM comments WHERE ticket_id = tickets.id AND public ORDER BY id DESC LIMIT 1)"""
        return self._database.number(sql)

    def undelivered_count(self) -> int:
        """How many have a reply that did not arrive."""
        return self._database.number(f"SELECT COUNT(*) FROM ({UNDELIVERED})")  # noqa: S608

    def follow_ups(self, number: int) -> list[Ticket]:
        """The tickets that follow a closed one up, the oldest first."""
        return self._database.all(Ticket, "SELECT * FROM tickets WHERE follow_up_of = ? ORDER BY id", number)

    def update(self, number: int, **values: Any) -> Ticket:
        """Change columns; the ticket as it is then."""
        self._database.update("tickets", number, **values)
        return self.get(number)

    def by_thread(self, scope: str, thread_id: str) -> Ticket | None:
        """The ticket that a thread leads to: always its newest."""
        sql = """SELECT tickets.* FROM threads JOIN tickets ON tickets.id = threads.ticket_id
                 WHERE scope = ? AND threads.thread_id = ?"""
        return self._database.one(Ticket, sql, scope, thread_id)

    def lead_thread(self, scope: str, thread_id: str, ticket_id: int) -> None:
        """Let a thread lead to a ticket from now on."""
        self._database.run("INSERT OR REPLACE INTO threads VALUES (?, ?, ?)", scope, thread_id, ticket_id)

    def add_comment(self, **values: Any) -> Comment:
        """Remember a new comment; values by column."""
        return self.comment(self._database.insert("comments", **values))

    def comment(self, number: int) -> Comment:
        """The comment of this number. Raises `Unknown`."""
        comment = self._database.one(Comment, "SELECT * FROM comments WHERE id = ?", number)
        if comment is None:
            raise Unknown(f"there is no comment {number}")
        return comment

    def comments(self, ticket_id: int) -> list[Comment]:
        """A ticket's comments in the order in which they were added."""
        return self._database.all(Comment, "SELECT * FROM comments WHERE ticket_id = ? ORDER BY id", ticket_id)

    def last_comment(self, ticket_id: int, *, public: bool = False) -> Comment | None:
        """A ticket's newest comment; or its newest public one."""
        which = "AND public" if public else ""
        sql = f"SELECT * FROM comments WHERE ticket_id = ? {which} ORDER BY id DESC LIMIT 1"  # noqa: S608
        return self._database.one(Comment, sql, ticket_id)

    def undelivered(self, ticket_id: int) -> list[Comment]:
        """A ticket's comments that did not reach the origin and that nobody has dealt with, the oldest first."""
        sql = "SELECT * FROM comments WHERE ticket_id = ? AND undelivered ORDER BY id"
        return self._database.all(Comment, sql, ticket_id)

    def deal_with(self, ticket_id: int, comment_id: int | None = None) -> None:
        """An agent has dealt with all of a ticket's comments that did not arrive, or with one of them."""
        sql = """UPDATE comments SET undelivered = 0 WHERE ticket_id = ? AND undelivered AND id = COALESCE(?, id)"""
        self._database.run(sql, ticket_id, comment_id)

    def update_comment(self, number: int, **values: Any) -> None:
        """Change columns of a comment."""
        self._database.update("comments", number, **values)

    def counts(self) -> tuple[int, int]:
        """How many tickets and how many comments there are."""
        tickets = self._database.number("SELECT COUNT(*) FROM tickets")
        return tickets, self._database.number("SELECT COUNT(*) FROM comments")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of the service for a reply."""

    at: str
    status: int | None
    """The HTTP status; `None` when no answer came."""
    outcome: str
    """In words: `delivered`, `HTTP 503`, `timeout`, ..."""
    milliseconds: float
    call_id: int | None = None
    """Its call; `None` for attempts of earlier versions."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A channelback: what is sent, and how far it got."""

    id: int
    account_id: int
    ticket_id: int
    comment_id: int
    request_unique_identifier: str
    """The same in every repetition."""
    parent_id: str | None
    thread_id: str | None
    recipient_id: str | None
    status: str
    """`waiting`, `delivered` or `failed`."""
    attempts: str
    """A JSON array of attempts."""
    external_id: str
    """The service's id of the posted reply."""
    problem: str
    """What the agent reads when it failed."""
    created_at: str
    finished_at: str | None

    @property
    def tries(self) -> list[Attempt]:
        """The attempts so far."""
        return [Attempt(**attempt) for attempt in json.loads(self.attempts)]


class ReplyStore:
    """Replies by number and by comment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, **values: Any) -> Reply:
        """Remember a new reply; values by column."""
        return self.get(self._database.insert("replies", **values))

    def get(self, number: int) -> Reply:
        """The reply of this number. Raises `Unknown`."""
        reply = self._database.one(Reply, "SELECT * FROM replies WHERE id = ?", number)
        if reply is None:
            raise Unknown(f"there is no reply {number}")
        return reply

    def by_comment(self, comment_id: int) -> Reply | None:
        """The reply that a comment is sent as."""
        return self._database.one(Reply, "SELECT * FROM replies WHERE comment_id = ?", comment_id)

    def by_external_id(self, account_id: int, external_id: str) -> Reply | None:
        """The newest reply of an account that the service gave this id."""
        sql = "SELECT * FROM replies WHERE account_id = ? AND external_id = ? ORDER BY id DESC LIMIT 1"
        return self._database.one(Reply, sql, account_id, external_id)

    def all(self, status: str | None = None) -> list[Reply]:
        """All replies, the oldest first."""
        return self._database.all(Reply, "SELECT * FROM replies WHERE status = COALESCE(?, status) ORDER BY id", status)

    def add_attempt(self, reply: Reply, attempt: Attempt) -> Reply:
        """Remember a call."""
        attempts = json.dumps([*(asdict(each) for each in reply.tries), asdict(attempt)])
        self._database.update("replies", reply.id, attempts=attempts)
        return self.get(reply.id)

    def finish(self, number: int, **values: Any) -> Reply:
        """Remember how it ended."""
        self._database.update("replies", number, **values)
        return self.get(number)

    def count(self, status: str) -> int:
        """How many are `waiting`, `delivered` or `failed`."""
        return self._database.number("SELECT COUNT(*) FROM replies WHERE status = ?", status)
