# SPDX-License-Identifier: Apache-2.0
"""Accounts and states as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sealock_connector._types import Account, State, dump_values
from sealock_connector.errors import ContractBroken, InvalidAnswer
from sealock_contract.limits import ACCOUNT_BYTES, STATE_BYTES


def account_from_wire(account_id: str, data: bytes) -> Account:
    """The account; `ContractBroken` if the bytes are not what `account_to_wire` makes."""
    try:
        values = json.loads(data)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ContractBroken("account: is not one of this connector's accounts") from None
    return Account(id=account_id, values=values)


def account_to_wire(values: Mapping[str, Any]) -> bytes:
    """The account's bytes; `InvalidAnswer` if Zendesk could not keep them."""
    try:
        data = dump_values(values)
    except (TypeError, ValueError):
        raise InvalidAnswer("account: holds something that JSON cannot say") from None
    if len(data) > ACCOUNT_BYTES:
        raise InvalidAnswer(f"account: has {len(data):,} bytes, at most {ACCOUNT_BYTES:,} are allowed")
    return data


def state_to_wire(state: State) -> bytes:
    """The state's bytes; `InvalidAnswer` if Zendesk could not keep them."""
    data = state if isinstance(state, bytes) else state.dump()
    if len(data) > STATE_BYTES:
        raise InvalidAnswer(f"state: has {len(data):,} bytes, at most {STATE_BYTES:,} are allowed")
    return data
