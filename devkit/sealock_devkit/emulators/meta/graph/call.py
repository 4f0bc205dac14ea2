# SPDX-License-Identifier: Apache-2.0
"""One call of the Graph API: who makes it, what they may do, and how often."""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import dataclass, field

from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.graph.errors import refused
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.records import Grant, InstagramAccount, Page, Token
from sealock_devkit.emulators.meta.settings import HOUR, MINUTE
from sealock_devkit.emulators.meta.store import Store

LONGEST_WAIT_MINUTES = 60
REFUSALS = {"pages": "pages_limit", "messenger": "messenger_limit", "instagram": "instagram_limit"}
"""What a Page's or account's own budget is refused with, by the use case that the headers name."""
PACE_SECONDS = 10
FACEBOOK, INSTAGRAM = "facebook", "instagram"


@dataclass(slots=True)
class Budget:
    """The calls of one caller within a window."""

    seconds: float
    calls: deque[float] = field(default_factory=deque)
    blocked_until: float = 0

    def count(self, now: float, weight: int = 1) -> None:
        """Count a call, which may weigh as much as several."""
        self.calls.extend([now] * weight)

    def used(self, now: float) -> int:
        """How many calls are in the window."""
        while self.calls and self.calls[0] <= now - self.seconds:
            self.calls.popleft()
        return len(self.calls)


