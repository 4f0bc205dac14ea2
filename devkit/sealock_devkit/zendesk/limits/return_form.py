# SPDX-License-Identifier: Apache-2.0
"""The limits of the form that ends the admin UI."""

from __future__ import annotations

from collections.abc import Mapping

from sealock_devkit.zendesk.limits.findings import Findings

NAME_MAX = 255
KEPT_MAX = 5_000


def check_return_form(fields: Mapping[str, str], findings: Findings) -> None:
    """Check name, metadata and state as they would be posted to return_url."""
    for key in ("name", "metadata"):
        if not fields.get(key):
            findings.add(key, "required", "protocol", "an empty string" if key in fields else "nothing")
    for key, most in (("name", NAME_MAX), ("metadata", KEPT_MAX), ("state", KEPT_MAX)):
        length = len(fields.get(key, ""))
        if length > most:
            findings.add(key, f"at most {most} characters", "protocol", f"{length} characters")
