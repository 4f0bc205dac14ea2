# SPDX-License-Identifier: Apache-2.0
"""The programs beside the manifests, which make Secrets."""

from __future__ import annotations

import subprocess

from tests.k8s.rendering import K8S


def make(script: str, *arguments: object) -> None:
    """Run one of them; raises `CalledProcessError` if it fails."""
    subprocess.run([K8S / script, *map(str, arguments)], check=True, capture_output=True)
