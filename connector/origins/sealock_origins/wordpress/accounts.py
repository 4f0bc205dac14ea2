# SPDX-License-Identifier: Apache-2.0
"""What a refusal means: whether it is the message, the user's rights, the account, or the whole site."""

from __future__ import annotations

from typing import Protocol

from sealock_connector import (
    AccountRevoked,
    Cause,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    Text,
)
from sealock_origins.wordpress.comments import User
from sealock_origins.wordpress.refusals import NOBODY, NOT_LOGGED_IN, PASSWORDS_OFF, UNAUTHORIZED, Refused, site_says

MODERATE = "moderate_comments"
"""The right that an account needs."""
PASSWORD_REFUSED = Text(
    "WordPress no longer accepts this account's application password. An administrator has to enter a new one. If that "
    "does not help either, a plug-in at the site may want a second factor from this user."
)
PASSWORDS_SWITCHED_OFF = Text(
    "The site takes no application passwords any more, or none of this user. An administrator has to switch them on "
    "there: a security plug-in may have switched them off, and WordPress offers them over https only."
)
WANTS_SECOND_FACTOR = Text(
    "The site wants a second factor from the user of this account, which a program does not have. In the plug-in that "
    "asks for it, an administrator has to exempt this user, or application passwords."
)
HEADER_TAKEN = Text(
    "A plug-in at the site that signs people in by tokens takes the Authorization header for one of its own. There, "
    "an administrator has to leave the addresses below /wp/v2/ out."
)
REST_REFUSED = Text(
    "The site refuses its REST API to the user of this account. An administrator has to allow it there, in the plug-in "
    "for security or members."
)
NO_LONGER_MODERATES = Text(
    "The WordPress user of this account may no longer moderate comments. An administrator has to give the user the "
    "right back, or connect the account with another user."
)
COMMENTS_REFUSED = Text(
    "The site does not let the user of this account read its comments. An administrator has to see there which plug-in "
    "for security, roles or comments is in the way."
)
NOT_THERE = Text("The comment that this replies to, or its post, is no longer on the site.")
POST_NOT_IN_API = Text(
    "WordPress takes no reply to this: the user of this account may not read the post, or posts of this type are not "
    "in the site's REST API (show_in_rest)."
)
_POST_UNREADABLE = "rest_cannot_read_post"
NOT_MODERATING = "rest_forbidden_context"
"""WordPress's own answer to somebody who may not moderate, and wants to see what moderators see."""


WRITES_AS_NOBODY = "rest_comment_login_required"
"""WordPress's own answer to a visitor who writes."""


class Site(Protocol):
    """What a site can be asked to prove an account by."""

    async def who_we_are(self) -> User:
        """The user whose credentials these are. Raises `Refused` when they are not accepted."""

    async def offers_passwords(self) -> bool:
        """Whether the site has application passwords at all. Yes if it does not say."""

    async def takes_password_elsewhere(self) -> bool:
        """Whether the site knows the password where it comes another way than in a header. No if it was asked today."""


async def explain(refused: Refused, site: Site) -> ConnectorError:
    """
    What the refusal of a reply means.

    A wrong password is not always called one: WordPress may treat the caller as an anonymous visitor, who lacks
    rights. So after any lack of rights the user is asked for, which only the right password answers.
    """
    if refused.status in {401, 403} or not refused.code:
        error = await account_error(site, refused)
        if error is None and refused.code == WRITES_AS_NOBODY:
            return OriginUnavailable("calls that write arrive as a visitor's", cause=Cause.CREDENTIALS_DROPPED)
        return error or MessageRejected(
            POST_NOT_IN_API if refused.code == _POST_UNREADABLE else _refuses(refused),
            cause=Cause.RIGHT_MISSING if refused.code else None,
        )
    if refused.code == "rest_no_route":
        return OriginUnavailable("the site's REST API has no comments", cause=Cause.ROUTE_MISSING)
    if refused.status in {404, 410}:
        return NotFound(f"the site does not have it: {refused.code}", message_for_agent=NOT_THERE)
    return MessageRejected(_refuses(refused))


