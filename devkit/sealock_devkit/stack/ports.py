# SPDX-License-Identifier: Apache-2.0
"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from functools import cache

# Below the range from which systems pick ports of outgoing connections, so that a port that is free now is
# still free when its server starts, or starts again.
FIRST, LAST = 12_000, 31_999


def free_port(wanted: int = 0) -> int:
    """A port of 127.0.0.1 on which nobody listens: the wanted one if possible, else one that was never given before."""
    if wanted and _is_free(wanted):
        return wanted
    return next(port for port in _shuffled() if _is_free(port))


@cache
def _shuffled() -> Iterator[int]:
    """All ports in an order of this process's own; each comes once."""
    return iter(random.sample(range(FIRST, LAST + 1), LAST + 1 - FIRST))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
