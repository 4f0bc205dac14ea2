# SPDX-License-Identifier: Apache-2.0
"""The last page of a set-up: the browser itself posts the finished account to Zendesk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from falcon.asgi import Response

from sealock.connector.v1.setup_pb2 import SetupDone
from sealock.edge.v1.account_pb2 import AdminForm
from sealock_edge.integration import Integration
from sealock_edge.pages import Pages
from sealock_edge.sealing import Accounts, OpenAccount
from sealock_edge.zendesk import FaultyAnswer, limits


class ReturnForm:
    """The name, the sealed metadata and the sealed state (protocol: return form)."""

    def __init__(self, accounts: Accounts, pages: Pages, clock: Callable[[], datetime]) -> None:
        self._accounts = accounts
        self._pages = pages
        self._clock = clock

    def answer(self, resp: Response, integration: Integration, form: AdminForm, done: SetupDone, locale: str) -> None:
        """
        Show the page in the language of the locale.

        The name is what the administrator chose, else the connector's. An edited account keeps its state unless
        the connector gives one, which is sent along because Zendesk does not say what happens without it.

        Raises `FaultyAnswer`: the connector left something out. Raises `TooLarge`: Zendesk cannot keep that much.
        """
        if not done.account:
            raise FaultyAnswer("account", "is empty")
        name = form.account_name.strip() or done.account_name.strip()[: limits.ACCOUNT_NAME_CHARS]
        if not name:
            raise FaultyAnswer("account_name", "is empty")
        record = form.account
        record.connector_account = done.account
        now = self._clock()
        record.update_time.FromDatetime(now)
        if not record.HasField("create_time"):
            record.create_time.FromDatetime(now)
        account = OpenAccount(record, integration.id, stale=False)
        state = done.state if done.HasField("state") else form.state
        self._pages.answer(
            resp,
            "return_form.html",
            locale=locale,
            framed=True,
            posts_to=form.return_url,
            return_url=form.return_url,
            name=name,
            metadata=self._accounts.seal_metadata(record, integration.id),
            state=self._accounts.seal_state(state, account),
        )
