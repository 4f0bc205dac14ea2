# SPDX-License-Identifier: Apache-2.0
"""Switches that make the network misbehave between this Zendesk and the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal["lose answer", "delay", "duplicate", "drop"]
"""
What happens to a call: it is made and its answer thrown away; it waits first; it is made twice at the same time;
it is not made.
"""
CALLS = ("manifest", "admin_ui", "pull", "channelback", "event_callback", "file", "healthcheck", "clickthrough")
FOR_EVER = -1


class BadFault(ValueError):
    """A fault that does not exist. The message says what does."""


@dataclass(slots=True)
class Fault:
    """One switch."""

    call: str
    """Which calls: `channelback`, `pull`, ..."""
    kind: Kind
    times: int = 1
    """How many calls more; -1: until it is switched off."""
    every: int = 1
    """Only each so-manieth of the calls: 2 is every second."""
    seconds: float = 0
    """How long `delay` waits."""
    seen: int = 0
    """How many calls it looked at."""


class Faults:
    """The switches that are on. They end with the process."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def switch_on(self, request: Mapping[str, Any]) -> Fault:
        """Switch on what is described. Raises `BadFault`."""
        values = dict(request)
        unknown = set(values) - {"call", "kind", "times", "every", "seconds"}
        if unknown:
            raise BadFault(f"a fault has no {', '.join(sorted(unknown))}")
        if values.get("call") not in CALLS:
            raise BadFault(f"call is one of: {', '.join(CALLS)}")
        if values.get("kind") not in get_args(Kind):
            raise BadFault(f"kind is one of: {', '.join(get_args(Kind))}")
        for name in ("times", "every"):
            value = values.get(name, 1)
            if not isinstance(value, int) or isinstance(value, bool) or (value < 1 and (name, value) != ("times", -1)):
                raise BadFault(f"{name} is a whole number of 1 or more")
        seconds = values.get("seconds", 0)
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 600:
            raise BadFault("seconds is a number from 0 to 600")
        fault = Fault(**values)
        self._faults.append(fault)
        return fault

    def take(self, call: str) -> Fault | None:
        """What happens to the next call of this kind."""
        for fault in self._faults:
            if fault.call != call:
                continue
            fault.seen += 1
            if fault.seen % fault.every:
                continue
            if fault.times != FOR_EVER:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
            return fault
        return None

    def switch_off(self) -> None:
        """Switch off all."""
        self._faults.clear()

    def as_dicts(self) -> list[dict[str, Any]]:
        """What is on."""
        return [asdict(fault) for fault in self._faults]
