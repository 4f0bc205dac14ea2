# SPDX-License-Identifier: Apache-2.0
"""The limits of the form that ends the admin UI."""

from __future__ import annotations

from collections.abc import Mapping

from sealock_devkit.zendesk.limits.findings import Findings

NAME_MAX = 255
KEPT_MAX = 5_000


def check_return_form(
    fields: Mapping[str, str], findings: Findings, *, name_for_none: str = "", cut: bool = False
) -> dict[str, str]:
    """
    Check name, metadata and state as they would be posted to return_url; the fields as they can be saved.

    `name_for_none` stands for a missing name, and `cut` makes too long values shorter; without, both are refused.
    """
    usable = dict(fields)
    for key in ("name", "metadata"):
        if not fields.get(key):
            named = key == "name" and bool(name_for_none)
            got = "an empty string" if key in fields else "nothing"
            findings.add(key, "required", "protocol", got, tolerated=named)
            usable |= {key: name_for_none} if named else {}
    for key, most in (("name", NAME_MAX), ("metadata", KEPT_MAX), ("state", KEPT_MAX)):
        length = len(fields.get(key, ""))
        if length > most:
            findings.add(key, f"at most {most} characters", "protocol", f"{length} characters", tolerated=cut)
            usable[key] = usable[key][:most]
    return usable
