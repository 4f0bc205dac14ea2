# SPDX-License-Identifier: Apache-2.0
"""
The platform's refusals, each with its HTTP status, its type, and where it is said.

What only people tell who saw it has `SEEN`. The statuses and most of the words are a guess: the documentation gives
codes, subcodes and short titles.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

OAUTH = "OAuthException"
METHOD = "GraphMethodException"
GRAPH, LIMITS, MESSENGER, CHANGES, EARLIER, INSTAGRAM, PAGE, LOGIN, SEEN = (
    "Graph",
    "limits",
    "Messenger",
    "changes",
    "earlier",
    "Instagram",
    "Page",
    "login",
    "seen",
)
_SITE = "https://developers.facebook.com"
_PLATFORM = f"{_SITE}/documentation/business-messaging/messenger-platform"
SOURCES = {
    GRAPH: (f"{_SITE}/docs/graph-api/guides/error-handling", "2026-11"),
    LIMITS: (f"{_SITE}/docs/graph-api/overview/rate-limiting", "2026-11"),
    MESSENGER: (f"{_PLATFORM}/error-codes", "2026-03-18"),
    CHANGES: (f"{_PLATFORM}/changelog", "2026-06-25"),
    EARLIER: (f"{_SITE}/docs/messenger-platform/reference/send-api/error-codes", "2019"),
    INSTAGRAM: (f"{_SITE}/docs/instagram-api/reference/error-codes", "2026-11"),
    PAGE: (f"{_SITE}/docs/graph-api/reference/page", "2026-11"),
    LOGIN: (f"{_SITE}/docs/facebook-login/guides/advanced/manual-flow", "2026-11"),
    SEEN: ("", ""),
}
"""Where each refusal is said: a page of Meta's and its date."""


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
    source: str = SEEN
    """Where it is said: a name of `SOURCES`."""

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


def _dead(subcode: int, message: str, source: str = GRAPH) -> ErrorKind:
    return ErrorKind(190, subcode, f"Error validating access token: {message}", status=401, source=source)


def _throttled(code: int, message: str, source: str = GRAPH) -> ErrorKind:
    return ErrorKind(code, message=f"(#{code}) {message}", status=403, transient=True, source=source)


def _used_up(code: int, whose: str, subcode: int = 0) -> ErrorKind:
    """A business's budget: unlike the limits of apps and users, it is not called transient."""
    return ErrorKind(
        code,
        subcode,
        f"(#{code}) There have been too many calls to this {whose} account. Wait a bit and try again. For more info, "
        "please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.",
        user_title="Too Many Calls",
        user_message="There have been too many calls. Wait a bit and try again.",
        source=LIMITS,
    )


def _said(source: str, code: int, subcode: int, message: str, *, status: int = 400, type_: str = OAUTH) -> ErrorKind:
    return ErrorKind(code, subcode, f"(#{code}) {message}", status=status, type=type_, source=source)


