# SPDX-License-Identifier: Apache-2.0
"""
What Zendesk or a browser is answered for each way in which a call can fail: one table.

Zendesk does not publish how it reacts to each status, so the choice stands here, in one place. Words are fixed; the
only text from elsewhere is the sentence that a connector meant for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from types import MappingProxyType
from typing import Final

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock_contract.causes import SENTENCES as CAUSES
from sealock_contract.causes import cause_name, sentence
from sealock_edge.attachments import FileRefused, FileUnavailable
from sealock_edge.connectors import (
    SENTENCES,
    CallerGone,
    ConnectorDown,
    ConnectorFaulty,
    ConnectorRefused,
    Fault,
    OutOfTime,
)
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.sealing import TooLarge, Unsealable
from sealock_edge.store import StoreAway
from sealock_edge.zendesk.errors import BadForm, FaultyAnswer, OtherZendesk, ZendeskNotNamed
from sealock_edge.zendesk_api import NotProved, ProofUnavailable


class FilesNotTaken(Exception):
    """A reply came with files although the manifest does not offer to take any."""


class FileTooLarge(Exception):
    """A file of the origin is larger than the edge passes on."""


class TooManyEvents(Exception):
    """So many events are in hand that these would wait too long. None of them was handled."""


class AccountNotSeen(Exception):
    """A file's link is good, but no pull has shown its account to this edge yet, and the call does not bring it."""


class AccountTooLarge(Exception):
    """A finished account does not fit into what Zendesk keeps."""

    def __init__(self, size: int, limit: int) -> None:
        """Both in bytes, before sealing."""
        super().__init__(f"{size} bytes, of at most {limit}")
        self.size = size
        self.limit = limit


class ForeignPage(Exception):
    """A set-up page was opened, or sent, by a page that is neither that Zendesk account's nor ours."""


class Illegible(Exception):
    """Something that was typed into a set-up page cannot be taken."""


class SignInUnknown(Exception):
    """What came back from a sign-in page, or was typed as its code, is not ours, of another set-up, or too old."""


class PageExpired(Exception):
    """A set-up page lay open for too long."""


class TooOften(Exception):
    """Something is asked for too often. `retry_after`: in so many whole seconds, at least 1, it will be done again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("asked for too often")
        self.retry_after = retry_after


class TooManySteps(TooOften):
    """Set-up is tried too often."""


class TooManyWebhooks(TooOften):
    """An origin, or somebody else, sends webhooks faster than they are taken."""


@dataclass(frozen=True, slots=True)
class Problem:
    """
    An answer to a call that failed.

    `status` 200 is for pull alone: the answer has no resources and the state as it came, because Zendesk must not
    take a quota or a revoked account for a broken integration.
    """

    status: int
    outcome: Outcome
    words: str
    """Its braces are filled in, after the translation: with `origin`, what people call the origin, and `numbers`."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What fills it in, by name."""
    retry_after: int | None = None
    """Seconds, sent as Retry-After."""
    for_people: bool = False
    """The connector's sentence, if there is one, else the cause's, takes the place of `words`."""
    as_written: bool = False
    """`words` are the connector's, in the account's language."""
    cause: str = ""
    """Why, for log and metric: the name of a cause of the contract, or of a fault of the connector."""
    detail: str = ""
    """A sentence about that fault for whoever runs the edge, in English. Pages do not show it."""
    no_channelback: bool = False
    """A channelback's answer says `allow_channelback: false`: there is nothing left to reply to."""
    metadata_needs_update: bool = False
    """A pull's answer asks that the administrator visits the account."""


STORE_AWAY_SECONDS: Final = 5
"""When a webhook may come again that could not be remembered."""
UNSEALABLE: Final = Problem(401, Outcome.UNSEALABLE, "This account is not known here.")
INTERNAL: Final = Problem(500, Outcome.INTERNAL, "Something went wrong here, and was noted.")
TOO_LARGE: Final = Problem(413, Outcome.TOO_LARGE, "The request is too large.")
NOT_HERE: Final = Problem(404, Outcome.NOT_HERE, "There is nothing here.")

