# SPDX-License-Identifier: Apache-2.0
"""Refreshing the tokens of Instagram Login, which die sixty days after the last refresh."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sealock_connector import ConnectorError, Pull
from sealock_origins.instagram.account import INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.instagram.sign_in import REFRESHED_AFTER, InstagramLogin
from sealock_origins.meta.failures import Meaning, Refused

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Renewer:
    """Refreshes a token that is a week old; never one that is younger than a day, which Instagram refuses."""

    login: InstagramLogin | None
    now: Callable[[], datetime]

    async def renewed(self, account: InstagramAccount, pull: Pull) -> InstagramAccount:
        """
        The account with a token that lives on; Zendesk keeps it with the pull's answer.

        A refresh that fails is tried again with the next pull, while the old token lives. Raises `Refused` where it is
        dead.
        """
        old = datetime.fromtimestamp(account.token_at, UTC) + REFRESHED_AFTER <= self.now()
        if account.login != INSTAGRAM_LOGIN or self.login is None or not old:
            return account
        try:
            token = await self.login.refresh(account.token)
        except (Refused, ConnectorError) as error:
            if isinstance(error, Refused) and error.meaning is Meaning.TOKEN_DEAD:
                raise
            _log.warning("an account's token cannot be refreshed now: %s", error)
            return account
        account = replace(account, token=token, token_at=int(self.now().timestamp()))
        pull.renew(account.as_values())
        return account
