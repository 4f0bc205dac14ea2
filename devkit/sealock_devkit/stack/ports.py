# SPDX-License-Identifier: Apache-2.0
"""Free ports on loopback."""

from __future__ import annotations

import random
import socket

# Below the range from which systems pick ports of outgoing connections, so that a port that is free now is
# still free when its server starts, or starts again.
FIRST, LAST = 20_000, 31_999


def free_port(wanted: int = 0) -> int:
    """A port of 127.0.0.1 on which nobody listens: the wanted one if possible."""
    port = wanted or _any()
    while not _is_free(port):
        port = _any()
    return port


def _any() -> int:
    return random.randint(FIRST, LAST)  # noqa: S311


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
