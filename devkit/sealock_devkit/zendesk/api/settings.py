# SPDX-License-Identifier: Apache-2.0
"""Settings, and switches that make the network misbehave."""

from __future__ import annotations

from dataclasses import asdict

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.api.requests import read_object
from sealock_devkit.zendesk.local_zendesk import LocalZendesk


class Settings:
    """`/api/settings` and `/api/settings/{name}`: how this Zendesk behaves."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """All settings by name."""
        response.media = self._zendesk.settings.as_dict()

    async def on_delete(self, _request: Request, response: Response) -> None:
        """Give all of them their defaults again."""
        response.media = self._zendesk.reset_settings().as_dict()

    async def on_delete_name(self, _request: Request, response: Response, name: str) -> None:
        """Give one its default again."""
        response.media = self._zendesk.reset_settings(name).as_dict()

    async def on_patch(self, request: Request, response: Response) -> None:
        """Change some of them."""
        response.media = self._zendesk.change_settings(await read_object(request)).as_dict()


class Faults:
    """`/api/faults` and `/api/faults/{number}`: what goes wrong on the way to the service and back."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk

    async def on_get(self, _request: Request, response: Response) -> None:
        """What is switched on, and what ended by itself."""
        response.media = {"faults": self._zendesk.faults.as_dicts(), "used_up": self._zendesk.faults.used_up()}

    async def on_post(self, request: Request, response: Response) -> None:
        """Switch one on: `call`, `kind`, `times`, `every`, `seconds`, `seed`."""
        fault = self._zendesk.faults.switch_on(await read_object(request))
        response.status = falcon.HTTP_201
        response.media = asdict(fault)

    async def on_delete(self, _request: Request, response: Response) -> None:
        """Switch off all."""
        self._zendesk.faults.switch_off()
        response.status = falcon.HTTP_204

    async def on_delete_number(self, _request: Request, response: Response, number: int) -> None:
        """Switch off one."""
        self._zendesk.faults.switch_off(number)
        response.status = falcon.HTTP_204
