# SPDX-License-Identifier: Apache-2.0
"""Many pulls from a process of their own: how it is started, and what it found."""

from __future__ import annotations

from pathlib import Path

from sealock_devkit.bench.processes import OTHER_CORE, ask


def command(url: str, forms: Path, *, requests: int, connections: int, ca: Path | None = None) -> list[str]:
    """What runs it: so many pulls, with the file's forms in turn. `ca` is the authority to trust, for https."""
    arguments = ["sealock_devkit.bench.load", "--url", url, "--body", str(forms)]
    arguments += ["--requests", str(requests), "--connections", str(connections)]
    return [*arguments, "--ca", str(ca)] if ca else arguments


def rate(arguments: list[str]) -> float:
    """Run a `command` to its end. Returns the pulls a second that were answered; raises if any of them failed."""
    found = ask(arguments, core=OTHER_CORE)
    if found["failures"]:
        raise RuntimeError(f"pulls failed under load: {found['failures']}")
    return float(found["rate"])
