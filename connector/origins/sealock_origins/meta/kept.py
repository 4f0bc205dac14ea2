# SPDX-License-Identifier: Apache-2.0
"""What an account keeps: a frozen dataclass, read from the account's values and written back to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from sealock_connector import Account, InvalidRequest


@dataclass(frozen=True, slots=True)
class Kept:
    """The base of what accounts keep."""

    @classmethod
    def of(cls, account: Account) -> Self:
        """Read the values that `as_values` made. Raises `InvalidRequest`, with the name of one that is missing."""
        given = [each.name for each in fields(cls) if each.name in account.values or each.default is MISSING]
        try:
            return cls(**{name: account[name] for name in given})
        except KeyError as missing:
            raise InvalidRequest(f"the account lacks {missing}") from None

    def as_values(self) -> Mapping[str, Any]:
        """What the account keeps."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
