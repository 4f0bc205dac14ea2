# SPDX-License-Identifier: Apache-2.0
"""Settings of what goes to the service: replies, events, and files both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sealock_devkit.zendesk.settings.declared import setting


@dataclass(frozen=True, kw_only=True)
class ChannelbackSettings:
    """Channelback"""

    channelback_timeout_seconds: float = setting(60, "A channelback's time; unknown.")
    channelback_retries: int = setting(
        4,
        "How often a channelback is repeated after a failure that may pass; unknown. Each under the same identifier.",
    )
    channelback_backoff_seconds: float = setting(
        2, "Pause before the first repetition, doubled for each later one; unknown."
    )
    channelback_retry_after: Literal["obeyed", "ignored"] = setting(
        "obeyed", "A Retry-After in an answer that is repeated; unknown."
    )
    channelback_longest_wait_seconds: float = setting(300, "A Retry-After of more than this is cut to it; unknown.")
    channelback_401: Literal["fail", "retry"] = setting(
        "fail", "A channelback answered 401; a Zendesk-authored comment says it is repeated, nothing else does."
    )
    channelback_401_flags: bool = setting(
        True, "Whether a channelback answered 401 asks for the administrator, as metadata_needs_update does; unknown."
    )
    channelback_429: Literal["retry", "fail"] = setting("retry", "A channelback answered 429; unknown.")
    channelback_4xx: Literal["fail", "retry"] = setting(
        "fail", "A channelback answered 4xx, other than 401 and 429; unknown."
    )
    channelback_5xx: Literal["retry", "fail"] = setting("retry", "A channelback answered 5xx; unknown.")
    channelback_invalid_answer: Literal["fail", "retry"] = setting(
        "fail", "A channelback answered 200 with a body that breaks the schema; unknown."
    )
    channelback_ids: Literal["both", "parent_id", "thread_id"] = setting(
        "both", "Which of the two ids a channelback carries; unknown."
    )
    channelback_missing_ids: Literal["left out", "empty"] = setting(
        "left out", "How a channelback says that it has no parent_id, thread_id or recipient_id; uncertain."
    )
    channelback_parent: Literal["latest", "first"] = setting(
        "latest", "Which of the ticket's resources is parent_id; unknown, seen to be replies too."
    )
    channelback_text: Literal["text", "html"] = setting("text", "Whether message may hold HTML; unknown.")
    reply_without_text: Literal["refused", "sent"] = setting(
        "refused", "An agent's reply that has files and no text; unknown."
    )


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """Events"""

    event_window_seconds: float = setting(1, "How long events are collected before they are sent; unknown.")
    event_batch: int = setting(100, "The most events in one call; unknown.")
    event_order: Literal["as it happened", "mixed"] = setting(
        "as it happened",
        "The order of events in one call; unknown. Mixed: another order, the same for the same events.",
    )
    event_timeout_seconds: float = setting(30, "An event callback's time; unknown.")
    event_retries: int = setting(
        0, "How often an event callback that failed is repeated, before later ones are sent; unknown."
    )
    event_backoff_seconds: float = setting(
        2, "Pause before the first repetition of an event callback, doubled for each later one; unknown."
    )


@dataclass(frozen=True, kw_only=True)
class FileSettings:
    """Files"""

    file_method: Literal["POST", "GET"] = setting(
        "POST", "How file_urls are fetched; services have seen POST, the documentation does not say."
    )
    file_post_body: Literal["metadata", "empty"] = setting(
        "metadata", "What a file's POST carries: the account's metadata as a form, or nothing; unknown."
    )
    relative_file_urls: Literal["refused", "resolved"] = setting(
        "refused",
        "A file's URL without a host: the schema asks for https, one service relies on the manifest's folder.",
    )
    file_timeout_seconds: float = setting(60, "A file's time; unknown.")
    file_retries: int = setting(0, "How often a file that could not be had is fetched again, at once; unknown.")
    file_bytes: int = setting(
        52_428_800, "The largest file that is downloaded, at most 64 MB; unknown, reported as about 50 MB."
    )
    file_hosts: Literal["service", "any"] = setting(
        "service", "Whether files are fetched from hosts other than the service's and this machine. Zendesk does."
    )
    attachments_need_token: bool = setting(
        False,
        "Whether an agent's file is given only for the access token: documented so, in practice given without.",
    )
    attachment_url: str = setting("", "Where the service finds agents' files. Empty: where this Zendesk listens.")
    attachment_redirect: str = setting(
        "",
        "Answer a request for a file with a redirect to this origin, as to object storage. Empty: with the file.",
    )
