# SPDX-License-Identifier: Apache-2.0
"""Settings, and switches that make the network misbehave."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Any, Literal

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.faults import CALLS, BadFault, Kind
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.settings import BadSetting, Settings
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting as its form shows it."""

    name: str
    value: str
    choices: tuple[str, ...]
    """Empty: anything that the setting takes."""
    changed: bool
    """Whether it is not the default."""


class SettingsPage:
    """`/settings`: how this Zendesk behaves, and what goes wrong on the way."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response) -> None:
        """All settings and the faults that are on."""
        self._show(response)

    async def on_post(self, request: Request, response: Response) -> None:
        """Change what is different in the form; all of it or, if one is refused, nothing."""
        form = await read_form(request)
        try:
            now = self._zendesk.settings.as_dict()
            wanted = {name: _read(text, now.get(name)) for name, text in form.items()}
            changes = {name: value for name, value in wanted.items() if name not in now or value != now[name]}
            self._zendesk.change_settings(changes)
        except BadSetting as bad:
            response.status = falcon.HTTP_422
            self._show(response, str(bad))
            return
        raise falcon.HTTPSeeOther("/settings")

    async def on_post_faults(self, request: Request, response: Response) -> None:
        """Switch on the fault that the form describes, or with `off` switch off all."""
        form = await read_form(request)
        try:
            if "off" in form:
                self._zendesk.faults.switch_off()
            else:
                numbers = {name: _number(form.get(name, "")) for name in ("times", "every", "seconds")}
                given = {name: value for name, value in numbers.items() if value is not None}
                self._zendesk.faults.switch_on({"call": form.get("call"), "kind": form.get("kind"), **given})
        except BadFault as bad:
            response.status = falcon.HTTP_422
            self._show(response, str(bad))
            return
        self._zendesk.context.changes.announce()
        raise falcon.HTTPSeeOther("/settings#faults")

    def _show(self, response: Response, problem: str = "") -> None:
        kinds, defaults = typing.get_type_hints(Settings), Settings().as_dict()
        choices = [
            Choice(name, _text(value), _choices(kinds[name]), value != defaults[name])
            for name, value in self._zendesk.settings.as_dict().items()
        ]
        self._pages.answer(
            response,
            "settings.html",
            here="settings",
            choices=choices,
            faults=self._zendesk.faults.as_dicts(),
            calls=CALLS,
            kinds=typing.get_args(Kind),
            problem=problem,
        )


def _choices(kind: Any) -> tuple[str, ...]:
    if kind is bool:
        return ("true", "false")
    return typing.get_args(kind) if typing.get_origin(kind) is Literal else ()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _read(text: str, now: Any) -> Any:
    if isinstance(now, bool) and text in {"true", "false"}:
        return text == "true"
    if isinstance(now, int | float):
        number = _number(text)
        return text if number is None else number
    return text


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
