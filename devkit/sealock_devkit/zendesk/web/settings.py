# SPDX-License-Identifier: Apache-2.0
"""Settings, group by group, all of them or those that a word is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.settings import BadSetting, Declared, Settings, all_declared, parse_value
from sealock_devkit.zendesk.web.forms import read_form
from sealock_devkit.zendesk.web.pages import Pages

MOST_SEARCHED = 200
"""How many characters are looked for."""


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

    def has(self, words: Sequence[str]) -> bool:
        """Whether all these words are in its name, group or sentence."""
        told = f"{self.declared.name} {self.declared.title} {self.declared.group} {self.declared.sentence}".lower()
        return all(word in told for word in words)


class SettingsPage:
    """`/settings`: how this Zendesk behaves."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """The settings that have the words of `search` in name or sentence; without any, all."""
        self.show(response, search=(request.get_param("search") or "").strip()[:MOST_SEARCHED])

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
        search: str = "",
    ) -> None:
        """Put the page into the response, with what was typed and what is wrong with it beside each field."""
        rows = self._rows(typed or {}, problems or {})
        found = [row for row in rows if row.has(search.lower().split())]
        self._pages.answer(
            response,
            "settings.html",
            here="settings",
            search=search,
            groups=[(title, list(group)) for title, group in groupby(found, lambda row: row.declared.group)],
            changed=[row for row in rows if row.changed],
            wrong=[row for row in rows if row.problem],
            unknown=[text for name, text in (problems or {}).items() if name not in Settings().as_dict()],
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
