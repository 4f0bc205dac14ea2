# SPDX-License-Identifier: Apache-2.0
"""What an origin brings to the stack: how it runs, what the administrator types, what customers do there."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from sealock_devkit import emulators


@dataclass(frozen=True, slots=True)
class Post:
    """Something that stands at the origin, read there and not through Sealock."""

    id: str
    author: str
    text: str
    """Plain, as people see it."""
    answer_to: str = ""
    """The id of the post that this one answers; empty for one that begins a conversation."""
    by_agent: bool = False
    """True when it was posted with the account's credentials."""


class DemoOrigin(Protocol):
    """
    One origin with one site on loopback, from its start to its stop.

    A package under `sealock_devkit.emulators` may have a module `demo`, whose `DEMO_ORIGINS` are classes of this kind
    that are made without arguments; nothing else has to be registered. Everything but `name`, `origin`,
    `title` and `missing` may be used only between `start` and `stop`.
    """

    @property
    def name(self) -> str:
        """The integration's name in the edge's paths, and that of everything that is started for it: `guestbook`."""
        ...

    @property
    def origin(self) -> str:
        """What `sealock connector` calls it: the same as `name`, unless two of one origin stand side by side."""
        ...

    @property
    def title(self) -> str:
        """The origin's name for people: `Guestbook`."""
        ...

    def missing(self) -> str:
        """What this machine lacks to run the origin, in a sentence; empty when it lacks nothing."""
        ...

    async def start(self, folder: Path) -> None:
        """Start the origin with its data and logs under `folder` (which exists), and wait until it answers."""
        ...

    async def stop(self) -> None:
        """Stop what `start` started, and nothing else. Harmless when called twice."""
        ...

    @property
    def url(self) -> str:
        """The page that people open."""
        ...

    @property
    def connector_options(self) -> Sequence[str]:
        """The connector's options besides those of every connector: `("--allow-network", "127.0.0.0/8")`."""
        ...

    @property
    def account_answers(self) -> Sequence[Mapping[str, str]]:
        """What the administrator types to add the account: for each step of the form, values by field name."""
        ...

    @property
    def secrets(self) -> Sequence[str]:
        """Values of `account_answers` that may be read nowhere once they are typed."""
        ...

    @property
    def hints(self) -> Sequence[str]:
        """What people can try at the origin during the demo: one line each."""
        ...

    async def write_comment(self, author: str, text: str, *, answer_to: str = "") -> str:
        """Let a customer write, as people do: through the origin's own page. Returns the origin's id."""
        ...

    async def posts(self) -> list[Post]:
        """Everything that stands at the origin now, oldest first."""
        ...

    async def lose_answers(self, count: int) -> None:
        """Let the origin do what the next `count` replies ask, and drop its answers on the way back."""
        ...


@runtime_checkable
class LeadsToTickets(Protocol):
    """An origin whose pages can lead those who wrote something to their ticket."""

    def lead_to_tickets(self, zendesk: str) -> None:
        """Do so from its start on: `zendesk` is the address of the local Zendesk."""
        ...


@runtime_checkable
class PostsWebhooks(Protocol):
    """An origin that tells the edge at once when there is something new."""

    def post_webhooks_to(self, url: str) -> None:
        """Do so from its start on: `url` is the integration's address for webhooks."""
        ...


def demo_origin_names() -> list[str]:
    """The origins that the demo can play."""
    return sorted(_demo_origins())


def load_demo_origin(name: str) -> DemoOrigin:
    """One origin, not yet started. Raises `ValueError`, with the names there are, for one that there is not."""
    origins = _demo_origins()
    if name not in origins:
        raise ValueError(f"there is no origin of that name: choose one of {', '.join(sorted(origins))}")
    return origins[name]()


def _demo_origins() -> dict[str, Callable[[], DemoOrigin]]:
    packages = (package.name for package in pkgutil.iter_modules(emulators.__path__) if package.ispkg)
    modules = (f"{emulators.__name__}.{package}.demo" for package in packages)
    found = (importlib.import_module(module) for module in modules if importlib.util.find_spec(module))
    return {origin.name: origin for module in found for origin in module.DEMO_ORIGINS}
