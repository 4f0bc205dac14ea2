# SPDX-License-Identifier: Apache-2.0
"""The switches that make the network misbehave."""

from __future__ import annotations

from collections.abc import Mapping

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.engine.faults import CALLS, EXPLAINED, FIELDS, BadFault
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.pages import Pages

NUMBERS = ("times", "every", "seconds", "seed")


class FaultsPage:
    """`/faults`: what goes wrong on the way between this Zendesk and the service."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._faults = zendesk.faults
        self._pages = pages

    async def on_get(self, _request: Request, response: Response) -> None:
        """The faults that are on, and those that can be switched on."""
        self._show(response, {})

    async def on_post(self, request: Request, response: Response) -> None:
        """Switch on the fault that the form describes."""
        form = await read_form(request)
        given = {name: _number(form[name]) if name in NUMBERS else form[name] for name in FIELDS if form.get(name)}
        try:
            self._faults.switch_on(given)
        except BadFault as bad:
            response.status = falcon.HTTP_422
            self._show(response, form, str(bad))
            return
        raise falcon.HTTPSeeOther("/faults")

    async def on_post_off(self, request: Request, _response: Response) -> None:
        """Switch off the one of the form's `number`; without one, all."""
        number = (await read_form(request)).get("number", "")
        if number and not (number.isascii() and number.isdigit()):
            raise falcon.HTTPBadRequest(title="There is no such fault")
        self._faults.switch_off(int(number) if number else None)
        raise falcon.HTTPSeeOther("/faults")

    def _show(self, response: Response, typed: Mapping[str, str], problem: str = "") -> None:
        fault = {"kind": "", "call": "", "times": "1", "every": "1", "seconds": "0", "seed": "1", **typed}
        self._pages.answer(
            response,
            "faults.html",
            here="faults",
            faults=self._faults.as_dicts(),
            used_up=self._faults.used_up(),
            calls=CALLS,
            explained=EXPLAINED,
            fault=fault,
            problem=problem,
        )


def _number(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
