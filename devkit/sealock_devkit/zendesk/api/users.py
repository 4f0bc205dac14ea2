# SPDX-License-Identifier: Apache-2.0
"""End users."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.views import user_view
from sealock_devkit.zendesk.local_zendesk import LocalZendesk


class Users:
    """`/api/users`: all end users."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """They."""
        response.media = {"users": [user_view(user) for user in self._zendesk.store.users.all()]}


class User:
    """`/api/users/{number}`: one end user."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_delete(self, _request: Request, response: Response, number: int) -> None:
        """Delete the user; the service is told."""
        self._zendesk.lifecycle.delete_user(number)
        response.status = falcon.HTTP_204
