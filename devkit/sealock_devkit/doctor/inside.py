# SPDX-License-Identifier: Apache-2.0
"""Looks at what only the operator can: the key ring, and the edge's internal listener."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sealock_devkit.app.findings import shown
from sealock_devkit.doctor.caller import Caller, Unreached
from sealock_devkit.doctor.rows import Row, failed, ok, warning
from sealock_devkit.zendesk.judge.http import strict_json
from sealock_edge.sealing import KeyRing, KeyRingError


def check_keys(directory: Path, now: Callable[[], datetime]) -> Row:
    """Load the keys as an edge does."""
    check = "key ring"
    try:
        ring = KeyRing.load(directory, now)
    except KeyRingError as error:
        return failed(check, str(error), "Give the edge its keys, and keep a copy: see `sealock keys`.")
    seen = f"{len(ring.keys)} keys, {ring.primary.id} seals" if len(ring.keys) > 1 else f"{ring.primary.id} seals"
    if ring.readable_by_all:
        remedy = "Let only the edge's user read it (chmod go=)."
        return warning(check, f"everybody here can read {', '.join(ring.readable_by_all)}", remedy)
    return ok(check, seen)


def check_inside(caller: Caller, internal_url: str) -> list[Row]:
    """Ask the internal listener's /readyz whether the edge, its keys and its connectors are well."""
    check = "edge: ready"
    try:
        answer = caller.get(f"{internal_url.rstrip('/')}/readyz")
    except Unreached as problem:
        return [failed(check, str(problem), "Give --internal the address of the edge's internal listener.")]
    try:
        told = strict_json(answer.body)
        ready, keys = bool(told["ready"]), str(told["key_ring"])
        connectors = {str(path): bool(each["ready"]) for path, each in told["integrations"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return [failed(check, f"{answer.seen}, but not an edge's", "Give --internal an edge's internal listener.")]
    rows = [ok(check, answer.seen) if ready else failed(check, answer.seen, "It drains: ask one that stays.")]
    well = keys == "ok"
    rows.append(
        ok("edge: key ring", "ok") if well else failed("edge: key ring", shown(keys), "Mend the keys it reads.")
    )
    remedy = "Start it; see whether the edge reaches its target, and both believe each other's certificate."
    for path, reached in connectors.items():
        name = f"connector {shown(path)}"
        rows.append(ok(name, "answers") if reached else failed(name, "does not answer the edge", remedy))
    return rows
