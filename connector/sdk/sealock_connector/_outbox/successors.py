# SPDX-License-Identifier: Apache-2.0
"""
Secrets that an origin renews, and whose old ones work once: a refresh token that is spent by using it.

The answer that brings a renewed account to Zendesk can be lost, and then Zendesk goes on calling with the old one. So
whoever renews leaves the successor in the connector's store, encrypted under a key that only the old secret gives, and
under a name that only it gives: who presents the old account reads it, and the store alone is worth nothing. All
replicas renew an account once, one of them at a time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol, runtime_checkable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sealock_connector._deadlines import Deadline
from sealock_connector._outbox.once import DeliveryTimes, Once
from sealock_connector._outbox.store import OutboxStore
from sealock_connector._types import Account
from sealock_connector.errors import AccountRevoked, Cause, ConnectorError, OriginUnreached

_log = logging.getLogger(__name__)

EARLY: Final = timedelta(minutes=10)
"""So long before an account ends it is renewed, so that a store that is away for a while costs nothing."""
_MOST: Final = 64
"""So many successors of successors are followed: Zendesk lost as many answers in a row."""
_NONCE: Final = bytes(12)
"""Each key encrypts one text: the first successor stays."""


class Renewal(Protocol):
    """How an origin renews its accounts: what an author writes."""

    def secret(self, account: Account) -> str:
        """What the origin takes once, such as a refresh token. Not empty; each renewal gives another one."""
        ...

    def expires_at(self, account: Account) -> datetime:
        """When the origin takes the account no more unless it is renewed; with its time zone."""
        ...

    async def renew(self, account: Account) -> Mapping[str, Any]:
        """
        The account's values after a renewal, which the origin is asked for here.

        Raises `AccountRevoked` where the origin refuses the secret, and `OriginUnreached` where it certainly was not
        asked; after any other error the secret may be spent, and it is tried once more.
        """
        ...


@runtime_checkable
class RenewsSecrets(Protocol):
    """The origin's secrets are renewed, and the old ones work once."""

    def renew_through(self, successors: Successors) -> None:
        """Called once, before `open`, with what finds the newest of an account."""
        ...


class Successors:
    """The newest account that there is, for one that Zendesk sent."""

    def __init__(
        self,
        store: OutboxStore,
        origin: str,
        *,
        times: DeliveryTimes | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        early: timedelta = EARLY,
    ) -> None:
        self._once = Once(store, "a renewal", times=times)
        self._origin = origin
        self._now = now
        self._early = early

    async def newest(self, account: Account, renewal: Renewal, *, seconds: float = 30.0) -> Account:
        """
        The account as it is to be used now: itself while it is good, else what it was renewed to, by whomever.

        Answer a pull with it (`Pull.renew`) whenever it is another one than came: Zendesk may not have it yet.

        Raises `AccountRevoked`. Once the account has ended also what else `renew` raises, and `OriginUnavailable`
        where another replica renews it just now and needs more than `seconds`, or the store is away.
        """
        deadline = Deadline.within(seconds, margin=0)
        for _ in range(_MOST):
            expires_at = renewal.expires_at(account)
            if self._now() < expires_at - self._early:
                return account
            try:
                account = await self._successor(account, renewal, deadline)
            except AccountRevoked:
                raise
            except ConnectorError:
                if self._now() >= expires_at:
                    raise
                return account
        raise AccountRevoked("Zendesk keeps an account that was renewed too often since")

    async def settle(self, seconds: float) -> None:
        """Give renewals under way some time to end, and to be recorded; then give them up."""
        await self._once.settle(seconds)

    async def _successor(self, account: Account, renewal: Renewal, deadline: Deadline) -> Account:
        name, cipher = self._of(account.id, renewal.secret(account))
        try:
            result, _ = await self._once.do(name, partial(_Renewing, account, renewal, cipher), deadline)
        except AccountRevoked as refusal:
            # Spent, perhaps by one whose claim was taken over while it waited for the answer.
            result, _ = await self._once.do(name, partial(_Refused, refusal), deadline)
        try:
            values = json.loads(cipher.decrypt(_NONCE, result, None))
        except (InvalidTag, ValueError):
            _log.error("what the outbox holds of a renewed account is not what was put there")
            raise OriginUnreached("the outbox is not to be trusted", cause=Cause.STORE_NOT_REACHED) from None
        return Account(account.id, values)

    def _of(self, account_id: str, secret: str) -> tuple[str, AESGCMSIV]:
        """The record's name and the cipher of what is in it. Neither leads to the other, nor to the secret."""
        if not secret:
            raise ValueError("a secret that works once is not empty")
        about = f"{len(self._origin)}:{self._origin}{account_id}".encode()
        name = HKDF(SHA256(), 32, None, b"sealock successor name 1 " + about).derive(secret.encode())
        key = HKDF(SHA256(), 32, None, b"sealock successor key 1 " + about).derive(secret.encode())
        return f"successor-{name.hex()}", AESGCMSIV(key)


class _Renewing:
    """One renewal."""

    def __init__(self, account: Account, renewal: Renewal, cipher: AESGCMSIV, earlier: datetime | None) -> None:
        self._account = account
        self._renewal = renewal
        self._cipher = cipher
        self._uncertain = earlier is not None

    async def run(self) -> bytes:
        values = await self._renewal.renew(self._account)
        return self._cipher.encrypt(_NONCE, Account(self._account.id, values).dump(), None)

    def nothing_sent(self, error: BaseException) -> bool:
        return not self._uncertain and isinstance(error, ConnectorError) and error.nothing_sent


class _Refused:
    """No renewal, where somebody else's is looked for."""

    def __init__(self, refusal: AccountRevoked, _earlier: datetime | None) -> None:
        self._refusal = refusal

    async def run(self) -> bytes:
        raise self._refusal

    def nothing_sent(self, error: BaseException) -> bool:
        return error is self._refusal
