# SPDX-License-Identifier: Apache-2.0
"""Switches that make the network misbehave, on the page of the settings."""

from __future__ import annotations

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.faults import FIELDS, BadFault
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.settings import SettingsPage

NUMBERS = ("times", "every", "seconds", "seed")


class FaultSwitches:
    """`/settings/faults`: switches faults on and off."""

    def __init__(self, zendesk: LocalZendesk, page: SettingsPage) -> None:
        self._faults = zendesk.faults
        self._page = page

    async def on_post(self, request: Request, response: Response) -> None:
        """Switch on the fault that the form describes."""
        form = await read_form(request)
        given = {name: _number(form[name]) if name in NUMBERS else form[name] for name in FIELDS if form.get(name)}
        try:
            self._faults.switch_on(given)
        except BadFault as bad:
            response.status = falcon.HTTP_422
            self._page.show(response, fault=form, fault_problem=str(bad))
            return
        raise falcon.HTTPSeeOther("/settings#faults")

    async def on_post_off(self, request: Request, _response: Response) -> None:
        """Switch off the one of the form's `number`; without one, all."""
        number = (await read_form(request)).get("number", "")
        if number and not (number.isascii() and number.isdigit()):
            raise falcon.HTTPBadRequest(title="There is no such fault")
        self._faults.switch_off(int(number) if number else None)
        raise falcon.HTTPSeeOther("/settings#faults")


def _number(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
