# SPDX-License-Identifier: Apache-2.0
"""`sealock keys`: makes, turns, retires and shows the keys that seal what Zendesk keeps."""

from __future__ import annotations

import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from sealock_edge.sealing.keyring import ENDING, Key, KeyRing, KeyRingError, write_key

SEALS_AFTER: Final = 120
"""Seconds until a new key seals: longer than any edge takes to see it, a mounted Secret's delay included."""
QUIET_FOR: Final = 3600
"""Seconds for which a key must have opened nothing before it is retired."""

_DONE, _REFUSED, _CANNOT = 0, 1, 2
LAST_OPENED: Final = "sealock_key_last_opened_timestamp_seconds"
STARTED: Final = "sealock_edge_start_timestamp_seconds"
_TIMEOUT_SECONDS: Final = 5
_MAX_BYTES: Final = 16 * 1024 * 1024


class KeysCommand:
    """The command. `clock` tells the time with its zone."""

    name = "keys"
    help = "make, turn, retire and show the keys that seal what Zendesk keeps"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the actions and their options."""
        actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
        new = actions.add_parser("new", help="make the first key of a directory")
        rotate = actions.add_parser("rotate", help="add a key that will seal from now on; the others still open")
        retire = actions.add_parser("retire", help="remove a key that is no longer used")
        status = actions.add_parser("status", help="show the keys and when they were last used")
        for action, run in ((new, self._new), (rotate, self._rotate), (retire, self._retire), (status, self._status)):
            action.add_argument("directory", metavar="DIR", type=Path, help="the directory of the keys")
            action.set_defaults(keys_action=run)
        rotate.add_argument(
            "--seals-after",
            metavar="SECONDS",
            type=_seconds,
            default=SEALS_AFTER,
            help="until then every edge must have seen the new key (default: %(default)s)",
        )
        retire.add_argument("key_id", metavar="KEYID", help="the key to remove")
        retire.add_argument(
            "--quiet-for",
            metavar="SECONDS",
            type=_seconds,
            default=QUIET_FOR,
            help="for how long it must have opened nothing (default: %(default)s)",
        )
        retire.add_argument("--force", metavar="KEYID", help="the key's id again: remove it whatever speaks against it")
        for action in (retire, status):
            action.add_argument(
                "--edge",
                metavar="URL",
                action="append",
                default=[],
                help="an edge's internal listener, such as http://127.0.0.1:9090; give all of them",
            )

    def run(self, args: Namespace) -> int:
        """Exit codes: 0 done, 1 refused, 2 it cannot be done."""
        try:
            result: int = args.keys_action(args)
        except KeyRingError as error:
            return _cannot(f"{error}.")
        except OSError as error:
            return _cannot(f"{error.filename} cannot be written or removed: {error.strerror}.")
        return result

    def _new(self, args: Namespace) -> int:
        directory: Path = args.directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(directory.glob(f"*{ENDING}")):
            return _refused([f"{directory} has keys already. `sealock keys rotate` adds one."])
        now = self._clock()
        key_id = write_key(directory, created=now, seals_from=now, taken=lambda _: False)
        print(f"Key {key_id} is made, and seals from now on.")
        return _DONE

    def _rotate(self, args: Namespace) -> int:
        ring = KeyRing.load(args.directory, self._clock)
        now = self._clock()
        seals_from = now + timedelta(seconds=args.seals_after)
        # Two keys of the same instant would leave it open which of them seals.
        while any(key.seals_from == seals_from for key in ring.keys):
            seals_from += timedelta(microseconds=1)
        ids = {key.id for key in ring.keys}
        key_id = write_key(args.directory, created=now, seals_from=seals_from, taken=ids.__contains__)
        print(f"Key {key_id} is made. It opens as soon as an edge sees it, and seals from {_shown(seals_from)} on.")
        print(f"Until then {ring.primary.id} seals. Retire it once `sealock keys status` shows that it rests.")
        return _DONE

    def _retire(self, args: Namespace) -> int:
        ring = KeyRing.load(args.directory, self._clock)
        key = next((key for key in ring.keys if key.id == args.key_id), None)
        if key is None:
            return _cannot(f"There is no key {args.key_id} in {args.directory}.")
        if args.force is not None and args.force != key.id:
            return _cannot(f"--force names {args.force}, but the key to retire is {key.id}.")
        if len(ring.keys) == 1:
            return _refused([f"{key.id} is the only key. Make another one first: sealock keys rotate."])
        if args.force is None:
            against = self._against(key, ring, args.edge, timedelta(seconds=args.quiet_for))
            if against:
                return _refused([*against, f"To remove it nevertheless, add: --force {key.id}"])
        (args.directory / f"{key.id}{ENDING}").unlink()
        print(f"Key {key.id} is retired. What it sealed does not open any more.")
        return _DONE

    def _against(self, key: Key, ring: KeyRing, edges: Sequence[str], quiet_for: timedelta) -> list[str]:
        now = self._clock()
        if key is ring.primary:
            return [f"{key.id} is the key that seals."]
        if key.seals_from > now:
            return [f"{key.id} is going to seal from {_shown(key.seals_from)} on."]
        if not edges:
            return [f"No edge is named that could tell whether {key.id} is in use. Name all of them with --edge."]
        usages, silent = _ask_all(edges)
        young = [
            f"{usage.edge} runs only since {_shown(usage.started)}: it cannot know what happened before."
            for usage in usages
            if now - usage.started < quiet_for
        ]
        used = latest_use(usages, key.id)
        in_use = [f"{key.id} was used at {_shown(used)}."] if used is not None and now - used < quiet_for else []
        return [f"{sentence}." for sentence in silent] + young + in_use

    def _status(self, args: Namespace) -> int:
        ring = KeyRing.load(args.directory, self._clock)
        usages, silent = _ask_all(args.edge)
        rows = [("KEY", "NOW", "MADE", "SEALS FROM", "LAST OPENED")]
        for key in ring.keys:
            used = latest_use(usages, key.id)
            last = "ask with --edge" if not args.edge else "not since it started" if used is None else _shown(used)
            rows.append((key.id, self._role(key, ring), _shown(key.created), _shown(key.seals_from), last))
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        for name in ring.readable_by_all:
            print(f"Beware: {name} can be read by everybody on this machine.", file=sys.stderr)
        return _refused([f"{sentence}." for sentence in silent]) if silent else _DONE

    def _role(self, key: Key, ring: KeyRing) -> str:
        if key is ring.primary:
            return "seals"
        return "will seal" if key.seals_from > self._clock() else "opens"


def _ask_all(edges: Sequence[str]) -> tuple[list[EdgeUsage], list[str]]:
    usages: list[EdgeUsage] = []
    silent: list[str] = []
    for edge in edges:
        try:
            usages += ask_edge(edge)
        except EdgeSilent as error:
            silent.append(str(error))
    return usages, silent


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError("must be a whole number of seconds")
    return int(text)


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _refused(sentences: Sequence[str]) -> int:
    print("\n".join(sentences), file=sys.stderr)
    return _REFUSED


def _cannot(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return _CANNOT


class EdgeSilent(Exception):
    """An edge did not say what was asked of it. The message names it."""


@dataclass(frozen=True, slots=True)
class EdgeUsage:
    """What one edge process says: since when it runs, and by key id when each key last opened something."""

    edge: str
    started: datetime
    last_opened: Mapping[str, datetime]


def ask_edge(url: str) -> list[EdgeUsage]:
    """
    The usage that the edges at this URL tell, such as `http://edge-internal:9090`.

    A name with several addresses, such as that of a headless Service, is asked at each of them.

    Raises `EdgeSilent`: one does not answer, or is not an edge's internal listener.
    """
    try:
        split = urlsplit(url)
        port = split.port or 80
    except ValueError:
        raise EdgeSilent(f"{url} is not a web address") from None
    if split.scheme != "http" or not split.hostname:
        raise EdgeSilent(f"{url} is not an address such as http://127.0.0.1:9090")
    return [_ask(url, address, port) for address in _addresses(url, split.hostname, port)]


def _addresses(url: str, host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise EdgeSilent(f"{url} has no address") from None
    four = sorted({str(info[4][0]) for info in found if info[0] == socket.AF_INET})
    return four or sorted({str(info[4][0]) for info in found})


def _ask(url: str, address: str, port: int) -> EdgeUsage:
    name = f"{url} ({address})"
    connection = HTTPConnection(address, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
        answer = connection.getresponse()
        body = answer.read(_MAX_BYTES)
    except (OSError, HTTPException):
        raise EdgeSilent(f"{name} does not answer") from None
    finally:
        connection.close()
    if answer.status != 200:
        raise EdgeSilent(f"{name} answers with status {answer.status} instead of metrics")
    return _usage(name, body)


def _usage(name: str, body: bytes) -> EdgeUsage:
    started: list[float] = []
    opened: dict[str, float] = {}
    try:
        for family in text_string_to_metric_families(body.decode("utf-8")):
            for sample in family.samples:
                if sample.name == STARTED:
                    started.append(sample.value)
                elif sample.name == LAST_OPENED:
                    key = sample.labels.get("key", "")
                    opened[key] = max(sample.value, opened.get(key, 0.0))
    except ValueError:
        raise EdgeSilent(f"{name} answers something that is not metrics") from None
    if not started:
        raise EdgeSilent(f"{name} does not say since when it runs")
    # Of several workers the youngest counts: it knows the least.
    return EdgeUsage(name, _instant(max(started)), {key: _instant(when) for key, when in opened.items() if when > 0})


def latest_use(usages: Iterable[EdgeUsage], key_id: str) -> datetime | None:
    """When a key last opened something at any of the edges; None if they know of no time."""
    return max((usage.last_opened[key_id] for usage in usages if key_id in usage.last_opened), default=None)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


command = KeysCommand(lambda: datetime.now(UTC))