_BAD_REQUEST = Problem(400, Outcome.BAD_REQUEST, "The request is malformed.")
_DOWN = Problem(
    503, Outcome.CONNECTOR_DOWN, "The connection to {origin} is out of service. Try again later.", retry_after=30
)
_FAULTY = Problem(
    503,
    Outcome.CONNECTOR_FAULTY,
    "Something is wrong with the connection to {origin}. Whoever runs this integration finds in its log what it is.",
    retry_after=60,
)
_LATE = Problem(503, Outcome.ORIGIN_UNAVAILABLE, "There was no time left for this. Try again later.", retry_after=5)
_GONE = Problem(503, Outcome.CLIENT_LEFT, "The caller has hung up.")
_FILES = Problem(422, Outcome.MESSAGE_REJECTED, "This integration does not take files. Send the text without them.")
_FILE_REFUSED = Problem(422, Outcome.FILE_REFUSED, "")
_FILE_UNAVAILABLE = Problem(
    503,
    Outcome.FILE_UNAVAILABLE,
    "A file of this reply could not be fetched from Zendesk now, so the reply was not posted. Try again later.",
    retry_after=30,
)
_FILE_TOO_LARGE = Problem(422, Outcome.TOO_LARGE, "This file is larger than what is passed on.")
_ACCOUNT_NOT_SEEN = Problem(
    503, Outcome.ACCOUNT_NOT_SEEN, "This file's account was not pulled yet. Try again later.", retry_after=120
)
_TOO_MANY_EVENTS = Problem(
    503, Outcome.TOO_MANY_EVENTS, "Too many events are in hand. Send these again later.", retry_after=30
)
_ACCOUNT_TOO_LARGE = Problem(
    422,
    Outcome.TOO_LARGE,
    "Zendesk cannot keep an account this large: it has {size} bytes, and {limit} fit. Enter less.",
)

_PROOF_UNAVAILABLE = Problem(
    503, Outcome.PROOF_UNAVAILABLE, "Zendesk could not be asked whether it is its own call. Try again later."
)

_ILLEGIBLE = Problem(
    400,
    Outcome.BAD_REQUEST,
    "Something that was entered cannot be taken: it is too long, or has characters in it that belong to no text.",
)

_SIGN_IN_UNKNOWN = Problem(
    401,
    Outcome.UNSEALABLE,
    "This sign-in is out of date, or was begun elsewhere. Sign in again from the page in Zendesk.",
)

_PAGE_EXPIRED = Problem(401, Outcome.UNSEALABLE, "This page is out of date. Close it and start again from Zendesk.")
_FOREIGN_PAGE = Problem(
    403, Outcome.FOREIGN_PAGE, "Another site led here. Set up and edit accounts from within Zendesk only."
)
_TOO_MANY_STEPS = Problem(
    429, Outcome.TOO_MANY_STEPS, "Set-up was tried too often in a short time. Try again in {seconds} s."
)
_TOO_MANY_WEBHOOKS = Problem(
    429, Outcome.TOO_MANY_WEBHOOKS, "Too many webhooks come at once. Send this one again in {seconds} s."
)
_STORE_AWAY = Problem(
    503, Outcome.STORE_AWAY, "This cannot be remembered now. Send it again later.", retry_after=STORE_AWAY_SECONDS
)

