# SPDX-License-Identifier: Apache-2.0
"""Every check in its order, and those that only the operator can make: the key ring, and the internal listener."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sealock_devkit.app.package import shown
from sealock_devkit.doctor.checks import (
    Accounts,
    NoManifest,
    check_clock,
    check_endpoints,
    check_manifest_answer,
    check_stability,
    check_tls,
    check_webhook,
    fetch_manifest,
)
from sealock_devkit.doctor.client import DoctorClient, Unreached
from sealock_devkit.doctor.report import Row, failed, ok, warning
from sealock_devkit.zendesk.judge.http import strict_json
from sealock_devkit.zendesk.urls import is_service_url, web_origin
from sealock_edge.connectors import SENTENCES
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


def check_internal_listener(client: DoctorClient, internal_url: str) -> list[Row]:
    """Ask the internal listener's /readyz whether the edge, its keys and its connectors are well."""
    check = "edge: ready"
    try:
        answer = client.get(f"{internal_url.rstrip('/')}/readyz")
    except Unreached as problem:
        return [failed(check, str(problem), "Give --internal the address of the edge's internal listener.")]
    try:
        readiness = strict_json(answer.body)
        ready, keys = bool(readiness["ready"]), str(readiness["key_ring"])
        connectors = {str(path): _fault(each) for path, each in readiness["integrations"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return [failed(check, f"{answer.seen}, but not an edge's", "Give --internal an edge's internal listener.")]
    rows = [ok(check, answer.seen) if ready else failed(check, answer.seen, "It drains: ask one that stays.")]
    well = keys == "ok"
    rows.append(
        ok("edge: key ring", "ok") if well else failed("edge: key ring", shown(keys), "Mend the keys it reads.")
    )
    remedy = "docs/errors.md says what to do, by the cause in /readyz: start it, or mend its target or a certificate."
    for path, fault in connectors.items():
        name = f"connector {shown(path)}"
        if fault is None:
            rows.append(ok(name, "answers"))
        else:
            why = next((words for known, words in SENTENCES.items() if known == fault), "")
            rows.append(failed(name, " ".join(filter(None, ("does not answer the edge.", why))), remedy))
    return rows


def _fault(readiness: Mapping[str, Any]) -> str | None:
    """What the edge says of why the connector is not ready, as it says it; None: it is ready."""
    return None if readiness["ready"] else str(readiness.get("cause", ""))


@dataclass(frozen=True, slots=True)
class Target:
    """The integration that is examined, and what the operator lets the doctor see of it."""

    manifest_url: str
    accounts: Accounts = field(default_factory=Accounts)
    """The Zendesk accounts that may set up."""
    keys: Path | None = None
    """The directory of the edge's keys, where it can be read."""
    internal_url: str = ""
    """The edge's internal listener, where it can be reached."""
    insecure_loopback: bool = False
    """Take plain http on this machine for https."""
    webhooks: bool = False
    """Whether its connector takes webhooks, so that the edge's route for them is tried."""
    slow_seconds: float = 5.0
    """How long an endpoint's answer may take before it is warned of."""


def examine(target: Target, trust: ssl.SSLContext, now: Callable[[], datetime]) -> list[Row]:
    """Every check, in the order in which Zendesk would stumble. It changes nothing at the service."""
    with DoctorClient(trust) as client:
        rows = _outside(target, client, trust, now)
        if target.keys is not None:
            rows.append(check_keys(target.keys, now))
        if target.internal_url:
            rows += check_internal_listener(client, target.internal_url)
    return rows


def _outside(target: Target, client: DoctorClient, trust: ssl.SSLContext, now: Callable[[], datetime]) -> list[Row]:
    url, loopback = target.manifest_url, target.insecure_loopback
    if not is_service_url(url, loopback_http_is_https=loopback):
        return [failed("address", "is not https", "Serve the manifest by https: Zendesk installs nothing else.")]
    rows = [check_tls(web_origin(url), trust, now)]
    try:
        fetched = fetch_manifest(client, url, loopback_http_is_https=loopback)
    except NoManifest as problem:
        return [*rows, problem.row]
    rows.append(check_clock(fetched.answer, now()))
    manifest, found = check_manifest_answer(fetched, loopback_http_is_https=loopback)
    rows += found
    if manifest is None:
        return rows
    rows.append(check_stability(client, fetched, manifest, loopback_http_is_https=loopback))
    rows += check_endpoints(client, manifest, target.accounts, target.slow_seconds)
    if target.webhooks:
        rows.append(check_webhook(client, fetched.url, target.slow_seconds))
    return rows
