# SPDX-License-Identifier: Apache-2.0
"""Every point where Zendesk's behaviour is not known, as a setting with what its documentation implies."""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from sealock_devkit.zendesk.limits import is_service_url

SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)


class BadSetting(ValueError):
    """A setting that does not exist, or a value that it cannot have. The message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    How this Zendesk behaves. All can be changed while it runs.

    Times are seconds. "unknown" in a comment means that Zendesk does not document the point, and that a service must
    work with every value.
    """

    subdomain: str = "demo"
    """Zendesk's account: told to the admin UI, and in every event."""
    locale: str = "en-US"
    """The administrator's language, told to the admin UI."""
    return_url: str = ""
    """Where the admin UI's last form posts to. Empty: Zendesk's own recorded address under the subdomain."""
    loopback_http_is_https: bool = True
    """Take plain http on this machine for https, as one works without certificates. Other hosts always need https."""

    manifest_poll_seconds: float = 14_400
    """How long a manifest is used before it is read again: "hours" in the documentation."""
    empty_manifest_urls: Literal["refused", "absent"] = "refused"
    """An empty string as a URL in the manifest: the schema refuses it, one service got away with it."""

    page_timeout_seconds: float = 60
    """The time of a manifest, a page of the admin UI, a link or a healthcheck; unknown."""

    pull_interval_seconds: float = 120
    """Pause between the starts of two pulls of an account."""
    pull_timeout_seconds: float = 60
    """A pull's time; unknown, reported as a minute."""
    pull_401s_until_deactivation: int = 5
    """Deactivate an account after so many pulls answered 401 in a row; unknown. 0: never."""
    pull_errors_until_deactivation: int = 0
    """The same for pulls that failed in any way; unknown. 0: never."""
    resources_refused_above: int = 256
    """A pull answer with more is refused whole: 256 in the schema. More than the documented 200 is recorded anyway."""
    invalid_resource: Literal["refuse all", "skip"] = "refuse all"
    """What one invalid resource does to its pull answer; unknown."""
    state_saved: Literal["on acceptance", "after conversion"] = "on acceptance"
    """When a pull's new state replaces the old; unknown."""
    metadata_race: Literal["last writer", "admin"] = "last writer"
    """Whose metadata stays when an administrator saved the account during a pull; unknown."""
    edit_without_state: Literal["keep", "clear"] = "keep"
    """What an edit of an account does to its state when the admin UI sends none; unknown."""
    edit_token: Literal["fresh", "same"] = "fresh"  # noqa: S105 - a choice, not a token
    """Whether editing an account makes another push token; unknown."""
    edit_reactivates: bool = True
    """Whether saving a deactivated account in the admin UI makes it active again; unknown."""
    duplicate_account_name: Literal["accepted", "refused"] = "accepted"
    """A second account of the same name; unknown."""

    unknown_parent: Literal["new ticket", "error"] = "new ticket"
    """
    A pulled resource whose parent_id was never seen: Zendesk's own sample relies on a new ticket, the reference says
    error.
    """
    both_ids: Literal["error", "thread_id"] = "error"
    """A resource with thread_id and parent_id: forbidden, the effect is unknown."""
    closed_parent: Literal["follow-up", "new ticket"] = "follow-up"
    """An answer, by parent_id, to a closed ticket; documented for thread_id only."""
    follow_up_ticket_id: Literal["old", "new"] = "old"
    """Which ticket the event of a follow-up names in follow_up_ticket_id; unknown. ticket_id names the other."""
    id_scope: Literal["account", "integration", "subdomain"] = "account"
    """Within what external ids and thread ids are unique; unknown."""
    author_scope: Literal["integration", "account"] = "integration"
    """Within what an author's external id is one user; unknown."""
    author_updates: Literal["on creation", "always"] = "on creation"
    """Whether a later resource changes its author's name and picture; unknown."""
    comment_time: Literal["origin", "arrival"] = "origin"
    """A comment's time: the resource's created_at, or its arrival; unknown."""

    channelback_timeout_seconds: float = 60
    """A channelback's time; unknown."""
    channelback_retries: int = 4
    """How often a channelback is repeated after a failure that may pass; unknown. Each under the same identifier."""
    channelback_backoff_seconds: float = 2
    """Pause before the first repetition, doubled for each later one; unknown."""
    channelback_longest_wait_seconds: float = 300
    """A Retry-After of more than this is cut to it; unknown."""
    channelback_401: Literal["fail", "retry"] = "fail"
    """A channelback answered 401; a Zendesk-authored comment says it is repeated, nothing else does."""
    channelback_ids: Literal["both", "parent_id", "thread_id"] = "both"
    """Which of the two ids a channelback carries; unknown."""
    channelback_parent: Literal["latest", "first"] = "latest"
    """Which of the ticket's resources is parent_id; unknown, seen to be replies too."""
    channelback_text: Literal["text", "html"] = "text"
    """Whether message may hold HTML; unknown."""

    event_window_seconds: float = 1
    """How long events are collected before they are sent; unknown."""
    event_batch: int = 100
    """The most events in one call; unknown."""
    event_timeout_seconds: float = 30
    """An event callback's time; unknown. It is not repeated."""

    file_method: Literal["POST", "GET"] = "POST"
    """How file_urls are fetched: by POST with the account's metadata, or by GET without; unknown."""
    file_timeout_seconds: float = 60
    """A file's time; unknown. It is not fetched again."""
    file_bytes: int = 52_428_800
    """The largest file that is downloaded, at most 64 MB; unknown, reported as about 50 MB."""
    file_hosts: Literal["service", "any"] = "service"
    """Whether files are fetched from hosts other than the service's and this machine. Zendesk does."""
    attachments_need_token: bool = False
    """Whether an agent's file is given only for the access token: documented so, in practice given without."""
    attachment_url: str = ""
    """Where the service finds agents' files. Empty: where this Zendesk listens."""
    attachment_redirect: str = ""
    """Answer a request for a file with a redirect to this origin, as to object storage. Empty: with the file."""
    rest_calls_per_minute: int = 700
    """How many calls of the REST API a minute has before 429: 200 to 2,500, by the plan. 0: any number."""
    push_invalid_resource: Literal["refuse all", "processing error"] = "refuse all"
    """What one invalid resource does to its push; unknown."""
    push_halts_after: Literal["any error", "processing error"] = "any error"
    """Which result makes the rest of a push halted: a missing parent too, or only processing_error; unknown."""
    push_inactive_account: Literal["refused", "accepted"] = "refused"
    """A push to an account that is not active; unknown."""
    report_unknown_id: Literal["refused", "ignored"] = "refused"
    """A reported error whose external_id is no reply's: 404, or taken without an effect; unknown."""

    calls_kept: int = 10_000
    """How many calls, settled events and violations are remembered, of each."""

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with some of them changed. Raises `BadSetting`."""
        kinds = typing.get_type_hints(Settings)
        checked = {name: _checked(name, value, kinds.get(name)) for name, value in changes.items()}
        if not SUBDOMAIN.fullmatch(checked.get("subdomain", self.subdomain)):
            raise BadSetting("subdomain is letters, digits and hyphens")
        return_url = checked.get("return_url", "")
        if return_url and not is_service_url(return_url, loopback_http_is_https=True):
            raise BadSetting("return_url is an https URL, or http on this machine")
        for name in ("attachment_url", "attachment_redirect"):
            url = checked.get(name, "")
            if url and not is_service_url(url, loopback_http_is_https=True):
                raise BadSetting(f"{name} is an https URL, or http on this machine")
        return replace(self, **checked)

    def as_dict(self) -> dict[str, Any]:
        """All settings by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def finalizer_url(self) -> str:
        """The return_url that the admin UI gets."""
        path = "/zendesk/channels/integration_service_instances/editor_finalizer"
        return self.return_url or f"https://{self.subdomain}.zendesk.com{path}"


def _checked(name: str, value: Any, kind: Any) -> Any:
    if kind is None:
        raise BadSetting(f"there is no setting {name}")
    if typing.get_origin(kind) is Literal:
        choices = typing.get_args(kind)
        if value not in choices:
            raise BadSetting(f"{name} is one of: {', '.join(choices)}")
        return value
    return _plain(name, value, kind)


def _plain(name: str, value: Any, kind: type | types.UnionType) -> Any:
    if kind is bool or kind is str:
        if not isinstance(value, kind):
            raise BadSetting(f"{name} is {'true or false' if kind is bool else 'a string'}")
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value < math.inf or (kind is int and value != int(value)):
        raise BadSetting(f"{name} is a {'whole ' if kind is int else ''}number of 0 or more")
    return int(value) if kind is int else float(value)


def parse_setting(text: str) -> tuple[str, Any]:
    """A setting from the command line, `NAME=VALUE`: true, false and numbers as such. Raises `BadSetting`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise BadSetting("a setting is NAME=VALUE")
    if value in {"true", "false"}:
        return name, value == "true"
    try:
        return name, float(value)
    except ValueError:
        return name, value
