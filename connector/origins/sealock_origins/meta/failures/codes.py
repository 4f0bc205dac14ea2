# SPDX-License-Identifier: Apache-2.0
"""Meta's error codes: one table with what each means, and the page of Meta's that says so."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sealock_connector import Text

_DOCS = "https://developers.facebook.com"


class Meaning(enum.Enum):
    """What a refusal means for us."""

    TOKEN_DEAD = "the token is dead"  # noqa: S105
    NOT_PERMITTED = "a permission is missing"
    MOVED = "the Page became part of another one"
    MISCONFIGURED = "Meta takes the app no more, or its secret"
    VERSION_ENDED = "the API's version is gone"
    NOT_REVIEWED = "Meta has not approved the app for this"
    THROTTLED = "too many calls"
    TRANSIENT = "Meta failed for now"
    GONE = "it does not exist, or is not visible"
    NOT_VISIBLE = "the person does not let apps see this"
    BAD_REQUEST = "a parameter is refused"
    BLOCKED = "blocked as abusive"
    SPAM = "taken for spam"
    DUPLICATE = "the same was posted already"
    CLOSED = "nobody can comment there"
    WINDOW_CLOSED = "outside the messaging window"
    UNREACHABLE_PERSON = "the person takes no messages"
    RESTRICTED = "sending is restricted for now"
    OTHER_APP = "another app has the conversation"
    MESSAGES_OFF = "the account lets no app at its messages"
    FILE_REFUSED = "the file is not taken"
    LINK_REFUSED = "the link is not taken"
    REPLIED_ALREADY = "there is a private reply already"
    TOO_LATE = "a private reply is not possible, or no more"


class Source(NamedTuple):
    """Where it is said: a page of Meta's and its date, or nobody's but those who saw the code."""

    name: str
    page: str = ""
    date: str = ""


GRAPH = Source("Graph API", f"{_DOCS}/docs/graph-api/guides/error-handling", "2026-11")
LIMITS = Source("rate limits", f"{_DOCS}/docs/graph-api/overview/rate-limiting", "2026-11")
MESSENGER = Source(
    "Messenger", f"{_DOCS}/documentation/business-messaging/messenger-platform/error-codes", "2026-03-18"
)
JUNE = Source("Messenger, changes", f"{_DOCS}/documentation/business-messaging/messenger-platform/changelog", "2026-06")
EARLIER = Source("Messenger, earlier", f"{_DOCS}/docs/messenger-platform/reference/send-api/error-codes", "2019")
INSTAGRAM = Source("Instagram", f"{_DOCS}/docs/instagram-api/reference/error-codes", "2026-11")
REFERENCE = Source("Page reference", f"{_DOCS}/docs/graph-api/reference/page", "2026-11")
SEEN = Source("seen by others")


class Refusal(NamedTuple):
    """A row of the table; without a subcode it stands for every one that has no row of its own."""

    code: int
    subcode: int | None
    meaning: Meaning
    source: Source


def _rows(source: Source, rows: Mapping[Meaning, Sequence[int | tuple[int, int]]]) -> Iterator[Refusal]:
    for meaning, codes in rows.items():
        for each in codes:
            code, subcode = each if isinstance(each, tuple) else (each, None)
            yield Refusal(code, subcode, meaning, source)


REFUSALS: Sequence[Refusal] = (
    *_rows(
        GRAPH,
        {
            Meaning.TRANSIENT: (1, 2),
            Meaning.NOT_PERMITTED: (3, 10),
            Meaning.THROTTLED: (4, 17, 341),
            Meaning.TOKEN_DEAD: (102, 190, (190, 492)),
            Meaning.BLOCKED: (368,),
            Meaning.DUPLICATE: (506,),
            Meaning.LINK_REFUSED: (1609005,),
        },
    ),
    *_rows(
        LIMITS,
        {Meaning.THROTTLED: (32, 613, 80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014)},
    ),
    *_rows(
        MESSENGER,
        {
            Meaning.TRANSIENT: ((1, 99), (1, 1357046), 1200),
            Meaning.WINDOW_CLOSED: ((10, 2018278), (10, 2534022)),
            Meaning.UNREACHABLE_PERSON: (551, (551, 1545041), (200, 1545041), (10, 2018108), (100, 2534014)),
            Meaning.GONE: ((100, 2018001),),
            Meaning.MESSAGES_OFF: ((200, 2534041),),
            Meaning.RESTRICTED: ((100, 2534029),),
            Meaning.OTHER_APP: ((10, 2018300), (100, 2534037)),
            Meaning.NOT_REVIEWED: ((200, 2018028), (10, 2018028)),
            Meaning.FILE_REFUSED: (
                (100, 2018008),
                (100, 2018047),
                (100, 2018074),
                (100, 2018109),
                (100, 2018294),
            ),
            Meaning.THROTTLED: ((613, 2534040),),
        },
    ),
    *_rows(JUNE, {Meaning.RESTRICTED: ((10, 1893063),)}),
    *_rows(
        EARLIER,
        {
            Meaning.WINDOW_CLOSED: ((10, 2018065),),
            Meaning.NOT_REVIEWED: ((200, 2018027), (200, 2018021)),
        },
    ),
    *_rows(
        INSTAGRAM,
        {
            Meaning.TRANSIENT: (-1, -2),
            Meaning.BLOCKED: ((4, 2207051),),
            Meaning.RESTRICTED: ((25, 2207050),),
        },
    ),
    *_rows(REFERENCE, {Meaning.BAD_REQUEST: (100,), Meaning.MISCONFIGURED: (104,), Meaning.MOVED: (21,)}),
    *_rows(
        SEEN,
        {
            Meaning.TOKEN_DEAD: (450, 452, (190, 490)),
            Meaning.MISCONFIGURED: (5, 15, 101),
            Meaning.VERSION_ENDED: (12, 2635),
            Meaning.TRANSIENT: (-3, 18, 960),
            Meaning.THROTTLED: (9, 1390008),
            Meaning.BLOCKED: (1346003,),
            Meaning.RESTRICTED: (1404006,),
            Meaning.GONE: (24, 33, (100, 33), 803, (100, 2534001)),
            Meaning.NOT_VISIBLE: ((100, 2018218), 230),
            Meaning.UNREACHABLE_PERSON: ((10, 2534014),),
            Meaning.CLOSED: (1705,),
            Meaning.SPAM: (1446036, (368, 1446036), (200, 1446036), (100, 2534013)),
            Meaning.FILE_REFUSED: (1366046,),
            Meaning.LINK_REFUSED: (1609008, (508, 2534122)),
            Meaning.MESSAGES_OFF: (10904, (10904, 1893050)),
            Meaning.NOT_PERMITTED: ((200, 2534066),),
            Meaning.REPLIED_ALREADY: (10900,),
            Meaning.TOO_LATE: (10903, (10903, 1893049), (100, 2534025)),
        },
    ),
)
"""Every refusal that is known. `docs/meta-errors.md` has the same rows."""
PERMISSIONS = range(200, 300)
"""Permissions, one of them a code; those that have rows of their own go by these."""
LIMITS_OF_BUSINESSES = range(80_000, 81_000)
"""Budgets of Pages and accounts, one for each of Meta's products."""
_BY_STATUS = {
    401: Meaning.TOKEN_DEAD,
    404: Meaning.GONE,
    408: Meaning.TRANSIENT,
    410: Meaning.GONE,
    429: Meaning.THROTTLED,
}
"""What a refusal means of which nobody knows the numbers, or that has none."""
WHY_DEAD = {
    458: Text("the app was removed"),
    459: Text("a checkpoint is waiting there"),
    460: Text("the password was changed"),
    463: Text("the sign-in expired"),
    464: Text("the person's account is not confirmed"),
    467: Text("the sign-in is no longer valid"),
    490: Text("a checkpoint is waiting there"),
    492: Text("whoever connected it lost their role on the Page"),
}
"""What the subcodes of 190 say, in words for people."""
CHECKPOINTS = {459, 490}
"""The person has to sign in at Facebook and confirm something first."""
_SMALLEST_OWN_SUBCODE = 1_000_000
"""Larger subcodes mean one thing under whichever code they come: Meta gives them out once."""
_BY_NUMBERS = {(each.code, each.subcode): each.meaning for each in REFUSALS}
_BY_SUBCODE = {
    number: each.meaning
    for each in REFUSALS
    for number in (each.code if each.subcode is None else each.subcode,)
    if number >= _SMALLEST_OWN_SUBCODE
}
_STANDS = {
    Meaning.THROTTLED,
    Meaning.TOKEN_DEAD,
    Meaning.MISCONFIGURED,
    Meaning.VERSION_ENDED,
    Meaning.MOVED,
    Meaning.LINK_REFUSED,
}
"""What does not become a passing failure because an answer calls itself one."""
OF_THE_ACCOUNT = {
    Meaning.TOKEN_DEAD,
    Meaning.NOT_PERMITTED,
    Meaning.MOVED,
    Meaning.THROTTLED,
    Meaning.MISCONFIGURED,
    Meaning.VERSION_ENDED,
}
"""What concerns the whole account, or may: not one item alone."""
OF_THE_APP = {Meaning.MISCONFIGURED, Meaning.VERSION_ENDED}
"""What concerns the app of whoever runs the integration, and no single account."""
TOO_FAST = 613
"""The code of calls that come too fast for their kind, such as two conversations a second: over in a moment."""
PASSING = {Meaning.THROTTLED, Meaning.TRANSIENT}
"""What is over by itself."""


def meaning_of(code: int, subcode: int = 0, *, status: int = 400, transient: bool = False) -> Meaning:
    """What the numbers of a refusal mean. Total: numbers that nobody documented have a meaning too."""
    known = _BY_NUMBERS.get((code, subcode)) or _BY_SUBCODE.get(subcode) or _BY_NUMBERS.get((code, None))
    if known is None and code in PERMISSIONS:
        known = Meaning.NOT_PERMITTED
    elif known is None and code in LIMITS_OF_BUSINESSES:
        known = Meaning.THROTTLED
    elif known is None:
        known = _BY_STATUS.get(status, Meaning.BAD_REQUEST)
    return Meaning.TRANSIENT if (transient or status >= 500) and known not in _STANDS else known
