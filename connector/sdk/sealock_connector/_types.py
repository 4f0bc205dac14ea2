# SPDX-License-Identifier: Apache-2.0
"""
The values that connectors take and give, without I/O, without protobuf.

They are frozen, but for those that a connector gives by the hundred: a frozen one takes twice as long to make.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, get_type_hints

from sealock_connector.errors import InvalidRequest

_Values = TypeVar("_Values")


class SupportsDump(Protocol):
    """Anything that turns into the bytes of a state, such as a `Cursor`."""

    def dump(self) -> bytes:
        """The state's bytes, at most 3,700."""
        ...


State = bytes | SupportsDump
"""What a connector gives as a state: bytes, or something that turns into them when it is needed."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the connector set it up. Prints without its values, which hold the origin's secrets."""

    id: str
    """The edge's random name for the account; not a secret, the same for all calls."""
    values: Mapping[str, Any] = field(repr=False)
    """What `Done.account` held: whatever JSON can say."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of that name, or the default."""
        return self.values.get(name, default)

    def values_as(self, kind: type[_Values]) -> _Values:
        """
        The values as a dataclass that has a field for each, of type `str`, `int`, `float` or `bool`.

        One whose field has a default may be absent; others are left out. Raises `InvalidRequest`, with the name of
        one that is missing or of another type.
        """
        given: dict[str, Any] = {}
        types = get_type_hints(kind)
        for each in dataclasses.fields(kind):  # type: ignore[arg-type]
            if each.name in self.values:
                value, wanted = self.values[each.name], types[each.name]
                if type(value) is not wanted and (type(value), wanted) != (int, float):
                    raise InvalidRequest(f"the account's {each.name} is of another type")
                given[each.name] = value
            elif each.default is dataclasses.MISSING:
                raise InvalidRequest(f"the account lacks '{each.name}'")
        return kind(**given)

    def dump(self) -> bytes:
        """The account's bytes as Zendesk keeps them, sealed; at most 3,072."""
        return dump_values(self.values)


def dump_values(values: Mapping[str, Any]) -> bytes:
    """An account's values as compact JSON in a fixed order; `ValueError` or `TypeError` if JSON cannot say them."""
    return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode()


@dataclass(slots=True)
class Author:
    """Who wrote an item. Zendesk makes one end user for each `external_id`."""

    external_id: str
    name: str = ""
    image_url: str = ""
    locale: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """A file of an item: either a public `url`, or a `reference` that the connector's `open_file` takes."""

    name: str
    content_type: str = ""
    url: str = ""
    reference: str = ""


@dataclass(slots=True)
class ExternalResource:
    """
    One message, comment or review of the origin. Limits: `external_resource.proto`.

    Give `parent_id` or `thread_id`, not both; neither begins a conversation of its own.
    """

    external_id: str
    message: str
    created_at: datetime
    """Aware: a naive time is refused."""
    author: Author
    html_message: str = ""
    parent_id: str = ""
    thread_id: str = ""
    display_info: Sequence[tuple[str, Mapping[str, Any]]] = ()
    allow_channelback: bool | None = None
    internal_note: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[File] = ()


@dataclass(slots=True)
class Pulled:
    """
    One step of a pull: an item (or None for one that is skipped), and the state once it is answered.

    The state that a pull answers with is the `after` of the last step that fitted into the page, so a page that
    is cut by a limit, a deadline or an error goes on exactly where it stopped.
    """

    resource: ExternalResource | None
    after: State


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull: what the connector needs to find what is new."""

    account: Account
    state: bytes
    """The state of the last pull; empty if there was none."""
    hints: Sequence[bytes] = ()
    """What webhooks told of the account (`WebhookAnswer.deliveries`) and no pull has brought yet, oldest first."""
    locale: str = ""
    """The account's language (BCP 47), for words of the connector's own in resources; empty: not known."""
    unread_hints: list[bytes] = field(default_factory=list, repr=False)
    renewals: list[Mapping[str, Any]] = field(default_factory=list, repr=False)
    failed_replies: dict[str, str] = field(default_factory=dict, repr=False)

    def not_yet(self, hint: bytes) -> None:
        """What the hint names cannot be read now: the next pulls get it again."""
        self.unread_hints.append(hint)

    def reply_failed(self, external_id: str, message_for_agent: str = "") -> None:
        """
        A reply of an agent failed after it was posted under this external id: its ticket will say so, and why.

        Why may be a `Text`. At most 100 in a pull. One that is named again is told again, and changes nothing: name it
        before the step whose state remembers that it was.
        """
        self.failed_replies[external_id] = message_for_agent

    def renew(self, values: Mapping[str, Any]) -> None:
        """Replace the account's values, after a token was refreshed. Zendesk keeps the new ones."""
        self.renewals.append(values)


