# SPDX-License-Identifier: Apache-2.0
"""Switches that make the network misbehave between this Zendesk and the service."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sealock_devkit.zendesk.store.journal import TO_SERVICE, TO_ZENDESK

Kind = Literal["lose answer", "delay", "duplicate", "drop", "reorder", "busy", "processing error", "missing parent"]
EXPLAINED: Mapping[Kind, str] = {
    "lose answer": "The call is made and its answer thrown away. A call of the service is done and answered 504.",
    "delay": "The call waits for some seconds before it is made, or before it is done.",
    "duplicate": "The call is made twice at the same time; the first answer counts.",
    "drop": "The call is not made. A call of the service is answered 502 and not done.",
    "busy": "A call of the service is not done, and answered 429; the seconds stand in its Retry-After.",
    "processing error": "The first resource of a push ends in processing_error, and the rest is halted.",
    "missing parent": "The first resource of a push ends as one whose parent was never seen, and the rest is halted if "
    "the settings say so.",
    "reorder": "Events come in another order within their call, and calls overtake each other if several wait; "
    "with seconds, more events are waited for first. The same seed gives the same order.",
}
"""What happens to a call, in a sentence."""
OF_PUSHES: tuple[Kind, ...] = ("processing error", "missing parent")
CALLS = (*TO_SERVICE, *TO_ZENDESK)
FOR_EVER = -1
GONE_SHOWN = 5
FIELDS = ("call", "kind", "times", "every", "seconds", "seed")


class BadFault(ValueError):
    """A fault that does not exist. The message says what does."""


@dataclass(slots=True)
class Fault:
    """One switch."""

    id: int
    call: str
    """Which calls: `channelback`, `pull`, ..."""
    kind: Kind
    times: int = 1
    """How many calls more; -1: until it is switched off."""
    every: int = 1
    """Only each so-manieth of the calls: 2 is every second."""
    seconds: float = 0
    """How long `delay` waits, and `reorder` for more events; what `busy` asks for."""
    seed: int = 1
    """What `reorder` begins its order with."""
    seen: int = 0
    """How many calls it looked at."""
    hits: int = 0
    """How many of them it hit."""


class Faults:
    """The switches that are on. They end with the process. `announce` is called when one of them changes."""

    def __init__(self, announce: Callable[[], None] = lambda: None) -> None:
        self._announce = announce
        self._faults: list[Fault] = []
        self._gone: deque[Fault] = deque(maxlen=GONE_SHOWN)
        self._count = 0

    def switch_on(self, request: Mapping[str, Any]) -> Fault:
        """Switch on what is described. Raises `BadFault`."""
        _check(request)
        self._count += 1
        fault = Fault(id=self._count, **request)
        self._faults.append(fault)
        self._announce()
        return fault

    def take(self, call: str) -> Fault | None:
        """What the network does to the next call of this kind."""
        return self._take(call, reorder=False)

    def take_order(self, call: str) -> Fault | None:
        """Whether what the next call of this kind carries comes in another order."""
        return self._take(call, reorder=True)

    def _take(self, call: str, *, reorder: bool) -> Fault | None:
        for fault in self._faults:
            if fault.call != call or (fault.kind == "reorder") != reorder:
                continue
            fault.seen += 1
            if fault.seen % fault.every:
                continue
            fault.hits += 1
            if fault.times != FOR_EVER:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                    self._gone.append(fault)
            self._announce()
            return fault
        return None

    def switch_off(self, number: int | None = None) -> None:
        """Switch off the one of this number, or all; one that is off already is none."""
        self._faults = [fault for fault in self._faults if number is not None and fault.id != number]
        self._announce()

    def as_dicts(self) -> list[dict[str, Any]]:
        """What is on."""
        return [asdict(fault) for fault in self._faults]

    def used_up(self) -> list[dict[str, Any]]:
        """The last that ended by themselves, the oldest first."""
        return [asdict(fault) for fault in self._gone]


def possible(call: str) -> tuple[Kind, ...]:
    """What can happen to calls of this kind."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    without = set() if call == "event_callback" else {"reorder"}
    without |= {"duplicate"} if call in TO_ZENDESK else {"busy"}
    without |= set() if call == "push" else set(OF_PUSHES)
    return tuple(kind for kind in kinds if kind not in without)


def _check(request: Mapping[str, Any]) -> None:
    unknown = set(request) - set(FIELDS)
    if unknown:
        raise BadFault(f"a fault has no {', '.join(sorted(unknown))}")
    call, kind = request.get("call"), request.get("kind")
    if call not in CALLS:
        raise BadFault(f"call is one of: {', '.join(CALLS)}")
    if kind not in get_args(Kind):
        raise BadFault(f"kind is one of: {', '.join(get_args(Kind))}")
    if kind not in possible(str(call)):
        raise BadFault(f"what can happen to {call}: {', '.join(possible(str(call)))}")
    _check_numbers(request)


def _check_numbers(request: Mapping[str, Any]) -> None:
    for name in ("times", "every", "seed"):
        value = request.get(name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or (value < 1 and (name, value) != ("times", -1)):
            raise BadFault(f"{name} is a whole number of 1 or more")
    seconds = request.get("seconds", 0)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 600:
        raise BadFault("seconds is a number from 0 to 600")
    if request.get("kind") == "delay" and not seconds:
        raise BadFault("seconds of a delay is more than 0")
