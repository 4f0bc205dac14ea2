# SPDX-License-Identifier: Apache-2.0
"""Settings of what comes from the service: answers, pulls, tickets, and calls of the REST API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sealock_devkit.zendesk.settings.declared import setting


@dataclass(frozen=True, kw_only=True)
class AnswerSettings:
    """Answers"""

    documented_rules: Literal["recorded", "refused"] = setting(
        "recorded",
        "What breaks only the documentation and not the schema, such as 201 resources or 11 files: a violation only, "
        "or refused as well; uncertain.",
    )
    other_2xx: Literal["error", "accepted"] = setting(
        "error", "A pull or channelback answered with another 2xx than 200; unknown."
    )
    endpoint_redirects: Literal["error", "followed"] = setting(
        "error", "A redirect of a pull, channelback, event callback, file or health check; unknown."
    )


@dataclass(frozen=True, kw_only=True)
class PullSettings:
    """Pull"""

    pull_interval_seconds: float = setting(120, "Pause between the starts of two pulls of an account.")
    pull_timeout_seconds: float = setting(60, "A pull's time; unknown, reported as a minute.")
    pulls_overlap: bool = setting(
        False, "Whether an account is pulled again while a pull of it is still in flight; unknown."
    )
    pull_escaping: Literal["none", "backslashes"] = setting(
        "none",
        "Whether quotation marks and backslashes in metadata and state come with a backslash before them, as in an "
        "example of the documentation; uncertain.",
    )
    pull_401s_until_deactivation: int = setting(
        5, "Deactivate an account after so many pulls answered 401 in a row; unknown. 0: never."
    )
    pull_401_flags: bool = setting(
        False, "Whether one pull answered 401 asks for the administrator, as metadata_needs_update does; unknown."
    )
    pull_statuses_like_401: str = setting(
        "", "Statuses that count as a 401 of a pull, separated by commas, such as 403, 410; unknown. Empty: none."
    )
    pull_errors_until_deactivation: int = setting(
        0, "Deactivate an account after so many pulls in a row that failed in any way; unknown. 0: never."
    )
    pull_slows_down: bool = setting(
        False, "Whether the pause doubles with each failed pull in a row, up to 32 times; unknown."
    )
    resources_refused_above: int = setting(
        256,
        "The most resources of a pull or push: 256 in the schema. More than the documented 200 is recorded anyway.",
    )
    too_many_resources: Literal["refuse all", "take the first"] = setting(
        "refuse all", "What happens to a pull answer with more than the most; unknown."
    )
    invalid_resource: Literal["refuse all", "skip"] = setting(
        "refuse all", "What one invalid resource does to its pull answer; unknown."
    )
    parent_id_characters: int = setting(
        255, "The longest parent_id of a resource: 255 in the schema, 511 in the documentation."
    )
    display_info_data: Literal["object", "object or string"] = setting(
        "object", "What data in display_info may be: an object in the schema, a string of JSON in the documentation."
    )
    state_saved: Literal["on acceptance", "after conversion"] = setting(
        "on acceptance", "When a pull's new state replaces the old; unknown."
    )
    metadata_race: Literal["last writer", "admin"] = setting(
        "last writer", "Whose metadata stays when an administrator saved the account during a pull; unknown."
    )


@dataclass(frozen=True, kw_only=True)
class ConversionSettings:
    """Tickets and comments"""

    unknown_parent: Literal["new ticket", "error"] = setting(
        "new ticket",
        "A pulled resource whose parent_id was never seen: Zendesk's own sample relies on a new ticket, the reference "
        "says error.",
    )
    both_ids: Literal["error", "thread_id"] = setting(
        "error", "A resource with thread_id and parent_id: forbidden, the effect is unknown."
    )
    closed_parent: Literal["follow-up", "new ticket"] = setting(
        "follow-up", "An answer, by parent_id, to a closed ticket; documented for thread_id only."
    )
    follow_up_ticket_id: Literal["old", "new"] = setting(
        "old",
        "Which ticket the event of a follow-up names in follow_up_ticket_id; unknown. ticket_id names the other.",
    )
    solved_ticket: Literal["opens", "stays"] = setting(
        "opens", "What a new comment does to a ticket that is solved, on hold or pending; assumed, as with e-mail."
    )
    id_scope: Literal["account", "integration", "subdomain"] = setting(
        "account", "Within what external ids and thread ids are unique; unknown."
    )
    absent_allow_channelback: Literal["allowed", "as before", "not allowed"] = setting(
        "allowed", "Whether a ticket can be replied to after a resource or answer without allow_channelback; assumed."
    )
    subject_source: Literal["first line", "first characters"] = setting(
        "first line", "What of the message becomes the subject when a resource has none; unknown. 150 characters."
    )
    custom_fields: str = setting(
        "", "The names or ids of the custom ticket fields that there are, separated by commas. Empty: any."
    )
    bad_field: Literal["error in pushes", "left out", "error"] = setting(
        "error in pushes",
        "A ticket field that does not exist, or a value that it cannot have: the resource is not converted, or only "
        "the field is left out; unknown.",
    )
    author_scope: Literal["integration", "account"] = setting(
        "integration", "Within what an author's external id is one user; unknown."
    )
    author_updates: Literal["on creation", "always"] = setting(
        "on creation", "Whether a later resource changes its author's name and picture; unknown."
    )
    unsupported_locale: Literal["ignored", "error"] = setting(
        "ignored", "An author's locale that is none of supported_locales: left out, or the resource with it; unknown."
    )
    comment_time: Literal["origin", "arrival"] = setting(
        "origin", "A comment's time: the resource's created_at, or its arrival; unknown."
    )
    html_message: Literal["shown", "ignored"] = setting(
        "shown", "Whether html_message is shown instead of message, after it was cleaned; unknown."
    )
    html_images: Literal["kept", "removed"] = setting(
        "kept", "Whether pictures in html_message are shown from where they are; unknown."
    )


@dataclass(frozen=True, kw_only=True)
class RestSettings:
    """REST API"""

    rest_calls_per_minute: int = setting(
        700, "How many calls of the REST API a minute has before 429: 200 to 2,500, by the plan. 0: any number."
    )
    access_tokens: Literal["accepted", "ended"] = setting(
        "accepted", "Whether push tokens are still accepted: when and why they end is unknown."
    )
    access_token_minutes: float = setting(
        0,
        "How long a push token is accepted after it was given: since 2026 Zendesk's tokens may live for 30 minutes; "
        "whether push tokens follow is unknown. 0: for ever.",
    )
    push_client: Literal["approved", "gets no token", "refused"] = setting(
        "approved",
        "Whether Zendesk approved the manifest's push client; without that the admin UI gets no token, or pushes are "
        "403; unknown.",
    )
    push_invalid_resource: Literal["refuse all", "processing error"] = setting(
        "refuse all", "What one invalid resource does to its push; unknown."
    )
    push_halts_after: Literal["any error", "processing error"] = setting(
        "any error",
        "Which result makes the rest of a push halted: a missing parent too, or only processing_error; unknown.",
    )
    push_inactive_account: Literal["refused", "accepted"] = setting(
        "refused", "A push to an account that is not active; unknown."
    )
    push_without_request_id: Literal["generated", "empty"] = setting(
        "generated", "The request_id in the events of a push that had none; unknown."
    )
    report_unknown_id: Literal["refused", "ignored"] = setting(
        "refused", "A reported error whose external_id is no reply's: 404, or taken without an effect; unknown."
    )
    report_too_long: Literal["refused", "cut"] = setting(
        "refused", "A reported error whose description has more than the schema's 511 characters; unknown."
    )
