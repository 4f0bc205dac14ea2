# SPDX-License-Identifier: Apache-2.0
"""What the pages of calls, events and violations have in common: filters, pages of a list, ways to see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from falcon.asgi import Request

from sealock_devkit.zendesk.api.requests import PART
from sealock_devkit.zendesk.store import Part, Store

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: a list to choose from."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    """Values with what people read."""
    chosen: str
    every: str = "all"
    """What people read for no choice."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to see the list."""

    label: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Position:
    """Which part of the list is on the page, and where the rest is."""

    first: int
    """Its place in the whole list, the newest being 1."""
    last: int
    count: int
    newer: str
    """The address of the rows before these; empty when there are none."""
    older: str


class Names:
    """Names of accounts and integrations, those that are gone included."""

    def __init__(self, store: Store) -> None:
        self.accounts = store.accounts.names()
        self.integrations = store.integrations.names()


def whose(names: Names, request: Request) -> list[Choice]:
    """The filters that all lists have."""
    return [
        _named("account", "Account", names.accounts, request),
        _named("integration", "Integration", names.integrations, request),
    ]


def _named(name: str, label: str, names: Mapping[int, str], request: Request) -> Choice:
    several = len(set(names.values())) < len(names)
    options = [(str(number), f"{text} ({number})" if several else text) for number, text in names.items()]
    return choice(name, label, options, request)


def choice(
    name: str, label: str, options: Iterable[str | tuple[str, str]], request: Request, every: str = "all"
) -> Choice:
    """A filter; what the request chose is among its options even if nothing has it."""
    pairs = [(each, each) if isinstance(each, str) else each for each in options]
    chosen = request.get_param(name) or ""
    if chosen and chosen not in {value for value, _ in pairs}:
        pairs.append((chosen, chosen))
    return Choice(name, label, pairs, chosen, every)


def address(request: Request, path: str = "", /, **changes: str) -> str:
    """The page's address, or another path with its filters; a change to "" takes a parameter away."""
    parameters = {name: value for name in request.params if (value := request.get_param(name)) and name not in PART}
    query = urlencode({name: value for name, value in {**parameters, **changes}.items() if value})
    return (path or request.root_path + request.path) + (f"?{query}" if query else "")


def views(request: Request, *kinds: tuple[str, str]) -> list[View]:
    """The ways to see the list: values of `by` with what people read; the first is the usual one."""
    now = request.get_param("by") or ""
    return [View(label, address(request, by=kind), kind == now) for kind, label in kinds]


def position(request: Request, numbers: Sequence[int], count: Callable[[Part], int], most: int = SHOWN) -> Position:
    """Where rows with these numbers, the newest first, are in the list; `count` says how many a part of it has."""
    whole = count(Part())
    if not numbers:
        return Position(0, 0, whole, "", "")
    newer, older = count(Part(after=numbers[0])), count(Part(before=numbers[-1]))
    return Position(
        first=newer + 1,
        last=newer + len(numbers),
        count=whole,
        newer=address(request, after=str(numbers[0])) if newer > most else address(request) if newer else "",
        older=address(request, before=str(numbers[-1])) if older else "",
    )


def export(request: Request, path: str) -> str:
    """Where the list with this page's filters is downloaded."""
    return address(request, path, by="", download="true")