_ANYWHERE: Final[Mapping[Reason.ValueType, Problem]] = {
    Reason.REASON_UNSPECIFIED: replace(INTERNAL, outcome=Outcome.CONNECTOR_INTERNAL),
    Reason.REASON_INTERNAL: replace(INTERNAL, outcome=Outcome.CONNECTOR_INTERNAL),
    Reason.REASON_INVALID_REQUEST: replace(INTERNAL, outcome=Outcome.INVALID_REQUEST),
    Reason.REASON_ACCOUNT_REVOKED: Problem(
        401, Outcome.ACCOUNT_REVOKED, "{origin} no longer accepts this account. An administrator has to reconnect it."
    ),
    Reason.REASON_ORIGIN_THROTTLED: Problem(
        429, Outcome.ORIGIN_THROTTLED, "{origin} takes no more for now. Try again later.", retry_after=60
    ),
    Reason.REASON_ORIGIN_UNAVAILABLE: Problem(
        503, Outcome.ORIGIN_UNAVAILABLE, "{origin} does not answer. Try again later.", retry_after=30
    ),
    Reason.REASON_MESSAGE_REJECTED: replace(INTERNAL, outcome=Outcome.MESSAGE_REJECTED),
    Reason.REASON_NOT_FOUND: Problem(404, Outcome.NOT_FOUND, "{origin} does not have this any more."),
    Reason.REASON_OUTCOME_UNKNOWN: replace(INTERNAL, outcome=Outcome.OUTCOME_UNKNOWN),
    Reason.REASON_UNSUPPORTED: Problem(404, Outcome.UNSUPPORTED, "This integration cannot do this."),
}
"""Where an endpoint has no row of its own. Reasons that its call must not give are faults: 500."""

_OWN: Final[Mapping[Endpoint, Mapping[Reason.ValueType, Problem]]] = {
    Endpoint.PULL: {
        # Zendesk keeps what a failed pull says in its history of the account.
        Reason.REASON_ORIGIN_UNAVAILABLE: replace(_ANYWHERE[Reason.REASON_ORIGIN_UNAVAILABLE], for_people=True),
        Reason.REASON_ACCOUNT_REVOKED: replace(
            _ANYWHERE[Reason.REASON_ACCOUNT_REVOKED], status=200, for_people=True, metadata_needs_update=True
        ),
        Reason.REASON_ORIGIN_THROTTLED: Problem(200, Outcome.ORIGIN_THROTTLED, ""),
        # What the account watches is gone: only the administrator can choose something else.
        Reason.REASON_NOT_FOUND: replace(
            _ANYWHERE[Reason.REASON_NOT_FOUND], status=200, for_people=True, metadata_needs_update=True
        ),
        Reason.REASON_UNSUPPORTED: replace(INTERNAL, outcome=Outcome.UNSUPPORTED),
    },
    Endpoint.CHANNELBACK: {
        Reason.REASON_ACCOUNT_REVOKED: replace(_ANYWHERE[Reason.REASON_ACCOUNT_REVOKED], for_people=True),
        Reason.REASON_ORIGIN_THROTTLED: replace(_ANYWHERE[Reason.REASON_ORIGIN_THROTTLED], for_people=True),
        Reason.REASON_ORIGIN_UNAVAILABLE: replace(_ANYWHERE[Reason.REASON_ORIGIN_UNAVAILABLE], for_people=True),
        Reason.REASON_MESSAGE_REJECTED: Problem(
            422, Outcome.MESSAGE_REJECTED, "{origin} does not take this message.", for_people=True
        ),
        Reason.REASON_NOT_FOUND: Problem(
            404,
            Outcome.NOT_FOUND,
            "What this replies to does not exist at {origin} any more.",
            for_people=True,
            no_channelback=True,
        ),
        Reason.REASON_OUTCOME_UNKNOWN: Problem(
            409,
            Outcome.OUTCOME_UNKNOWN,
            "It is not known whether this reply was posted. Look at {origin} before you send it again.",
            for_people=True,
        ),
        Reason.REASON_UNSUPPORTED: Problem(422, Outcome.UNSUPPORTED, "This integration does not take replies."),
    },
    Endpoint.ADMIN_UI: {
        Reason.REASON_INVALID_REQUEST: Problem(400, Outcome.INVALID_REQUEST, _PAGE_EXPIRED.words),
        Reason.REASON_ACCOUNT_REVOKED: replace(INTERNAL, outcome=Outcome.ACCOUNT_REVOKED, for_people=True),
        Reason.REASON_ORIGIN_THROTTLED: replace(_ANYWHERE[Reason.REASON_ORIGIN_THROTTLED], for_people=True),
        Reason.REASON_ORIGIN_UNAVAILABLE: replace(_ANYWHERE[Reason.REASON_ORIGIN_UNAVAILABLE], for_people=True),
        Reason.REASON_MESSAGE_REJECTED: replace(_ANYWHERE[Reason.REASON_MESSAGE_REJECTED], for_people=True),
        Reason.REASON_UNSUPPORTED: replace(INTERNAL, outcome=Outcome.UNSUPPORTED),
        Reason.REASON_NOT_FOUND: replace(INTERNAL, outcome=Outcome.NOT_FOUND, for_people=True),
    },
    Endpoint.CLICKTHROUGH: {
        Reason.REASON_INVALID_REQUEST: Problem(404, Outcome.INVALID_REQUEST, "{origin} has no page for this."),
        Reason.REASON_NOT_FOUND: Problem(404, Outcome.NOT_FOUND, "{origin} has no page for this."),
        Reason.REASON_ACCOUNT_REVOKED: replace(INTERNAL, outcome=Outcome.ACCOUNT_REVOKED),
    },
    Endpoint.WEBHOOK: {
        Reason.REASON_INVALID_REQUEST: replace(_BAD_REQUEST, outcome=Outcome.INVALID_REQUEST),
    },
}

