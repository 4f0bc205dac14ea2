# SPDX-License-Identifier: Apache-2.0
"""Settings, group by group, and the switches that make the network misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.engine.faults import CALLS, EXPLAINED, FIELDS, BadFault
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.settings import BadSetting, Declared, Settings, all_declared, parse_value
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Row:
    """A setting as its form shows it."""

    declared: Declared
    value: str
    """What it is, or what was typed and refused."""
    changed: bool
    """Whether it is not the default."""
    problem: str

    @property
    def default(self) -> str:
        """The default, as it would be typed."""
        return shown(self.declared.default)


class SettingsPage:
    """`/settings`: how this Zendesk behaves, and what goes wrong on the way."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, _request: Request, response: Response) -> None:
        """All settings and the faults that are on."""
        self.show(response)

    async def on_post(self, request: Request, response: Response) -> None:
        """Change what is different in the form; all of it or, if one is refused, nothing."""
        form = await read_form(request)
        changes = self._changes(form)
        problems = problems_of(self._zendesk.settings, changes)
        if problems:
            response.status = falcon.HTTP_422
            self.show(response, typed=form, problems=problems)
            return
        self._zendesk.change_settings(changes)
        raise falcon.HTTPSeeOther("/settings")

    async def on_post_default(self, request: Request, _response: Response) -> None:
        """Give the setting of this `name` its default again; without a name all of them."""
        name = (await read_form(request)).get("name", "")
        self._zendesk.reset_settings(*([name] if name else []))
        raise falcon.HTTPSeeOther(f"/settings#s-{name}" if name else "/settings")

    def _changes(self, form: Mapping[str, str]) -> dict[str, Any]:
        now = self._zendesk.settings.as_dict()
        wanted = {name: _read(text, now.get(name)) for name, text in form.items()}
        return {name: value for name, value in wanted.items() if name not in now or value != now[name]}

    def show(
        self,
        response: Response,
        *,
        typed: Mapping[str, str] | None = None,
        problems: Mapping[str, str] | None = None,
        fault: Mapping[str, str] | None = None,
        fault_problem: str = "",
    ) -> None:
        """Put the page into the response, with what was typed and what is wrong with it beside each field."""
        rows = self._rows(typed or {}, problems or {})
        self._pages.answer(
            response,
            "settings.html",
            here="settings",
            groups=[(title, list(group)) for title, group in groupby(rows, lambda row: row.declared.group)],
            changed=[row for row in rows if row.changed],
            wrong=[row for row in rows if row.problem],
            unknown=[text for name, text in (problems or {}).items() if name not in Settings().as_dict()],
            faults=self._zendesk.faults.as_dicts(),
            used_up=self._zendesk.faults.used_up(),
            calls=CALLS,
            explained=EXPLAINED,
            fault={"kind": "", "call": "", "times": "1", "every": "1", "seconds": "0", "seed": "1", **(fault or {})},
            fault_problem=fault_problem,
        )

    def _rows(self, typed: Mapping[str, str], problems: Mapping[str, str]) -> list[Row]:
        now = self._zendesk.settings.as_dict()
        return [
            Row(
                declared=each,
                value=typed.get(each.name, shown(now[each.name])),
                changed=now[each.name] != each.default,
                problem=problems.get(each.name, ""),
            )
            for each in all_declared()
        ]


def problems_of(settings: Settings, changes: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with each change, by the setting's name."""
    problems = {}
    for name, value in changes.items():
        try:
            settings.changed({name: value})
        except BadSetting as bad:
            problems[name] = str(bad)
    return problems


def shown(value: Any) -> str:
    """A setting's value as it is typed."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _read(text: str, now: Any) -> Any:
    return text if isinstance(now, str) else parse_value(text)


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
