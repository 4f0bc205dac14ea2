# SPDX-License-Identifier: Apache-2.0
"""An account as Zendesk keeps it: sealed metadata and sealed state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from google.protobuf.message import DecodeError

from sealock.edge.v1.account_pb2 import Account
from sealock_edge.sealing.sealer import Purpose, Sealer, Unsealable
from sealock_edge.zendesk.errors import FaultyAnswer, OtherZendesk
from sealock_edge.zendesk.hosts import ZendeskHosts


@dataclass(frozen=True, slots=True, eq=False)
class OpenAccount:
    """
    An account whose metadata opened. Holds secrets: it shows only its ids, and cannot be pickled.

    `stale`: the metadata is not under the key that seals now and should be answered sealed anew.
    """

    record: Account = field(repr=False)
    integration_id: str
    stale: bool

    @property
    def account_id(self) -> str:
        """The edge's random name for the account."""
        return self.record.account_id

    def __repr__(self) -> str:
        return f"OpenAccount({self.integration_id}, {self.account_id}, stale={self.stale})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an open account cannot be pickled or copied")


class OpenState(NamedTuple):
    """A state that opened. `stale`: it should be answered sealed anew."""

    data: bytes
    stale: bool


class Accounts:
    """
    Opens and seals metadata and states.

    Metadata belongs to an integration, a state to one account of it: those of another one do not open.
    """

    def __init__(self, sealer: Sealer, hosts: ZendeskHosts) -> None:
        """`hosts` know the Zendesk accounts that may use the edge."""
        self._sealer = sealer
        self._hosts = hosts

    def open_metadata(self, metadata: str, integration_id: str, *, subdomain: str | None = None) -> OpenAccount:
        """
        The account that Zendesk's metadata string holds; of this Zendesk account, if the call says of which.

        Raises `Unsealable`: it is not a metadata that was sealed for this integration. Raises `ZendeskNotNamed`: it
        belongs to a Zendesk account that may not use the edge any more. Raises `OtherZendesk`: to another one than the
        call is for.
        """
        opened = self._sealer.open(metadata, purpose=Purpose.METADATA, owner=(integration_id,))
        try:
            record = Account.FromString(opened.plain)
        except DecodeError:
            raise Unsealable from None
        if not record.account_id:
            raise Unsealable
        self._hosts.check_named(record.subdomain)
        if subdomain not in (None, record.subdomain):
            raise OtherZendesk
        return OpenAccount(record, integration_id, opened.stale)

    def seal_metadata(self, record: Account, integration_id: str) -> str:
        """
        The metadata string for Zendesk.

        Raises `TooLarge`: the record does not fit into Zendesk's 5,000 characters.
        Raises `ValueError`: the record has no account_id.
        """
        if not record.account_id:
            raise ValueError("an account needs an account_id")
        return self._sealer.seal(record.SerializeToString(), purpose=Purpose.METADATA, owner=(integration_id,))

    def open_state(self, state: str, account: OpenAccount) -> OpenState:
        """
        The connector's state bytes. An empty string is an empty state: a first pull has none.

        Raises `Unsealable`: it is not a state that was sealed for this account.
        """
        if not state:
            return OpenState(b"", stale=False)
        opened = self._sealer.open(
            state, purpose=Purpose.STATE, owner=(account.integration_id, account.record.account_id)
        )
        return OpenState(opened.plain, opened.stale)

    def seal_state(self, data: bytes, account: OpenAccount) -> str:
        """
        The state string for Zendesk; no bytes give an empty string.

        Raises `TooLarge`: the state does not fit into Zendesk's 5,000 characters.
        """
        return self.new_state(data, account) if data else ""

    def renewed_metadata(self, account: OpenAccount, connector_account: bytes | None) -> str | None:
        """
        The metadata that Zendesk keeps anew, or None if what it has is as it should be.

        It is anew if the connector renewed its bytes (None: it did not), or if it came sealed under an old key.

        Raises `FaultyAnswer`: the connector's renewed account is empty. Raises `TooLarge`: it does not fit.
        """
        record = account.record
        if connector_account is not None and connector_account != record.connector_account:
            if not connector_account:
                raise FaultyAnswer("account", "is empty")
            record = Account()
            record.CopyFrom(account.record)
            record.connector_account = connector_account
        elif not account.stale:
            return None
        return self.seal_metadata(record, account.integration_id)

    def renewed_state(self, account: OpenAccount, came: str, opened: OpenState, data: bytes) -> str:
        """
        The state to answer with: as it came, if it did not change and its key still seals.

        Raises `TooLarge`: it does not fit.
        """
        return came if data == opened.data and not opened.stale else self.seal_state(data, account)

    def new_state(self, data: bytes, account: OpenAccount) -> str:
        """
        The state as a string that there was never before, also where it has no bytes: who brings it got it just now.

        Raises `TooLarge`: it does not fit.
        """
        return self._sealer.seal(data, purpose=Purpose.STATE, owner=(account.integration_id, account.record.account_id))