REASONS: Final[Mapping[Endpoint, Mapping[Reason.ValueType, Problem]]] = MappingProxyType(
    {endpoint: MappingProxyType({**_ANYWHERE, **_OWN.get(endpoint, {})}) for endpoint in Endpoint}
)
"""Total: an answer for every reason at every endpoint."""

_FAILURES: Final[tuple[tuple[type[Exception], Problem], ...]] = (
    (Unsealable, UNSEALABLE),
    (OtherZendesk, replace(UNSEALABLE, outcome=Outcome.OTHER_ZENDESK)),
    (PageExpired, _PAGE_EXPIRED),
    (Illegible, _ILLEGIBLE),
    (SignInUnknown, _SIGN_IN_UNKNOWN),
    (ForeignPage, _FOREIGN_PAGE),
    (NotProved, replace(UNSEALABLE, outcome=Outcome.NOT_PROVED)),
    (ZendeskNotNamed, replace(UNSEALABLE, outcome=Outcome.ZENDESK_NOT_NAMED)),
    (ConnectorDown, _DOWN),
    (ConnectorFaulty, _FAULTY),
    (FaultyAnswer, _FAULTY),
    (TooLarge, _FAULTY),
    (OutOfTime, _LATE),
    (CallerGone, _GONE),
    (FilesNotTaken, _FILES),
    (FileUnavailable, _FILE_UNAVAILABLE),
    (FileTooLarge, _FILE_TOO_LARGE),
    (AccountNotSeen, _ACCOUNT_NOT_SEEN),
    (TooManyEvents, _TOO_MANY_EVENTS),
    (StoreAway, _STORE_AWAY),
)


BY_ITSELF: Final[Mapping[str, str]] = MappingProxyType(
    {
        _DOWN.words: "The connection to {origin} is out of service. It is tried again by itself.",
        _LATE.words: "There was no time left for this. It is tried again by itself.",
        _ANYWHERE[Reason.REASON_ORIGIN_THROTTLED].words: (
            "{origin} takes no more for now. This goes on by itself later."
        ),
        _ANYWHERE[Reason.REASON_ORIGIN_UNAVAILABLE].words: "{origin} does not answer. It is tried again by itself.",
    }
)
"""Of pulls, which nobody can try again: what is said in the place of words for somebody who can."""

