# SPDX-License-Identifier: Apache-2.0
"""What was recorded of an origin: scenes of calls, each with what its origin was asked and what it answered."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

SCENES = Path(__file__).with_name("scenes")
ORIGIN = "origin.example"
"""Stands for the host and port of the origin, which are others each time."""


@dataclass(frozen=True)
class Exchange:
    """A call of a connector to its origin, and the answer. Hosts are `ORIGIN` in both."""

    method: str
    target: str
    status: int
    headers: Mapping[str, str]
    """Those that say something about the content; names are in lower case."""
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> frozenset[str]:
        return frozenset(self.target.partition("?")[2].split("&"))

    def at(self, host: str) -> Exchange:
        """As it is when the origin is at this host and port."""
        headers = {name: value.replace(ORIGIN, host) for name, value in self.headers.items()}
        return replace(
            self,
            target=self.target.replace(ORIGIN, host),
            headers=headers,
            body=self.body.replace(ORIGIN.encode(), host.encode()),
        )

    def as_json(self) -> dict[str, Any]:
        """As it is written down: JSON bodies as JSON, other text as text, the rest in base 64."""
        kept: dict[str, Any] = {
            "asked": f"{self.method} {self.target}",
            "status": self.status,
            "headers": dict(sorted(self.headers.items())),
        }
        text = self.body.decode(errors="replace")
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if value is not None and json.dumps(value, ensure_ascii=False, separators=(",", ":")) == text:
            return {**kept, "json": value}
        if text.encode() == self.body:
            return {**kept, "text": text}
        return {**kept, "base64": base64.b64encode(self.body).decode()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Exchange:
        method, _, target = kept["asked"].partition(" ")
        if "json" in kept:
            body = json.dumps(kept["json"], ensure_ascii=False, separators=(",", ":")).encode()
        else:
            body = kept["text"].encode() if "text" in kept else base64.b64decode(kept["base64"])
        return cls(method, target, kept["status"], kept["headers"], body)


@dataclass(frozen=True)
class Step:
    """One call to the connector: what it was, what the origin was asked for it, and what came of it."""

    call: Mapping[str, Any]
    exchanges: Sequence[Exchange]
    gave: Any

    @property
    def kind(self) -> str:
        """`setup`, `pull`, `reply`, `clickthrough` or `file`."""
        return str(self.call["kind"])


@dataclass(frozen=True)
class Scene:
    """A story that was played once between a connector and its real origin, or its emulator."""

    name: str
    origin: str
    account: Mapping[str, Any]
    """The account of its calls, except where a set-up makes one."""
    steps: Sequence[Step]

    def write(self) -> None:
        """Into its file."""
        steps = [
            {"call": step.call, "gave": _in_order(step.gave), "exchanges": [each.as_json() for each in step.exchanges]}
            for step in self.steps
        ]
        scene = {"account": self.account, "steps": steps}
        folder = SCENES / self.origin
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.json").write_text(json.dumps(scene, ensure_ascii=False, indent=1) + "\n")


def _in_order(value: Any) -> Any:
    return json.loads(json.dumps(value, sort_keys=True))


def read(path: Path) -> Scene:
    """The scene in a file."""
    kept = json.loads(path.read_text())
    steps = [
        Step(step["call"], [Exchange.from_json(each) for each in step["exchanges"]], step["gave"])
        for step in kept["steps"]
    ]
    return Scene(path.stem, path.parent.name, kept["account"], steps)


def scenes(origin: str = "*") -> list[Scene]:
    """All scenes that were recorded of an origin, or of each, in the order of their names."""
    return [read(path) for path in sorted(SCENES.glob(f"{origin}/*.json"))]
