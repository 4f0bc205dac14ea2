# SPDX-License-Identifier: Apache-2.0
"""What the edge asks of Zendesk by itself, and how that can end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from sealock_edge.sealing import OpenAccount


class Refusal(StrEnum):
    """Why Zendesk does not take calls for an account, by the names of metrics and logs."""

    NO_TOKEN = "no_token"  # noqa: S105 - a name
    """The account came without a token: the integration had no push client when it was last saved."""
    TOKEN = "token"  # noqa: S105 - a name
    """Zendesk does not accept the account's token any more, as one that has ended."""
    FORBIDDEN = "forbidden"
    """The token is good, and may not do this: the push client is not approved, or the account is not active."""
    NOT_FOUND = "not_found"
    """Zendesk does not know the account, or the reply, that the call is about."""
    NOT_TAKEN = "not_taken"
    """Zendesk does not take what was sent, whatever it is."""
    EARLIER = "earlier"
    """Another process was refused lately, for one of these reasons."""
    LED_AWAY = "led_away"
    """Zendesk answers from elsewhere, where the token is not shown: the subdomain was renamed, for one."""


class ZendeskRefused(Exception):
    """Zendesk does not take calls for this account. It may when its metadata has changed, or after a long time."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class ZendeskBusy(Exception):
    """The Zendesk account wants no calls for now, of no integration; in `retry_after` seconds it may be asked again."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("Zendesk wants no calls for now")
        self.retry_after = retry_after


class ZendeskUnavailable(Exception):
    """Zendesk could not be asked, or what it answered says nothing. What was asked may have been done."""


class Missing(NamedTuple):
    """A resource that Zendesk does not have after a push. The next pull is to bring it: no state covers it."""

    external_id: str
    code: str
    """Zendesk's code for it, or `undocumented`, `no_result` or `not_taken`."""


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of a push, by external ids, in the order of the resources."""

    there: tuple[str, ...]
    """Those that Zendesk has now, as it says: imported by this push, or before it."""
    missing: tuple[Missing, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether Zendesk has all of them."""
        return not self.missing


class ZendeskApi(Protocol):
    """
    Zendesk's API for channel integrations, each call with the account's own token, at its own Zendesk alone.

    Each method raises `ZendeskRefused`, `ZendeskBusy` and `ZendeskUnavailable`. A pause that Zendesk asked for, and a
    token that it refused, are known to all edges: nothing is sent while they last.
    """

    async def may_push(self, account: OpenAccount) -> Refusal | None:
        """Why pushing for this account is out of the question until its metadata changes; None if it is not."""
        ...

    async def push(
        self, account: OpenAccount, resources: Sequence[Mapping[str, Any]], *, request_id: str
    ) -> PushResult:
        """
        Give Zendesk resources as they stand in a pull's answer, in their order. Takes half a minute at most.

        A push may be repeated: Zendesk skips what it has. What it does not take is left to the next pull.
        """
        ...

    async def validate(self, account: OpenAccount, *, request_id: str) -> None:
        """Ask whether the account's token is good, and is this account's."""
        ...

    async def report_error(self, account: OpenAccount, *, external_id: str, description: str, request_id: str) -> None:
        """Say that a reply that was posted under this id did not last, and why, in words for agents."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