_OF_EVERYTHING: dict[str, ErrorKind] = {
    "unknown": ErrorKind(1, message="An unknown error has occurred.", status=500, transient=True, source=GRAPH),
    "too_much": ErrorKind(
        1,
        message="Please reduce the amount of data you're asking for, then retry your request",
        status=500,
    ),
    "too_much_now": ErrorKind(1, 99, "An unknown error occurred", status=500, source=MESSENGER),
    "service": ErrorKind(
        2,
        message="An unexpected error has occurred. Please retry your request later.",
        status=500,
        transient=True,
        source=GRAPH,
    ),
    "passing": ErrorKind(-1, message="(#-1) Please retry your request later.", transient=True, source=INSTAGRAM),
    "fault": ErrorKind(-1, message="(#-1) An internal error has occurred.", status=500, source=INSTAGRAM),
    "late": ErrorKind(-2, message="(#-2) The request timed out.", status=500, source=INSTAGRAM),
    "capability": _said(GRAPH, 3, 0, "Application does not have the capability to make this API call."),
    "app_limit": _throttled(4, "Application request limit reached"),
    "server_address": _said(SEEN, 5, 0, "This IP can't make requests for that application."),
    "user_actions": _said(SEEN, 9, 0, "User is performing too many actions"),
    "permission": _said(GRAPH, 10, 0, "Application does not have permission for this action", status=403),
    "user_limit": _throttled(17, "User request limit reached"),
    "resources": _said(SEEN, 18, 0, "This API call could not be completed due to resource limits"),
    "moved": _said(PAGE, 21, 0, "Page ID 1 was migrated to page ID 2. Please update your API calls to the new ID"),
    "page_limit": _throttled(32, "Page request limit reached", LIMITS),
    "parameter": _said(PAGE, 100, 0, "Invalid parameter"),
    "gone": ErrorKind(
        100,
        33,
        "Unsupported get request. Object with ID '0' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        type=METHOD,
    ),
    "app_unknown": ErrorKind(101, message="Error validating application. Invalid application ID."),
    "session": ErrorKind(102, message="Session key invalid or no longer valid", status=401, source=GRAPH),
    "proof": ErrorKind(104, message="Incorrect signature", source=PAGE),
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
    "blocking_checkpoint": _dead(490, "The user is enrolled in a blocking, logged-in checkpoint", SEEN),
    "no_role": _dead(
        492,
        "The user must be an administrator, editor, or moderator of the page in order to impersonate it.",
    ),
    "malformed": ErrorKind(
        190, message="Invalid OAuth access token - Cannot parse access token", status=401, source=GRAPH
    ),
    "scope": _said(GRAPH, 200, 0, "Permissions error", status=403),
    "app_blocked": ErrorKind(200, message="API access blocked.", status=403),
    "extended_permission": _said(GRAPH, 283, 0, "Requires extended permission: pages_read_engagement", status=403),
    "consent": _said(SEEN, 230, 0, "User consent is required to access user profile", status=403),
    "action_limit": _throttled(341, "Feed action request limit reached"),
    "abusive": ErrorKind(
        368,
        message="The action attempted has been deemed abusive or is otherwise disallowed",
        user_title="You're Temporarily Blocked",
        user_message="It looks like you were misusing this feature by going too fast.",
        source=GRAPH,
    ),
    "custom_limit": _throttled(613, "Calls to this API have exceeded the rate limit.", LIMITS),
    "alias": ErrorKind(803, message="(#803) Some of the aliases you requested do not exist", status=404),
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
    "no_profile": _said(SEEN, 100, 2018218, "No profile available for this user."),
    "client_secret": ErrorKind(1, message="Error validating client secret."),
    "code": ErrorKind(100, message="Invalid verification code format.", source=LOGIN),
    "code_expired": ErrorKind(100, 36007, "This authorization code has expired."),
    "code_redirect": ErrorKind(
        100,
        36008,
        "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in "
        "the OAuth dialog request",
    ),
    "code_used": ErrorKind(100, 36009, "This authorization code has been used."),
}
MESSAGE_ERRORS: dict[str, ErrorKind] = {
    "window": _said(MESSENGER, 10, 2018278, "This message is sent outside of allowed window."),
    "window_earlier": _said(
        EARLIER, 10, 2018065, "This message is sent outside of allowed window. You need a permission to do it."
    ),
    "instagram_window": _said(
        MESSENGER,
        10,
        2534022,
        "This message is sent outside of allowed window.",
        status=403,
        type_="IGApiException",
    ),
    "page_restricted": _said(
        CHANGES, 10, 1893063, "This Page is temporarily restricted from sending messages.", status=403
    ),
    "cannot_receive": _said(
        MESSENGER,
        10,
        2018108,
        "This Person Cannot Receive Messages: This person isn't receiving messages from you right now.",
    ),
    "not_sent": _said(MESSENGER, 200, 1545041, "Message Not Sent: This person isn't available.", status=403),
    "unavailable": _said(MESSENGER, 551, 1545041, "This person isn't available right now."),
    "not_receiving": _said(MESSENGER, 551, 0, "This person isn't receiving messages from you right now."),
    "not_reviewed": _said(
        MESSENGER,
        200,
        2018028,
        "Cannot message users who are not admins, developers or testers of the app until pages_messaging permission "
        "is reviewed and the app is live.",
        status=403,
    ),
    "human_agent": _said(SEEN, 10, 0, "Application does not have the Human Agent feature", status=403),
    "other_app": _said(MESSENGER, 10, 2018300, "Another app is controlling this thread now.", status=403),
    "other_app_instagram": _said(MESSENGER, 100, 2534037, "The app is not the thread owner.", type_="IGApiException"),
    "no_match": _said(MESSENGER, 100, 2018001, "No matching user found"),
    "no_instagram_user": _said(MESSENGER, 100, 2534014, "The requested user cannot be found.", type_="IGApiException"),
    "user_not_found": _said(SEEN, 10, 2534014, "The requested user cannot be found.", type_="IGApiException"),
    "thread_deleted": _said(SEEN, 100, 2534001, "The thread was deleted by its owner.", type_="IGApiException"),
    "messages_off": _said(
        MESSENGER,
        200,
        2534041,
        "The account owner has disabled access to instagram direct messages.",
        status=403,
        type_="IGApiException",
    ),
    "page_messages_off": _said(SEEN, 10904, 1893050, "The Page has messages switched off."),
    "instagram_blocked": _said(
        MESSENGER,
        100,
        2534029,
        "The account is blocked from sending messages via the API.",
        type_="IGApiException",
    ),
    "instagram_sends": _said(
        MESSENGER, 613, 2534040, "Calls to this API have exceeded the rate limit.", type_="IGApiException"
    ),
    "send_failed": _said(MESSENGER, 1200, 0, "Temporary send message failure. Please try again later."),
    "sent_and_refused": ErrorKind(1, 1357046, "Received Invalid JSON reply.", status=500, source=MESSENGER),
    "link_off": ErrorKind(
        508,
        2534122,
        "(#508) Link can not be shared",
        transient=True,
        user_title="Link can not be shared",
        user_message="Links are temporarily unavailable.",
    ),
    "upload_failed": _said(MESSENGER, 100, 2018047, "Upload attachment failure."),
    "file_not_fetched": _said(MESSENGER, 100, 2018008, "Failed to fetch the file from the url."),
    "file_too_large": _said(MESSENGER, 100, 2018109, "Attachment size exceeds allowable limit"),
    "video_late": _said(MESSENGER, 100, 2018294, "Video upload timed out."),
    "attachment_unknown": _said(MESSENGER, 100, 2018074, "Invalid attachment id."),
    "privately_replied": _said(SEEN, 10900, 0, "Activity already replied to"),
    "too_old_for_reply": _said(SEEN, 10903, 0, "This user can't reply to this activity"),
    "cannot_reply_privately": _said(SEEN, 10903, 1893049, "This user can't reply to this activity"),
    "no_private_reply": _said(SEEN, 100, 2534025, "The comment is invalid for a private reply."),
    "private_reply_scope": _said(SEEN, 200, 2534066, "The permission for private replies is missing.", status=403),
}
"""What a message, a file for one, or a private reply can be refused with."""
COMMENT_ERRORS: dict[str, ErrorKind] = {
    "cannot_comment": _said(SEEN, 200, 0, "User does not have permission to comment on this object", status=403),
    "wall": _said(SEEN, 1705, 0, "There was an error while posting to the wall"),
    "duplicate": ErrorKind(
        506,
        message="Duplicate status message",
        user_title="Duplicate Status Update",
        user_message="This status update is identical to the last one you posted.",
        source=GRAPH,
    ),
    "spam": ErrorKind(
        1446036,
        message="(#1446036) Comment was blocked",
        user_title="Your comment couldn't be posted",
        user_message="It looks like spam to our security systems.",
    ),
    "abusive_content": _said(SEEN, 1346003, 0, "The content was flagged as abusive"),
    "picture_refused": _said(SEEN, 1366046, 0, "Your photos couldn't be uploaded"),
    "posting_too_fast": _said(SEEN, 1390008, 0, "You are posting too fast"),
    "security_check": _said(SEEN, 1404006, 0, "A security check is needed first"),
    "link": _said(GRAPH, 1609005, 0, "The link could not be scraped"),
    "own_link": _said(SEEN, 1609008, 0, "Links to facebook.com cannot be posted"),
    "instagram_spam": _said(INSTAGRAM, 4, 2207051, "We restrict certain activity to protect our community."),
    "instagram_restricted": _said(INSTAGRAM, 25, 2207050, "The Instagram account is restricted."),
}
"""What a comment can be refused with."""
ERRORS: dict[str, ErrorKind] = {**_OF_EVERYTHING, **MESSAGE_ERRORS, **COMMENT_ERRORS}
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