OURS: Final = "Something went wrong in this integration itself. Whoever runs it finds out more in its log."
NOT_PROVED: Final = (
    "Zendesk does not vouch for this account: its token has ended, or it has none. An administrator has to save it "
    "again in Zendesk."
)
_BY_CAUSE: Final[Mapping[str, str]] = {cause_name(number): words for number, words in CAUSES.items() if words}
_BY_OUTCOME: Final[Mapping[Outcome, str]] = {
    problem.outcome: BY_ITSELF.get(problem.words, problem.words)
    for problem in (_DOWN, _FAULTY, *_ANYWHERE.values())
    if problem.status < 500 or problem.status == 503
} | {Outcome.NOT_PROVED: NOT_PROVED, Outcome.PROOF_UNAVAILABLE: _PROOF_UNAVAILABLE.words}


def why_pulls_fail(outcome: Outcome, cause: str) -> str:
    """What people read of an account whose pulls end so: in English, of a bounded set, with nothing of the account."""
    return _BY_CAUSE.get(cause) or _BY_OUTCOME.get(outcome, OURS)


def problem_of(error: BaseException, endpoint: Endpoint | None) -> Problem:
    """The answer to a call that ended in this error; anything unforeseen is a fault of ours."""
    problem = _problem_of(error, endpoint)
    if endpoint is Endpoint.PULL and problem.words in BY_ITSELF:
        return replace(problem, words=BY_ITSELF[problem.words])
    return problem


def _problem_of(error: BaseException, endpoint: Endpoint | None) -> Problem:
    if isinstance(error, ConnectorRefused):
        return _refused(error, endpoint or Endpoint.HEALTHCHECK)
    if isinstance(error, BadForm):
        return replace(_BAD_REQUEST, words=f"{error}.")
    if isinstance(error, (AccountTooLarge, TooOften)):
        return _with_numbers(error)
    if isinstance(error, ProofUnavailable):
        return replace(_PROOF_UNAVAILABLE, retry_after=error.retry_after)
    if isinstance(error, FileRefused):
        return replace(_FILE_REFUSED, words=error.words, numbers=error.numbers)
    problem = next((problem for kind, problem in _FAILURES if isinstance(error, kind)), INTERNAL)
    fault = _fault(error)
    return problem if fault is None else replace(problem, cause=fault, detail=SENTENCES[fault])


def _fault(error: BaseException) -> Fault | None:
    if isinstance(error, (ConnectorDown, ConnectorFaulty)):
        return error.fault
    return {FaultyAnswer: Fault.WRONG_FIELD, TooLarge: Fault.STATE_TOO_LARGE, OutOfTime: Fault.TIMED_OUT}.get(
        type(error)
    )


def _with_numbers(error: AccountTooLarge | TooOften) -> Problem:
    if isinstance(error, TooOften):
        too_often = _TOO_MANY_WEBHOOKS if isinstance(error, TooManyWebhooks) else _TOO_MANY_STEPS
        return replace(too_often, numbers={"seconds": error.retry_after}, retry_after=error.retry_after)
    return replace(_ACCOUNT_TOO_LARGE, numbers={"size": error.size, "limit": error.limit})


def _refused(error: ConnectorRefused, endpoint: Endpoint) -> Problem:
    problem = REASONS[endpoint][error.reason]
    retry_after = problem.retry_after
    if retry_after is not None and error.retry_after is not None:
        retry_after = max(1, ceil(error.retry_after))
    said = error.message_for_agent if problem.for_people else ""
    words = said or _told(error, problem, endpoint) or problem.words
    cause = cause_name(error.cause) or _NOT_FOUND_OUT.get(error.reason, "")
    return replace(problem, words=words, as_written=bool(said), retry_after=retry_after, cause=cause)


_NOT_FOUND_OUT: Final = {Reason.REASON_ORIGIN_UNAVAILABLE: "UNSPECIFIED"}
"""What log and metric say where a reason tells little without its cause."""


def _told(error: ConnectorRefused, problem: Problem, endpoint: Endpoint) -> str:
    """The cause's sentence, unless something else matters more. Only pulls are made again by themselves."""
    if not problem.for_people or error.reason == Reason.REASON_OUTCOME_UNKNOWN:
        return ""
    return sentence(error.cause, to_who_waits=endpoint is not Endpoint.PULL)
