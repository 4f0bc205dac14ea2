# SPDX-License-Identifier: Apache-2.0
"""Who wants to be told what, and what is still to be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class AppSubscription:
    """One of the app's webhooks. Its id is `page`, `instagram`, or `instagram_login` for Instagram's own product."""

    id: str
    callback_url: str
    verify_token: str
    fields: list[str] = field(default_factory=list)
    include_values: bool = True

    @property
    def object(self) -> str:
        """What deliveries say in `object`."""
        return "page" if self.id == "page" else "instagram"

    def __repr__(self) -> str:
        return f"AppSubscription(id={self.id!r}, callback_url={self.callback_url!r})"


@dataclass(slots=True)
class OwnerSubscription:
    """That the app is installed on a Page or, with Instagram Login, on an account. Its id is the owner's."""

    id: str
    fields: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Delivery:
    """One update on its way."""

    id: str
    subscription_id: str
    owner_id: str
    field: str
    time: float
    entry: dict[str, Any]
    """`{"changes": [...]}`, `{"messaging": [...]}` or `{"field": ..., "value": ...}`."""
    due: float
    attempts: int = 0
    first_failure: float = 0
