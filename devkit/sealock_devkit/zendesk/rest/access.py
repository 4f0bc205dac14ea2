# SPDX-License-Identifier: Apache-2.0
"""Who may call the REST API and how often, how a call is refused, and what the journal says of its credentials."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sealock_devkit.zendesk.judge.findings import parse_instant
from sealock_devkit.zendesk.redaction import dots
from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.store import Account, Store


class RestRefused(Exception):
    """A call that is refused: its HTTP status, a name for the error, and what is wrong in words without values."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


def bearer_account(store: Store, authorization: str | None) -> Account | None:
    """The account whose access token this is, as it was last given to the admin UI; `None` for no account's."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        return None
    for account in store.accounts.all():
        if account.access_token and hmac.compare_digest(account.access_token, token.strip()):
            return account
    return None


def signed_in(store: Store, authorization: str | None) -> Account:
    """The account that a call is made for. Raises `RestRefused`: 401, or 403 for an integration that cannot push."""
    account = bearer_account(store, authorization)
    if account is None:
        raise RestRefused(401, "invalid_token", "the access token is missing, wrong or not used any more")
    if not store.integrations.get(account.integration_id).manifest.push_client_id:
        raise RestRefused(403, "Forbidden", "the integration's manifest has no push_client_id")
    return account


def check_token(account: Account, settings: Settings, now: datetime) -> None:
    """The account's token must be one that is still accepted. Raises `RestRefused`: 401, or 403 without approval."""
    if settings.access_tokens == "ended" or has_ended(account, settings, now):
        raise RestRefused(401, "invalid_token", "the access token has ended")
    if settings.push_client == "refused":
        raise RestRefused(403, "Forbidden", "the integration's push client is not approved")


def token_state(account: Account, settings: Settings, now: datetime) -> str:
    """What becomes of the account's token: `accepted`, `ended`, `refused`, or `none` if it is given none."""
    if settings.push_client != "approved":
        return "none" if settings.push_client == "gets no token" else "refused"
    return "ended" if settings.access_tokens == "ended" or has_ended(account, settings, now) else "accepted"


def has_ended(account: Account, settings: Settings, now: datetime) -> bool:
    """Whether the account's token was given so long ago that it is not accepted any more."""
    given_at = parse_instant(account.token_given_at or account.created_at)
    minutes = settings.access_token_minutes
    return bool(minutes) and given_at is not None and now - given_at >= timedelta(minutes=minutes)


def check_push_id(store: Store, account: Account, instance_push_id: str) -> None:
    """The id must be the token's own account. Raises `RestRefused`: 404 for nobody's id, 403 for another's."""
    if account.instance_push_id == instance_push_id:
        return
    if any(other.instance_push_id == instance_push_id for other in store.accounts.all()):
        raise RestRefused(403, "Forbidden", "instance_push_id is another account's")
    raise RestRefused(404, "RecordNotFound", "instance_push_id is not known")


MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one call is told about the limit."""

    most: int
    """Calls in a minute; 0: any number."""
    left: int
    retry_after: int | None = None
    """Seconds until the next minute begins, when nothing was left for this call."""

    @property
    def headers(self) -> dict[str, str]:
        """As HTTP headers; none when there is no limit."""
        if not self.most:
            return {}
        headers = {"x-rate-limit": str(self.most), "x-rate-limit-remaining": str(self.left)}
        return headers if self.retry_after is None else {**headers, "retry-after": str(self.retry_after)}


class RateLimit:
    """A minute begins with its first call."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._began: datetime | None = None
        self._taken = 0

    def take(self, most: int) -> Allowance:
        """Count a call; at most `most` of them in a minute."""
        now = self._clock()
        if self._began is None or not timedelta(0) <= now - self._began < MINUTE:
            self._began, self._taken = now, 0
        if most and self._taken >= most:
            seconds = (self._began + MINUTE - now).total_seconds()
            return Allowance(most, 0, max(1, math.ceil(seconds)))
        self._taken += 1
        return Allowance(most, max(0, most - self._taken))


SCHEMES = ("bearer", "basic")


def described_headers(authorization: str | None, content_type: str = "") -> list[tuple[str, str]]:
    """The headers that matter, credentials as dots."""
    headers = [("content-type", content_type)] if content_type else []
    if authorization is not None:
        headers.append(("authorization", _described(authorization)))
    return headers


def _described(authorization: str) -> str:
    scheme, space, credentials = authorization.partition(" ")
    known = space and scheme.lower() in SCHEMES
    return f"{scheme} {dots(credentials)}" if known else dots(authorization)
