# SPDX-License-Identifier: Apache-2.0
"""Resources as a well-behaved connector gives them, to be spoiled by tests."""

from __future__ import annotations

from typing import Any

from sealock.connector.v1.external_resource_pb2 import ExternalResource


def resource(**changes: Any) -> ExternalResource:
    """A resource with nothing wrong, after these changes; `author` and `create_time` are dicts."""
    given: dict[str, Any] = {
        "external_id": "site:1",
        "message": "Is the bridge open?",
        "author": {"external_id": "site:ann", "name": "Ann"},
        "create_time": {"seconds": 1_700_000_000},
    }
    return ExternalResource(**(given | changes))