class Usage:
    """All budgets. Kept in memory only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._budgets: dict[tuple[str, str], Budget] = {}

    def spend_app(self, refusal: str, weight: int) -> None:
        """Count a call with an app or user token; `refusal` names the error once the budget is used up."""
        self._spend(("app", ""), self._store.settings.app_calls_per_hour, HOUR, refusal, weight)

    def spend(self, use_case: str, owner_id: str, weight: int) -> None:
        """Count a call with a Page's or account's token."""
        seconds = self._store.settings.counted_hours * HOUR
        self._spend((use_case, owner_id), self._limit(use_case), seconds, REFUSALS[use_case], weight)

    def pace(self, what: str, owner_id: str, limit: float, seconds: float) -> None:
        """Count a call that has a limit of its own, such as conversations: error 613 above it. 0: no limit."""
        if not limit:
            return
        budget = self._budgets.setdefault((what, owner_id), Budget(seconds))
        now = self._store.now()
        if budget.used(now) >= limit:
            raise refused("custom_limit")
        budget.count(now)

    def headers(self, use_case: str, owner_id: str, business_id: str) -> dict[str, str]:
        """The headers that tell a caller how much is used, in percent."""
        headers = {"X-App-Usage": json.dumps(self._percentages(("app", ""), self._store.settings.app_calls_per_hour))}
        if owner_id:
            key = (use_case, owner_id)
            entry = {
                "type": use_case,
                **self._percentages(key, self._limit(use_case)),
                "estimated_time_to_regain_access": self._minutes_to_wait(key),
            }
            headers["X-Business-Use-Case-Usage"] = json.dumps({business_id: [entry]})
        return headers

    def _limit(self, use_case: str) -> int:
        settings = self._store.settings
        return {
            "pages": settings.page_calls_per_day,
            "messenger": settings.messenger_calls_per_day,
            "instagram": settings.instagram_calls_per_day,
        }[use_case]

    def _spend(self, key: tuple[str, str], limit: int, seconds: float, refusal: str, weight: int) -> None:
        budget, now = self._budgets.setdefault(key, Budget(seconds)), self._store.now()
        if now < budget.blocked_until:
            longest = now + LONGEST_WAIT_MINUTES * MINUTE
            budget.blocked_until = max(budget.blocked_until, min(longest, budget.blocked_until + MINUTE))
            raise refused(refusal)
        if budget.blocked_until:
            budget.calls.clear()
            budget.blocked_until = 0
        if budget.used(now) + weight > limit:
            budget.blocked_until = now + self._store.settings.throttled_minutes * MINUTE
            raise refused(refusal)
        budget.count(now, weight)

    def _percentages(self, key: tuple[str, str], limit: int) -> dict[str, int]:
        budget, now = self._budgets.get(key), self._store.now()
        used = budget.used(now) if budget else 0
        percent = min(100, 100 * used // max(1, limit))
        if budget and now < budget.blocked_until:
            percent = 100
        return {"call_count": percent, "total_cputime": percent // 4, "total_time": percent // 4}

    def _minutes_to_wait(self, key: tuple[str, str]) -> int:
        budget, now = self._budgets.get(key), self._store.now()
        return math.ceil((budget.blocked_until - now) / MINUTE) if budget and now < budget.blocked_until else 0


@dataclass(slots=True)
class Call:
    """A call with a valid token (or the app's own), and its parameters."""

    emulator: Emulator
    usage: Usage
    host: str
    """`facebook` (graph.facebook.com) or `instagram` (graph.instagram.com)."""
    version: str
    method: str
    params: Params = field(repr=False)
    token: Token | None = field(default=None, repr=False)
    """None: the call is the app's own."""

    @property
    def store(self) -> Store:
        """What the emulator keeps."""
        return self.emulator.store

    @property
    def grant(self) -> Grant:
        """What the token's person lets the app do. Raises `GraphError` for the app's own token."""
        if self.token is None:
            raise refused("permission")
        return self.store.grants[self.token.grant_id]

    @property
    def kind(self) -> str:
        """`app`, `user`, `page` or `instagram`."""
        return self.token.kind if self.token else "app"

    def need(self, *scopes: str) -> None:
        """Raise error 10 unless the person granted all these permissions."""
        missing = [scope for scope in scopes if scope not in self.grant.scopes]
        if missing:
            raise refused(
                "permission",
                f"(#10) This endpoint requires the '{missing[0]}' permission or the 'Page Public Content Access' "
                "feature. Refer to https://developers.facebook.com/docs/apps/review/login-permissions for details.",
            )

    def need_to_write(self, scope: str) -> None:
        """Raise error 200 unless the person granted this permission."""
        if scope not in self.grant.scopes:
            raise refused("scope", f"(#200) Requires {scope} permission to manage the object.")

    def need_task(self, page: Page, task: str) -> None:
        """Raise error 200 unless the token's person has the task on the Page."""
        if task not in page.tasks.get(self.grant.person_id, []):
            raise refused("scope", f"(#200) The user must have the {task} task on the Page.")

    def need_instagram(self, what: str, *, write: bool = False) -> None:
        """The same for Instagram: `basic`, `manage_comments`, `manage_messages`, by the kind of login."""
        scope = f"instagram_business_{what}" if self.kind == "instagram" else f"instagram_{what}"
        if write:
            self.need_to_write(scope)
        else:
            self.need(scope)

    def need_page_token(self, page: Page) -> None:
        """Raise error 190 unless the token is this Page's own."""
        if self.kind == "page" and self.token is not None and self.token.page_id == page.id:
            return
        if self.kind == "page":
            raise refused("permission")
        raise refused("malformed", "(#190) This method must be called with a Page Access Token")

    def sees_page(self, page: Page) -> bool:
        """Whether the token gives access to the Page."""
        if self.token is None:
            return False
        if self.kind == "page":
            return self.token.page_id == page.id
        return self.kind == "user" and page.id in self.grant.page_ids and self.grant.person_id in page.tasks

    def sees_instagram(self, account: InstagramAccount) -> bool:
        """Whether the token gives access to the Instagram account."""
        if self.token is None:
            return False
        if self.kind == "instagram":
            return account.id in self.grant.instagram_ids
        if self.kind == "page":
            return account.page_id == self.token.page_id
        return account.id in self.grant.instagram_ids

    def own_instagram(self) -> InstagramAccount:
        """The account of a token of Instagram Login."""
        return self.store.instagrams[self.grant.instagram_ids[0]]
