# SPDX-License-Identifier: Apache-2.0
"""Which versions of the Graph API there are, and until when."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sealock_devkit.emulators.meta.errors import GraphError, refused
from sealock_devkit.emulators.meta.settings import Settings

NEWEST = "v26.0"
UNTIL: dict[str, float | None] = {
    "v22.0": datetime(2027, 5, 20, tzinfo=UTC).timestamp(),
    "v23.0": datetime(2027, 10, 8, tzinfo=UTC).timestamp(),
    "v24.0": datetime(2028, 2, 18, tzinfo=UTC).timestamp(),
    "v25.0": datetime(2028, 7, 29, tzinfo=UTC).timestamp(),
    NEWEST: None,
}
VERSION = re.compile(r"v(\d{1,3})\.(\d)")


def served_version(asked: str, settings: Settings, now: float) -> str:
    """
    The version that answers a call: the one asked for, or the app's oldest available for a call without.

    Raises `GraphError` for a version that is gone or was never there.
    """
    alive = [version for version, until in UNTIL.items() if until is None or now < until]
    available = [version for version in alive if _number(version) >= _number(settings.oldest_version)] or [NEWEST]
    if not asked:
        return available[0]
    if asked in available:
        return asked
    if _number(asked) > _number(NEWEST):
        raise _unknown(asked)
    if settings.sunset == "forwarded":
        return available[0]
    raise refused("version")


def _unknown(asked: str) -> GraphError:
    return refused("path", f"Unknown path components: /{asked}")


def _number(version: str) -> tuple[int, int]:
    found = VERSION.fullmatch(version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
