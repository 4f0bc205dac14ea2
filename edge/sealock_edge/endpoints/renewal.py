# SPDX-License-Identifier: Apache-2.0
"""What Zendesk keeps anew: metadata and state that changed, or that came sealed under an old key."""

from __future__ import annotations

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.edge.v1.account_pb2 import Account
from sealock_edge.calls import Integration
from sealock_edge.sealing import Accounts, OpenAccount, OpenState
from sealock_edge.zendesk import FaultyAnswer


def renewed_metadata(
    accounts: Accounts,
    account: OpenAccount,
    answer: PullResponse | ChannelbackResponse | None,
    integration: Integration,
) -> str | None:
    """
    The metadata to answer with, or None if Zendesk's is as it should be.

    Raises `FaultyAnswer`: the connector's renewed account is empty. Raises `TooLarge`: it does not fit.
    """
    record = account.record
    if answer is not None and answer.HasField("account") and answer.account != record.connector_account:
        if not answer.account:
            raise FaultyAnswer("account", "is empty")
        record = Account()
        record.CopyFrom(account.record)
        record.connector_account = answer.account
    elif not account.stale:
        return None
    if account.stale:
        integration.metrics.resealed("metadata")
    return accounts.seal_metadata(record, integration.id)


def renewed_state(
    accounts: Accounts, account: OpenAccount, came: str, opened: OpenState, *, data: bytes, integration: Integration
) -> str:
    """
    The state to answer with: as it came, if it did not change and its key still seals.

    Raises `TooLarge`: it does not fit.
    """
    if data == opened.data and not opened.stale:
        return came
    if opened.stale:
        integration.metrics.resealed("state")
    return accounts.seal_state(data, account)
