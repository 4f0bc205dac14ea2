# SPDX-License-Identifier: Apache-2.0
"""The platform's refusals: every code that its documentation names, with its HTTP status and type."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

OAUTH = "OAuthException"
METHOD = "GraphMethodException"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the table of errors."""

    code: int
    subcode: int = 0
    message: str = ""
    status: int = 400
    type: str = OAUTH
    transient: bool = False
    user_title: str = ""
    user_message: str = ""

    def saying(self, message: str) -> ErrorKind:
        """The same with other words."""
        return replace(self, message=message)


class GraphError(Exception):
    """A call that is refused."""

    def __init__(self, kind: ErrorKind) -> None:
        super().__init__(kind.message)
        self.kind = kind

    def body(self) -> dict[str, Any]:
        """The answer's JSON, with a trace id of its own each time."""
        kind = self.kind
        error: dict[str, Any] = {"message": kind.message, "type": kind.type, "code": kind.code}
        if kind.subcode:
            error["error_subcode"] = kind.subcode
        if kind.transient or kind.user_title:
            error["is_transient"] = kind.transient
        if kind.user_title:
            error |= {"error_user_title": kind.user_title, "error_user_msg": kind.user_message}
        return {"error": {**error, "fbtrace_id": f"A{secrets.token_urlsafe(16)}"}}


def _dead(subcode: int, message: str) -> ErrorKind:
    return ErrorKind(190, subcode, f"Error validating access token: {message}", status=401)


def _throttled(code: int, message: str) -> ErrorKind:
    return ErrorKind(code, message=f"(#{code}) {message}", status=403, transient=True)


def _used_up(code: int, whose: str, subcode: int = 0) -> ErrorKind:
    """A business's budget: unlike the limits of apps and users, it is not called transient."""
    return ErrorKind(
        code,
        subcode,
        f"(#{code}) There have been too many calls to this {whose} account. Wait a bit and try again. For more info, "
        "please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.",
        user_title="Too Many Calls",
        user_message="There have been too many calls. Wait a bit and try again.",
    )


ERRORS: dict[str, ErrorKind] = {
    "unknown": ErrorKind(1, message="An unknown error has occurred.", status=500, transient=True),
    "service": ErrorKind(
        2,
        message="An unexpected error has occurred. Please retry your request later.",
        status=500,
        transient=True,
    ),
    "passing": ErrorKind(-1, message="(#-1) Please retry your request later.", transient=True),
    "fault": ErrorKind(-1, message="(#-1) An internal error has occurred.", status=500),
    "capability": ErrorKind(3, message="(#3) Application does not have the capability to make this API call."),
    "app_limit": _throttled(4, "Application request limit reached"),
    "permission": ErrorKind(10, message="(#10) Application does not have permission for this action", status=403),
    "window": ErrorKind(10, 2018278, "(#10) This message is sent outside of allowed window.", status=400),
    "instagram_window": ErrorKind(
        10,
        2534022,
        "(#10) This message is sent outside of allowed window.",
        status=403,
        type="IGApiException",
    ),
    "page_restricted": ErrorKind(
        10, 1893063, "(#10) This Page is temporarily restricted from sending messages.", status=403
    ),
    "user_limit": _throttled(17, "User request limit reached"),
    "page_limit": _throttled(32, "Page request limit reached"),
    "parameter": ErrorKind(100, message="(#100) Invalid parameter"),
    "gone": ErrorKind(
        100,
        33,
        "Unsupported get request. Object with ID '0' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        type=METHOD,
    ),
    "session": ErrorKind(102, message="Session key invalid or no longer valid", status=401),
    "proof": ErrorKind(104, message="Incorrect signature"),
    "removed": _dead(458, "The user has not authorized application."),
    "checkpoint": _dead(459, "The user has been checkpointed. Please log in at www.facebook.com to continue."),
    "password": _dead(
        460,
        "The session has been invalidated because the user changed their password or Facebook has changed the "
        "session for security reasons.",
    ),
    "expired": _dead(463, "Session has expired."),
    "unconfirmed": _dead(464, "Sessions for the user are not allowed because the user is not a confirmed user."),
    "invalid": _dead(467, "The session is invalid because the user logged out."),
    "malformed": ErrorKind(190, message="Invalid OAuth access token - Cannot parse access token", status=401),
    "scope": ErrorKind(200, message="(#200) Permissions error", status=403),
    "extended_permission": ErrorKind(
        283, message="(#283) Requires extended permission: pages_read_engagement", status=403
    ),
    "consent": ErrorKind(230, message="(#230) User consent is required to access user profile", status=403),
    "action_limit": _throttled(341, "Feed action request limit reached"),
    "abusive": ErrorKind(
        368,
        message="The action attempted has been deemed abusive or is otherwise disallowed",
        user_title="You're Temporarily Blocked",
        user_message="It looks like you were misusing this feature by going too fast.",
    ),
    "duplicate": ErrorKind(
        506,
        message="Duplicate status message",
        user_title="Duplicate Status Update",
        user_message="This status update is identical to the last one you posted.",
    ),
    "unavailable": ErrorKind(551, 1545041, "(#551) This person isn't available right now."),
    "custom_limit": _throttled(613, "Calls to this API have exceeded the rate limit."),
    "privately_replied": ErrorKind(10900, message="(#10900) Activity already replied to"),
    "too_old_for_reply": ErrorKind(10903, message="(#10903) This user can't reply to this activity"),
    "pages_limit": _used_up(80001, "Page", 2446079),
    "instagram_limit": _used_up(80002, "Instagram"),
    "messenger_limit": _used_up(80006, "Messenger"),
    "syntax": ErrorKind(2500, message="Syntax error in the fields."),
    "path": ErrorKind(2500, message="Unknown path components"),
    "no_token": ErrorKind(
        2500, message="An active access token must be used to query information about the current user."
    ),
    "version": ErrorKind(
        2635, message="(#2635) You are calling a deprecated version of the API. Please update to the latest version."
    ),
    "verification": ErrorKind(2200, message="(#2200) Callback verification failed"),
    "no_profile": ErrorKind(100, 2018218, "(#100) No profile available for this user."),
    "no_match": ErrorKind(100, 2018001, "(#100) No matching user found"),
    "client_secret": ErrorKind(1, message="Error validating client secret."),
    "code": ErrorKind(100, message="Invalid verification code format."),
    "code_expired": ErrorKind(100, 36007, "This authorization code has expired."),
    "code_redirect": ErrorKind(
        100,
        36008,
        "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in "
        "the OAuth dialog request",
    ),
    "code_used": ErrorKind(100, 36009, "This authorization code has been used."),
}
"""All refusals by a name of our own, which is also what `/dev/faults` calls them."""


def refused(name: str, message: str = "") -> GraphError:
    """The refusal of that name, in its own or in other words."""
    kind = ERRORS[name]
    return GraphError(kind.saying(message) if message else kind)


def bad_parameter(message: str) -> GraphError:
    """Error 100, with what is wrong."""
    return refused("parameter", f"(#100) {message}")


def gone(node_id: str, method: str = "get") -> GraphError:
    """Error 100/33: there is no such object, or the caller may not see it."""
    words = ERRORS["gone"].message.replace("'0'", f"'{node_id[:100]}'").replace("get", method.lower(), 1)
    return refused("gone", words)
