# SPDX-License-Identifier: Apache-2.0
"""The whole examination, from the address to the connectors."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sealock_devkit.doctor.caller import Caller
from sealock_devkit.doctor.endpoints import check_endpoints
from sealock_devkit.doctor.inside import check_inside, check_keys
from sealock_devkit.doctor.manifest import (
    NoManifest,
    check_clock,
    check_manifest_answer,
    check_stability,
    fetch_manifest,
)
from sealock_devkit.doctor.rows import Row, failed
from sealock_devkit.doctor.tls import check_tls
from sealock_devkit.zendesk.urls import is_service_url, origin


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    manifest_url: str
    keys: Path | None = None
    """The directory of the edge's keys, where it can be read."""
    internal_url: str = ""
    """The edge's internal listener, where it can be reached."""
    insecure_loopback: bool = False
    """Take plain http on this machine for https."""


def examine(patient: Patient, trust: ssl.SSLContext, now: Callable[[], datetime]) -> list[Row]:
    """Every check, in the order in which Zendesk would stumble. It changes nothing at the service."""
    with Caller(trust) as caller:
        rows = _outside(patient, caller, trust, now)
        if patient.keys is not None:
            rows.append(check_keys(patient.keys, now))
        if patient.internal_url:
            rows += check_inside(caller, patient.internal_url)
    return rows


def _outside(patient: Patient, caller: Caller, trust: ssl.SSLContext, now: Callable[[], datetime]) -> list[Row]:
    url, loopback = patient.manifest_url, patient.insecure_loopback
    if not is_service_url(url, loopback_http_is_https=loopback):
        return [failed("address", "is not https", "Serve the manifest by https: Zendesk installs nothing else.")]
    rows = [check_tls(origin(url), trust, now)]
    try:
        fetched = fetch_manifest(caller, url, loopback_http_is_https=loopback)
    except NoManifest as problem:
        return [*rows, problem.row]
    rows.append(check_clock(fetched.answer, now()))
    manifest, found = check_manifest_answer(fetched, loopback_http_is_https=loopback)
    rows += found
    if manifest is None:
        return rows
    rows.append(check_stability(caller, fetched, manifest, loopback_http_is_https=loopback))
    return rows + check_endpoints(caller, manifest)
