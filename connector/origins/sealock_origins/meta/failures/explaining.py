# SPDX-License-Identifier: Apache-2.0
"""What a refusal means to those who wait: the SDK's error for a reply or a pull, and the agent's sentence."""

from __future__ import annotations

from collections.abc import Mapping

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    OutcomeUnknown,
)
from sealock_origins.meta.failures.codes import WHY_DEAD, Meaning
from sealock_origins.meta.failures.refused import SOON, Refused

RECONNECT = "An administrator has to connect it again."
PARTLY = "A part of the reply was sent, the rest was not."
LOOK_AT_THE_APP = (
    "Connecting the account again does not help: whoever runs this integration has to look at its Meta app."
)


class Unseen(MessageRejected):
    """Meta took the reply, and nobody can see it."""

    nothing_sent = False


class PartlyRejected(MessageRejected):
    """A part of the reply was sent, and the rest is refused for good."""

    nothing_sent = False


class PartlyRevoked(AccountRevoked):
    """A part of the reply was sent, and then the account's credentials were no longer taken."""

    nothing_sent = False


def explain(refused: Refused, origin: str) -> ConnectorError:
    """
    What a refusal means to those who wait for a reply; `origin` is its name for people.

    It is taken at its word: whether the account is dead is asked by `explain_refusal`.
    """
    detail, waiting = refused.detail, refused.retry_after
    errors: Mapping[Meaning, ConnectorError] = {
        Meaning.TOKEN_DEAD: AccountRevoked(detail, message_for_agent=dead_sentence(refused.subcode, origin)),
        Meaning.NOT_PERMITTED: AccountRevoked(
            detail, message_for_agent=f"{origin} no longer lets this account do this. {RECONNECT}"
        ),
        Meaning.MOVED: AccountRevoked(
            detail, message_for_agent=f"{origin} says that this Page is part of another one now. {RECONNECT}"
        ),
        Meaning.THROTTLED: OriginThrottled(detail, retry_after=waiting or SOON),
        Meaning.TRANSIENT: OriginUnavailable(detail, retry_after=waiting),
        Meaning.GONE: NotFound(detail, message_for_agent=f"What this replies to is no longer on {origin}."),
        Meaning.NOT_VISIBLE: NotFound(detail, message_for_agent=f"{origin} does not let this account see the person."),
        Meaning.MISCONFIGURED: app_refused(refused, origin),
    }
    return errors.get(refused.meaning) or MessageRejected(_sentence(refused, origin), detail=detail)


def explain_to_pull(refused: Refused, origin: str) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = explain(refused, origin)
    if isinstance(error, MessageRejected | NotFound):
        return OriginUnavailable(refused.detail)
    return error


def app_refused(refused: Refused, origin: str) -> ConnectorError:
    """The error where Meta takes the app no more: not the account's, and no administrator's in Zendesk."""
    return ConnectorError(
        refused.detail, message_for_agent=f"{origin} does not take this integration's app now. {LOOK_AT_THE_APP}"
    )


def dead_sentence(subcode: int, origin: str) -> str:
    """Why the sign-in is no longer good, for the agent and the administrator."""
    why = WHY_DEAD.get(subcode)
    return f"{origin} no longer accepts this account's sign-in{f': {why}' if why else ''}. {RECONNECT}"


def after_a_part(
    error: ConnectorError, sent: str = "A part of the reply was sent, the rest was not."
) -> ConnectorError:
    """
    The error where a part of a reply was sent before, or may have been: one that does not say that nothing was.

    `sent` says which part, for the agent.
    """
    if not error.nothing_sent:
        return error
    if isinstance(error, AccountRevoked):
        return PartlyRevoked(str(error), message_for_agent=f"{sent} {error.message_for_agent}")
    if error.retryable:
        return OriginUnavailable(str(error), retry_after=error.retry_after)
    why = error.message_for_agent or "Please look at the conversation before you send it again."
    if isinstance(error, MessageRejected):
        return PartlyRejected(f"{sent} {why}", detail=str(error))
    return OutcomeUnknown(str(error), message_for_agent=f"{sent} {why}")


def _sentence(refused: Refused, origin: str) -> str:
    """Why the reply is refused for good."""
    fixed = {
        Meaning.NOT_REVIEWED: f"{origin} has not approved this integration's app for messages to everybody. "
        f"{LOOK_AT_THE_APP}",
        Meaning.WINDOW_CLOSED: f"{origin} takes no more messages to this person: the time to answer is over. "
        "It opens again when the person writes.",
        Meaning.UNREACHABLE_PERSON: f"{origin} cannot deliver messages to this person, who may have blocked the "
        "account or left.",
        Meaning.RESTRICTED: f"{origin} has restricted this account from sending messages for now. Its owner sees why "
        f"on {origin}.",
        Meaning.OTHER_APP: f"Another app has this conversation on {origin} now, and only that one can answer. The "
        "account's owner decides in Meta Business Suite which app answers.",
        Meaning.MESSAGES_OFF: f"The account's owner has switched off messages for apps on {origin}, and has to allow "
        "them again in its settings.",
        Meaning.BLOCKED: f"{origin} has blocked this as abusive. It may work again later, with other words.",
        Meaning.SPAM: f"{origin} takes this for spam. Send it with other words, and without links.",
        Meaning.LINK_REFUSED: f"{origin} does not take a link of this reply. Send it without links.",
        Meaning.FILE_REFUSED: f"{origin} does not take a file of this reply: it may be too large, or of another kind "
        "than it says. Send the reply without it.",
        Meaning.CLOSED: f"{origin} takes no comments there.",
        Meaning.DUPLICATE: f"{origin} has the same reply already.",
        Meaning.REPLIED_ALREADY: "This was answered privately already, which is possible only once. "
        "What the person answers comes as a message.",
        Meaning.TOO_LATE: "A private reply to this is not possible: it is for seven days, once, and only where the "
        "person takes messages.",
    }.get(refused.meaning)
    return fixed or f"{origin} refuses this reply{f': {refused.words}' if refused.words else '.'}"
