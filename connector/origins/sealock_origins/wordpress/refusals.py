# SPDX-License-Identifier: Apache-2.0
"""What a site's refusal means for an account."""

from __future__ import annotations

from sealock_connector import AccountRevoked, ConnectorError, MessageRejected, NotFound, OriginUnavailable
from sealock_origins.wordpress.answers import Refused
from sealock_origins.wordpress.api import Api

PASSWORD_REFUSED = (
    "WordPress no longer accepts this account's application password. An administrator has to enter a new one."  # noqa: S105
)
NO_LONGER_MODERATES = (
    "The WordPress user of this account may no longer moderate comments. An administrator has to give the user the "
    "right back, or connect the account with another user."
)


async def explain(api: Api, refused: Refused) -> ConnectorError:
    """
    What the refusal of a reply means.

    A wrong password is not always called one: WordPress may treat the caller as an anonymous visitor, who lacks
    rights. So after any lack of rights the user is asked for, which only the right password answers.
    """
    if refused.status in {401, 403}:
        return await _explain_lack_of_rights(api, refused)
    if refused.code == "rest_no_route":
        return OriginUnavailable("the site's REST API has no comments")
    if refused.status in {404, 410}:
        return NotFound(f"the site does not have it: {refused.code}")
    return MessageRejected(f"WordPress refuses this: {refused.sentence or refused.code}")


async def explain_to_pull(api: Api, refused: Refused) -> ConnectorError:
    """The same for a pull, which has no message that could be refused, and asks for nothing that could be gone."""
    error = await explain(api, refused)
    if isinstance(error, MessageRejected | NotFound):
        return OriginUnavailable(f"the site refuses its comments: {refused.code}")
    return error


async def _explain_lack_of_rights(api: Api, refused: Refused) -> ConnectorError:
    try:
        user = await api.me()
    except Refused as again:
        if again.status == 401:
            return AccountRevoked(f"no user with this password: {again.code}", message_for_agent=PASSWORD_REFUSED)
        return OriginUnavailable(f"the REST API refuses everything: {again.code}")
    if not user.moderates:
        return AccountRevoked("the user may not moderate comments", message_for_agent=NO_LONGER_MODERATES)
    return MessageRejected(f"WordPress refuses this: {refused.sentence or refused.code}")