def _refuses(refused: Refused) -> Text:
    return Text("WordPress refuses this: {words}", words=refused.words)


async def explain_to_pull(refused: Refused, site: Site) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = await explain(refused, site)
    if isinstance(error, MessageRejected | NotFound):
        cause = Cause.RIGHT_MISSING if refused.status in {401, 403} else Cause.ROUTE_MISSING
        told = Text.joined(COMMENTS_REFUSED, site_says(refused.words))
        return OriginUnavailable(f"the site refuses its comments: {refused.code}", message_for_agent=told, cause=cause)
    return error


async def account_error(site: Site, refused_before: Refused | None = None) -> ConnectorError | None:
    """
    What is wrong with the account, perhaps known by what was refused before; None if it is alive and has its rights.

    The one proof that an account is dead: the site does not say whose credentials these are, nor shows what only
    moderators see. Raises the SDK's errors where something else answers.
    """
    try:
        user = await site.who_we_are()
    except Refused as refused:
        return _by_plugin(refused) or await _not_signed_in(refused, site)
    # What a user may is told by role, whatever a plugin takes away.
    lacks = refused_before is not None and refused_before.code == NOT_MODERATING
    if user.has(MODERATE) and not lacks:
        return None
    return AccountRevoked(
        "the user may not moderate comments", message_for_agent=NO_LONGER_MODERATES, cause=Cause.RIGHT_MISSING
    )


def _by_plugin(refused: Refused) -> ConnectorError | None:
    """What it means that a plugin lets nobody in, or not this user; None if it is WordPress that does not."""
    told = site_says(refused.words)
    if refused.second_factor:
        return AccountRevoked(
            f"a second factor is wanted: {refused.code}",
            message_for_agent=Text.joined(WANTS_SECOND_FACTOR, told),
            cause=Cause.CREDENTIALS_REFUSED,
        )
    if refused.locked_out:
        return OriginThrottled("the site lets nobody in for a while", message_for_agent=told)
    if refused.header_taken:
        return OriginUnavailable(
            f"a plug-in takes the header: {refused.code}",
            message_for_agent=Text.joined(HEADER_TAKEN, told),
            cause=Cause.FIREWALL,
        )
    if refused.status != UNAUTHORIZED or not refused.code:
        return OriginUnavailable(
            f"the REST API refuses everything: {refused.code}",
            message_for_agent=Text.joined(REST_REFUSED, told),
            cause=Cause.FIREWALL,
        )
    return None


async def _not_signed_in(refused: Refused, site: Site) -> ConnectorError:
    """What it means that nobody has signed in, as far as the site is concerned."""
    if refused.code in PASSWORDS_OFF or (refused.code == NOT_LOGGED_IN and not await site.offers_passwords()):
        return AccountRevoked(
            "application passwords are off", message_for_agent=PASSWORDS_SWITCHED_OFF, cause=Cause.CREDENTIALS_REFUSED
        )
    if refused.code == NOT_LOGGED_IN and await site.takes_password_elsewhere():
        return OriginUnavailable("the credentials do not arrive", cause=Cause.CREDENTIALS_DROPPED)
    said = () if refused.code in NOBODY else (site_says(refused.words),)
    sentence = Text.joined(PASSWORD_REFUSED, *said)
    return AccountRevoked(
        f"no user with this password: {refused.code}", message_for_agent=sentence, cause=Cause.CREDENTIALS_REFUSED
    )


async def check_account(site: Site) -> None:
    """
    Raise what is wrong with the account, after a pull that brought nothing: a cache may answer anybody.

    A site whose firewall lets nobody ask for users is believed.
    """
    try:
        error = await account_error(site)
    except ConnectorError:
        return
    if isinstance(error, AccountRevoked) or (error is not None and error.cause is Cause.CREDENTIALS_DROPPED):
        raise error
