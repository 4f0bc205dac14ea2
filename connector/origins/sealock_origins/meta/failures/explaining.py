# SPDX-License-Identifier: Apache-2.0
"""What a refusal means to those who wait: the SDK's error for a reply or a pull, and the agent's sentence."""

from __future__ import annotations

from collections.abc import Mapping

from sealock_connector import (
    AccountRevoked,
    Cause,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    OriginUnreached,
    OutcomeUnknown,
    Text,
)
from sealock_origins.meta.failures.codes import CHECKPOINTS, OF_THE_ACCOUNT, WHY_DEAD, Meaning
from sealock_origins.meta.failures.refused import SOON, Refused

RECONNECT = Text("An administrator has to connect it again.")
PARTLY = Text("A part of the reply was sent, the rest was not.")
LOOK_AT_THE_APP = Text(
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


CAUSES: Mapping[Meaning, Cause] = {
    Meaning.TOKEN_DEAD: Cause.CREDENTIALS_REFUSED,
    Meaning.NOT_PERMITTED: Cause.RIGHT_MISSING,
    Meaning.MOVED: Cause.MOVED,
    Meaning.MISCONFIGURED: Cause.APP_REFUSED,
    Meaning.VERSION_ENDED: Cause.VERSION_ENDED,
    Meaning.NOT_REVIEWED: Cause.RIGHT_MISSING,
    Meaning.THROTTLED: Cause.CALLS_USED_UP,
    Meaning.TRANSIENT: Cause.ORIGIN_FAILED,
    Meaning.BLOCKED: Cause.SUSPENDED,
    Meaning.RESTRICTED: Cause.SUSPENDED,
    Meaning.MESSAGES_OFF: Cause.OWNER_NEEDED,
}
"""What was found out by a refusal. The others are about one message, and say nothing of the account."""


def explain(refused: Refused, origin: str) -> ConnectorError:
    """
    What a refusal means to those who wait for a reply; `origin` is its name for people.

    It is taken at its word: whether the account is dead is asked by `explain_refusal`.
    """
    detail, waiting, cause = refused.detail, refused.retry_after, cause_of(refused)
    errors: Mapping[Meaning, ConnectorError] = {
        Meaning.TOKEN_DEAD: AccountRevoked(
            detail, message_for_agent=dead_sentence(refused.subcode, origin), cause=cause
        ),
        Meaning.NOT_PERMITTED: AccountRevoked(
            detail,
            message_for_agent=Text.joined(
                Text("{origin} no longer lets this account do this.", origin=origin), RECONNECT
            ),
            cause=cause,
        ),
        Meaning.MOVED: AccountRevoked(
            detail,
            message_for_agent=Text.joined(
                Text("{origin} says that this Page is part of another one now.", origin=origin), RECONNECT
            ),
            cause=cause,
        ),
        Meaning.THROTTLED: OriginThrottled(detail, retry_after=waiting or SOON, cause=cause),
        Meaning.TRANSIENT: OriginUnavailable(detail, retry_after=waiting, cause=cause),
        Meaning.GONE: NotFound(
            detail, message_for_agent=Text("What this replies to is no longer on {origin}.", origin=origin)
        ),
        Meaning.NOT_VISIBLE: NotFound(
            detail, message_for_agent=Text("{origin} does not let this account see the person.", origin=origin)
        ),
    }
    return errors.get(refused.meaning) or MessageRejected(_sentence(refused, origin), detail=detail, cause=cause)


def explain_to_pull(refused: Refused, origin: str) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = explain(refused, origin)
    if isinstance(error, MessageRejected | NotFound):
        return OriginUnavailable(refused.detail, cause=error.cause or Cause.ROUTE_MISSING)
    return error


def cause_of(refused: Refused) -> Cause | None:
    """What was found out by a refusal; None where it is about one message."""
    if refused.meaning is Meaning.TOKEN_DEAD and refused.subcode in CHECKPOINTS:
        return Cause.OWNER_NEEDED
    return CAUSES.get(refused.meaning)


def is_of_one_item(error: Refused | OriginUnavailable) -> bool:
    """Whether a failure is about what was asked for: Meta refuses single items for lack of a permission, too."""
    if isinstance(error, Refused):
        return error.meaning is Meaning.NOT_PERMITTED or error.meaning not in OF_THE_ACCOUNT
    return not isinstance(error, OriginUnreached)


def dead_sentence(subcode: int, origin: str) -> Text:
    """Why the sign-in is no longer good, for the agent and the administrator."""
    if why := WHY_DEAD.get(subcode):
        dead = Text("{origin} no longer accepts this account's sign-in: {why}.", origin=origin, why=why)
    else:
        dead = Text("{origin} no longer accepts this account's sign-in.", origin=origin)
    return Text.joined(dead, RECONNECT)


def after_a_part(error: ConnectorError, sent: str = PARTLY) -> ConnectorError:
    """
    The error where a part of a reply was sent before, or may have been: one that does not say that nothing was.

    `sent` says which part, for the agent.
    """
    if not error.nothing_sent:
        return error
    if isinstance(error, AccountRevoked):
        return PartlyRevoked(
            str(error), message_for_agent=Text.joined(sent, error.message_for_agent), cause=error.cause
        )
    if error.retryable:
        return OriginUnavailable(str(error), retry_after=error.retry_after, cause=error.cause)
    why = error.message_for_agent or Text("Please look at the conversation before you send it again.")
    if isinstance(error, MessageRejected):
        return PartlyRejected(Text.joined(sent, why), detail=str(error), cause=error.cause)
    return OutcomeUnknown(str(error), message_for_agent=Text.joined(sent, why), cause=error.cause)


def _sentence(refused: Refused, origin: str) -> Text:
    """Why the reply is refused for good."""
    return _of_the_app(refused, origin) or _of_the_reply(refused, origin)


def _of_the_app(refused: Refused, origin: str) -> Text | None:
    """The same, where it is for the app."""
    said = {
        Meaning.MISCONFIGURED: app_not_taken(origin),
        Meaning.VERSION_ENDED: Text(
            "{origin} no longer answers in the version that this integration speaks.", origin=origin
        ),
        Meaning.NOT_REVIEWED: Text(
            "{origin} has not approved this integration's app for messages to everybody.", origin=origin
        ),
    }.get(refused.meaning)
    return said and Text.joined(said, LOOK_AT_THE_APP)


def app_not_taken(origin: str) -> Text:
    """What an agent reads where Meta does not take the app."""
    return Text("{origin} does not take this integration's app now.", origin=origin)


def _of_the_reply(refused: Refused, origin: str) -> Text:
    fixed = {
        Meaning.WINDOW_CLOSED: Text(
            "{origin} takes no more messages to this person: the time to answer is over. It opens again when the "
            "person writes.",
            origin=origin,
        ),
        Meaning.UNREACHABLE_PERSON: Text(
            "{origin} cannot deliver messages to this person, who may have blocked the account or left.", origin=origin
        ),
        Meaning.RESTRICTED: Text(
            "{origin} has restricted this account from sending messages for now. Its owner sees why on {origin}.",
            origin=origin,
        ),
        Meaning.OTHER_APP: Text(
            "Another app has this conversation on {origin} now, and only that one can answer. The account's owner "
            "decides in Meta Business Suite which app answers.",
            origin=origin,
        ),
        Meaning.MESSAGES_OFF: Text(
            "The account's owner has switched off messages for apps on {origin}, and has to allow them again in its "
            "settings.",
            origin=origin,
        ),
        Meaning.BLOCKED: Text(
            "{origin} has blocked this as abusive. It may work again later, with other words.", origin=origin
        ),
        Meaning.SPAM: Text("{origin} takes this for spam. Send it with other words, and without links.", origin=origin),
        Meaning.LINK_REFUSED: Text(
            "{origin} does not take a link of this reply. Send it without links.", origin=origin
        ),
        Meaning.FILE_REFUSED: Text(
            "{origin} does not take a file of this reply: it may be too large, or of another kind than it says. Send "
            "the reply without it.",
            origin=origin,
        ),
        Meaning.CLOSED: Text("{origin} takes no comments there.", origin=origin),
        Meaning.DUPLICATE: Text("{origin} has the same reply already.", origin=origin),
        Meaning.REPLIED_ALREADY: Text(
            "This was answered privately already, which is possible only once. What the person answers comes as a "
            "message."
        ),
        Meaning.TOO_LATE: Text(
            "A private reply to this is not possible: it is for seven days, once, and only where the person takes "
            "messages."
        ),
    }.get(refused.meaning)
    if fixed is not None:
        return fixed
    if refused.words:
        return Text("{origin} refuses this reply: {words}", origin=origin, words=refused.words)
    return Text("{origin} refuses this reply.", origin=origin)