class Attachment(Protocol):
    """A file of an agent's reply; read it once, in order."""

    @property
    def name(self) -> str:
        """The file's name with its ending."""
        ...

    @property
    def content_type(self) -> str:
        """The content type; `application/octet-stream` if nobody said."""
        ...

    @property
    def size(self) -> int:
        """The size in bytes; 0 if not known."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """An agent's reply."""

    account: Account
    key: str
    """Names the reply: the same when it is repeated."""
    message: str
    parent_id: str = ""
    thread_id: str = ""
    recipient_id: str = ""
    files: AsyncIterator[Attachment] | None = None
    first_tried_at: datetime | None = None
    """When an earlier attempt of this reply began, whose outcome is not known."""
    locale: str = ""
    """The account's language (BCP 47). What errors say as a `Text` is translated to it; empty: not known."""
    renewals: list[Mapping[str, Any]] = field(default_factory=list, repr=False)

    def renew(self, values: Mapping[str, Any]) -> None:
        """Replace the account's values, after a token was refreshed. Zendesk keeps the new ones."""
        self.renewals.append(values)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a reply became: the id that a pull would give it."""

    external_id: str
    allow_channelback: bool | None = None


class FieldKind(enum.Enum):
    """How a field of a form is shown."""

    TEXT = "text"
    URL = "url"
    SECRET = "secret"  # noqa: S105
    SELECT = "select"
    CHECKBOX = "checkbox"
    MULTILINE = "multiline"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. The value of a secret is never shown; `secret_kept` says that there is one."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    help: str = ""
    required: bool = True
    value: str = ""
    placeholder: str = ""
    options: Sequence[tuple[str, str]] = ()
    """Value and label of each choice of a SELECT."""
    max_chars: int = 0
    secret_kept: bool = False
    group: str = ""
    """The heading that it stands under, together with those beside it that have the same one."""
    only_if: tuple[str, Sequence[str]] | None = None
    """Another field's name and its answers: the field is shown only while that is answered with one of them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an answer, in a sentence. An empty `field` means the form as a whole."""

    message: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step of setting up an account. The first has an empty `step_id` and no answers."""

    account_id: str
    step_id: str = ""
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    account: Account | None = None
    """The account as it is, when an existing one is edited."""
    account_name: str = ""
    locale: str = ""
    session: bytes = field(default=b"", repr=False)
    callback_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    callback_url: str = ""
    callback_state: str = field(default="", repr=False)
    sign_in: bool = False
    """The form's second button was pressed (`Form.sign_in_label`); the answers are not complete."""


@dataclass(frozen=True, slots=True)
class Form:
    """
    Ask the administrator to fill in a form; its answers come with the next step.

    A form that edits an account is headed by the account's name. Without a `submit_label` the button says "Connect",
    and "Save" where an account is edited. A `sign_in_label` makes a second button, to sign in at the origin instead.
    """

    step_id: str
    title: str
    fields: Sequence[Field]
    description: str = ""
    problems: Sequence[Problem] = ()
    submit_label: str = ""
    session: bytes = field(default=b"", repr=False)
    sign_in_label: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """
    Send the administrator to the origin's sign-in page; what it brings back comes with the next step.

    `problem` says what is wrong with the account that is edited, if that is why signing in is needed.
    """

    step_id: str
    url: str = field(repr=False)
    title: str = ""
    description: str = ""
    session: bytes = field(default=b"", repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """
    The account is ready. Without a `state` a new account starts empty and an edited one goes on.

    `what_to_try` tells the administrator of a new account how to see the first ticket.
    """

    account_name: str
    account: Mapping[str, Any] = field(repr=False)
    state: State | None = None
    what_to_try: str = ""


@dataclass(frozen=True, slots=True)
class OriginLimits:
    """The origin's own limits. Zero, None or empty: none known."""

    reply_max_chars: int = 0
    reply_window: timedelta | None = None
    reply_max_files: int = 0
    reply_max_file_bytes: int = 0
    reply_file_types: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """An origin's HTTP request as it came. Check its signature on exactly these bytes, in constant time."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What to answer an origin, and which of its accounts have something new: what it is, a pull says."""

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()
    deliveries: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    """
    By `Connector.origin_account_key`, the hints that the account's next pull gets: at most 1,000 of 255 bytes, such as
    the id of something that no list of the origin shows. Empty where pulls find it by themselves.
    """


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file of the origin, opened. Limits: `file.proto`."""

    name: str
    content_type: str
    chunks: AsyncIterator[bytes]
    """
    Its bytes, in pieces of any length. The first is asked for before anything is answered, so that what fails at once
    is an error of the call; a generator is closed in the end, also when the rest of it is not wanted.
    """
    size: int = 0
    """In bytes; 0 if it is not known. The edge takes a file of another size for a broken one."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in Zendesk. It may come late, twice, out of order or never."""

    type_id: str
    """Zendesk's name of the kind, such as `destroy_user_identity`; kinds may be added."""
    at: datetime | None
    subdomain: str
    account: Account | None = None
    """The account, for account events only."""
    error: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the kind's message in `event.proto` holds, by its field names."""
