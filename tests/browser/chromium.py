# SPDX-License-Identifier: Apache-2.0
"""How Chromium is started: Debian's own, without a sandbox because tests may run as root, and without traffic."""

from __future__ import annotations

import shutil

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
